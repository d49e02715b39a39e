"""How samples are written and read: in a hit the value stands between « and »; a miss says why it is one."""

from __future__ import annotations

from typing import NamedTuple

from detectors.api import Band, Field
from detectors.registry import DETECTORS
from detectors.scan import Scanner
from proxy.cli.cache import installed

SCANNER = Scanner(DETECTORS, cache=installed())


class Found(NamedTuple):
    entity: str
    band: Band
    text: str
    detail: str


class Hit(NamedTuple):
    text: str
    band: str = "medium"
    field: str = ""
    detail: str = ""


class Miss(NamedTuple):
    text: str
    reason: str
    field: str = ""


def find(text: str, field: str = "") -> list[Found]:
    """All hits in a text that is one field."""
    raw = text.encode()
    whole = Field(field.encode(), 0, len(raw))
    return [
        Found(hit.detector.entity, Band.of(hit.score), raw[hit.start : hit.end].decode(), hit.detector.detail)
        for hit in SCANNER.scan(raw, lambda starts: [whole] * len(starts), field.encode())
    ]


def assert_found(entity: str, hit: Hit) -> None:
    marked = hit.text.replace("«", "\0").replace("»", "\0").split("\0")
    found = [each for each in find("".join(marked), hit.field) if each.entity == entity]
    assert found == [Found(entity, Band(hit.band), text, hit.detail) for text in marked[1::2]]


def assert_not_found(entity: str, miss: Miss) -> None:
    assert entity not in {each.entity for each in find(miss.text, miss.field)}, miss.reason
