"""Hands kernels a struct of arrays as one pointer, which makes them fast to compile and to run.

Numba passes a NamedTuple of arrays by value: every array is seven words, so that a call with thirty of them copies some
two hundred words. Measured on the whole core: 0.27 M vehicle updates/s and 112 s to compile with NamedTuples by value.
Here a struct is a list of addresses and shapes in memory, and a kernel gets its address: ``world.vehicles`` is a
``TableType``, ``world.vehicles[v]`` a ``RowType``, the address of one record. The Python side keeps the NamedTuple, so
that mypy and uncompiled kernels (NUMBA_DISABLE_JIT=1) see just that.

What kernels may do with a table is less than with an array, and faster for it:

- It is read and written element by element, with as many indices as it has axes. An index is not negative; -1 does not
  mean the last. With TRAFFICAI_CHECK_INDEX=1 in the environment every index is checked, else none is.
- Integers up to 64 bits are read as int64 and numbers with a point as float64, however few bytes they take in memory.
- The compiler is told that no two fields of records, nor two tables, share memory, so that it need not read a field
  again because another one was written.

Measured together on the eight maps of RESCO against Numba's own arrays: see docs/performance.md.

Structs of one kind, such as the worlds of a batch, are handed over together by ``references``: a list that kernels
index by one number. Which thread takes which of them is settled by ``take_next``.

Arrays must be C-contiguous, and must outlive the reference; the reference holds them.
"""

from __future__ import annotations

import hashlib
import operator
import os
from collections.abc import MutableSequence, Sequence
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.extending import (
    NativeValue,
    infer_getattr,
    lower_builtin,
    lower_getattr_generic,
    lower_setattr_generic,
    register_model,
    typeof_impl,
    unbox,
)
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global, signature
from numpy.typing import NDArray

T = TypeVar("T", bound=tuple[Any, ...])

CHECKS_INDICES = os.environ.get("TRAFFICAI_CHECK_INDEX", "0") == "1"
"""Whether kernels raise IndexError for an index that is out of range, instead of reading what lies there."""

CACHE_LINE = 64
"""[bytes]"""

_WORD = ir.IntType(64)
_BYTE = ir.IntType(8)


def _short_name(kind: str, name: str, contents: str) -> str:
    """Return a type's name, with a digest of what it is made of: compiled functions are named after their types."""
    return f"{kind}[{name}]{hashlib.blake2b(contents.encode(), digest_size=8).hexdigest()}"


class RowType(types.Type):
    """Type of one record of a table: a pointer to it."""

    def __init__(self, table: str, dtype: np.dtype[np.void], constant: bool) -> None:
        """Name the type after its table and its fields, so that compiled code can be cached."""
        self.table, self.dtype, self.constant = table, dtype, constant
        fields = ", ".join(f"{name}: {dtype.fields[name][0]}" for name in dtype.names or ())  # type: ignore[index]
        super().__init__(name=_short_name("Row", table, f"{constant}({fields})"))


class TableType(types.Type):
    """Type of one field of a struct: a pointer to the address and the shape of its array."""

    def __init__(self, name: str, dtype: np.dtype[Any], ndim: int, constant: bool) -> None:
        """Name the type after its struct's field and the elements' type."""
        self.field, self.dtype, self.ndim, self.constant = name, dtype, ndim, constant
        self.element = RowType(name, dtype, constant) if dtype.names else _read_type(dtype)
        super().__init__(name=_short_name("Table", name, f"{constant}({self.element}, {dtype.str}, {ndim})"))


class StructType(types.Type):
    """Type of a struct of arrays: the struct's name and the type of every field."""

    def __init__(self, struct: str, tables: tuple[tuple[str, TableType], ...]) -> None:
        """Name the type after its struct and fields, so that compiled code can be cached."""
        self.struct, self.tables = struct, dict(tables)
        super().__init__(name=_short_name("Struct", struct, ", ".join(str(table) for _, table in tables)))

    def offset(self, name: str) -> int:
        """Return the word at which a table's address and shape begin."""
        position = 0
        for field, table in self.tables.items():
            if field == name:
                return position
            position += 1 + table.ndim
        raise AttributeError(name)


