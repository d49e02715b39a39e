from __future__ import annotations

import pytest

from detectors.api import Allowance, Field
from detectors.registry import DETECTORS
from detectors.scan import Scanner
from detectors.signs import MANY_POINTS, Signs
from proxy.cli.cache import installed

SCANNER = Scanner(DETECTORS, [Signs()], installed())
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"


def found(text: str, entity: str, name: str = "") -> list[tuple[str, str]]:
    raw = text.encode()
    whole = Field(name.encode(), 0, len(raw))
    hits = SCANNER.scan(raw, lambda starts: [whole] * len(starts), name.encode(), Allowance(0))
    return [(hit.detector.detail, raw[hit.start : hit.end].decode()) for hit in hits if hit.detector.entity == entity]


@pytest.mark.parametrize("people", [0, 1, 3, 500])
def test_counts_the_sample_columns_of_a_vcf(people: int) -> None:
    header = COLUMNS + ("\tFORMAT" if people else "") + "".join(f"\tS{i}" for i in range(people))
    text = f"##fileformat=VCFv4.2\n{header}\n1\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0/1\n2\t200\t.\tC\tT\t.\tPASS\t.\n"
    counted = f"vcf samples={people}"
    rows = "1\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0/1\n2\t200\t.\tC\tT\t.\tPASS\t."
    assert found(text, "GENOMIC_DATA") == [("vcf", "##fileformat=VCFv4.2"), (counted, header), (counted, rows)]


def test_counts_the_people_of_a_sam_header_once_each() -> None:
    text = "@HD\tVN:1.6\tSO:coordinate\n@RG\tID:1\tSM:NA1\n@RG\tID:2\tSM:NA1\tPL:X\n@RG\tID:3\tSM:NA2\n"
    assert found(text, "GENOMIC_DATA") == [("sam samples=2", "@HD\tVN:1.6\tSO:coordinate")]


def _map(points: int, decimals: int = 6) -> str:
    pairs = ",".join(f"[{114 + i / 1000:.{decimals}f},{22.5 + i / 1000:.{decimals}f}]" for i in range(points))
    return f'{{"type": "LineString", "coordinates": [{pairs}]}}'


def test_many_fine_points_are_a_survey() -> None:
    assert found(_map(MANY_POINTS), "GEODATA", "coordinates") == [
        (f"suspected geojson points={MANY_POINTS}", "LineString")
    ]


@pytest.mark.parametrize("text", [_map(MANY_POINTS - 1), _map(MANY_POINTS, 4), _map(MANY_POINTS, 3), "{}", ""])
def test_few_or_coarse_points_are_none(text: str) -> None:
    assert found(text, "GEODATA", "coordinates") == []


def test_a_text_without_signs_is_left_as_it_is() -> None:
    assert Signs().find(b"x" * 1000, [], lambda _: [], b"", Allowance(0)) == []
