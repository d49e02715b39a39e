import gzip
import random
import tracemalloc
import zlib
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import codings
from proxy.core.errors import Unscannable
from proxy.core.limits import Limits
from proxy.core.message import Cause

LIMITS = Limits()
NAMES = ("gzip", "deflate", "deflate-raw", "br", "zstd", "bzip2", "xz", "lzma")
TEXT = b'{"idCard": "440106199003072170"}' * 40


def raw_deflate(data, level=6):
    return zlib.compress(data, level, -15)


def zstd(data, **options):
    return zstandard.ZstdCompressor(**options).compress(data)


def zstd_window(data, log):
    parameters = zstandard.ZstdCompressionParameters(window_log=log, write_content_size=False)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return stream.compress(data) + stream.flush()


def cause_of(body, names, limits=LIMITS):
    with pytest.raises(Unscannable) as caught:
        codings.decode(body, names, limits)
    assert caught.value.__suppress_context__ or isinstance(caught.value.__context__, Unscannable | None)
    assert str(caught.value) == caught.value.cause.value
    return caught.value.cause


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ()),
        ([b""], ()),
        ([b"gzip"], ("gzip",)),
        ([b"GZip , BR"], ("gzip", "br")),
        ([b"deflate", b"gzip"], ("deflate", "gzip")),
        ([b"identity"], ()),
        ([b"identity,,gzip,"], ("gzip",)),
        ([b"x-gzip"], ("gzip",)),
        ([b"x-compress"], ("compress",)),
        ([b"aws-chunked,\tgzip"], ("aws-chunked", "gzip")),
        ([b"gz\xffip"], ("gz\xffip",)),
        ([b"gzip\x0b"], ("gzip\x0b",)),
    ],
)
def test_parse_lists_codings_in_the_order_applied(values, expected):
    assert codings.parse(values) == expected


@given(st.binary(max_size=3000), st.lists(st.sampled_from(NAMES), max_size=4))
def test_decode_undoes_encode_for_every_chain(data, names):
    assert codings.unwrap(codings.encode(data, names), names, LIMITS)[0] == data


@given(
    st.binary(min_size=1, max_size=200), st.lists(st.sampled_from([*NAMES, "compress", "x"]), min_size=1, max_size=5)
)
def test_any_bytes_decode_or_are_unscannable(data, names):
    with suppress(Unscannable):
        assert isinstance(codings.decode(data, names, LIMITS), bytes)


@given(st.sampled_from(NAMES), st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_never_escapes_as_a_library_error(name, at, value):
    body = bytearray(codings.encode(TEXT, [name]))
    body[at % len(body)] = value
    with suppress(Unscannable):
        codings.decode(bytes(body), [name], LIMITS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 1000, 300_000])
