import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause
from tests.proxy.core.formats.archives.zipped import zipped
from tests.proxy.core.gate import (
    LOGGING,
    MASKING,
    RIC,
    RIC_MASK,
    LogAll,
    causes,
    engine,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

TEXT = f"身份证 {RIC} 完\n".encode() * 3
MASKED = TEXT.replace(RIC.encode(), RIC_MASK.encode())
KINDS = ("gzip", "bzip2", "xz", "zstd")
PACK = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}


def unzstd(data):
    return zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()


UNPACK = {"gzip": gzip.decompress, "bzip2": bz2.decompress, "xz": lzma.decompress, "zstd": unzstd}
SMALL = engine(LogAll(), limits=Limits(decoded_bytes=1 << 21))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [b"", b"more "])
def test_a_content_is_found_masked_and_read_again_by_others(kind, more):
    data = PACK[kind](TEXT) + (PACK[kind](more + TEXT) if more else b"")
    assert {part for _, part, _ in found(data)} == {f"body/{kind}/text"}
    new = forwarded(message(data)).body
    assert UNPACK[kind](new) == MASKED + (more + MASKED if more else b"")


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_behind_the_last_stream_is_read_and_zeros_are_kept(kind):
    assert found(PACK[kind](b"clean") + b"\n" + RIC.encode())[0][1] == f"body/{kind}#behind/text"
    new = forwarded(message(PACK[kind](TEXT) + bytes(512))).body
    assert new.endswith(bytes(512))
    assert UNPACK[kind](new[:-512]) == MASKED


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_in_a_stream_that_could_not_make_it_smaller_is_opened_once(kind):
    inner = zipped({"a": TEXT}, zipfile.ZIP_STORED)
    pack = {**PACK, "gzip": lambda data: gzip.compress(data, 0)}[kind]
    assert len(entities(pack(inner))) == 3
    assert RIC.encode() not in UNPACK[kind](forwarded(message(pack(inner))).body)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_stream_is_read_as_far_as_it_goes_and_not_rewritten(kind):
    text = TEXT + "".join(f"{at * at % 99991} " for at in range(40_000)).encode()
    verdict = inspected(LOGGING, message(PACK[kind](text)[:-30]))
    assert Cause.DECODE_ERROR in causes(verdict)
    assert kind == "bzip2" or len(verdict.findings) >= 3  # a block of bzip2 is whole or nothing
    assert kind == "bzip2" or inspected(MASKING, message(PACK[kind](text)[:-30])).action is Action.BLOCK


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_ends_with_its_cause(kind):
    assert causes(inspected(LOGGING, message(PACK[kind](b"- " * (1 << 20))))) == {Cause.RATIO}
    text = "".join(f"{at * 7919 % 10007} " for at in range(450_000)).encode()
    assert causes(inspected(SMALL, message(PACK[kind](text)))) == {Cause.OVERSIZE}


@pytest.mark.parametrize("kind", KINDS)
def test_millions_of_empty_streams_are_cut_short(kind):
    assert Cause.OVERSIZE in causes(inspected(LOGGING, message(PACK[kind](b"") * 70_000)))


@pytest.mark.parametrize("kind", KINDS)
def test_cut_anywhere_or_with_any_byte_changed_a_stream_ends_with_a_verdict(kind):
    data = PACK[kind](b"some text") * 2
    for at in range(1, len(data)):
        inspected(LOGGING, message(data[:at]))
        inspected(LOGGING, message(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]))


def headed(flags, fields, data=b"clean"):
    """A gzip member with optional header fields."""
    packed = zlib.compress(data, 9, -15)
    head = b"\x1f\x8b\x08" + bytes((flags,)) + b"\1\2\3\4\0\3" + fields
    return head + packed + struct.pack("<2L", zlib.crc32(data), len(data))


@pytest.mark.parametrize(
    ("flags", "fields"),
    [
        (8, RIC.encode() + b"\0"),
        (16, b"id " + RIC.encode() + b"\0"),
        (4, struct.pack("<H2sH", 22, b"XX", 18) + RIC.encode()),
        (4 | 8 | 16 | 2, b"\2\0ab" + b"x\0" + RIC.encode() + b"\0" + b"??"),  # its own check is wrong
    ],
)
def test_what_a_gzip_header_says_is_read_and_not_changed(flags, fields):
    data = headed(flags, fields)
    assert ("CN_RESIDENT_ID", "body/gzip#header") in [(entity, part[:16]) for entity, part, _ in found(data)]
    assert causes(inspected(MASKING, message(data))) >= {Cause.REWRITE}


def test_a_gzip_header_keeps_its_name_time_and_comment():
    data = headed(4 | 8 | 16, struct.pack("<H2s2H", 6, b"BC", 2, 99) + b"a.csv\0" + b"note\0", TEXT)
    new = forwarded(message(data)).body
    assert gzip.decompress(new) == MASKED
    assert new.startswith(b"\x1f\x8b\x08\x18\1\2\3\4\0\3a.csv\0note\0")  # sizes of blocks, no longer true, are gone
    assert {part for _, part, _ in found(data)} == {"body/gzip:a.csv/text"}


def test_a_frame_of_zstd_that_is_skipped_is_read():
    note = RIC.encode()
    data = struct.pack("<2L", 0x184D2A50, len(note)) + note + PACK["zstd"](b"clean")
    assert entities(data) == ["CN_RESIDENT_ID"]
    data = struct.pack("<2L", 0x184D2A5E, 5) + b"table" + PACK["zstd"](TEXT)
    assert unzstd(forwarded(message(data)).body) == MASKED


def test_a_file_name_loses_the_suffix_of_its_compression():
    def part(name):
        head = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()
        body = head + gzip.compress(TEXT, mtime=0) + b"\r\n--b--\r\n"
        return found(body, "multipart/form-data; boundary=b")[0][1]

    assert part("list.csv.gz") == "body/multipart:f/gzip:list.csv.gz!list.csv/text"
    assert part("plain") == "body/multipart:f/gzip:plain/text"


@settings(max_examples=40)
@given(st.sampled_from(KINDS), st.binary(max_size=60))
def test_any_bytes_behind_a_magic_number_end_with_a_verdict(kind, junk):
    for keep in (4, 6, 12):
        inspected(LOGGING, message(PACK[kind](b"some text")[:keep] + junk))


def test_xz_keeps_its_kind_of_check():
    for check in (lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_CRC64, lzma.CHECK_SHA256):
        new = forwarded(message(lzma.compress(TEXT, check=check))).body
        reader = lzma.LZMADecompressor()
        assert reader.decompress(new) == MASKED
        assert reader.check == check


def test_bzip2_in_name_only_is_no_archive():
    assert inspected(LOGGING, message(b"BZh this is a text about it")).complete


def test_the_streams_of_a_padded_xz_file_are_one_content():
    data = lzma.compress(TEXT) + bytes(8) + lzma.compress(b"more")
    assert io.BytesIO(lzma.decompress(forwarded(message(data)).body)).read() == MASKED + b"more"
