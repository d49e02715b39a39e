"""Gzip files in windows: what comes out holds the redacted text, and nothing a head says passes unread."""

import gzip
import io
import itertools
import struct
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.errors import Unscannable
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Earlier
from proxy.core.traces import safe_part
from proxy.core.windows import choice
from tests.proxy.core.gate import LOGGING, MASKING, RIC, causes, inspected, message
from tests.proxy.core.windows.bodies import BODIES, SIZE, redact, table, through, typed

TABLE = table(600)
NOISE = "".join(f"{n},{n * n * 7919 % 999_983:x}\n" for n in range(9000)).encode()
TAR = bytearray(2048)
TAR[257:262] = b"ustar"


def member(data, flags=0, fields=b""):
    packed = zlib.compress(data, 9, -15)
    head = b"\x1f\x8b\x08" + bytes((flags,)) + b"\1\2\3\4\0\3" + fields
    return head + packed + struct.pack("<2L", zlib.crc32(data), len(data))


def named(name, data, flags=8):
    return member(data, flags, name + b"\0")


def members(data, cuts):
    """The data in as many members."""
    bounds = [0, *sorted(each % (len(data) + 1) for each in cuts), len(data)]
    return b"".join(member(data[start:end]) for start, end in itertools.pairwise(bounds))


def form(file, kind=b"application/gzip", after=b"P00200002 bye"):
    """The file between two fields, and the type of the form."""
    head = b'--b0undary\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n'
    of_file = b'; filename="people.csv.gz"' + (b"\r\nContent-Type: " + kind if kind else b"")
    body = head % (b"a", b"") + b"P00100001\r\n" + head % (b"f", of_file) + file
    return body + b"\r\n" + head % (b"z", b"") + after + b"\r\n--b0undary--\r\n"


FORM = typed(b"multipart/form-data; boundary=b0undary")


def file_in(out):
    return out[out.index(b"\x1f\x8b") : out.rindex(b"\r\n--b0undary\r\n")]


@pytest.mark.parametrize("name", [name for name in BODIES if name != "multipart"])
@settings(max_examples=15, deadline=None)
@given(chunks=st.lists(st.integers(1, 3000), max_size=12), cuts=st.lists(st.integers(0, 1 << 20), max_size=4))
def test_what_is_forwarded_holds_what_the_text_alone_would_be(name, chunks, cuts):
    _, text, codec = BODIES[name]
    wire = {"utf-16": "utf-16-le"}.get(codec, codec)
    data = text.encode(codec)
    out, _ = through(typed(b"application/gzip"), members(data, cuts), chunks, wire)
    assert gzip.decompress(out) == redact(data, wire).body
    assert gzip.decompress(out) == through((), data, chunks, wire)[0]


@settings(max_examples=15, deadline=None)
@given(chunks=st.lists(st.integers(1, 3000), max_size=12), cuts=st.lists(st.integers(0, 1 << 20), max_size=4))
def test_a_file_in_a_form_is_packed_anew_in_its_place(chunks, cuts):
    data = TABLE.encode()
    out, _ = through(FORM, form(members(data, cuts)), chunks)
    new = file_in(out)
    assert gzip.decompress(new) == redact(data, "utf-8").body
    assert out == form(new, after=b"*** bye").replace(b"P00100001", b"***")


@pytest.mark.parametrize(
    "kind", [b"", b"application/octet-stream", b"application/x-gzip", b"application/x-www-form-urlencoded"]
)
def test_the_bytes_decide_what_is_a_gzip_file(kind):
    out, windows = through(typed(kind), member(TABLE.encode()), [])
    assert len(windows) > 10
    assert gzip.decompress(out) == redact(TABLE.encode(), "utf-8").body
    assert gzip.decompress(file_in(through(FORM, form(member(TABLE.encode()), kind), [])[0])) == gzip.decompress(out)


def test_a_coded_body_may_be_a_gzip_file():
    fields = (*typed(b"application/gzip"), (b"Content-Encoding", b"gzip"))
    out, _ = through(fields, gzip.compress(gzip.compress(NOISE)), [])
    assert gzip.decompress(gzip.decompress(out)) == NOISE


