"""When a training is to rest, so that its worker can look at the outside world."""

import time


class Pace:
    """A clock that says once in about `seconds` that it is time to rest."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = time.monotonic() + seconds

    def is_due(self) -> bool:
        """Tell whether the time is up; if so, it begins anew."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True
