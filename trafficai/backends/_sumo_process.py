"""The parent's end of the child process: start it, ask it, and turn a dead or silent one into one clear error."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any, Final

from trafficai.backends import _sumo_child
from trafficai.backends._sumo_child import Message
from trafficai.datatypes import RunError

GRACE_S: Final = 5.0
"""How much later than its parent the child gives up on a hanging SUMO [s]."""


def sumo_home() -> Path:
    """Return the folder of the installed SUMO wheel; RunError where there is none."""
    for name in ("sumo", "libsumo", "traci"):
        if (spec := importlib.util.find_spec(name)) is None:
            raise RunError(f"the SUMO backend needs the package that provides {name!r}; pip install 'trafficai[sumo]'")
        if name == "sumo":
            home = Path((spec.submodule_search_locations or [""])[0])
    return home


class SumoProcess:
    """A child process with SUMO in it, and a private folder that it works in.

    Args:
        greeting: the ``library``, the ids of ``lanes`` and ``signals`` in order, ``has_stops``, and the
            ``memory_limit_mb`` [MiB].
        timeout_s: how long it may stay silent [s].
    """

    def __init__(self, greeting: dict[str, Any], timeout_s: float) -> None:
        self._greeting = {**greeting, "longest_s": timeout_s + GRACE_S}
        self._timeout_s = timeout_s
        self.folder = Path(tempfile.mkdtemp(prefix="trafficai-sumo-"))
        self._remove_folder = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._child: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._end_child: weakref.finalize[..., SumoProcess] | None = None
        self._run_pid: int | None = None
        self._log_start = 0  # where the present request's lines begin in SUMO's log

    @property
    def pid(self) -> int | None:
        """Process id of the present run, or None."""
        return self._run_pid

    @property
    def is_alive(self) -> bool:
        """Whether the child is there to be asked."""
        return self._child is not None

    def _start(self) -> None:
        environment = {**os.environ, "SUMO_HOME": str(sumo_home()), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._connection, far_end = socket.socketpair()
        self._connection.settimeout(self._timeout_s)
        with far_end, self._log.open("wb") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-P", str(_sumo_child.__file__), str(far_end.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment,
                pass_fds=[far_end.fileno()],
                start_new_session=True,  # so that it can be killed with whatever it started
            )
        self._end_child = weakref.finalize(self, _end, self._child, self._connection)
        self.ask("begin", self._greeting)

    def start_run(self, command: list[str], vehicles: list[str]) -> None:
        """Start a run of these vehicles with SUMO's command line, in a process of its own; an earlier one ends."""
        with contextlib.suppress(RunError):
            self.finish_run()
        if not self.is_alive:
            self._start()
        self._run_pid = 0  # from here on there is a process, whatever SUMO says
        self._run_pid = self.ask("start", {"command": command, "vehicles": vehicles}).fields["pid"]

    def finish_run(self) -> None:
        """End the present run, if there is one, so that SUMO writes its results."""
        if self._run_pid is not None:
            self._run_pid = None
            self.ask("finish", {})

    def ask(self, kind: str, fields: dict[str, Any]) -> Message:
        """Send a request and return the answer; RunError where the child is dead, silent or reports an error."""
        if self._connection is None:
            raise RunError("SUMO is not running; call reset first")
        self._log_start = self._log.stat().st_size
        try:
            self._connection.sendall(_sumo_child.encode(Message(kind, fields, {})))
            answer = _sumo_child.receive(self._connection)
        except TimeoutError as error:
            self.kill()
            raise RunError(f"SUMO was silent for {self._timeout_s:g} s and was stopped") from error
        except (EOFError, OSError) as error:
            raise RunError(self._last_words()) from error
        except BaseException:  # an interrupted dialogue cannot be taken up again
            self.kill()
            raise
        if answer.kind == "error":
            if kind != "start":  # a run that broke cannot be taken up again; one that never began can be tried anew
                self.kill()
            raise RunError(f"SUMO: {self.first_error() or answer.fields['text']}")
        return answer

    def first_error(self) -> str | None:
        """Return the first error line that SUMO wrote since the last request, without its prefix."""
        errors = (line for line in self._new_lines() if line.startswith("Error: "))
        return next(errors, "").removeprefix("Error: ") or None

    def kill(self) -> None:
        """End the child and whatever it started, at once."""
        if self._end_child is not None:
            self._end_child()
        self._child = self._connection = self._end_child = self._run_pid = None

    def close(self) -> None:
        """End the child and remove its folder; a second call does nothing."""
        self.kill()
        self._remove_folder()

    def _new_lines(self) -> list[str]:
        """Return the lines of the log since the last request that are not blank."""
        with contextlib.suppress(OSError):
            lines = self._log.read_bytes()[self._log_start :].decode(errors="replace").splitlines()
            return [line.strip() for line in lines if line.strip()]
        return []

    @property
    def _log(self) -> Path:
        return self.folder / "sumo.log"

    def _last_words(self) -> str:
        """Return why the child died, and bury it."""
        child = self._child
        if child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=1.0)  # it may still be on its way out
        self.kill()
        code = child.returncode if child is not None else None
        reason = self.first_error() or next(reversed(self._new_lines()), None)
        return f"SUMO died ({_exit_text(code)})" + (f": {reason}" if reason else "")


def _exit_text(code: int | None) -> str:
    """Return an exit code in words."""
    number = 0 if code is None else max(-code, code - _sumo_child.SIGNALLED)
    if number > 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(number).name
    return f"exit code {code}"


def _end(child: subprocess.Popen[bytes], connection: socket.socket) -> None:
    """Kill the child's process group and reap the child; runs at the latest when the interpreter exits."""
    connection.close()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