class ListType(types.Type):
    """Type of a list of structs of one type: a pointer to the address and the length of the list of their addresses."""

    def __init__(self, element: StructType) -> None:
        """Name the type after its elements, so that compiled code can be cached."""
        self.element = element
        super().__init__(name=f"List[{element}]")


class BundleType(types.Type):
    """Type of several structs and lists of structs together: a pointer to their addresses."""

    def __init__(self, bundle: str, parts: tuple[tuple[str, StructType | ListType], ...]) -> None:
        """Name the type after its bundle and parts, so that compiled code can be cached."""
        self.parts = dict(parts)
        self.places = {name: place for place, name in enumerate(self.parts)}
        super().__init__(name=_short_name("Bundle", bundle, ", ".join(f"{name}: {part}" for name, part in parts)))


class Reference:
    """A struct of arrays together with the list of their addresses and shapes."""

    def __init__(self, struct: NamedTuple, constant: bool = False) -> None:
        """Write down the struct's arrays; ValueError where one is not C-contiguous."""
        words: list[int] = []
        for name, array in zip(struct._fields, struct, strict=True):
            if not array.flags.c_contiguous:
                raise ValueError(f"array {name} is not contiguous")
            words += [array.ctypes.data, *array.shape]
        self.struct = struct
        self.words = np.array(words, dtype=np.int64)
        self.address = self.words.ctypes.data
        kind = type(struct).__name__
        tables = ((name, TableType(f"{kind}.{name}", a.dtype, a.ndim, constant)) for name, a in _named(struct))
        self.type = StructType(kind, tuple(tables))


def _named(struct: NamedTuple) -> Any:
    """Return the pairs of a struct's fields and arrays."""
    return zip(struct._fields, struct, strict=True)


def reference(struct: T, constant: bool = False) -> T:
    """Return what kernels are to be given for a NamedTuple of arrays; the tuple itself where the JIT is off.

    Of a ``constant`` struct the compiler is told that no kernel writes to it; one that tries does not compile.
    """
    if cast(Any, numba.config).DISABLE_JIT:
        return struct
    return cast(T, Reference(cast(NamedTuple, struct), constant))


class References:
    """Structs of one kind; one of them can be exchanged for another."""

    def __init__(self, structs: Sequence[NamedTuple], constant: bool = False) -> None:
        """Write down the structs' addresses; ValueError where there is none, or they differ in type."""
        self._constant = constant
        distinct = {id(struct): struct for struct in structs}  # worlds share what does not change
        made = {key: Reference(struct, constant) for key, struct in distinct.items()}
        self._references = [made[id(struct)] for struct in structs]
        if len({held.type for held in self._references}) != 1:
            raise ValueError("a list of structs needs one at least, and all of one type")
        self.type = ListType(self._references[0].type)
        self._addresses = np.array([held.address for held in self._references], dtype=np.int64)
        self._words = np.array([self._addresses.ctypes.data, len(self._addresses)], dtype=np.int64)
        self.address = self._words.ctypes.data

    def __setitem__(self, index: int, struct: NamedTuple) -> None:
        """Put another struct of the same type in the place of one; ValueError where it is of another."""
        new = Reference(struct, self._constant)
        if new.type != self.type.element:
            raise ValueError("a list of structs holds structs of one type")
        self._references[index] = new
        self._addresses[index] = new.address


def references(structs: Sequence[T], constant: bool = False) -> MutableSequence[T]:
    """Return what kernels are to be given for several NamedTuples of arrays; a list of them where the JIT is off."""
    if cast(Any, numba.config).DISABLE_JIT:
        return list(structs)
    return cast(MutableSequence[T], References(cast(Sequence[NamedTuple], structs), constant))


