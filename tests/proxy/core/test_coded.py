"""Stretches of text in base64, base32, hex and character codes: found, believed, written back."""

import base64
import gzip
import json
import zlib
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core import coded
from proxy.core.errors import Unscannable
from proxy.core.message import Cause
from proxy.core.signs import look
from tests.proxy.core.gate import RIC, entities

DIGITS = RIC.encode()


def stretches(text):
    signs = look(text)
    found = list(coded.stretches(text, signs.coded)) if signs else []
    return [each for each in found if each.coding != "turned"]


CODINGS = {
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "without-padding": lambda data: base64.b64encode(data).rstrip(b"="),
    "mime-lines": lambda data: base64.encodebytes(data * 5).rstrip(),
    "base32": base64.b32encode,
    "base32-lower": lambda data: base64.b32encode(data).lower().rstrip(b"="),
    "hex": lambda data: data.hex().encode(),
    "HEX": lambda data: data.hex().upper().encode(),
    "hex-spaced": lambda data: data.hex(" ").encode(),
    "hex-colons": lambda data: data.hex(":").encode(),
    "0x": lambda data: b", ".join(b"0x%02x" % each for each in data),
    "decimal": lambda data: b",".join(b"%d" % each for each in data),
    "decimal-spaced": lambda data: b", ".join(b"%d" % each for each in data),
    "binary": lambda data: b" ".join(f"{each:08b}".encode() for each in data),
}


@pytest.mark.parametrize("around", [b"%b", b"x = %b;", b'{"a":"%b"}', b"<p>%b</p>", b"/v1/%b?x", b"key=%b", b"(%b)"])
@pytest.mark.parametrize("coding", CODINGS)
def test_digits_are_seen_in_every_coding_wherever_they_stand(coding, around):
    text = around % CODINGS[coding](DIGITS)
    assert any(DIGITS in found.data for found in stretches(text))


@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_written_back_unchanged_is_the_same(coding):
    written = CODINGS[coding](DIGITS)
    (found,) = stretches(b"see: " + written + b" .")
    assert b"see: " + found.recode(found.data) + b" ." == b"see: " + written + b" ."


@pytest.mark.parametrize(
    "value",
    [b"A123456(3)", b"A1234563", b"91234567", b"13800138000", "陈大文 13800138000".encode()],
    ids=["hkid", "bare", "phone", "mobile", "name"],
)
def test_short_values_are_long_enough_in_base64(value):
    assert any(value in found.data for found in stretches(b"v=" + base64.b64encode(value)))


@pytest.mark.parametrize("before", [b"", b"abc", b"abcd", b"prefix", b"AAAA"])
@pytest.mark.parametrize("behind", [b"", b"xyz", b"_tail", b"ZZZZZ"])
def test_letters_that_touch_a_stretch_do_not_hide_it(before, behind):
    written = before + base64.b64encode(b"id " + DIGITS + b" ok. ") + behind
    assert any(DIGITS in found.data for found in stretches(b"v " + written))


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(DIGITS, mtime=0), zlib.compress(DIGITS), b"%PDF-1.7 " + bytes(20), b"PK\x03\x04" + bytes(30)],
    ids=["gzip", "zlib", "pdf", "zip"],
)
def test_the_first_bytes_of_files_are_known(packed):
    (found,) = stretches(b"data:;base64," + base64.b64encode(packed))
    assert found.data == packed
    (found,) = stretches(packed.hex().encode())
    assert found.data == packed


@pytest.mark.parametrize(
    "text",
    [
        b"the quick brown fox jumps over the lazy dog again and again",
        b"getElementsByClassNameAndSomethingElse(applicationConfigurationManager)",
        b"3f786850e387550fdab836ed7e6dc881de23001b",  # a digest
        b"123e4567-e89b-12d3-a456-426614174000",
        b"/usr/share/application/resources/production/configuration.txt",
        b"1415926535897932384626433832795028841971",
        b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_what_only_looks_long_is_left_alone(text):
    assert stretches(text) == []


def test_what_follows_without_a_sign_between_may_not_shift():
    (found,) = stretches(b"v " + base64.b64encode(DIGITS) + b"QQQQ\x80"[:3])
    with pytest.raises(Unscannable) as refused:
        found.recode(found.data + b"1")
    assert refused.value.cause is Cause.REWRITE


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_searched_without_an_error(data):
    for found in stretches(data):
        assert 0 <= found.start < found.end <= len(data)


@settings(max_examples=200)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=12, max_size=200), st.booleans())
def test_text_in_base64_comes_out_whole(text, urlsafe):
    data = b"No " + DIGITS + b" " + text.encode()
    written = base64.urlsafe_b64encode(data) if urlsafe else base64.b64encode(data)
    (found,) = stretches(b'"' + written + b'"')
    assert (found.data, found.recode(data)) == (data, written)


@settings(max_examples=50)
@given(st.integers(1, 2000))
def test_long_runs_are_read_once(count):
    text = b" ".join([base64.b64encode(DIGITS)] * count)
    assert len(stretches(text)) == count


