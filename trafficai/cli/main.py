"""The entry point: reads the command line, and turns every failure into one line and an exit code.

Exit codes: 0 done, 1 a run failed, 2 bad input, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module, metadata

import cyclopts

from trafficai.cli import listing
from trafficai.cli.console import accept_any_sign, report_error
from trafficai.cli.options import typed_command
from trafficai.datatypes import InputError, RunError

DEBUG_FLAG = "--debug"
DEBUG_VARIABLE = "TRAFFICAI_DEBUG"

EXIT_FAILED_RUN = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

HELP = """Train traffic-signal control in a fast microscopic core, prove it in SUMO, compare it honestly.

SCENARIO is a name of `trafficai list scenarios`, a folder or a .sumocfg. AGENT is a rule of `trafficai list agents` or
the folder of a trained policy. `--debug`, or TRAFFICAI_DEBUG=1, shows the traceback of an error.
"""

COMMANDS = (
    "demo",
    "simulate",
    "train",
    "compare",
    "validate",
    "optimize",
    "export_plan",
    "check_plan",
    "report",
    "bench",
)
"""Each is the function of that name in the module of that name; its docstring is the help."""


def make_app() -> cyclopts.App:
    """Return the command line; a command imports what it needs when it is called."""
    app = cyclopts.App(name="trafficai", help=HELP, version=_version, suppress_keyboard_interrupt=False)
    app.command(listing.app)
    for name in COMMANDS:
        app.command(getattr(import_module(f"trafficai.cli.{name}"), name))
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; ``arguments`` are those of the process unless given."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    tokens = [token for token in given if token != DEBUG_FLAG]
    accept_any_sign()
    is_debug = len(tokens) < len(given) or os.environ.get(DEBUG_VARIABLE, "") not in ("", "0")
    return _guarded(lambda: _run(tokens), is_debug)


def _run(tokens: Sequence[str]) -> int:
    """Run the command that the tokens name."""
    typed_command.set(shlex.join(["trafficai", *tokens]))
    make_app()(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    return 0


def _guarded(run: Callable[[], int], is_debug: bool) -> int:
    """Return the exit code of ``run``, having said in one line what went wrong."""
    try:
        return run()
    except (InputError, cyclopts.CycloptsError) as error:
        return _fail(str(error), EXIT_BAD_INPUT, is_debug)
    except RunError as error:
        return _fail(str(error), EXIT_FAILED_RUN, is_debug)
    except KeyboardInterrupt:
        return _fail("stopped", EXIT_INTERRUPTED, is_debug)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has had enough
        return EXIT_FAILED_RUN
    except Exception as error:
        hint = "" if is_debug else f" (this should not happen; {DEBUG_FLAG} shows where)"
        return _fail(f"{type(error).__name__}: {error}{hint}", EXIT_FAILED_RUN, is_debug)


def _fail(message: str, code: int, is_debug: bool) -> int:
    """Say what went wrong and return the exit code."""
    if is_debug:
        traceback.print_exc()
    report_error(message)
    return code


def _version() -> str:
    """Return the installed version."""
    try:
        return metadata.version("trafficai")
    except metadata.PackageNotFoundError:
        return "not installed"
