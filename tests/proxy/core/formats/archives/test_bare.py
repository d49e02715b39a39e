import gzip
import lzma
import random
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.formats.archives import bare
from proxy.core.message import Action, Cause
from tests.proxy.core.gate import LOGGING, MASKING, RIC, RIC_MASK, causes, entities, forwarded, inspected, message

TEXT = f"Dear all,\nplease see below.\nid: {RIC}\n" * 3
MASKED = TEXT.replace(RIC, RIC_MASK)
STREAM = "application/octet-stream"


def raw(data):
    return zlib.compress(data, 9, -15)


@pytest.mark.parametrize(
    ("pack", "unpack"),
    [
        (raw, lambda data: zlib.decompress(data, -15)),
        (brotli.compress, brotli.decompress),
        (lambda data: lzma.compress(data, lzma.FORMAT_ALONE), lambda data: lzma.decompress(data, lzma.FORMAT_ALONE)),
    ],
)
def test_streams_that_nothing_announces_are_read_and_written(pack, unpack):
    for kind in (STREAM, "", "text/plain"):
        new = forwarded(message(pack(TEXT.encode()), kind)).body
        assert unpack(new).decode() == MASKED


def small_window(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, 9)
    return packer.compress(data) + packer.flush()


def lzip(data):
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}]
    return b"LZIP\1\x10" + lzma.compress(data, lzma.FORMAT_RAW, filters=filters) + bytes(20)


@pytest.mark.parametrize("pack", [small_window, lzip, lambda data: gzip.compress(data)[10:]])
def test_those_with_a_checksum_behind_are_read_and_block(pack):
    body = pack(TEXT.encode())
    assert "CN_RESIDENT_ID" in entities(body, STREAM)
    assert inspected(MASKING, message(body, STREAM)).action is Action.BLOCK


@pytest.mark.parametrize("at", [-1, -5, -8])
def test_what_comes_before_a_wrong_checksum_is_read(at):
    body = bytearray(gzip.compress(TEXT.encode()))
    body[at] ^= 0xFF
    assert "CN_RESIDENT_ID" in entities(bytes(body), "application/gzip")
    assert Cause.DECODE_ERROR in causes(inspected(LOGGING, message(bytes(body), "application/gzip")))


def test_a_broken_stream_is_read_up_to_the_break():
    body = bytearray(gzip.compress(TEXT.encode() + random.Random(1).randbytes(3000)))
    body[len(body) // 2 :] = b"\xff" * 40
    assert "CN_RESIDENT_ID" in entities(bytes(body), "application/gzip")


@given(st.binary(max_size=400))
def test_noise_is_no_stream(data):
    if data and bare.plausible(data):
        try:
            read = zlib.decompressobj(-15).decompress(data)
        except zlib.error:
            read = b""
        assert read or brotli.Decompressor().process(data)


def test_noise_is_seldom_taken_for_a_stream():
    rng = random.Random(3)
    assert sum(bare.plausible(rng.randbytes(rng.randrange(16, 300))) for _ in range(4000)) < 20


def test_bombs_are_stopped():
    for bomb in (raw(bytes(100 << 20)), brotli.compress(b"a" * (100 << 20), quality=1)):
        assert causes(inspected(LOGGING, message(bomb, STREAM))) & {Cause.RATIO, Cause.OVERSIZE, Cause.UNSUPPORTED}
