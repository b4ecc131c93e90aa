"""How kernels are compiled, cached, and handed their arrays."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np
import pytest

from trafficai.core import _compile
from trafficai.core._compile import entry, kernel, wraps_around
from trafficai.core._linking import KernelLibrary
from trafficai.core._struct import CHECKS_INDICES, Reference, prefetch, reference, references, take_next

DTYPE = np.dtype([("speed", np.float64), ("lane", np.int64), ("flag", np.int8)], align=True)


class Things(NamedTuple):
    """Records and numbers, as kernels get them."""

    rows: np.recarray
    grid: np.ndarray


def make_things(num=4):
    rows = np.zeros(num, dtype=DTYPE).view(np.recarray)
    rows.speed[:] = np.arange(num) + 0.5
    rows.lane[:] = np.arange(num)[::-1]
    return Things(rows, np.arange(num * 3, dtype=np.float64).reshape(num, 3))


@kernel
def inner(things, row, column):
    """Return a record's field and a grid's element, and change both."""
    thing = things.rows[row]
    found = thing.speed * 100.0 + things.grid[row, column] + len(things.rows) * 1000.0
    thing.speed = -1.0
    thing.flag = 1
    things.grid[row, column] = -2.0
    return found


@entry
def outer(things, row, column):
    """Call the inner kernel from a compiled one."""
    return inner(things, row, column)


def test_kernels_read_and_write_the_arrays_of_a_struct():
    things = make_things()
    assert outer(reference(things), 2, 1) == 250.0 + 7.0 + 4000.0
    assert things.rows[2].speed == -1.0
    assert things.rows[2].flag == 1
    assert things.grid[2, 1] == -2.0
    assert things.rows[1].speed == 1.5
    assert things.rows.lane.tolist() == [3, 2, 1, 0]


def test_two_structs_of_one_type_share_compiled_code_but_no_memory():
    one, two = make_things(3), make_things(5)
    assert outer(reference(one), 0, 0) == 50.0 + 3000.0
    compiled = len(outer.signatures)
    assert outer(reference(two), 0, 0) == 50.0 + 5000.0
    assert len(outer.signatures) == compiled
    assert two.rows[1].speed == 1.5


def test_kernel_by_itself_is_no_machine_code():
    inner.compile((numba.typeof(reference(make_things())), numba.int64, numba.int64))
    for lowered in inner.overloads.values():
        assert isinstance(lowered.library, KernelLibrary)
        assert not callable(lowered.entry_point)


@kernel
def middle(things, row):
    """Reach the inner kernel by another way."""
    return inner(things, row, 0) + 1.0


@entry
def both_ways(things):
    """Call the inner kernel directly and by the middle one."""
    return middle(things, 0) + inner(things, 1, 0)


def test_an_entry_links_a_kernel_that_it_reaches_twice():
    assert both_ways(reference(make_things())) == (50.0 + 4000.0 + 1.0) + (150.0 + 3.0 + 4000.0)


def test_kernel_is_an_entry_where_python_calls_it():
    assert inner(reference(make_things()), 2, 1) == 250.0 + 7.0 + 4000.0


def test_array_with_holes_is_refused():
    things = make_things()
    with pytest.raises(ValueError, match="array grid is not contiguous"):
        reference(things._replace(grid=things.grid[:, :2]))
    with pytest.raises(ValueError, match="array rows is not contiguous"):
        reference(things._replace(rows=things.rows[::2]))
    with pytest.raises(ValueError, match="array grid is not contiguous"):
        reference(things._replace(grid=np.asfortranarray(things.grid)))


def test_reference_keeps_its_arrays_alive():
    made = reference(make_things())
    assert isinstance(made, Reference)
    assert outer(made, 3, 2) == 350.0 + 11.0 + 4000.0


def test_where_the_jit_is_off_kernels_get_the_struct_itself(monkeypatch):
    monkeypatch.setattr(_compile.numba.config, "DISABLE_JIT", 1)
    things = make_things()
    assert reference(things) is things
    assert inner.py_func(things, 2, 1) == 250.0 + 7.0 + 4000.0


def test_unsigned_integers_wrap_in_silence_where_the_jit_is_off(monkeypatch):
    def square(number):
        return number * number

    assert wraps_around(square) is square
    monkeypatch.setattr(_compile.numba.config, "DISABLE_JIT", 1)
    assert int(wraps_around(square)(np.uint64(2**33 + 1))) == (2**33 + 1) ** 2 % 2**64


@pytest.fixture
def copied_core(tmp_path, monkeypatch):
    """The kernels' sources in a folder that may be changed."""
    folder = tmp_path / "core"
    folder.mkdir()
    for source in Path(_compile.__file__).parent.glob("*.py"):
        shutil.copy(source, folder)
    monkeypatch.setattr(_compile, "__file__", str(folder / "_compile.py"))
    return folder


