"""What produced a result: versions that can change a number."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import NamedTuple


class Versions(NamedTuple):
    """Versions at the time of a run; None where the package is not installed or the document does not say."""

    trafficai: str | None
    sumo: str | None
    python: str | None
    numpy: str | None
    numba: str | None

    @property
    def libraries(self) -> dict[str, str | None]:
        """Versions of Python and of what numbers are computed with, by name."""
        return {"python": self.python, "numpy": self.numpy, "numba": self.numba}


def installed_versions() -> Versions:
    """Return the versions in this interpreter."""
    return Versions(
        trafficai=_version("trafficai"),
        sumo=_version("eclipse-sumo"),
        python=platform.python_version(),
        numpy=_version("numpy"),
        numba=_version("numba"),
    )


def _version(distribution: str) -> str | None:
    """Return the version of an installed distribution."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