def test_every_cut_is_a_decode_error(name, size):
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    body = codings.encode(data, [name])
    for cut in {1, 2, len(body) // 2, len(body) - 4, len(body) - 1} & set(range(1, len(body))):
        assert cause_of(body[:cut], [name]) is Cause.DECODE_ERROR


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tail", [b"\0", b"x", b"trailing garbage"])
def test_trailing_bytes_are_a_decode_error(name, tail):
    assert cause_of(codings.encode(TEXT, [name]) + tail, [name]) is Cause.DECODE_ERROR


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_large_bodies_of_any_density_come_back(name, bits):
    data = random.Random(bits).randbytes(3_000_000).translate(bytes(range(1 << bits)) * (256 >> bits))
    body = codings.encode(data, [name])
    assert codings.decode(body, [name], LIMITS) == data
    assert cause_of(body[:-1], [name]) is Cause.DECODE_ERROR


def test_trailing_bytes_behind_a_large_body_are_a_decode_error():
    data = random.Random(1).randbytes(2_000_000)
    for name in NAMES:
        big = codings.encode(data, [name])
        assert cause_of(big + b"x", [name]) is Cause.DECODE_ERROR


@pytest.mark.parametrize(
    ("body", "names", "cause"),
    [
        (b"abc", ["compress"], Cause.UNSUPPORTED),
        (b"abc", ["gzip\x0b"], Cause.UNSUPPORTED),
        (gzip.compress(b"a", mtime=0), ["identity-ish", "gzip"], Cause.UNSUPPORTED),
        (b"plain text", ["gzip"], Cause.DECODE_ERROR),
        (b"plain text", ["deflate"], Cause.DECODE_ERROR),
        (b"plain text", ["br"], Cause.DECODE_ERROR),
        (b"plain text", ["zstd"], Cause.DECODE_ERROR),
        (b"x", ["gzip"] * 5, Cause.DEPTH),
    ],
)
def test_what_cannot_be_undone_says_why(body, names, cause):
    assert cause_of(body, names) is cause


def test_gzip_members_are_one_body():
    members = [gzip.compress(b"4401061990", 1), gzip.compress(b""), gzip.compress(b"03072170", 9)]
    assert codings.decode(b"".join(members), ["gzip"], LIMITS) == b"440106199003072170"


def test_zstd_frames_are_one_body_and_skippable_frames_show_nothing():
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"12345"
    body = zstd(b"4401061990") + skippable + zstd(b"03072170", write_checksum=True) + zstd_window(b"!", 17)
    assert codings.decode(body, ["zstd"], LIMITS) == b"440106199003072170!"
    assert cause_of(body + skippable[:-1], ["zstd"]) is Cause.DECODE_ERROR


def test_zstd_with_a_dictionary_is_unsupported():
    dictionary = zstandard.ZstdCompressionDict(b"idCard 440106 " * 99, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    samples = [f'{{"idCard": "4401061990030721{n}"}}'.encode() * 3 for n in range(300)]
    trained = zstandard.train_dictionary(1024, samples)
    assert trained.dict_id()
    assert cause_of(zstd(TEXT, dict_data=trained), ["zstd"]) is Cause.UNSUPPORTED
    assert codings.decode(zstd(b"z", dict_data=dictionary), ["zstd"], LIMITS) == b"z"


@pytest.mark.parametrize(("log", "cause"), [(23, None), (24, Cause.OVERSIZE), (27, Cause.OVERSIZE)])
def test_zstd_window_is_held_to_eight_mebibytes(log, cause):
    body = zstd_window(TEXT, log)
    if cause is None:
        assert codings.decode(body, ["zstd"], LIMITS) == TEXT
    else:
        assert cause_of(body, ["zstd"]) is cause


@pytest.mark.parametrize(
    "compress", [lambda data: zlib.compress(data, 9), raw_deflate, lambda d: zlib.compress(d, 6, 9)]
)
def test_deflate_is_read_in_both_variants_and_written_in_the_same(compress):
    body = compress(TEXT)
    plain, applied = codings.unwrap(body, ["deflate"], LIMITS)
    assert plain == TEXT
    assert applied == (("deflate-raw",) if compress is raw_deflate else ("deflate",))
    again = codings.encode(TEXT, applied)
    assert (again[0] & 15 == 8 and int.from_bytes(again[:2], "big") % 31 == 0) == (applied == ("deflate",))


def test_the_variant_of_an_inner_deflate_is_remembered():
    body = gzip.compress(raw_deflate(TEXT))
    assert codings.unwrap(body, ("deflate", "gzip"), LIMITS) == (TEXT, ("deflate-raw", "gzip"))


def test_a_body_that_is_both_zlib_and_raw_deflate_is_not_believed():
    # Raw: 78 opens a stored block of 0x019c bytes, then their complement. zlib: 78 9c is the header, 01 a last stored
    # block of 0xfe63 bytes, whose complement 9c 01 is the raw block's content.
    harmless, secret = b"a" * 0x019C, b"b"
    raw = bytes([0x78, 0x9C, 0x01, 0x63, 0xFE])
    length = int.from_bytes(b"\x63\xfe", "little")
    content = b"\x9c\x01" + harmless
    raw_body = content[:0x019C]
    view = (
        raw
        + raw_body
        + b"\x01"
        + len(secret).to_bytes(2, "little")
        + (0xFFFF - len(secret)).to_bytes(2, "little")
        + secret
    )
    stored = view[7:]
    stored += b"c" * (length - len(stored))
    body = view[:7] + stored + zlib.adler32(stored).to_bytes(4, "big")
    assert zlib.decompress(body) == stored
    assert zlib.decompressobj(-15).decompress(body) == raw_body + secret
    assert cause_of(body, ["deflate"]) is Cause.DECODE_ERROR


def test_an_empty_body_carries_no_coding():
    assert codings.unwrap(b"", ("gzip", "compress"), LIMITS) == (b"", ("gzip", "compress"))


def test_encode_refuses_what_it_does_not_know():
    with pytest.raises(Unscannable) as caught:
        codings.encode(b"x", ["compress"])
    assert caught.value.cause is Cause.UNSUPPORTED


def gzip_zeros(size):
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(stream.compress(bytes(1 << 20)) for _ in range(size >> 20)) + stream.flush()


BOMBS = {
    "gzip": lambda: (gzip_zeros(100 << 20), ["gzip"]),
    "nested gzip": lambda: (gzip.compress(gzip_zeros(100 << 20)), ["gzip", "gzip"]),
    "deflate": lambda: (zlib.compress(bytes(30 << 20)), ["deflate"]),
    "raw deflate": lambda: (raw_deflate(bytes(30 << 20)), ["deflate"]),
    "br": lambda: (brotli.compress(bytes(30 << 20), quality=5), ["br"]),
    "zstd": lambda: (zstd(bytes(30 << 20)), ["zstd"]),
    "zstd without size": lambda: (zstd_window(bytes(30 << 20), 20), ["zstd"]),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_stopped_in_small_memory(bomb):
    body, names = BOMBS[bomb]()
    tracemalloc.start()
    try:
        assert cause_of(body, names) is Cause.RATIO
        assert tracemalloc.get_traced_memory()[1] < 30 * max(len(body), 1 << 20)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", NAMES)
def test_output_is_held_to_the_cap_exactly(name):
    data = bytes(range(256)) * 16
    body = codings.encode(data, [name])
    assert codings.decode(body, [name], Limits(decoded_bytes=len(data))) == data
    assert cause_of(body, [name], Limits(decoded_bytes=len(data) - 1)) is Cause.OVERSIZE


def test_a_small_body_may_expand_as_it_likes():
    data = bytes(1 << 20)
    for name in NAMES:
        body = codings.encode(data, [name])
        assert codings.decode(body, [name], LIMITS) == data


def test_many_empty_members_are_stopped():
    empty = gzip.compress(b"")
    assert cause_of(empty * ((1 << 16) + 1), ["gzip"]) is Cause.OVERSIZE
    skippable = b"\x50\x2a\x4d\x18" + bytes(4)
    assert cause_of(skippable * ((1 << 16) + 1), ["zstd"]) is Cause.OVERSIZE
    blocks = b"\x28\xb5\x2f\xfd\0\0" + bytes(3) * (1 << 16) + b"\1\0\0"
    assert cause_of(blocks, ["zstd"]) is Cause.OVERSIZE
