"""The programs of this process: made when they are first needed, kept in memory; the least recently used go."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable

from app.fitting.programs.nodes import UnsupportedError
from app.fitting.programs.program import Program, Recipe, compiled
from app.fitting.programs.shape import Shape

logger = logging.getLogger(__name__)

MOST_PROGRAMS = 512
"""Most programs that a process keeps; one takes some tens of kilobytes."""


class Cache:
    """Programs by shape and recipe."""

    def __init__(self, most: int = MOST_PROGRAMS) -> None:
        self._most = most
        self._programs: OrderedDict[tuple[Shape, tuple[object, ...]], Program | None] = OrderedDict()
        self._lock = threading.Lock()
        self.made = 0
        """Number of programs that were made so far."""

    def find(self, shape: Shape, name: tuple[object, ...], recipe: Callable[[], Recipe]) -> Program | None:
        """Return the program of a shape and a name, made now from its recipe if it is not there.

        It is None where there can be none, for its size.
        """
        key = (shape, name)
        with self._lock:
            if key in self._programs:
                self._programs.move_to_end(key)
                return self._programs[key]
            program = self._made(shape, name, recipe)
            self._programs[key] = program
            if len(self._programs) > self._most:
                self._programs.popitem(last=False)
            return program

    def clear(self) -> None:
        """Forget all programs."""
        with self._lock:
            self._programs.clear()

    def _made(self, shape: Shape, name: tuple[object, ...], recipe: Callable[[], Recipe]) -> Program | None:
        try:
            program = compiled(shape, recipe())
        except UnsupportedError as error:
            logger.info("there is no program of %s: %s", name[0], error)
            return None
        self.made += 1
        return program


PROGRAMS = Cache()
"""The programs of this process."""
