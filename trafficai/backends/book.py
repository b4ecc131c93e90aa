"""What the books of a run have in common: arrays that kernels are given, and that begin anew with every run."""

from __future__ import annotations

import copy
from typing import Any, Generic, NamedTuple, Self, TypeVar, cast

from trafficai.core._struct import reference

S = TypeVar("S", bound=tuple[Any, ...])


class Book(Generic[S]):
    """Arrays of one run.

    Args:
        state: a NamedTuple of the arrays, as they are before the first second.
        shared: fields that never change, which books of other runs may share.
        fresh: fields that must be put back for a new run.

    Attributes:
        state: the arrays.
    """

    def __init__(self, state: S, shared: tuple[str, ...], fresh: tuple[str, ...]) -> None:
        self._shared = shared
        self._handle: S | None = None  # made when Python first calls a kernel: a batch never does
        self._fresh = {name: getattr(state, name).copy() for name in fresh}
        self.state = state

    @property
    def handle(self) -> S:
        """What kernels are given for the arrays."""
        if self._handle is None:
            self._handle = reference(self.state)
        return self._handle

    def twin(self) -> Self:
        """Return a book of another run of the same scenario, which has not begun."""
        other = copy.copy(self)
        fields = cast(NamedTuple, self.state)._asdict()
        own = {name: array.copy() for name, array in fields.items() if name not in self._shared}
        other.state = cast(S, cast(Any, self.state)._replace(**own))
        other._handle = None
        other.clear()
        return other

    def clear(self) -> None:
        """Begin anew."""
        for name, array in self._fresh.items():
            getattr(self.state, name)[...] = array
