"""Hands kernels a struct of arrays as one pointer, which makes them fast to compile and to call.

Numba passes a NamedTuple of arrays by value: every array is seven words, so that a call with thirty of them copies some
two hundred words. Measured on the whole core: 0.27 M vehicle updates/s and 112 s to compile with NamedTuples by value.
Here a struct is a table of addresses and shapes in memory; a kernel gets the table's address, and ``world.vehicles``
becomes one load. The Python side keeps the NamedTuple, so that mypy and uncompiled kernels (NUMBA_DISABLE_JIT=1) see
just that.

Arrays must be C-contiguous, and must outlive the reference; the reference holds them.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    register_model,
    typeof_impl,
    unbox,
)
from numba.core.typing.templates import AttributeTemplate
from numba.np import arrayobj

T = TypeVar("T", bound=tuple[Any, ...])


class StructType(types.Type):
    """Type of a struct of arrays: the struct's name and the Numba type of every field."""

    def __init__(self, struct: str, fields: tuple[tuple[str, types.Array], ...]) -> None:
        """Name the type after its struct and fields, so that compiled code can be cached."""
        self.struct, self.fields = struct, fields
        super().__init__(name=f"Struct[{struct}]({', '.join(f'{name}: {kind}' for name, kind in fields)})")

    def offset(self, name: str) -> int:
        """Return the word of the table at which a field's address and shape begin."""
        position = 0
        for field, kind in self.fields:
            if field == name:
                return position
            position += 1 + kind.ndim
        raise AttributeError(name)


class Reference:
    """A struct of arrays together with its table of addresses and shapes."""

    def __init__(self, struct: NamedTuple) -> None:
        """Write the table of the struct's arrays; ValueError where one is not C-contiguous."""
        words: list[int] = []
        for name, array in zip(struct._fields, struct, strict=True):
            if not array.flags.c_contiguous:
                raise ValueError(f"array {name} is not contiguous")
            words += [array.ctypes.data, *array.shape]
        self.struct = struct
        self.table = np.array(words, dtype=np.int64)
        self.address = self.table.ctypes.data
        fields = tuple((name, numba.typeof(array)) for name, array in zip(struct._fields, struct, strict=True))
        self.type = StructType(type(struct).__name__, fields)


def reference(struct: T) -> T:
    """Return what kernels are to be given for a NamedTuple of arrays; the tuple itself where the JIT is off."""
    if cast(Any, numba.config).DISABLE_JIT:
        return struct
    return cast(T, Reference(cast(NamedTuple, struct)))


@typeof_impl.register(Reference)
def _typeof_reference(value: Reference, context: Any) -> StructType:
    return value.type


@register_model(StructType)
class _StructModel(models.PrimitiveModel):
    """A struct is passed as the address of its table."""

    def __init__(self, manager: Any, fe_type: StructType) -> None:
        super().__init__(manager, fe_type, ir.IntType(64).as_pointer())


@unbox(StructType)
def _unbox_struct(kind: StructType, value: Any, context: Any) -> NativeValue:
    address = context.pyapi.object_getattr_string(value, "address")
    word = context.pyapi.long_as_longlong(address)
    context.pyapi.decref(address)
    return NativeValue(context.builder.inttoptr(word, ir.IntType(64).as_pointer()))


@infer_getattr
class _StructAttributes(AttributeTemplate):
    key = StructType

    def generic_resolve(self, kind: StructType, name: str) -> Any:  # type: ignore[override]  # meant to be overridden
        return dict(kind.fields).get(name)


def _item_size(kind: Any) -> int:
    """Return the bytes of one element of an array of records or numbers."""
    size = kind.size if isinstance(kind, types.Record) else kind.bitwidth // 8
    return int(size)


@lower_getattr_generic(StructType)
def _load_field(context: Any, builder: Any, kind: StructType, table: Any, name: str) -> Any:
    """Build the array of a field from its words in the table; nothing is counted, for nothing is owned."""
    field = dict(kind.fields)[name]
    start = kind.offset(name)
    invariant = builder.module.add_metadata([])

    def word(position: int) -> Any:
        loaded = builder.load(builder.gep(table, [ir.Constant(ir.IntType(32), start + position)]))
        loaded.set_metadata("invariant.load", invariant)
        return loaded

    array = arrayobj.make_array(field)(context, builder)
    shape = [word(1 + axis) for axis in range(field.ndim)]
    itemsize = ir.Constant(ir.IntType(64), _item_size(field.dtype))
    strides = [itemsize]
    for extent in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], extent))
    data = builder.inttoptr(word(0), context.get_data_type(field.dtype).as_pointer())
    arrayobj.populate_array(
        array,
        data=data,
        shape=cgutils.pack_array(builder, shape),
        strides=cgutils.pack_array(builder, strides),
        itemsize=itemsize,
        meminfo=None,
        parent=None,
    )
    return array._getvalue()
