"""CPU time of a run, wherever it is spent: SUMO works in a child process."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path


def cpu_seconds() -> float:
    """Return the CPU time of this thread and of every living descendant of this process so far [s].

    Descendants are found on Linux only; elsewhere an engine in a child process counts nothing.
    """
    return time.thread_time() + sum(_process_seconds(pid) for pid in _descendants(os.getpid()))


def _descendants(pid: int) -> Iterator[int]:
    """Yield the ids of a process's children and theirs."""
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread may have ended by now
            for child in map(int, tasks.read_text().split()):
                yield child
                yield from _descendants(child)


def _process_seconds(pid: int) -> float:
    """Return user and system time of a process, 0 where it has ended by now [s]."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    user, system = after_name[11:13]  # fields 14 and 15 of proc(5); the name may hold spaces
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
