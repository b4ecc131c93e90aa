"""The door for strangers' files lets nothing hostile or malformed in, and says where it stands."""

import contextlib
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trafficai.datatypes.errors import InputError
from trafficai.scenario.xml import MAX_DEPTH, Element, read_elements, to_number, to_seconds


def test_the_root_comes_first_then_its_children_with_what_is_inside(write):
    path = write("a.xml", '<r v="1"><a id="x">\n<b/><c/></a><d/></r>')
    root, first, second = read_elements(path)
    assert (root.tag, root.attributes, root.children) == ("r", {"v": "1"}, [])
    assert [child.tag for child in first.children] == ["b", "c"]
    assert (second.tag, second.line) == ("d", 2)


def test_gzip_is_told_by_its_content_not_by_its_name(write):
    assert [e.tag for e in read_elements(write("a.xml", gzip.compress(b"<r><a/></r>")))] == ["r", "a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no element found"),
        (b"<r><a></r>", "mismatched tag"),
        (b"<r/><r/>", "junk after document element"),
        (b"\x00\x01\x02", "not well-formed"),
        (b'<?xml version="1.0" encoding="no-such"?><r/>', "unknown encoding"),
        (b'<?xml version="1.0" encoding="utf-16"?><r/>', "encoding"),
        (b"<!DOCTYPE r><r/>", "DOCTYPE is refused"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "DOCTYPE is refused"),
        (b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>', "DOCTYPE is refused"),
        (b"<r>" + b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH + b"</r>", "nested deeper than 64"),
        (b"\x1f\x8bnonsense", "cannot be read"),
        (gzip.compress(b"<r><a/></r>", mtime=0)[:-9], "cannot be read"),
    ],
)
def test_bad_files_are_refused_in_one_line_that_names_them(write, content, message):
    path = write("bad.xml", content)
    with pytest.raises(InputError, match=message) as caught:
        list(read_elements(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_control_characters_become_blanks_so_that_messages_stay_one_line(write):
    _, element = read_elements(write("a.xml", '<r><a id="x&#10;y&#x9b;z" n="&#13;"/></r>'))
    assert element.get("id") == "x y z"
    assert str(element.error("no")).isprintable()


def test_depth_64_is_still_accepted(write):
    inner = MAX_DEPTH - 1
    assert list(read_elements(write("a.xml", "<r>" + "<a>" * inner + "</a>" * inner + "</r>")))


def test_what_grows_too_large_when_unpacked_is_refused_before_it_is_read(write):
    bomb = gzip.compress(b"<r>" + b" " * 10_000_000 + b"</r>")
    with pytest.raises(InputError, match="larger than 1 MiB after decompression"):
        list(read_elements(write("bomb.xml.gz", bomb), max_bytes=2**20))


def test_a_folder_a_missing_file_and_an_impossible_name_are_no_files(tmp_path):
    for path in (tmp_path, tmp_path / "none.xml", tmp_path / ("x" * 5000), tmp_path / "nul\0"):
        with pytest.raises(InputError, match="no such file"):
            list(read_elements(path))


def _element(tmp_path, **attributes):
    return Element("lane", attributes, tmp_path / "f.xml", 7)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e400", "", "x", "1_0", "0x10", "1,5"])
def test_what_is_no_finite_number_is_refused_with_file_element_and_attribute(tmp_path, text):
    with pytest.raises(InputError) as caught:
        _element(tmp_path, id="l", length=text).number("length")
    for part in ("f.xml", "lane 'l' (line 7)", "length"):
        assert part in str(caught.value)


def test_bounds_defaults_and_kinds_of_numbers(tmp_path):
    element = _element(tmp_path, zero="0", half="0.5", big="1e12", yes="true", no="0", odd="maybe")
    assert element.number("none", 3.0) == 3.0
    assert element.integer("zero") == 0
    assert element.flag("yes", default=False)
    assert not element.flag("no", default=True)
    for attempt in (
        lambda: element.number("none"),
        lambda: element.number("zero", above=0.0),
        lambda: element.integer("half"),
        lambda: element.integer("big"),
        lambda: element.flag("odd", default=True),
    ):
        with pytest.raises(InputError):
            attempt()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        ("1.5", 1.5),
        ("00:01:02", 62.0),
        ("10:00:00", 36000.0),
        ("1:00:00:01", 86401.0),
        ("1:2", None),
        ("x", None),
    ],
)
def test_times_are_seconds_or_clock_times(text, seconds):
    assert to_seconds(text) == seconds


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_no_text_makes_a_number_parser_fail(text):
    to_number(text)
    to_seconds(text)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_in_another_way(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "f.xml"
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        list(read_elements(path))
