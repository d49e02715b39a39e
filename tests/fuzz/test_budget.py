"""Any bytes, under any name: random ones, files of every kind with bytes changed, and containers in containers."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.budgeted import any_bytes_with_any_content_type_end_in_a_verdict_within_the_budget as checked
from tests.fuzz.samples import RIC, SAMPLES, TEXT, docx, mail, multipart, seven_zipped, tarred, xlsx, zipped

# the same examples every time: parsers of PDF and pictures are foreign code, and a crash of theirs would end the suite.
# `make fuzz` looks for new ones
QUICK = settings(derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
MAGIC = [
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"BZh9", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c",
    b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"II*\0", b"RIFF\0\0\0\0WEBP", b"{\\rtf1",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"SQLite format 3\0", b"PAR1", b"ARROW1", b"\xd9\xd9\xf7", b"--B\r\n",
    b"{", b"<", b"From a\r\nSubject: b\r\nTo: c\r\n\r\n",
]  # fmt: skip
TYPES = st.one_of(
    st.sampled_from([kind.encode() for kind, _ in SAMPLES.values()]),
    st.sampled_from([b"", b"text/plain", b"application/json", b"multipart/form-data; boundary=B", b"*/*;;charset="]),
    st.binary(max_size=30),
)
BROKEN = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "set", "double", "splice"]), st.floats(0, 1), st.binary(min_size=1, max_size=8)
    ),
    max_size=5,
)


def broken(data: bytes, how: list[tuple[str, float, bytes]]) -> bytes:
    """A file after some accidents, each at a place somewhere along it."""
    for what, where, put in how:
        at = int(where * max(len(data) - 1, 0))
        if what == "flip":
            data = data[:at] + bytes((data[at] ^ put[0],)) + data[at + 1 :] if data else data
        elif what == "cut":
            data = data[:at] or data
        elif what == "set":
            data = data[:at] + put + data[at + len(put) :]
        elif what == "double":
            data = data[:at] + data[at // 2 : at] + data[at:]
        else:
            data = data[:at] + put + data[at:]
    return data


@settings(QUICK, max_examples=150)
@given(st.sampled_from(MAGIC), st.binary(max_size=300), TYPES)
def test_any_bytes_with_any_content_type_end_in_a_verdict_within_the_budget(magic, data, content_type):
    checked(magic + data, content_type)
    checked(data or b"x", content_type)


@pytest.fixture(scope="module")
def whole():
    return {name: make() for name, (_, make) in SAMPLES.items()}


@pytest.mark.parametrize("name", SAMPLES)
@settings(QUICK, max_examples=12)
@given(how=BROKEN, content_type=st.none() | TYPES)
def test_any_file_after_accidents_with_any_content_type_ends_in_a_verdict_within_the_budget(
    whole, name, how, content_type
):
    checked(broken(whole[name], how) or b"x", SAMPLES[name][0].encode() if content_type is None else content_type)


WRAPS = {
    "zip": lambda data: zipped({"a": data}),
    "zip, with others": lambda data: zipped({"a.txt": TEXT, "b/c.bin": data, "d.json": json.dumps({"id": RIC})}),
    "tar": lambda data: tarred({"a": data}),
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "7z": lambda data: seven_zipped({"a": data}),
    "base64 in json": lambda data: json.dumps({"file": base64.b64encode(data).decode()}).encode(),
    "hex": lambda data: data.hex().encode(),
    "json string": lambda data: json.dumps({"text": data.decode("latin-1")}).encode(),
    "multipart": lambda data: multipart("a.bin", data)[1],
    "docx": lambda data: docx(**{"word/embeddings/a.bin": data}),
    "protobuf": lambda data: b"\x0a" + _varint(len(data)) + data,
}
CORES = {
    "text": TEXT.encode(),
    "zeros": bytes(200_000),
    "letters": b"A" * 50_000,
    "xlsx": xlsx(),
    "mail": mail(),
    "junk": b"\xff\0",
}


def _varint(number: int) -> bytes:
    low = bytes((number & 127 | (128 if number > 127 else 0),))
    return low + (_varint(number >> 7) if number > 127 else b"")


@settings(QUICK, max_examples=100)
@given(
    st.sampled_from(sorted(CORES)),
    st.lists(st.tuples(st.sampled_from(sorted(WRAPS)), BROKEN | st.just([])), max_size=6),
    TYPES,
)
def test_any_nest_of_containers_ends_in_a_verdict_within_the_budget(core, wraps, content_type):
    data = CORES[core]
    for name, how in wraps:
        data = broken(WRAPS[name](data), how) or b"x"
        if len(data) > 400_000:
            break
    checked(data, content_type)