class Bundle:
    """References under one name each, handed over as one address.

    Numba looks up the type of every argument at every call; for a NamedTuple of fifteen references that took a quarter
    of a millisecond, for a bundle of them it takes a few microseconds.
    """

    def __init__(self, parts: NamedTuple) -> None:
        """Write down the addresses of the parts, which are kept."""
        self.parts = parts
        self.type = BundleType(type(parts).__name__, tuple((name, part.type) for name, part in _named(parts)))
        self._words = np.array([part.address for part in parts], dtype=np.int64)
        self.address = self._words.ctypes.data


def bundle(parts: T) -> T:
    """Return what kernels are to be given for a NamedTuple of references; the tuple itself where the JIT is off."""
    if cast(Any, numba.config).DISABLE_JIT:
        return parts
    return cast(T, Bundle(cast(NamedTuple, parts)))


def take_next(numbers: NDArray[np.int64]) -> int:
    """Return the first number and count it up; compiled, no other thread gets in between."""
    number = int(numbers[0])
    numbers[0] += 1
    return number


def prefetch(row: Any) -> None:
    """Ask for a record that will be needed soon to be fetched into the cache; compiled only."""


def _read_type(dtype: np.dtype[Any]) -> Any:
    """Return the type in which kernels see a number; TypeError where a table can't hold such numbers."""
    if dtype.kind == "f":
        return types.float64
    if dtype.kind == "i" or (dtype.kind == "u" and dtype.itemsize < 8):
        return types.int64
    if dtype.kind == "u":
        return types.uint64
    raise TypeError(f"no table of {dtype}")


@typeof_impl.register(Reference)
@typeof_impl.register(References)
@typeof_impl.register(Bundle)
def _typeof_reference(value: Reference | References | Bundle, context: Any) -> StructType | ListType | BundleType:
    return value.type


@register_model(StructType)
@register_model(ListType)
@register_model(BundleType)
@register_model(TableType)
class _WordsModel(models.PrimitiveModel):
    """A struct, a list of structs, or a table, is passed as the address of its words."""

    def __init__(self, manager: Any, fe_type: types.Type) -> None:
        super().__init__(manager, fe_type, _WORD.as_pointer())


@register_model(RowType)
class _RowModel(models.PrimitiveModel):
    """A record is passed as its address."""

    def __init__(self, manager: Any, fe_type: types.Type) -> None:
        super().__init__(manager, fe_type, _BYTE.as_pointer())


@unbox(StructType)
@unbox(ListType)
@unbox(BundleType)
def _unbox_struct(kind: StructType | ListType | BundleType, value: Any, context: Any) -> NativeValue:
    address = context.pyapi.object_getattr_string(value, "address")
    word = context.pyapi.long_as_longlong(address)
    context.pyapi.decref(address)
    return NativeValue(context.builder.inttoptr(word, _WORD.as_pointer()))


# What kernels may write: bundle.part, struct.table, row.field, table[i], table[i, j], len(table), list[i],
# take_next(table), prefetch(row).


@infer_getattr
class _StructAttributes(AttributeTemplate):
    key = StructType

    def generic_resolve(self, kind: StructType, name: str) -> Any:  # type: ignore[override]  # meant to be overridden
        return kind.tables.get(name)


@infer_getattr
class _BundleAttributes(AttributeTemplate):
    key = BundleType

    def generic_resolve(self, kind: BundleType, name: str) -> Any:  # type: ignore[override]  # meant to be overridden
        return kind.parts.get(name)


@infer_getattr
class _RowAttributes(AttributeTemplate):
    key = RowType

    def generic_resolve(self, kind: RowType, name: str) -> Any:  # type: ignore[override]  # meant to be overridden
        fields = cast(Any, kind.dtype.fields)
        return _read_type(fields[name][0]) if name in fields else None


