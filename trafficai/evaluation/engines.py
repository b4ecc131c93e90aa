"""Engines lent to runs and used again: laying a scenario out takes about as long as a run in the core."""

from __future__ import annotations

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from trafficai.backends.base import Backend

K = TypeVar("K", bound=Hashable)


class Engines(Generic[K]):
    """The engines of some runs; a context manager that closes them at the end.

    Args:
        make: makes an engine of the given kind.
    """

    def __init__(self, make: Callable[[K], Backend]) -> None:
        self._make = make
        self._free: defaultdict[K, list[Backend]] = defaultdict(list)
        self._lock = threading.Lock()

    def __enter__(self) -> Engines[K]:
        return self

    def __exit__(self, *_: object) -> None:
        for engine in (engine for engines in self._free.values() for engine in engines):
            engine.close()

    @contextlib.contextmanager
    def lend(self, kind: K) -> Iterator[Backend]:
        """Lend an engine of that kind; one in which a run failed is not used again."""
        with self._lock:
            free = self._free[kind]
            engine = free.pop() if free else None
        engine = engine or self._make(kind)
        try:
            yield engine
        except BaseException:
            engine.close()
            raise
        with self._lock:
            free.append(engine)
