"""Engines lent to runs and used again: laying a scenario out takes about as long as a run in the core."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator

from trafficai.backends.base import Backend


class Engines:
    """The engines of some runs; a context manager that closes them at the end.

    Args:
        make: makes an engine of the given name.
    """

    def __init__(self, make: Callable[[str], Backend]) -> None:
        self._make = make
        self._free: defaultdict[str, list[Backend]] = defaultdict(list)
        self._lock = threading.Lock()

    def __enter__(self) -> Engines:
        return self

    def __exit__(self, *_: object) -> None:
        for engine in (engine for engines in self._free.values() for engine in engines):
            engine.close()

    @contextlib.contextmanager
    def lend(self, name: str) -> Iterator[Backend]:
        """Lend an engine of that name; one in which a run failed is not used again."""
        with self._lock:
            free = self._free[name]
            engine = free.pop() if free else None
        engine = engine or self._make(name)
        try:
            yield engine
        except BaseException:
            engine.close()
            raise
        with self._lock:
            free.append(engine)
