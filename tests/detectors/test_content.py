from __future__ import annotations

import random
import struct

import pytest

from detectors.api import Field
from tests.detectors.samples import hits, misses
from tests.detectors.sampling import SCANNER, Hit, Miss, assert_found, assert_not_found

ENTITIES = ("GEO_COORDINATE", "BIOMETRIC_TEMPLATE", "GENOMIC_DATA", "INDUSTRIAL_CONTROL", "GEODATA")


@pytest.mark.parametrize(("entity", "hit"), hits(*ENTITIES))
def test_finds_the_value_and_only_the_value(entity: str, hit: Hit) -> None:
    assert_found(entity, hit)


@pytest.mark.parametrize(("entity", "miss"), misses(*ENTITIES))
def test_leaves_alone_what_is_something_else(entity: str, miss: Miss) -> None:
    assert_not_found(entity, miss)


def _magic(entity: str, raw: bytes) -> list[tuple[float, str]]:
    """What is found in bytes that are no text."""
    whole = Field(b"", 0, len(raw))
    found = SCANNER.scan(raw, lambda starts: [whole] * len(starts))
    return [(hit.score, hit.detector.detail) for hit in found if hit.detector.entity == entity]


_SHAPEFILE = struct.pack(">i5ii", 9994, 0, 0, 0, 0, 0, 50) + struct.pack("<ii", 1000, 1)
_SCALE = struct.pack("<HHI", 33550, 12, 3)
MAGICS = [
    ("HEALTH_RECORD", "dicom", bytes(128) + b"DICM\x02\x00\x00\x00UL"),
    ("HEALTH_RECORD", "dicom", bytes(range(128)) + b"DICM\x02\x00"),
    ("BIOMETRIC_TEMPLATE", "iso19794", b"FMR\x00 20\x00\x00\x00\x00\xff"),
    ("BIOMETRIC_TEMPLATE", "iso19794", b"IIR\x00020\x00\x00\x00"),
    ("GENOMIC_DATA", "bam", b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x00\x1b\x00"),
    ("GENOMIC_DATA", "bam", b"CRAM\x03\x00\xff\xfe"),
    ("GENOMIC_DATA", "bam", b"BAM\x01\x80\x00"),
    ("GENOMIC_DATA", "bam", b"l\x1b\x01\xff"),
    ("GEODATA", "suspected geotiff", b"II*\x00\x08\x00\x00\x00\x01\x00" + _SCALE + b"\xff"),
    ("GEODATA", "suspected geotiff", b"MM\x00*\x00\x00\x00\x08\x00\x01" + struct.pack(">HHI", 33550, 12, 3)),
    ("GEODATA", "suspected shapefile", _SHAPEFILE),
    ("GEODATA", "suspected point cloud", b"LASF" + bytes(20) + b"\x01\x04\xff"),
]


@pytest.mark.parametrize(("entity", "detail", "raw"), MAGICS)
def test_knows_files_by_their_first_bytes(entity: str, detail: str, raw: bytes) -> None:
    found = _magic(entity, raw)
    assert [each for _, each in found] == [detail]
    assert found[0][0] >= 0.8, "lower bands are dropped where bytes are no text"


@pytest.mark.parametrize(("entity", "raw"), [(entity, raw) for entity, detail, raw in MAGICS if "tiff" not in detail])
def test_a_magic_counts_only_where_its_file_begins(entity: str, raw: bytes) -> None:
    assert not _magic(entity, b"x" * 200 + raw)


def test_random_bytes_look_like_nothing_certain() -> None:
    rng = random.Random(20)
    for _ in range(200):
        raw = rng.randbytes(8192)
        whole = Field(b"", 0, len(raw))
        assert not [hit for hit in SCANNER.scan(raw, lambda starts: [whole] * len(starts)) if hit.score >= 0.8]  # noqa: B023
