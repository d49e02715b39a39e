"""Windows of long bodies: nothing is lost, nothing is sent twice, nothing found is cut in two."""

import json
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.errors import Unscannable
from proxy.core.limits import Limits
from proxy.core.message import Cause
from proxy.core.windows import choice
from proxy.core.windows.windower import spliced
from tests.proxy.core.windows.bodies import BODIES, MARK, SIZE, people, redact, table, through, typed


@pytest.mark.parametrize("name", BODIES)
@settings(max_examples=15)
@given(chunks=st.lists(st.integers(1, 3000), max_size=12))
def test_what_is_forwarded_is_the_redacted_whole_however_it_comes(name, chunks):
    kind, text, codec = BODIES[name]
    wire = {"utf-16": "utf-16-le"}.get(codec, codec)
    body = text.encode(codec)
    out, windows = through(typed(kind), body, chunks, wire)
    assert out == redact(body, wire).body
    assert len(windows) > 5


@pytest.mark.parametrize("name", [name for name in BODIES if name != "multipart"])
def test_a_value_is_found_wherever_the_cut_falls(name):
    kind, text, codec = BODIES[name]
    for shift in range(40):
        body = (text[:8] + " " * shift + text[8:]).encode(codec) if name == "text" else text.encode(codec)
        out, _ = through(typed(kind), body, [], {"utf-16": "utf-16-le"}.get(codec, codec), SIZE + 2 * shift)
        assert not MARK.search(out.decode(codec))


@given(at=st.integers(0, 60))
@settings(max_examples=30)
def test_a_value_with_a_line_end_in_it_is_not_cut_in_two(at):
    body = ("x" * at + "\n" + "P123\n45678\n" * 300).encode()
    out, _ = through(typed(b"text/plain"), body, [])
    assert b"45678" not in out
    assert out == redact(body, "utf-8").body