GROUPED = {
    "fours": lambda data: b" ".join(base64.b64encode(data)[at : at + 4] for at in range(0, 99, 4)).rstrip(),
    "signs": lambda data: b" ".join(bytes((each,)) for each in base64.b64encode(data)),
    "tabs": lambda data: b"\t".join(base64.b64encode(data)[at : at + 10] for at in range(0, 99, 10)).rstrip(),
    "lines": lambda data: b"\n".join(base64.b64encode(data)[at : at + 8] for at in range(0, 99, 8)).rstrip(),
    "hex-fours": lambda data: data.hex(" ", 2).encode(),
    "hex-dashes": lambda data: data.hex("-").encode(),
    "padded": lambda data: b"".join(b"%03d" % each for each in data),
    "bits": lambda data: "".join(f"{each:08b}" for each in data).encode(),
}


@pytest.mark.parametrize("around", [b"%b", b"x: %b .", b'{"a":"%b"}', b"<p>%b</p>"])
@pytest.mark.parametrize("coding", GROUPED)
def test_groups_are_read_as_one_and_written_back_in_groups(coding, around):
    written = GROUPED[coding](DIGITS)
    found = next(each for each in stretches(around % written) if each.data == DIGITS)
    assert found.recode(DIGITS) == written


@pytest.mark.parametrize("data", [DIGITS, "身份证 ".encode() + DIGITS], ids=["digits", "han"])
def test_dumps_are_read_over_their_lines(data):
    lines = [
        b"%08x: %-39b  %b" % (at, data[at : at + 16].hex(" ", 2).encode(), b"." * len(data[at : at + 16]))
        for at in range(0, len(data), 16)
    ]
    assert any(found.data == data for found in stretches(b"\n".join(lines)))


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "gb18030"])
def test_text_in_other_charsets_makes_sense(codec):
    data = ("身份证 " + RIC).encode(codec)
    assert [found.data for found in stretches(b"v " + base64.b64encode(data))] == [data]


def test_what_is_written_backwards_is_turned():
    signs = look(base64.b64encode(DIGITS)[::-1])
    assert [each.data for each in coded.stretches(base64.b64encode(DIGITS)[::-1], signs.coded)] == [DIGITS]


def test_strings_of_der_are_read():
    der = b"\x30\x17\x02\x01\x01\x0c\x12" + DIGITS
    assert DIGITS in [each.data for each in stretches(b"v " + base64.b64encode(der))]


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from([b"3530", b"MDAx", b" ", b"\n", b"34", b"0x", b",", b"=", b"-", b"0000:"]), max_size=60)
)
def test_rows_of_any_shape_are_searched_without_an_error(pieces):
    data = b"".join(pieces)
    for found in stretches(data):
        assert 0 <= found.start < found.end <= len(data)


def test_lines_of_base64_are_read_as_one_run():
    """What is in them is no text, and each of a thousand lines could begin one."""
    lines = base64.encodebytes(b"\0\1\0\0\0\x9f" * 60_000)
    kept = b"id " + RIC.encode()
    (found,) = stretches(b"<a>\n" + lines + b"</a> <b>" + base64.b64encode(kept) + b"</b>")
    assert found.data == kept


def test_where_all_of_a_long_text_could_begin_something_only_the_first_places_are_told():
    signs = look(b"a=" + b"25" * 100_000)
    assert 0 < len(signs.coded) < 10_000


HAN_ID = "身份证号：" + RIC.translate(str.maketrans("0123456789", "零一二三四五六七八九"))
ROWS = {
    "decimal": lambda data: " ".join(str(each) for each in data),
    "decimal-commas": lambda data: ",".join(str(each) for each in data),
    "glued": lambda data: "".join(f"{each:03}" for each in data),
    "octal": lambda data: " ".join(f"{each:03o}" for each in data),
    "hex": lambda data: " ".join(f"{each:02x}" for each in data),
    "0x": lambda data: ", ".join(f"0x{each:02x}" for each in data),
    "bits": lambda data: "".join(f"{each:08b}" for each in data),
    "bits-apart": lambda data: " ".join(f"{each:08b}" for each in data),
}


@pytest.mark.parametrize("way", ROWS)
@pytest.mark.parametrize(
    "data",
    [
        HAN_ID.encode(),
        base64.b64encode(HAN_ID.encode()),
        f"number: {RIC}".encode(),
        quote(HAN_ID, safe="").encode(),
        "".join(f"&#{ord(sign)};" for sign in HAN_ID).encode(),
    ],
    ids=["han", "base64", "latin", "percent", "references"],
)
def test_rows_of_the_codes_of_any_text_are_read(way, data):
    assert "CN_RESIDENT_ID" in entities(json.dumps({"data": ROWS[way](data)}))


@pytest.mark.parametrize("pack", [zlib.compress, gzip.compress])
def test_what_is_compressed_is_read_from_its_codes(pack):
    assert entities(json.dumps({"data": ",".join(map(str, pack(HAN_ID.encode())))})) == ["CN_RESIDENT_ID"]


def test_a_chart_is_no_text():
    chart = ", ".join(str(30 + at * at % 97) for at in range(80)).encode()
    assert not list(stretches(chart))
