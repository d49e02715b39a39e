import re

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.text import Reading, View, replaced

PATTERN = re.compile(rb"x|%..|\+")


def decode(match):
    return {b"x": b"", b"+": b" "}.get(match[0], b"two")


SOURCES = st.text("abx%+", max_size=40).map(str.encode)


def test_a_view_reads_as_its_replacements():
    assert View(b"a+%zzxb", PATTERN, decode).text == b"a twob"


@given(SOURCES)
def test_every_stretch_maps_to_a_source_that_reads_the_same(source):
    view = View(source, PATTERN, decode)
    size = len(view.text)
    whole = {view.to_source(at, at + 1) for at in range(size)}
    for start in range(size):
        for end in range(start + 1, min(size, start + 6) + 1):
            first, last = view.to_source(start, end)
            assert 0 <= first < last <= len(source)
            assert view.text[start:end] in PATTERN.sub(decode, source[first:last])
            assert any(first == begin for begin, _ in whole)


@given(SOURCES)
def test_what_was_not_replaced_maps_to_itself(source):
    view = View(source, PATTERN, decode)
    for at, byte in enumerate(view.text):
        first, last = view.to_source(at, at + 1)
        if last - first == 1 and source[first] not in b"x+%":
            assert source[first] == byte
            assert view.to_view(first) == at


@given(SOURCES)
def test_positions_only_grow(source):
    view = View(source, PATTERN, decode)
    there = [view.to_view(at) for at in range(len(source) + 1)]
    assert there == sorted(there)
    assert there[-1] == len(view.text)
    back = [view.to_source(at, at)[0] for at in range(len(view.text) + 1)]
    assert back == sorted(back)


def test_what_is_removed_at_an_edge_stays_outside():
    view = View(b"xx1x2xx", PATTERN, decode)
    assert view.text == b"12"
    assert view.to_source(0, 2) == (2, 5)
    assert view.to_source(0, 1) == (2, 3)
    assert view.to_source(1, 2) == (4, 5)


def test_a_replaced_stretch_stays_whole():
    view = View(b"a%zzb", PATTERN, decode)
    assert view.text == b"atwob"
    assert view.to_source(2, 3) == (1, 4)
    assert view.to_source(0, 2) == (0, 4)
    assert view.to_source(4, 5) == (4, 5)


def test_layers_map_through_each_other():
    inner = View(b"%zz+b", PATTERN, decode)
    outer = View(inner.text, re.compile(rb"w"), lambda _: b"vvv")
    reading = Reading(b"%zz+b", inner, None, outer)
    assert reading.text == b"tvvvo b"
    assert not reading.plain
    assert reading.to_source(2, 3) == (0, 3)
    assert reading.to_source(5, 7) == (3, 5)
    assert reading.to_text(4) == 6
    assert Reading(b"abc", None).plain
    assert Reading(b"abc").to_source(1, 2) == (1, 2)


def test_a_long_source_is_put_together_as_a_short_one_is():
    pattern = re.compile(rb"<[^<>]*>")
    source = b"a<b>c<><d>" * 150_000 + b"e"
    assert replaced(pattern, lambda found: found[0][1:2], source) == pattern.subn(lambda found: found[0][1:2], source)