NOISY = b"id,name\n" + b"".join(b"%d,%x\n" % (n, n * n * 7919 % 999_983) for n in range(40_000))
CODERS = {
    b"gzip": (lambda data: zlib.compress(data, 6, 31), lambda data: zlib.decompress(data, 31)),
    b"deflate": (zlib.compress, zlib.decompress),
    b"br": (brotli.compress, brotli.decompress),
    b"zstd": (zstandard.compress, lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
}


@pytest.mark.parametrize("coding", CODERS)
def test_a_coded_body_is_read_inside_and_coded_again(coding):
    code, uncode = CODERS[coding]
    body = table(300).encode()
    fields = (*typed(b"text/csv"), (b"Content-Encoding", coding))
    out, _ = through(fields, code(body), [1, 7, 100, 999])
    assert uncode(out) == redact(body, "utf-8").body


@pytest.mark.parametrize("coding", CODERS)
def test_a_coded_body_that_is_cut_off_or_followed_by_more_is_an_error(coding):
    code, _ = CODERS[coding]
    coded = code(NOISY)
    fields = (*typed(b"text/csv"), (b"Content-Encoding", coding))
    for broken in (coded[:-3], coded + b"more of it"):
        with pytest.raises(Unscannable) as caught:
            through(fields, broken, [])
        assert caught.value.cause is Cause.DECODE_ERROR


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"])
def test_a_bomb_is_stopped_before_it_is_unpacked(coding):
    bomb = CODERS[coding][0](NOISY + b"id,name\n" * (2 << 20))
    with pytest.raises(Unscannable) as caught:
        through((*typed(b"text/csv"), (b"Content-Encoding", coding)), bomb, [], ratio=20)
    assert caught.value.cause is Cause.RATIO


def test_windows_begin_with_what_their_reader_must_know():
    def heads(name):
        kind, text, codec = BODIES[name]
        _, windows = through(typed(kind), text.encode(codec), [])
        return windows[2].body[: windows[2].head]

    assert heads("csv") == b"id,name,no,note\r\n"
    assert heads("json") == b'{"data":{"people":['
    assert heads("sql").endswith(b"INSERT INTO p VALUES ")
    assert b"CREATE TABLE p (id int" in heads("sql")


@pytest.mark.parametrize(
    ("value", "foot"),
    [({"data": {"people": people(120), "n": 1}}, b"null]}}"), ({p["no"]: p for p in people(120)}, b'"":null}')],
    ids=["a list", "an object"],
)
def test_a_piece_of_json_is_closed_and_so_one_json_text(value, foot):
    _, windows = through(typed(b"application/json"), json.dumps(value).encode(), [])
    assert all(json.loads(window.body) for window in windows)
    assert [window.body[len(window.body) - window.foot :] for window in windows] == [foot] * (len(windows) - 1) + [b""]


@pytest.mark.parametrize(
    ("start", "rows"),
    [("[", table(150)), ('{"a":[', "a,b,c\n1,2,3\n" * 500), ("[", "[1,2}," * 900), ('["a",', '"b",' * 900 + "\n" * 40)],
    ids=["a table in a bracket", "in two", "brackets that do not fit", "none"],
)
def test_only_what_is_json_is_closed(start, rows):
    _, windows = through(typed(b"application/json"), (start + rows).encode(), [])
    assert len(windows) > 2
    for window in windows:
        if window.foot:
            json.loads(window.body)
        elif window is not windows[-1]:
            with pytest.raises(json.JSONDecodeError):
                json.loads(window.body + b"null]")


def test_lists_in_lists_without_end_take_no_longer_than_others():
    body = b"[" * 100_000 + b"1," * 200_000
    _, windows = through(typed(b"application/json"), body, [], size=1 << 17)
    assert len(windows) > 2
    assert not any(window.foot for window in windows)


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (b"application/zip", b"PK\x03\x04" + b"\0" * 2000),
        (b"text/csv", b"PK\x03\x04" + b"\0" * 2000),
        (b"application/octet-stream", bytes(range(256)) * 8),
        (b"application/pdf", b"%PDF-1.7\n" + b"x" * 2000),
        (b"multipart/form-data; boundary=a; boundary=b", b"--a\r\n\r\n" + b"x" * 2000),
        (b"application/x-www-form-urlencoded", b"a=1&b=2" * 300),
    ],
    ids=["zip", "a zip called csv", "binary", "pdf", "two boundaries", "form"],
)
def test_what_must_be_seen_whole_is_not_for_windows(kind, first):
    assert choice.choose(typed(kind), first, Limits(), SIZE) is None


@pytest.mark.parametrize("name", [b"X-Amz-Content-Sha256", b"x-checksum-sha1", b"Content-Range", b"Upload-Offset"])
def test_what_depends_on_the_whole_body_keeps_it_whole(name):
    assert not choice.promising(((name, b"1"), *typed(b"text/csv")))
    assert choice.promising((*typed(b"text/csv"), (b"Content-MD5", b"x"), (b"Content-Length", b"9")))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"text/plain", b"short\n" + b"A" * 20_000),
        (b"text/plain", b"short line\n" * 50 + (b"QUJD" * 19 + b"\n") * 300),
        (b"application/json", b'["' + b"A" * 20_000 + b'"]'),
        (b"text/csv", b"a,b\n1,2\n" * 1600 + bytes(range(256)) * 40),
    ],
    ids=["a line", "a file in Base64", "a string", "binary behind a table"],
)
def test_what_has_no_place_to_be_cut_at_is_refused(kind, body):
    with pytest.raises(Unscannable):
        through(typed(kind), body, [])


def test_edits_that_are_not_in_order_are_refused():
    for edits in ([(5, 6, b""), (1, 2, b"")], [(1, 4, b""), (3, 6, b"")], [(0, 99, b"")], [(4, 6, b"x")]):
        with pytest.raises(Unscannable):
            spliced(b"0123456789", edits, 0, 5)
