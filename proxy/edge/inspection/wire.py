"""How a verdict travels from an inspector to its worker: JSON, and the rewritten message as it is behind it.

ATTACK: an inspector is where hostile documents are read. What it says may be a lie about that document, and must never
become code or an odd object in the worker: pickle would.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from itertools import chain
from typing import Any

import orjson

from detectors.api import EntityClass, Finding
from proxy.core import trail
from proxy.core.message import (
    FILE_TYPES,
    Action,
    Cause,
    Counted,
    Headers,
    Mode,
    Rewrite,
    RuleMatch,
    Seen,
    Trail,
    Uninspected,
    Verdict,
)

_LENGTH = struct.Struct(">I")


def dumped(verdict: Verdict) -> bytes:
    """A verdict as bytes. The text of findings does not travel."""
    rewrite = verdict.rewrite
    pieces = [] if rewrite is None else list(_pieces(rewrite))
    head = orjson.dumps(
        {
            "action": verdict.action,
            "rules": [(rule.id, rule.rev, rule.action, rule.mode, rule.law) for rule in verdict.rules],
            "findings": [each[:-1] for each in verdict.findings],
            "uninspected": [(item.part, item.cause, item.size) for item in verdict.uninspected],
            "inspected": verdict.inspected,
            "shadow": verdict.shadow,
            "skipped": verdict.skipped,
            "types": sorted(verdict.seen.file_types),
            "rows": verdict.seen.rows,
            "counted": [astuple(each) for each in verdict.counted],
            "trail": None if verdict.trail is None else [each.decode("latin-1") for each in chain(*verdict.trail)],
            "edits": [] if rewrite is None else [(start, end) for start, end, _ in rewrite.edits],
            "headers": -1 if rewrite is None else len(rewrite.headers),
            "sizes": list(map(len, pieces)),
        }
    )
    return b"".join((_LENGTH.pack(len(head)), head, *pieces))


def loaded(data: bytes) -> Verdict:
    """What `dumped` gave. Raises ValueError for anything else."""
    try:
        (size,) = _LENGTH.unpack_from(data)
        told = orjson.loads(data[4 : 4 + size])
        return Verdict(
            Action(told["action"]),
            tuple(
                RuleMatch(_of(str, name), _of(int, rev), Action(action), Mode(mode), _of(bool, law))
                for name, rev, action, mode, law in told["rules"]
            ),
            tuple(_findings(told["findings"])),
            tuple(Uninspected(_of(str, part), Cause(cause), _of(int, n)) for part, cause, n in told["uninspected"]),
            _of(int, told["inspected"]),
            Action(told["shadow"]),
            _rewrite(data, 4 + size, told["headers"], told["sizes"], told["edits"]),
            tuple(_of(str, each) for each in told["skipped"]),
            Seen(frozenset(FILE_TYPES) & frozenset(told["types"]), _of(int, told["rows"])),
            tuple(_counted(told["counted"])),
            _trail(told["trail"]),
        )
    except (struct.error, LookupError, TypeError) as e:
        raise ValueError("no verdict") from e


def _findings(told: Iterable[Any]) -> Iterator[Finding]:
    for entity, entity_class, score, part, start, end, subject, detail in told:
        place = _of(str, part), _of(int, start), _of(int, end)
        yield Finding(
            _of(str, entity), EntityClass(entity_class), float(score), *place, _of(int, subject), _of(str, detail)
        )


def _counted(told: Iterable[Any]) -> Iterator[Counted]:
    for entity, entity_class, score, part, detail, count, subjects in told:
        place = float(score), _of(str, part), _of(str, detail), _of(int, count)
        yield Counted(_of(str, entity), EntityClass(entity_class), *place, tuple(_of(int, each) for each in subjects))


def _pieces(rewrite: Rewrite) -> Iterator[bytes]:
    yield rewrite.path
    yield rewrite.body
    yield from chain.from_iterable(rewrite.headers)
    yield from chain.from_iterable(rewrite.trailers)
    for _, _, new in rewrite.edits:
        yield new


def _rewrite(data: bytes, at: int, fields: int, sizes: list[int], spans: list[list[int]]) -> Rewrite | None:
    if fields < 0:
        return None
    pieces: list[bytes] = []
    for size in sizes:
        if _of(int, size) < 0:
            raise ValueError("no verdict")
        pieces.append(data[at : at + size])
        at += size
    last = len(pieces) - len(spans)
    if at != len(data) or last < 2 + 2 * fields:
        raise ValueError("no verdict")
    path, body, *rest = pieces[:last]
    edits = tuple((_of(int, start), _of(int, end), new) for (start, end), new in zip(spans, pieces[last:], strict=True))
    return Rewrite(path, _pairs(rest[: 2 * fields]), body, _pairs(rest[2 * fields :]), edits)


def _pairs(flat: list[bytes]) -> Headers:
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def _trail(told: list[str] | None) -> Trail | None:
    if told is None:
        return None
    rows = _pairs([_of(str, each).encode("latin-1") for each in told])
    if not trail.is_trail(rows):
        raise ValueError("no verdict")
    return rows


def _of[T](kind: type[T], value: object) -> T:
    if type(value) is not kind:
        raise TypeError
    return value
