"""Makes independent runs, some at a time; the one place that does.

Each run has a thread of its own: SUMO works in a child process of the run's, and the core's kernels let go of Python's
lock, so that runs go side by side although the bookkeeping around them takes turns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Generic, TypeVar

from trafficai.datatypes import RunError

P = TypeVar("P", bound=Hashable)
T = TypeVar("T")

Stay = Callable[[], None]
"""Called by a run now and then; it does not return where the run is no longer wanted."""


class _StoppedError(Exception):
    """Another run failed, or the user had enough."""


def map_runs(
    plans: Sequence[P],
    work: Callable[[P, Stay], T],
    jobs: int,
    finished: Callable[[dict[P, T]], None],
    name: Callable[[P], str],
) -> dict[P, T]:
    """Return what ``work`` makes of each plan, in the order of the plans, ``jobs`` at a time.

    An engine that broke gets one more chance; where it breaks again, or anything else fails, the other runs are
    stopped. ``finished`` hears after every run, and at the end in any case, of all that is done, in order; it is called
    in the caller's thread.

    Args:
        plans: what tells one run from another, each once.
        work: makes one run; called in threads.
        jobs: how many runs go at the same time; results do not depend on it.
        finished: told of what is done.
        name: what a message calls a run.

    Raises:
        RunError: an engine broke twice in the same run.
    """
    return _Map(work, name).make(plans, jobs, finished)


class _Map(Generic[P, T]):
    """The runs under way."""

    def __init__(self, work: Callable[[P, Stay], T], name: Callable[[P], str]) -> None:
        self._work, self._name = work, name
        self._stop = threading.Event()
        self._failure: Exception | None = None  # the first; others only follow from it

    def make(self, plans: Sequence[P], jobs: int, finished: Callable[[dict[P, T]], None]) -> dict[P, T]:
        """Make the runs."""
        pool = ThreadPoolExecutor(max(1, jobs), thread_name_prefix="run")
        futures = {plan: pool.submit(self._run, plan) for plan in plans}
        try:
            for future in as_completed(futures.values()):
                future.result()
                finished(_done(futures))
        except BaseException as error:
            self._stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            finished(_done(futures))
            if self._failure is not None and isinstance(error, Exception):
                raise self._failure from None
            raise
        pool.shutdown()
        return _done(futures)

    def _run(self, plan: P) -> T:
        """Make one run; where it fails, so do all."""
        try:
            return self._try_twice(plan)
        except Exception as error:
            if not self._stop.is_set():
                self._failure = error
            self._stop.set()
            raise

    def _try_twice(self, plan: P) -> T:
        """Make one run; an engine that broke gets one more chance."""
        self._stay()
        try:
            return self._work(plan, self._stay)
        except RunError:
            self._stay()
        try:
            return self._work(plan, self._stay)
        except RunError as error:
            raise RunError(f"{self._name(plan)}: failed twice: {error}") from error

    def _stay(self) -> None:
        """Leave a run that is no longer wanted."""
        if self._stop.is_set():
            raise _StoppedError


def _done(futures: dict[P, Future[T]]) -> dict[P, T]:
    return {plan: future.result() for plan, future in futures.items() if _succeeded(future)}


def _succeeded(future: Future[T]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
