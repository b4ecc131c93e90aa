"""Runs a child process and tells what it cost."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from trafficai.datatypes import RunError

TIMEOUT_S: Final = 1800.0
"""Longer than any child here should take, also on a slow machine [s]."""

PEAK_MEMORY: Final = (
    "import resource, subprocess, sys;"
    "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
"""A small process between us and the child: a child counts its parent's memory at the fork as its own."""


def run_child(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a command to its end and return what it printed.

    Raises:
        RunError: it failed, or took too long.
    """
    try:
        done = subprocess.run(command, env=dict(environment), capture_output=True, timeout=TIMEOUT_S, check=True)
    except subprocess.CalledProcessError as error:
        last = (error.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise RunError(f"{command[0]} failed with exit code {error.returncode}: {last}") from error
    except (subprocess.SubprocessError, OSError) as error:
        raise RunError(f"{command[0]} cannot be run: {error}") from error
    return done.stdout.decode(errors="replace")


def cpu_seconds_of(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run a command to its end and return its CPU time, user and system [s]."""
    before = _children_seconds()
    run_child(command, environment)
    return _children_seconds() - before


def peak_memory_of(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run a command to its end and return the most memory it held at once [bytes]."""
    return float(run_child([sys.executable, "-I", "-S", "-c", PEAK_MEMORY, *command], environment)) * 1024.0


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