def test_cache_is_named_after_the_sources_not_where_they_lie(copied_core, monkeypatch):
    copied = _compile._kernel_hash()
    monkeypatch.undo()
    assert _compile._kernel_hash() == copied
    assert Path(_compile.numba.config.CACHE_DIR) == _compile._cache_root() / copied


@pytest.mark.parametrize("name", ["car_following.py", "records.py", "_struct.py", "__init__.py"])
def test_edit_of_any_kernel_file_names_another_cache(copied_core, name):
    before = _compile._kernel_hash()
    source = copied_core / name
    source.write_text(source.read_text() + "\n# an edit\n")
    assert _compile._kernel_hash() != before


def test_new_renamed_or_missing_kernel_file_names_another_cache(copied_core):
    hashes = {_compile._kernel_hash()}
    (copied_core / "new.py").write_text("")
    hashes.add(_compile._kernel_hash())
    (copied_core / "new.py").rename(copied_core / "newer.py")
    hashes.add(_compile._kernel_hash())
    (copied_core / "lanes.py").unlink()
    hashes.add(_compile._kernel_hash())
    assert len(hashes) == 4


def test_another_numba_names_another_cache(monkeypatch):
    before = _compile._kernel_hash()
    monkeypatch.setattr(_compile.numba, "__version__", "0.0")
    assert _compile._kernel_hash() != before


def test_cache_lies_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("TRAFFICAI_CACHE_DIR", raising=False)
    assert _compile._cache_root() == tmp_path / "xdg" / "trafficai"
    monkeypatch.setenv("TRAFFICAI_CACHE_DIR", str(tmp_path / "own"))
    assert _compile._cache_root() == tmp_path / "own"


@entry
def drain(list_of_things, counter):
    """Take one thing after the other and add up what its first record says; return the sum and the number taken."""
    total, taken = 0.0, 0
    k = take_next(counter.grid)
    while k < len(list_of_things):
        total += list_of_things[k].rows[0].speed
        taken += 1
        k = take_next(counter.grid)
    return total, taken


@entry
def ask_and_read(things, ask, row):
    """Ask for one record, and read another one."""
    prefetch(things.rows[ask])
    return things.rows[row].speed


@pytest.mark.skipif(CHECKS_INDICES, reason="every index is checked then")
def test_asking_for_a_record_changes_nothing_even_for_one_that_is_not_there():
    things = make_things()
    before = things.rows.copy()
    for ask in (0, 3, 4, 1 << 40):
        assert ask_and_read(reference(things), ask, 2) == 2.5
    assert (things.rows == before).all()


class Counter(NamedTuple):
    """A number that threads count up."""

    grid: np.ndarray


def numbered(number):
    things = make_things()
    things.rows.speed[0] = number
    return things


def test_kernels_read_the_structs_of_a_list():
    listed = references([numbered(k) for k in range(4)])
    assert drain(listed, reference(Counter(np.zeros(1, dtype=np.int64)))) == (6.0, 4)
    listed[1] = numbered(10)
    assert drain(listed, reference(Counter(np.zeros(1, dtype=np.int64)))) == (15.0, 4)


def test_threads_take_every_struct_once():
    listed = references([numbered(1)] * 20_000)
    counter = reference(Counter(np.zeros(1, dtype=np.int64)))
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: drain(listed, counter), range(4)))
    assert sum(taken for _, taken in done) == 20_000


def test_a_list_holds_structs_of_one_type():
    with pytest.raises(ValueError, match="one at least, and all of one type"):
        references([])
    other = Things(make_things().rows, np.zeros((2, 3), dtype=np.int32))
    with pytest.raises(ValueError, match="all of one type"):
        references([make_things(), other])
    with pytest.raises(ValueError, match="one type"):
        references([make_things()])[0] = other


def test_where_the_jit_is_off_a_list_of_structs_is_a_list(monkeypatch):
    monkeypatch.setattr(_compile.numba.config, "DISABLE_JIT", 1)
    things = make_things()
    assert references([things])[0] is things
    counter = np.array([3], dtype=np.int64)
    assert [take_next(counter), take_next(counter)] == [3, 4]