def _is_index(kind: Any, ndim: int) -> bool:
    """Return whether a table with so many axes can be indexed by a value of this type."""
    if isinstance(kind, types.BaseTuple):
        parts = list(cast(Any, kind))
        return len(parts) == ndim and all(isinstance(part, types.Integer) for part in parts)
    return ndim == 1 and isinstance(kind, types.Integer)


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], TableType) and _is_index(args[1], args[0].ndim):
            return signature(args[0].element, *args)
        if isinstance(args[0], ListType) and _is_index(args[1], 1):
            return signature(args[0].element, *args)
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if not isinstance(args[0], TableType) or args[0].dtype.names or args[0].constant:
            return None
        if _is_index(args[1], args[0].ndim):
            return signature(types.none, args[0], args[1], args[0].element)
        return None


@infer_global(len)
class _Len(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.intp, *args) if isinstance(args[0], TableType | ListType) else None


@infer_global(take_next)
class _TakeNext(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        is_counter = isinstance(args[0], TableType) and args[0].dtype == np.int64 and not args[0].constant
        return signature(types.int64, *args) if is_counter else None


@infer_global(prefetch)
class _Prefetch(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.none, *args) if isinstance(args[0], RowType) else None


def _load_word(builder: Any, words: Any, position: int) -> Any:
    """Load an address or an extent; neither ever changes."""
    loaded = builder.load(builder.gep(words, [ir.Constant(ir.IntType(32), position)]))
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


def _tag(builder: Any, access: Any, name: str) -> None:
    """Say that a memory access reaches only what goes by ``name`` (LLVM's type-based alias analysis)."""
    module = builder.module
    root = module.add_metadata([ir.MetaDataString(module, "trafficai")])
    zero = ir.Constant(_WORD, 0)
    node = module.add_metadata([ir.MetaDataString(module, name), root, zero])
    access.set_metadata("tbaa", module.add_metadata([node, node, zero]))


def _memory_type(dtype: np.dtype[Any]) -> Any:
    """Return LLVM's type of a number as it lies in memory."""
    if dtype.kind == "f":
        return ir.DoubleType() if dtype.itemsize == 8 else ir.FloatType()
    return ir.IntType(8 * dtype.itemsize)


def _load(builder: Any, address: Any, dtype: np.dtype[Any], name: str, constant: bool) -> Any:
    """Load a number and widen it."""
    loaded = builder.load(builder.bitcast(address, _memory_type(dtype).as_pointer()), align=dtype.alignment)
    _tag(builder, loaded, name)
    if constant:
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    if dtype.itemsize == 8:
        return loaded
    if dtype.kind == "f":
        return builder.fpext(loaded, ir.DoubleType())
    return builder.sext(loaded, _WORD) if dtype.kind == "i" else builder.zext(loaded, _WORD)


def _store(builder: Any, address: Any, value: Any, dtype: np.dtype[Any], name: str) -> None:
    """Narrow a number and store it."""
    memory = _memory_type(dtype)
    if dtype.itemsize < 8:
        value = builder.fptrunc(value, memory) if dtype.kind == "f" else builder.trunc(value, memory)
    _tag(builder, builder.store(value, builder.bitcast(address, memory.as_pointer()), align=dtype.alignment), name)


def _check(context: Any, builder: Any, position: Any, extent: Any, kind: TableType) -> None:
    """Raise IndexError where the index is not between 0 and the extent."""
    with builder.if_then(builder.icmp_unsigned(">=", position, extent), likely=False):
        context.call_conv.return_user_exc(builder, IndexError, (f"index out of range of {kind.field}",))


def _element(context: Any, builder: Any, kind: TableType, words: Any, index_type: Any, index: Any) -> Any:
    """Return the address of an element, as a pointer to bytes."""
    parts = cgutils.unpack_tuple(builder, index) if isinstance(index_type, types.BaseTuple) else [index]
    part_types = list(cast(Any, index_type)) if isinstance(index_type, types.BaseTuple) else [index_type]
    row = None
    for axis, (part, part_type) in enumerate(zip(parts, part_types, strict=True)):
        position = context.cast(builder, part, part_type, types.int64)
        if CHECKS_INDICES:
            _check(context, builder, position, _load_word(builder, words, 1 + axis), kind)
        row = position if row is None else builder.add(builder.mul(row, _load_word(builder, words, 1 + axis)), position)
    data = builder.inttoptr(_load_word(builder, words, 0), _BYTE.as_pointer())
    size = ir.Constant(_WORD, kind.dtype.itemsize)
    return builder.gep(data, [builder.mul(row, size)], inbounds=True)


@lower_getattr_generic(StructType)
def _lower_struct_getattr(context: Any, builder: Any, kind: StructType, words: Any, name: str) -> Any:
    return builder.gep(words, [ir.Constant(ir.IntType(32), kind.offset(name))])


@lower_getattr_generic(BundleType)
def _lower_bundle_getattr(context: Any, builder: Any, kind: BundleType, words: Any, name: str) -> Any:
    return builder.inttoptr(_load_word(builder, words, kind.places[name]), _WORD.as_pointer())


@lower_builtin(len, TableType)
@lower_builtin(len, ListType)
def _lower_len(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _load_word(builder, args[0], 1)


@lower_builtin(operator.getitem, TableType, types.Integer)
@lower_builtin(operator.getitem, TableType, types.BaseTuple)
def _lower_getitem(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind = sig.args[0]
    address = _element(context, builder, kind, args[0], sig.args[1], args[1])
    return address if kind.dtype.names else _load(builder, address, kind.dtype, kind.field, kind.constant)


@lower_builtin(operator.getitem, ListType, types.Integer)
def _lower_list_getitem(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    position = context.cast(builder, args[1], sig.args[1], types.int64)
    addresses = builder.inttoptr(_load_word(builder, args[0], 0), _WORD.as_pointer())
    return builder.inttoptr(builder.load(builder.gep(addresses, [position])), _WORD.as_pointer())


@lower_builtin(take_next, TableType)
def _lower_take_next(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    counter = builder.inttoptr(_load_word(builder, args[0], 0), _WORD.as_pointer())
    return builder.atomic_rmw("add", counter, ir.Constant(_WORD, 1), "monotonic")


@lower_builtin(prefetch, RowType)
def _lower_prefetch(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    flag = ir.IntType(32)
    shape = ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), flag, flag, flag])
    fetch = builder.module.declare_intrinsic("llvm.prefetch", (_BYTE.as_pointer(),), shape)
    for start in range(0, sig.args[0].dtype.itemsize, CACHE_LINE):
        line = builder.gep(args[0], [ir.Constant(_WORD, start)])
        builder.call(fetch, [line, ir.Constant(flag, 0), ir.Constant(flag, 3), ir.Constant(flag, 1)])
    return context.get_dummy_value()


@lower_builtin(operator.setitem, TableType, types.Integer, types.Any)
@lower_builtin(operator.setitem, TableType, types.BaseTuple, types.Any)
def _lower_setitem(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind = sig.args[0]
    address = _element(context, builder, kind, args[0], sig.args[1], args[1])
    _store(builder, address, context.cast(builder, args[2], sig.args[2], kind.element), kind.dtype, kind.field)
    return context.get_dummy_value()


def _field(builder: Any, kind: RowType, row: Any, name: str) -> tuple[Any, np.dtype[Any], str]:
    """Return the address of a record's field, its type in memory and its name for the alias analysis."""
    dtype, offset = cast(Any, kind.dtype.fields)[name][:2]
    return builder.gep(row, [ir.Constant(_WORD, offset)], inbounds=True), dtype, f"{kind.table}.{name}"


@lower_getattr_generic(RowType)
def _lower_row_getattr(context: Any, builder: Any, kind: RowType, row: Any, name: str) -> Any:
    return _load(builder, *_field(builder, kind, row, name), kind.constant)


@lower_setattr_generic(RowType)
def _lower_row_setattr(context: Any, builder: Any, sig: Any, args: Any, name: str) -> None:
    if sig.args[0].constant:
        raise TypeError(f"a kernel writes {sig.args[0].table}.{name}, which is constant")
    address, dtype, full_name = _field(builder, sig.args[0], args[0], name)
    value = context.cast(builder, args[1], sig.args[1], _read_type(dtype))
    _store(builder, address, value, dtype, full_name)
