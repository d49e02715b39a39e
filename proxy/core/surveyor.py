"""What a message holds: every leaf read, every finding named and placed. No judgement here."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from functools import partial
from itertools import chain
from operator import itemgetter

from detectors.api import NEARBY, Allowance, Band, Finding, Hit, Locate, TextScanner
from proxy.core import assembled, belief, charsets, codings, formats, scattered, trail
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats import flowing, glued
from proxy.core.formats.base import Leaf, Node, Source
from proxy.core.formats.form import Target
from proxy.core.formats.head import Head, to_text
from proxy.core.formats.joints import Joined
from proxy.core.formats.ndjson import Ndjson
from proxy.core.formats.plain import Plain
from proxy.core.fronts import Fronts
from proxy.core.leaf_text import LeafText
from proxy.core.limits import Limits
from proxy.core.message import Cause, Kind, Message, Uninspected
from proxy.core.nested import Nested, nested
from proxy.core.sieve import worth
from proxy.core.survey import Group, Survey
from proxy.core.volume import rows

_new = tuple.__new__  # half the cost of the constructor, for tuples made by the thousand
_TARGET, _HEADER, _TRAILER, _HOST = Target(), Head("header"), Head("trailer"), Plain()
# ATTACK: a name to be looked up leaves before any request does, label by label
_DIGITS = re.compile(r"(?:\d\D*){6}")
_TURNS = 24
"""How many texts of a message are read turned round."""
MINOR = "minor"
"""In the detail of a finding whose value tells that its holder is under fourteen (PIPL art. 28)."""
_SKIPPED = {"names": Cause.NAMES_SKIPPED, "presidio_slow": Cause.NAMES_SKIPPED}
_NUMERIC_HOST = re.compile(r"[\d.]+|\[?[0-9a-f:.]*:[0-9a-f:.%]*\]?")


class Surveyor:
    """Reads messages with one scanner. `reveal` puts the text found into the findings; `rows` are counted if asked."""

    __slots__ = ("_fronts", "_limits", "_reveal", "_rows", "_scanner", "_today")

    def __init__(
        self,
        scanner: TextScanner,
        limits: Limits,
        *,
        reveal: bool,
        rows: bool = False,
        today: Callable[[], date] | None = None,
    ) -> None:
        self._scanner = scanner
        self._fronts = Fronts(scanner)
        self._limits = limits
        self._rows = rows
        self._reveal = reveal
        self._today = today

    def survey(self, message: Message, before: Survey | None = None) -> Survey:
        """Read all of a message. What cannot be read is in `uninspected`. `before` is what was read in it before it was
        written anew."""
        target, head, tail = Node(message.path), Node(to_text(message.headers)), Node(to_text(message.trailers))
        # a long body has the models' time once, not with each of its windows
        begun = message.earlier is not None and message.earlier.size > 0
        allowance = Allowance(0 if begun else self._limits.model_bytes)
        budget = Budget(len(message.body), self._limits, before.budget.lines if before else None)
        seen = Survey([], [], target, head, Node(message.body), tail, budget, allowance=allowance)
        subjects = seen.subjects
        front = self._fronts.of(message, head.data)
        if not front.silent:
            self._front(message, target, head, seen, subjects)
        told = any(found.entity != "CREDENTIAL" for found in seen.findings)
        if message.trail is not None:
            seen.shorts = []
        if tail.data:
            self._leaf(Leaf("", tail, _TRAILER, "utf-8"), seen, subjects)
        if message.body:
            self._body(message, seen, subjects)
        fields = b"%b\n%b" % (head.data, tail.data) if tail.data else head.data
        outer = (target.data, fields) if not told else (b"", b"")
        for inner in scattered.values(*outer, seen.loose, seen.taken, bare=front.bare and not tail.data):
            self._put_together(inner, seen, subjects)
        # what was masked is named and gone: only what a text wanted before it was written anew is still looked for
        named = scattered.wanting(seen.loose) if before is None or before.wanting else ()
        seen.wanting = bool(named)
        for inner in scattered.at_like_places(b"" if told else front.own, named, seen.loose, seen.taken):
            self._put_together(inner, seen, subjects, again=True)
        if message.trail is not None:
            shorts, seen.shorts = seen.shorts or (), None
            completed, seen.trail = trail.follow(message.trail, shorts)
            for inner in completed:
                self._put_together(inner, seen, subjects, again=True)
        for kind, size in allowance.skipped.items():
            seen.uninspected.append(Uninspected("body", _SKIPPED.get(kind, Cause.TIMEOUT), size))
        return seen

    def _front(
        self, message: Message, target: Node, head: Node, seen: Survey, subjects: dict[tuple[str, bytes], int]
    ) -> None:
        if message.kind is Kind.REQUEST:  # the target of a response went the other way, and was judged then
            self._leaf(Leaf("", target, _TARGET, "utf-8"), seen, subjects)
            if _DIGITS.search(message.host) and not _NUMERIC_HOST.fullmatch(message.host):
                self._leaf(
                    Leaf("url:host", Node(message.host.encode(), rewritable=False), _HOST, "utf-8"), seen, subjects
                )
        self._leaf(Leaf("", head, _HEADER, "utf-8"), seen, subjects)
        if not seen.findings:
            corners = glued.corners(message.method, message.host) if message.kind is Kind.REQUEST else ()
            for leaf in chain(glued.leaves("url:path", target), glued.leaves("header", head), corners):
                self._leaf(leaf, seen, subjects)

    def _body(self, message: Message, seen: Survey, subjects: dict[tuple[str, bytes], int]) -> None:
        if len(message.body) > self._limits.body_bytes:
            seen.uninspected.append(Uninspected("body", Cause.OVERSIZE, len(message.body)))
            return
        node = seen.body
        if message.earlier is not None and (member := message.earlier.member) is not None:
            seen.budget.file_types |= member.file_types
            source = Source(member.content_type, member.name, member.file, member.depth)
            self._open(member.part, node, source, seen, subjects)
            return
        content_type, coded = b"", []
        for name, value in message.headers:
            lower = name.lower()
            if lower == b"content-type":
                content_type = content_type + b";" + value if content_type else value
            elif lower == b"content-encoding":
                coded.append(value)
            elif lower == b"x-amz-content-sha256" and value.startswith(b"STREAMING-"):
                coded.append(b"aws-chunked")  # not all senders name it among the codings
        budget = seen.budget
        if coded:
            try:
                data, applied = codings.unwrap(message.body, codings.parse(coded), self._limits)
                budget.expand(len(data))
                node = node.opened(data, lambda new: codings.encode(new, applied))
            except Unscannable as no:
                # the coding may be a lie told to us alone: what stands there is read as it is, too
                seen.uninspected.append(Uninspected("body", no.cause, len(message.body)))
        self._open("body", node, Source(content_type), seen, subjects, told={item.part for item in seen.uninspected})

    def _open(
        self,
        part: str,
        node: Node,
        source: Source,
        seen: Survey,
        subjects: dict[tuple[str, bytes], int],
        told: AbstractSet[str] = frozenset(),
    ) -> None:
        for item in formats.leaves(part, node, source, seen.budget):
            if isinstance(item, Uninspected):
                if item.part not in told:  # the bytes of a coding that failed are counted once
                    seen.uninspected.append(item)
            else:
                if self._rows:
                    seen.rows.append(rows(item.syntax, item.node.data.replace(b"\0", b"")))  # UTF-16 has its zeros
                self._leaf(item, seen, subjects)

    def _leaf(self, leaf: Leaf, seen: Survey, subjects: dict[tuple[str, bytes], int]) -> None:
        text = LeafText(leaf)
        if text.charset is not None and text.charset.damaged:
            lost = text.source.count(charsets.SUBSTITUTE.encode())
            seen.uninspected.append(Uninspected(leaf.part, Cause.DECODE_ERROR, lost))
        allowance = None if leaf.binary else seen.allowance
        read = text.reading.text
        tables = text.tables if len(read) > NEARBY else None
        hits = text.counted(self._scanner.scan(read, text.fields, leaf.name, allowance, tables=tables))
        known = len(seen.findings)
        outside = self._nested(text, hits, seen, subjects) if text.signs is not None or text.nests else ()
        closed = leaf.binary or leaf.coded or seen.full(len(read))
        if leaf.part and not closed and all(found.band is Band.LOW for found in seen.findings[known:]):
            # what is found inside goes when that is redacted; what it hid comes to light when the rest is read again
            seen.loose.append(assembled.Loose(text, hits))
        if seen.shorts is not None and leaf.part and not closed:
            seen.shorts.append(trail.Short(text, hits, outside))
        if outside:
            hits = [hit for hit in hits if not _lies_in(outside, hit)]
        if leaf.binary or leaf.doubtful or leaf.again:
            hits = belief.believed(leaf, hits, subjects)
        if hits:
            if isinstance(leaf.syntax, Joined):
                seen.taken.setdefault(id(leaf.node), []).extend(text.pieces(hits))
            self._record(text, hits, seen, subjects)
        if text.flows:
            stream = isinstance(leaf.syntax, Ndjson)
            for inner in flowing.reading(leaf.part, leaf.node, leaf.syntax, leaf.depth, stream=stream):
                self._leaf(inner, seen, subjects)

    def _record(self, text: LeafText, hits: list[Hit], seen: Survey, subjects: dict[tuple[str, bytes], int]) -> None:
        """Name and place what was found in a leaf."""
        leaf = text.leaf
        room = self._limits.findings - len(seen.findings)
        if len(hits) > room:
            # ATTACK: a list of nothing but numbers takes a hundred times its size to tell
            seen.uninspected.append(Uninspected(leaf.part or "message", Cause.OVERSIZE, len(leaf.node.data)))
            hits = hits[:room]
            if not hits:
                return
        places = text.places([hit.start for hit in hits])
        if not leaf.part and any(hit.detector.detail == "jwt" for hit in hits):
            hits, places = belief.without_bearers(hits, places)
        findings = seen.findings
        seen.groups.append(Group(len(findings), text, hits, places))
        prefix = leaf.part + ":" if leaf.part and leaf.part[-1] != "/" else leaf.part  # `a.xlsx/Sheet1!B3`
        plain = text.reading.plain and not self._reveal
        revealed: str | None = None
        for (detector, start, end, score, value), place in zip(hits, places, strict=True):
            if plain and start == place.start and value.isascii():
                first, last = 0, end - start
            else:
                first, last, written = text.decoded(place, start, end)
                revealed = written if self._reveal else None
            entity = detector.entity
            subject = subjects.setdefault(belief.identity(entity, value), len(subjects) + 1)
            path = place.path
            part = prefix + path if path else leaf.part
            detail = detector.detail
            if detector.born is not None and belief.is_minor(detector.born(value), self._today):
                detail = f"{detail} {MINOR}" if detail else MINOR
            findings.append(
                _new(Finding, (entity, detector.entity_class, score, part, first, last, subject, detail, revealed))
            )

    def _nested(
        self, text: LeafText, hits: Sequence[Hit], seen: Survey, subjects: dict[tuple[str, bytes], int]
    ) -> tuple[tuple[int, int], ...]:
        """Read what is written inside a text in another coding or format; where in it nothing else need be read."""
        covered: list[tuple[int, int]] = []
        for inner, held in worth(nested(text, hits, seen.budget.guess), partial(self._scan, seen.allowance)):
            if inner.turned and not _first_time(inner, text.reading.text, seen):
                continue
            if inner.value:
                self._put_together(inner, seen, subjects, again=text.leaf.again)
                continue
            try:
                self._admit(inner, seen.budget, held=held)
            except Unscannable as no:
                seen.uninspected.append(Uninspected(inner.part, no.cause, len(inner.node.data)))
                break
            if held:
                self._open(inner.part, inner.node, Source(name=inner.name, depth=inner.depth), seen, subjects)
                seen.budget.leave(inner.steps)
            if inner.covers is not None:
                covered.append(inner.covers)
        if seen.budget.spent:
            seen.uninspected.append(Uninspected(text.leaf.part, Cause.OVERSIZE, len(text.source)))
        return tuple(covered)

    def _admit(self, inner: Nested, budget: Budget, *, held: bool) -> None:
        """Charge for what is about to be read. Raises `Unscannable`."""
        if held:
            budget.part()
        budget.expand(len(inner.node.data))
        if inner.depth > self._limits.depth:
            raise Unscannable(Cause.DEPTH)
        if held:
            budget.enter(inner.steps)

    def _scan(self, allowance: Allowance, text: bytes, locate: Locate, name: bytes) -> list[Hit]:
        return self._scanner.scan(text, locate, name, allowance)

    def _put_together(
        self, inner: Nested, seen: Survey, subjects: dict[tuple[str, bytes], int], *, again: bool = False
    ) -> None:
        """Read one value that stood in pieces."""
        leaf = Leaf(inner.part, inner.node, Plain(inner.name), "utf-8", name=inner.name, coded=True)
        if inner.doubtful or again:
            leaf = leaf._replace(doubtful=inner.doubtful, again=again)
        self._leaf(leaf, seen, subjects)


def _first_time(inner: Nested, text: bytes, seen: Survey) -> bool:
    """Whether a text turned round is new, and not one too many: what is turned twice is what it was."""
    new = inner.node.data not in seen.turned and len(seen.turned) < 2 * _TURNS
    seen.turned.update((inner.node.data, text))
    return new


def _lies_in(stretches: Sequence[tuple[int, int]], hit: Hit) -> bool:
    """Whether a hit lies in one of some stretches, which are in order and apart."""
    at = bisect_right(stretches, hit.start, key=itemgetter(0)) - 1
    return at >= 0 and hit.end <= stretches[at][1]
