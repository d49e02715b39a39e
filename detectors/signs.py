"""What can only be counted: the people in a file of variants or alignments, the points of a map.

Works on what the patterns found, so that a text without such a sign costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from detectors.api import Allowance, EntityClass, Hit, Locate, PatternDetector

MANY_POINTS = 100
"""Positions of metre precision from which a GeoJSON text is a survey rather than somebody's whereabouts."""

_COLUMNS = re.compile(rb"#CHROM[ \t][^\r\n\"]*")
_FIXED = 9
"""Columns of a VCF body before the samples: CHROM to INFO, and FORMAT."""
_READ_GROUP = re.compile(rb"@RG\t[^\r\n\"]*?\bSM:([^\t\r\n\"]{1,200})")
_ROWS = re.compile(rb"(?:\r?\n[0-9A-Za-z_.]{1,40}\t[0-9]{1,10}\t[^\r\n\"]{1,65536})+")
_MAP = re.compile(rb"\"type\"\s{0,8}:\s{0,8}\"(FeatureCollection|Feature|(?:Multi)?(?:Point|LineString|Polygon))\"")
_FINE = frozenset(f"{decimals}dp" for decimals in range(5, 9))

_GENOME = PatternDetector(
    "GENOMIC_DATA",
    EntityClass.GENOMIC,
    (),
    "samtools/hts-specs: VCF 4.x header line, SAM @RG; Human Genetic Resources: 500 people and more",
)
_SURVEY = PatternDetector(
    "GEODATA", EntityClass.IMPORTANT_DATA, (), "RFC 7946 (GeoJSON); GB/T 43697-2024 Annex G", detail="suspected geojson"
)


class Signs:
    """Finds sample counts and maps. Its details say how many: `vcf samples=3`, `suspected geojson points=240`."""

    __slots__ = ()

    @property
    def detectors(self) -> Sequence[PatternDetector]:
        """What it can find; `detail` is completed by a count."""
        return (_GENOME, _SURVEY)

    def idle(self, text: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """It goes by what the patterns have found."""
        return True

    def find(
        self,
        text: bytes,
        hits: Sequence[Hit],
        locate: Locate,  # noqa: ARG002 - the protocol's signature
        name: bytes,  # noqa: ARG002
        allowance: Allowance,  # noqa: ARG002 - reads what the patterns have pointed at, and no more
    ) -> list[Hit]:
        """Counts, each at the place that says what is counted."""
        if not hits:
            return []
        genome = [hit for hit in hits if hit.detector.entity == _GENOME.entity]
        return [*_variants(text, genome), *_alignments(text, genome), *_survey(text, hits)]


def _variants(text: bytes, genome: Iterable[Hit]) -> Iterator[Hit]:
    """The header line of each VCF with its sample columns, and the rows below it."""
    for hit in genome:
        columns = _COLUMNS.match(text, hit.start) if hit.detector.detail == "vcf" else None
        if columns is None:
            continue
        samples = max(len(columns.group().split()) - _FIXED, 0)
        counted = replace(_GENOME, detail=f"vcf samples={samples}")
        yield Hit(counted, columns.start(), columns.end(), 0.95, columns.group())
        rows = _ROWS.match(text, columns.end())
        if rows is not None:
            start = rows.start() + 1 + (rows.group()[:1] == b"\r")
            # medium: what else stands in the rows is to be named too
            yield Hit(counted, start, rows.end(), 0.6, rows.group())


def _alignments(text: bytes, genome: Iterable[Hit]) -> Iterator[Hit]:
    """The head of a SAM text with the people its read groups name."""
    head = next((hit for hit in genome if hit.detector.detail == "sam"), None)
    if head is not None:
        samples = {group.group(1) for group in _READ_GROUP.finditer(text, head.start)}
        if samples:
            counted = replace(_GENOME, detail=f"sam samples={len(samples)}")
            # a little more than the pattern says of the same place, to be the one that is kept
            yield Hit(counted, head.start, head.end, head.score + 0.01, head.value)


def _survey(text: bytes, hits: Sequence[Hit]) -> Iterator[Hit]:
    points = sum(hit.detector.entity == "GEO_COORDINATE" and hit.detector.detail in _FINE for hit in hits)
    found = _MAP.search(text) if points >= MANY_POINTS else None
    if found is not None:
        counted = replace(_SURVEY, detail=f"{_SURVEY.detail} points={points}")
        yield Hit(counted, found.start(1), found.end(1), 0.7, found.group(1))
