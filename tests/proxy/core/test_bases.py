"""Words of short texts in codings that have no sign of their own."""

import base64
import gzip
import zlib

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core import alphabets, bases
from proxy.core.errors import Unscannable
from proxy.core.signs import look
from tests.proxy.core.gate import LOGGING, RIC, message

DIGITS = RIC.encode()


def number(alphabet):
    def write(data):
        value, out = int.from_bytes(data, "big"), b""
        while value:
            value, rest = divmod(value, len(alphabet))
            out = alphabet[rest : rest + 1] + out
        return out

    return write


def base45(data):
    out = b""
    for at in range(0, len(data), 2):
        value = int.from_bytes(data[at : at + 2], "big")
        for _ in range(len(data[at : at + 2]) + 1):
            value, rest = divmod(value, 45)
            out += alphabets.B45[rest : rest + 1]
    return out


def deflated(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


CODINGS = {
    "base85": base64.b85encode,
    "ascii85": base64.a85encode,
    "adobe": lambda data: base64.a85encode(data, adobe=True),
    "base58": number(alphabets.B58),
    "flickr": number(alphabets.B58_FLICKR),
    "ripple": number(alphabets.B58_RIPPLE),
    "base36": number(alphabets.B36.lower()),
    "base62": number(alphabets.B62),
    "base45": base45,
    "base32hex": base64.b32hexencode,
    "deflate": lambda data: base64.b64encode(deflated(data)),
    "deflate-hex": lambda data: deflated(data).hex().encode(),
    "brotli": lambda data: base64.b64encode(brotli.compress(data)),
    "xor-hex": lambda data: bytes(each ^ 0x5A for each in data).hex().encode(),
    "gzip-base85": lambda data: base64.b85encode(gzip.compress(data, mtime=0)),
}


def stretches(text):
    signs = look(text)
    return list(bases.stretches(text, signs.tokens, lambda _: (0, len(text)))) if signs else []


@pytest.mark.parametrize("around", [b"%b", b"see: %b", b"no 7\ndata: %b\nend"])
@pytest.mark.parametrize("coding", CODINGS)
def test_digits_are_seen_in_every_coding(coding, around):
    found = LOGGING.inspect(message(around % CODINGS[coding](DIGITS), "text/plain")).findings
    assert any(each.entity == "CN_RESIDENT_ID" and each.text == RIC for each in found)


def test_no_change_is_written_back():
    (found,) = stretches(base64.b85encode(DIGITS))
    with pytest.raises(Unscannable):
        found.recode(found.data)


@pytest.mark.parametrize(
    "text",
    [
        b"3f786850e387550fdab836ed7e6dc881de23001b",
        b"123e4567-e89b-12d3-a456-426614174000",
        b"getElementsByClassName(applicationConfigurationManager2)",
        b"2025-02-28T10:05:11Z SO-949632 B266-delivery",
        b"https://example.com/a?b=c&d=e#Section2B",
    ],
)
def test_ordinary_words_are_left_alone(text):
    assert stretches(text) == []


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_searched_without_an_error(data):
    for found in stretches(data):
        assert 0 <= found.start < found.end <= len(data)
