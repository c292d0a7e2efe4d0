"""Compiled code for Levenberg-Marquardt on one fit: its damped trials, and the Gauss-Newton updates at their end."""

import time
from pathlib import Path

import torch
from torch import Tensor

from app.fitting.optimizers.base import State
from app.fitting.optimizers.levenberg_marquardt.damping import Damped
from app.fitting.optimizers.levenberg_marquardt.ends import GOES_ON
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import Update
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.inputs import number_inputs, numbers_of
from app.fitting.programs.loop import Timed
from app.fitting.programs.program import CompiledProgram
from app.fitting.programs.shape import Shape

_TURNS = 8
"""Number of trials that one call does; those after the end cost as much as the others."""


class CompiledTrials:
    """The programs of one shape, loaded from their file; they do the same as the steps that they were made from."""

    def __init__(self, shape: Shape, path: Path) -> None:
        self.shape = shape
        self.trials = CompiledProgram(path, "trials")
        self.gauss_newton = CompiledProgram(path, "gauss_newton")


class OneSolution(Timed):
    """Training of one fit by Levenberg-Marquardt; parts of it for which there is no program go step by step."""

    def __init__(self, compiled: CompiledTrials, problem: Problem, optimizer: LevenbergMarquardt) -> None:
        super().__init__()
        self.compiled_steps = 0
        """Number of compiled steps of the last run; the others were taken one by one."""
        self._compiled, self._problem = compiled, problem
        self._optimizer = optimizer
        numbers = numbers_of(compiled.shape, problem, optimizer)
        self._numbers = [numbers[spec.name].contiguous() for spec in number_inputs(compiled.shape)]

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """Take `steps` updates of parameters (free,), or fewer if the training ends before.

        Returns parameters and state after them, and the losses before each, (steps,).
        """
        began, losses = time.monotonic(), list[float]()
        self.compiled_steps = 0
        while len(losses) < steps and not self._optimizer.done(state):
            if state["trials"]:
                parameters, state, history = self._tried(parameters, state, steps - len(losses))
                losses += history
                self.compiled_steps += len(history)
            else:
                parameters, state, loss = self._optimizer.step(self._problem, parameters, state)
                losses.append(loss.item())
        self.took(time.monotonic() - began, len(losses))
        return parameters, state, torch.tensor(losses, dtype=torch.float64)

    def _tried(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, list[float]]:
        """Do trials until they have ended or `steps` steps are done.

        Returns parameters and state after them, and the losses before each step.
        """
        damped, trials = self._optimizer.damped(self._problem, parameters, state, steps), int(state["trials"])
        left, done, ended, before, history = trials, 0, GOES_ON, damped.loss.item(), list[float]()
        while left and done < steps and ended == GOES_ON:
            wanted = torch.arange(_TURNS, device=parameters.device) < left
            *after, losses, counts, ends = self._compiled.trials(wanted, *damped, *self._numbers)
            damped = Damped(*after)
            for loss, count, ended in zip(losses.tolist(), counts.tolist(), ends.tolist(), strict=True):
                left -= 1
                if count > done or ended != GOES_ON or not left:
                    history.append(before)
                before, done = loss, count
                if not left or done == steps or ended != GOES_ON:
                    break
        self._problem.evaluations.count += 2 * (trials - left)
        return *self._optimizer.after(self._problem, state, damped, left, self._updated), history

    def _updated(self, _objective: Objective, parameters: Tensor) -> Update:
        self._problem.evaluations.count += 1
        return Update(*self._compiled.gauss_newton(parameters, *self._numbers))