@pytest.mark.parametrize(
    "inside",
    [gzip.compress(NOISE), bytes(TAR) + NOISE, b"PK\x03\x04" + NOISE, bytes(range(256)) * 300, b""],
    ids=["gzip", "tar", "zip", "binary", "nothing"],
)
def test_what_is_not_a_text_inside_is_seen_whole(inside):
    data = member(inside, 8, b"x.csv\0")
    assert choice.choose(typed(b"application/gzip"), data, Limits(), SIZE) is None
    if len(data) > SIZE:
        with pytest.raises(Unscannable):
            through(FORM, form(data), [])


FILE = typed(b"application/gzip")


def as_a_body(file):
    return file, FILE


def in_a_form(file):
    return form(file), FORM


WRAPS = {"argvalues": [as_a_body, in_a_form], "ids": ["a body", "a file in a form"]}


def read(window, fields, engine=LOGGING):
    """A window as a gate reads it."""
    earlier = Earlier(first=window.head, last=window.head + window.cut, member=window.member)
    told = message(window.body, "".join(value.decode() for _, value in fields))
    return inspected(engine, replace(told, earlier=earlier))


ROWS = f"id,name\n1,陈大文 {RIC}\n".encode() + NOISE


@pytest.mark.parametrize("wrap", **WRAPS)
@pytest.mark.parametrize("name", [b"people.csv", b""])
def test_places_and_types_are_those_of_the_file_seen_whole(wrap, name):
    data, fields = wrap(named(name, ROWS) if name else member(ROWS))
    whole = inspected(LOGGING, message(data, fields[0][1].decode()))
    _, windows = through(fields, data, [], size=1 << 13)
    verdicts = [read(window, fields) for window in windows]
    places = {group.part for verdict in verdicts for group in verdict.counted if group.entity == "CN_RESIDENT_ID"}
    assert places == {safe_part(each.part) for each in whole.findings if each.entity == "CN_RESIDENT_ID"}
    assert frozenset().union(*(verdict.seen.file_types for verdict in verdicts)) == whole.seen.file_types
    assert not any(verdict.uninspected for verdict in verdicts)
    of_text = [verdict for verdict in verdicts if "csv" in verdict.seen.file_types]
    assert all("gzip" in verdict.seen.file_types for verdict in of_text)


def test_what_a_file_is_declared_to_be_is_compared_with_what_it_is():
    def first(file, fields):
        _, windows = through(fields, file, [])
        return [causes(read(window, fields)) for window in windows[:2]]

    assert first(member(ROWS), FILE) == [set(), set()]
    assert first(member(ROWS), typed(b"text/csv")) == [{Cause.TYPE_MISMATCH}, set()]
    assert first(named(b"people.pdf", ROWS), FILE) == [set(), {Cause.TYPE_MISMATCH}]


HEADS = {
    "name": (8, RIC.encode() + b"\0"),
    "comment": (16, b"of " + RIC.encode() + b"\0"),
    "extra": (4, struct.pack("<H2sH", 22, b"XX", 18) + RIC.encode()),
}


@pytest.mark.parametrize("wrap", **WRAPS)
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("at", [0, 1, 3])
def test_what_any_head_says_is_inspected_and_only_the_first_is_sent(wrap, head, at):
    texts = [NOISE[:9000]] * 4
    said = [HEADS[head] if n == at else (0, b"") for n in range(4)]
    body, fields = wrap(b"".join(map(member, texts, *zip(*said, strict=True))))
    out, windows = through(fields, body, [])
    (told,) = [window for window in windows if RIC.encode() in window.body]
    assert not told.cut
    verdict = read(told, fields)
    assert "header:*" in {each.part.rpartition("#")[2] for each in verdict.counted if each.entity == "CN_RESIDENT_ID"}
    masked = read(told, fields, MASKING)
    assert (masked.action, causes(masked)) == (Action.BLOCK, {Cause.REWRITE})
    assert gzip.decompress(file_in(out) if fields is FORM else out) == NOISE[:9000] * 4
    assert (RIC.encode() in out) == (at == 0 and head != "extra")


def test_a_head_is_inspected_before_the_text_and_kept_as_it_is():
    data = member(NOISE, 4 | 8 | 16, struct.pack("<H2s2H", 6, b"BC", 2, 99) + b"a.csv\0note\0")
    out, windows = through(typed(b""), data, [1] * 60)
    assert b"a.csv\0note\0" in windows[0].body
    assert out.startswith(b"\x1f\x8b\x08\x18\1\2\3\4\0\3a.csv\0note\0")  # sizes of blocks, no longer true, are gone
    file = gzip.GzipFile(fileobj=io.BytesIO(out))
    assert file.read() == NOISE
    assert file.mtime == 0x04030201


