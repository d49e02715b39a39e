"""Archives in archives, of every kind in every kind, read again by programs that are not ours."""

import bz2
import gzip
import io
import itertools
import lzma
import tarfile

import pytest
import zstandard

from tests.proxy.core.formats.archives import test_seven_zips, test_streams, test_tars, zipped
from tests.proxy.core.gate import RIC, RIC_MASK, forwarded, found, message

CSV = f"姓名,身份证\n张三,{RIC}\n李四,{RIC}\n".encode()
PACK = {
    "zip": lambda data: zipped.zipped({"clean.txt": b"clean", "inner": data}),
    "tar": lambda data: test_tars.tarred({"clean.txt": b"clean", "inner": data}),
    "7z": lambda data: test_seven_zips.packed({"clean.txt": b"clean", "inner": data}),
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def in_tar(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.extractfile("inner").read()


UNPACK = {
    **test_streams.UNPACK,
    "zip": lambda data: zipped.contents(data)["inner"],
    "tar": in_tar,
    "7z": lambda data: list(test_seven_zips.contents(data).values())[1],
}


@pytest.mark.parametrize("kinds", list(itertools.product(PACK, repeat=2)), ids="-".join)
def test_a_number_in_two_of_any_kind_is_masked_and_read_again(kinds):
    data = CSV
    for kind in kinds:
        data = PACK[kind](data)
    assert len([entity for entity, *_ in found(data) if entity == "CN_RESIDENT_ID"]) == 2
    new = forwarded(message(data)).body
    for kind in reversed(kinds):
        assert RIC.encode() not in new
        new = UNPACK[kind](new)
    assert new == CSV.replace(RIC.encode(), RIC_MASK.encode())


def test_a_row_in_a_7z_in_a_tar_in_gzip_in_a_zip_is_named_and_masked():
    tar = test_tars.tarred({"b.7z": test_seven_zips.packed({"c.csv": CSV})})
    data = zipped.zipped({"a.tar.gz": gzip.compress(tar, mtime=0)})
    parts = [part for entity, part, _ in found(data) if entity == "CN_RESIDENT_ID"]
    assert parts[0].startswith("body/zip:a.tar.gz/gzip:a.tar.gz!a.tar!b.7z!c.csv/csv")
    new = zipped.contents(forwarded(message(data)).body)["a.tar.gz"]
    with tarfile.open(fileobj=io.BytesIO(new)) as archive:
        inner = archive.extractfile("b.7z").read()
    assert list(test_seven_zips.contents(inner).values()) == [CSV.replace(RIC.encode(), RIC_MASK.encode())]
