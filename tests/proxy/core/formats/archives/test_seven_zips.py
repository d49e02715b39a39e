import io
import struct
import zlib

import py7zr
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py7zr import properties as method

from proxy.core.formats.archives import seven_zip_numbers
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.gate import (
    LOGGING,
    MASKING,
    RIC,
    LogAll,
    Redact,
    causes,
    engine,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

TEXT = f"身份证 {RIC} 完\n".encode() * 3
FILES = {"名单.csv": TEXT, "other.bin": bytes(range(256)) * 3, "c/d.txt": TEXT + b"more"}
LZMA2 = {"id": method.FILTER_LZMA2, "preset": 6}
CHAINS = {
    "default": None,
    "lzma": [{"id": method.FILTER_LZMA}],
    "branch-lzma2": [{"id": method.FILTER_X86}, LZMA2],
    "branch-lzma": [{"id": method.FILTER_X86}, {"id": method.FILTER_LZMA}],
    "arm": [{"id": method.FILTER_ARM}, LZMA2],
    "powerpc": [{"id": method.FILTER_POWERPC}, LZMA2],
    "delta": [{"id": method.FILTER_DELTA, "dist": 3}, LZMA2],
    "copy": [{"id": method.FILTER_COPY}],
    "deflate": [{"id": method.FILTER_DEFLATE}],
    "deflate64": [{"id": method.FILTER_DEFLATE64}],
    "bzip2": [{"id": method.FILTER_BZIP2}],
    "zstd": [{"id": method.FILTER_ZSTD}],
    "brotli": [{"id": method.FILTER_BROTLI, "level": 5}],
}
REMOVING = engine(Redact({"CN_RESIDENT_ID": Operator.REMOVE}))


def packed(files, filters=None, **options):
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", filters=filters, **options) as archive:
        for name, content in files.items():
            archive.writef(io.BytesIO(content), name)
    return out.getvalue()


def appended(data, files):
    """The archive with more files, in a folder of their own."""
    out = io.BytesIO(data)
    with py7zr.SevenZipFile(out, "a") as archive:
        for name, content in files.items():
            archive.writef(io.BytesIO(content), name)
    return out.getvalue()


def contents(data):
    factory = py7zr.io.BytesIOFactory(1 << 30)
    with py7zr.SevenZipFile(io.BytesIO(data)) as archive:
        archive.extractall(factory=factory)
    return {name.rpartition("/tmp/")[2]: product.read() for name, product in factory.products.items()}


def described(data):
    with py7zr.SevenZipFile(io.BytesIO(data)) as archive:
        return [(info.filename, info.lastwritetime, info.posix_mode) for info in archive.files]


def redacted(files):
    return [content.replace(RIC.encode(), b"") for content in files.values()]


@pytest.mark.parametrize("chain", CHAINS)
def test_a_file_is_found_changed_and_read_again_by_others(chain):
    data = packed(FILES, CHAINS[chain])
    assert {part for _, part, _ in found(data)} == {"body/7z:名单.csv/text", "body/7z:c/d.txt/text"}
    new = forwarded(message(data), REMOVING).body
    assert list(contents(new).values()) == redacted(FILES)
    assert described(new) == described(data)
    assert RIC.encode() not in new


def test_folders_that_did_not_change_keep_every_byte():
    data = appended(packed({"a": b"clean" * 99}), {"b": TEXT})
    new = forwarded(message(data), REMOVING).body
    assert list(contents(new).values()) == redacted({"a": b"clean" * 99, "b": TEXT})
    with py7zr.SevenZipFile(io.BytesIO(data)) as archive:
        size = archive.header.main_streams.packinfo.packsizes[0]
    assert new[32 : 32 + size] == data[32 : 32 + size]


@pytest.mark.parametrize(("options", "part"), [({}, "body/7z:名单.csv"), ({"header_encryption": True}, "body")])
def test_what_is_encrypted_is_said_to_be_unread(options, part):
    verdict = inspected(LOGGING, message(packed(FILES, password="x", **options)))
    assert (verdict.uninspected[0].part, verdict.uninspected[0].cause) == (part, Cause.ENCRYPTED)


def test_a_method_that_nothing_here_reads_is_said():
    data = packed(FILES, [{"id": method.FILTER_PPMD, "order": 6, "mem": 24}])
    assert causes(inspected(LOGGING, message(data))) == {Cause.UNSUPPORTED}


def test_a_name_is_read_and_not_changed():
    data = packed({f"{RIC}.txt": b"x"})
    assert entities(data) == ["CN_RESIDENT_ID"]
    assert inspected(MASKING, message(data)).action is Action.BLOCK


def test_what_no_header_claims_is_read():
    data = packed({"a": b"x"}) + b"\n" + RIC.encode()
    assert found(data)[0][1].startswith("body/7z#gap")


@pytest.mark.parametrize("chain", ["lzma", "default", "deflate", "deflate64", "bzip2", "zstd", "brotli", "delta"])
def test_a_bomb_ends_with_its_cause(chain):
    gate = engine(LogAll(), limits=Limits(decoded_bytes=1 << 21, ratio=20))
    data = packed({"a": b"- " * (5 << 19)}, CHAINS[chain])
    assert causes(inspected(gate, message(data))) & {Cause.RATIO, Cause.OVERSIZE}


def test_an_archive_of_many_files_is_cut_short():
    gate = engine(LogAll(), limits=Limits(parts=20))
    assert Cause.OVERSIZE in causes(inspected(gate, message(packed({str(at): b"x" for at in range(30)}))))


PLAIN = packed({"a": b"x"})


def resealed(data, header):
    """The archive with another plain header."""
    told = struct.pack("<2QL", len(data) - 32, len(header), zlib.crc32(header))
    return data[:8] + struct.pack("<L", zlib.crc32(told)) + told + data[32:] + header


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\x01",
        b"\x01\x04\x06\x00\xff" + b"\xff" * 8,
        b"\x01\x04\x06\x00\x01\x09\xff" + b"\xff" * 8 + b"\x00\x07\x0b\x01\x00\x01\x21\x21\x01\x28\x0c\x01\x00\x00\x00",
        b"\x01\x05\xf0\xff\xff\xff\xff",
        b"\x01\x04\x07\x0b\xf0\xff\xff\xff\xff\x00",
        b"\x17" * 40,
        b"\x01\x02\xff" + b"\xff" * 8,
    ],
)
def test_headers_that_lie_end_with_a_verdict(header):
    verdict = inspected(LOGGING, message(resealed(PLAIN, header)))
    assert header == b"" or verdict.uninspected


def test_cut_anywhere_or_with_any_byte_changed_an_archive_ends_with_a_verdict():
    data = packed({"a.txt": b"x" * 30, "b": b"y"})
    for at in range(1, len(data)):
        inspected(LOGGING, message(data[:at]))
        inspected(LOGGING, message(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]))


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_any_header_ends_with_a_verdict(junk):
    inspected(LOGGING, message(resealed(PLAIN, b"\x01" + junk)))


@given(st.integers(0, (1 << 64) - 1))
def test_a_number_written_is_the_number_read(value):
    written = seven_zip_numbers.number(value)
    assert seven_zip_numbers.Cursor(written, 0).number() == value
    theirs = io.BytesIO()
    py7zr.archiveinfo.write_uint64(theirs, value)
    assert py7zr.archiveinfo.read_uint64(io.BytesIO(written)) == value
    assert len(written) <= len(theirs.getvalue())


@given(st.lists(st.none() | st.integers(0, (1 << 32) - 1), max_size=20))
def test_checks_written_are_the_checks_read(known):
    assert seven_zip_numbers.Cursor(seven_zip_numbers.checks(known), 0).checks(len(known)) == known