def test_many_heads_are_inspected_in_few_windows_of_bounded_size():
    data = b"".join(named(b"%05d.csv" % at, b"1,2\n" * 20) for at in range(3000))
    out, windows = through(typed(b""), data, [5000] * 50, size=1 << 14)
    told = [window for window in windows if not window.cut]
    assert len(told) < 40
    assert max(len(window.body) for window in told) < 1 << 15
    assert sum(window.body.count(b".csv\0") for window in told) == 3000
    assert gzip.decompress(out) == b"1,2\n" * 60_000


@pytest.mark.parametrize("wrap", **WRAPS)
@pytest.mark.parametrize(
    "broken",
    [
        member(NOISE)[:-3],
        member(NOISE)[:-8] + bytes(8),
        member(NOISE)[:-4] + bytes(4),
        member(NOISE) + b"more of it",
        member(NOISE) + bytes(512) + member(NOISE),
        member(NOISE) + b"\x1f\x8b",
        member(NOISE) + member(NOISE)[:14],
        member(NOISE) + named(b"x" * (1 << 18), NOISE),
        member(NOISE) + member(NOISE, 0xE0),
        member(NOISE) + member(NOISE, 2, b"??"),
    ],
    ids=["cut", "check", "size", "more", "behind zeros", "begun", "cut later", "long head", "flags", "check of a head"],
)  # fmt: skip
def test_a_file_that_does_not_keep_what_it_promises_does_not_end(broken, wrap):
    body, fields = wrap(broken)
    with pytest.raises(Unscannable) as caught:
        through(fields, body, [])
    assert caught.value.cause is Cause.DECODE_ERROR


def test_zeros_that_fill_up_a_block_are_left_out():
    out, _ = through(typed(b""), member(NOISE) + bytes(5000), [len(member(NOISE)) + 1, 7])
    assert gzip.decompress(out) == NOISE


def test_millions_of_empty_members_are_cut_short():
    with pytest.raises(Unscannable) as caught:
        through(typed(b""), member(NOISE) + member(b"") * 70_000, [])
    assert caught.value.cause is Cause.DECODE_ERROR


@pytest.mark.parametrize("coded", [False, True])
def test_a_bomb_is_stopped_before_it_is_unpacked_and_codings_do_not_multiply(coded):
    bomb = gzip.compress(NOISE + b"1,2,3,4\n" * (2 << 20))
    fields = (*typed(b""), (b"Content-Encoding", b"gzip")) if coded else typed(b"")
    with pytest.raises(Unscannable) as caught:
        through(fields, gzip.compress(bomb) if coded else bomb, [], ratio=20)
    assert caught.value.cause is Cause.RATIO


def test_what_waits_to_be_unpacked_stays_packed():
    bomb = gzip.compress(NOISE + b"1,2,3,4\n" * (4 << 20))
    way = choice.choose(typed(b""), bomb, Limits(ratio=2000), 1 << 16)
    way.windower.feed(b"".join(way.unpacking.feed(bomb)))
    most = seen = 0
    while (window := way.windower.next()) is not None:
        most = max(most, way.windower.held)
        way.windower.take(window, None)
        seen += window.cut
    assert most < 1 << 20 < seen


@pytest.mark.parametrize("wrap", **WRAPS)
@pytest.mark.parametrize("step", [700, 1 << 20])
def test_what_passes_unread_stays_a_gzip_file(wrap, step):
    """Where the policy lets pass what has no place to be cut at."""
    data = NOISE + b"x" * 9000 + NOISE
    body, fields = wrap(gzip.compress(data))
    windower = choice.choose(fields, body[: len(body) // 2], Limits(), SIZE).windower
    out = []
    pieces = iter([body[at : at + step] for at in range(0, len(body), step)])

    def read():
        for piece in pieces:
            windower.feed(piece)
            while (window := windower.next()) is not None:
                out.append(windower.take(window, None))

    with pytest.raises(Unscannable, match="oversize"):
        read()
    for piece in pieces:
        out.append(windower.rest())
        windower.feed(piece)
    windower.finish()
    new = b"".join((*out, windower.rest()))
    assert gzip.decompress(file_in(new) if fields is FORM else new) == data
    assert fields is not FORM or new.endswith(b"P00200002 bye\r\n--b0undary--\r\n")
