"""How kernels are compiled, and where the compiled code is cached.

Entries are what Python calls, and what is cached; kernels are compiled into them (``_linking``). Two settings more
carry the core's speed and its trustworthiness:

- Inner kernels are compiled without Numba's reference counting (``_nrt=False``). A kernel that is handed a tuple of
  arrays otherwise counts references atomically at every call: measured 65 times slower on a three-kernel toy (87
  against 1.3 ns per vehicle). Such kernels can't allocate arrays, which they should not do anyway.
- Numba stamps a cache entry with the source of the calling file only, so that after an edit or an upgrade of another
  file old physics would keep running. The cache folder therefore carries a hash of every kernel source.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

from trafficai.core._linking import EntryCompiler, Kernel

F = TypeVar("F", bound=Callable[..., Any])

_njit = cast(Any, numba.njit)  # its stubs know no private options


def source_hash() -> str:
    """Return a hash over all kernel sources: the version of the physics."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _kernel_hash() -> str:
    """Return a hash over all kernel sources and the versions that compile them."""
    versions = f"{sys.version}{numba.__version__}{np.__version__}{os.environ.get('TRAFFICAI_CHECK_INDEX')}"
    return hashlib.sha256(f"{versions}{source_hash()}".encode()).hexdigest()[:16]


def _cache_root() -> Path:
    """Return the user's cache folder for compiled kernels."""
    if configured := os.environ.get("TRAFFICAI_CACHE_DIR"):
        return Path(configured)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trafficai"


cast(Any, numba.config).CACHE_DIR = str(_cache_root() / _kernel_hash())


def kernel(function: F) -> F:
    """Compile an inner kernel: no allocation, no reference counting, IEEE division, no fast-math."""
    if cast(Any, numba.config).DISABLE_JIT:
        return function
    options = {"nopython": True, "boundscheck": None, "error_model": "numpy", "_nrt": False}
    return cast(F, Kernel(function, targetoptions=options))


def entry(function: F) -> F:
    """Compile a kernel that Python calls: it owns references to its arguments and lets other threads run."""
    return cast(F, _njit(cache=True, error_model="numpy", nogil=True, pipeline_class=EntryCompiler)(function))


def wraps_around(function: F) -> F:
    """Let unsigned integers wrap in silence also where the JIT is off; NumPy's scalars would warn of it."""
    return np.errstate(over="ignore")(function) if cast(Any, numba.config).DISABLE_JIT else function
