"""Writes of several threads in one transaction: whoever waits for a turn is written by the first that has it."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from app.jobs.store.database import unavailability, writing
from app.jobs.store.retries import retried

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class GroupedWrites(Generic[Item, Answer]):
    """One kind of write, of which a transaction may hold several."""

    def __init__(
        self,
        engine: Engine,
        write: Callable[[Connection, Item], Answer],
        in_the_end: Callable[[Connection], None] = lambda _connection: None,
    ) -> None:
        """Write items by `write`; `in_the_end` is called once in each transaction."""
        self._engine, self._write, self._in_the_end = engine, write, in_the_end
        self._turn = threading.Lock()
        self._waiting: deque[tuple[Item, Future[Answer]]] = deque()

    def __call__(self, item: Item) -> Answer:
        """Write an item, and return the answer to it: it is on disk then. Raises what the write of this item raises."""
        future: Future[Answer] = Future()
        self._waiting.append((item, future))
        with self._turn:
            if not future.done():
                # Whoever comes from now on has the next turn.
                self._write_group([self._waiting.popleft() for _ in range(len(self._waiting))])
        return future.result()

    def _write_group(self, group: Sequence[tuple[Item, "Future[Answer]"]]) -> None:
        try:
            answers = self._written([item for item, _ in group])
        except Exception as error:
            if len(group) > 1 and unavailability(error) is None:
                # One of them can't be written: the others are.
                for item in group:
                    self._write_group([item])
                return
            for _, future in group:
                future.set_exception(error)
        else:
            for (_, future), answer in zip(group, answers, strict=True):
                future.set_result(answer)

    @retried
    def _written(self, items: Sequence[Item]) -> list[Answer]:
        with writing(self._engine) as connection:
            answers = [self._write(connection, item) for item in items]
            self._in_the_end(connection)
        return answers
