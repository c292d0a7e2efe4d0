"""Compiled code for Levenberg-Marquardt on many curves."""

from functools import partial
from pathlib import Path

from torch import Tensor

from app.fitting.curves import programs
from app.fitting.curves.problem import CurveProblem
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.damping import Damped
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import Update
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.programs.inputs import number_inputs, numbers_of_curves
from app.fitting.programs.loop import FEWEST_FITS
from app.fitting.programs.program import CompiledProgram
from app.fitting.programs.shape import Shape

_BY_THE_WAY = programs.AS_THEY_STAND


class CompiledCurves:
    """The programs of one shape, loaded from their file; they do the same as the steps that they were made from."""

    def __init__(self, shape: Shape, path: Path) -> None:
        self._shape = shape
        self._numbers = number_inputs(shape)
        self._trial = CompiledProgram(path, "trial")
        self._gauss_newton = CompiledProgram(path, "gauss_newton")
        self._standard_errors = CompiledProgram(path, "standard_errors")

    def programs(self, optimizer: Optimizer) -> programs.Programs:
        """Return the steps of a training by this optimizer, of which three are compiled programs."""
        return programs.Programs(
            self.trial, partial(self.gauss_newton, optimizer), partial(self.standard_errors, optimizer)
        )

    def trial(self, optimizer: LevenbergMarquardt, problem: CurveProblem, state: Damped) -> Damped:
        """Return where the trials of every curve stand after one more."""
        if problem.curves < FEWEST_FITS:
            return _BY_THE_WAY.trial(optimizer, problem, state)
        return Damped(*self._trial(*(part.contiguous() for part in state), *self._number_tensors(optimizer, problem)))

    def gauss_newton(self, optimizer: Optimizer, problem: CurveProblem, parameters: Tensor) -> Update:
        """Return one Gauss-Newton update of every curve."""
        if problem.curves < FEWEST_FITS:
            return _BY_THE_WAY.gauss_newton(problem, parameters)
        return Update(*self._gauss_newton(parameters.contiguous(), *self._number_tensors(optimizer, problem)))

    def standard_errors(self, optimizer: Optimizer, problem: CurveProblem, parameters: Tensor) -> dict[str, Tensor]:
        """Return the standard error of each parameter by name, (curves,)."""
        if problem.curves < FEWEST_FITS:
            return _BY_THE_WAY.standard_errors(problem, parameters)
        (errors,) = self._standard_errors(parameters.contiguous(), *self._number_tensors(optimizer, problem))
        names = (*self._shape.free, *self._shape.fixed, *(name for name, _ in self._shape.tied))
        by_name = dict(zip(names, errors.unbind(), strict=True))
        return {name: by_name[name] for name in problem.parameters.names}

    def _number_tensors(self, optimizer: Optimizer, problem: CurveProblem) -> list[Tensor]:
        """Return the inputs that do not change from step to step, in their order."""
        numbers = numbers_of_curves(self._shape, problem, optimizer)
        return [numbers[spec.name] for spec in self._numbers]
