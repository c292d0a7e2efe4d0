"""Compiled code for Levenberg-Marquardt on many curves."""

from pathlib import Path

from torch import Tensor

from app.fitting.curves import programs
from app.fitting.curves.problem import CurveProblem
from app.fitting.optimizers.levenberg_marquardt.damping import Damped
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import Update
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.programs.inputs import number_inputs, numbers_of_curves
from app.fitting.programs.loop import FEWEST_FITS
from app.fitting.programs.program import CompiledProgram
from app.fitting.programs.shape import Shape

_OPTIMIZER = LevenbergMarquardt()
_NOT_COMPILED = programs.AS_THEY_STAND


class CompiledCurves:
    """The programs of one shape, loaded from their file; they do the same as the steps that they were made from."""

    def __init__(self, shape: Shape, path: Path) -> None:
        self._shape = shape
        self._numbers = number_inputs(shape)
        self._trial = CompiledProgram(path, "trial")
        self._gauss_newton = CompiledProgram(path, "gauss_newton")
        self._standard_errors = CompiledProgram(path, "standard_errors")

    def programs(self) -> programs.Programs:
        """Return the compiled programs, to take the place of those that are not compiled."""
        return programs.Programs(self.trial, self.gauss_newton, self.standard_errors)

    def trial(self, problem: CurveProblem, state: Damped) -> Damped:
        """Do one trial of every curve."""
        if problem.curves < FEWEST_FITS:
            return _NOT_COMPILED.trial(problem, state)
        return Damped(*self._trial(*(tensor.contiguous() for tensor in state), *self._inputs(problem)))

    def gauss_newton(self, problem: CurveProblem, parameters: Tensor) -> Update:
        """Return one Gauss-Newton update of every curve."""
        if problem.curves < FEWEST_FITS:
            return _NOT_COMPILED.gauss_newton(problem, parameters)
        return Update(*self._gauss_newton(parameters.contiguous(), *self._inputs(problem)))

    def standard_errors(self, problem: CurveProblem, parameters: Tensor) -> dict[str, Tensor]:
        """Return the standard errors (curves,) of each parameter by name."""
        if problem.curves < FEWEST_FITS:
            return _NOT_COMPILED.standard_errors(problem, parameters)
        (errors,) = self._standard_errors(parameters.contiguous(), *self._inputs(problem))
        names = (*self._shape.free, *self._shape.fixed, *(name for name, _ in self._shape.tied))
        error_by_name = dict(zip(names, errors.unbind(), strict=True))
        return {name: error_by_name[name] for name in problem.parameters.names}

    def _inputs(self, problem: CurveProblem) -> list[Tensor]:
        numbers = numbers_of_curves(self._shape, problem, _OPTIMIZER)
        return [numbers[spec.name] for spec in self._numbers]
