"""Copies of the signals' kernels with one thing wrong, run as plain Python."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import trafficai.core

FOLDER = Path(trafficai.core.__file__).parent
PLAIN = "def kernel(function):\n    return function\nentry = kernel\n"
COMPILER = (
    "from trafficai.core._compile import entry, kernel\n",
    "from trafficai.core._compile import kernel\n",
)
_numbers = itertools.count()

Change = tuple[str, str]
"""Text that stands in a source once, and what it becomes."""


def _source(name: str, changes: tuple[Change, ...], redirect: Callable[[str], str]) -> str:
    """Return the source of a module of the core, changed and without its compiler."""
    text = (FOLDER / f"{name}.py").read_text()
    for before, after in changes:
        if before in text:
            assert text.count(before) == 1, f"{before!r} stands in {name} {text.count(before)} times"
            text = text.replace(before, after)
    for line in COMPILER:
        text = text.replace(line, PLAIN)
    return redirect(text)


def load_mutant(names: tuple[str, ...], changes: tuple[Change, ...]) -> ModuleType:
    """Return the last of some modules of the core with the changes made; each must be found, and once."""
    whole = "".join((FOLDER / f"{name}.py").read_text() for name in names)
    missing = [before for before, _ in changes if before not in whole]
    assert not missing, f"no longer in the source: {missing}"
    prefix = f"mutant{next(_numbers)}_"

    def redirect(text: str) -> str:
        for name in names:
            text = text.replace(f"from trafficai.core.{name} import", f"from {prefix}{name} import")
        return text

    made = []
    try:
        for name in names:
            module = ModuleType(prefix + name)
            sys.modules[module.__name__] = module
            made.append(module)
            exec(compile(_source(name, changes, redirect), f"{prefix}{name}.py", "exec"), module.__dict__)
    finally:
        for module in made:
            del sys.modules[module.__name__]
    return made[-1]
