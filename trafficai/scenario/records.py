"""Records in TOML files that a person edits, checked field by field."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from trafficai.datatypes.errors import InputError

MAX_BYTES: Final = 2**20

R = TypeVar("R", bound=BaseModel)


def read_record(path: Path, kind: type[R]) -> R:
    """Read a TOML file that holds one record.

    Raises:
        InputError: it is missing, too large, no TOML, or its keys are not those of ``kind``.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"larger than {MAX_BYTES} bytes; refused", file=path)
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{first['msg']}; correct it", file=path, element=f"key '{key}'") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"cannot be read ({error}); correct it", file=path) from error
