"""The vocabulary shared by detectors and by whoever reads their findings.

A detector is a value: shapes to look for, a check that proves them, label words that support them, and the
source of all three. Nothing here does IO; nothing here knows what an HTTP message is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class EntityClass(StrEnum):
    """What kind of data an entity is; the closed set of the entity catalogue."""

    GOVERNMENT_ID = "government_id"
    CONTACT = "contact"
    FINANCIAL_ACCOUNT = "financial_account"
    HEALTH = "health"
    BIOMETRIC = "biometric"
    GENOMIC = "genomic"
    LOCATION = "location"
    ATTRIBUTE = "attribute"
    ORGANISATION = "organisation"
    VEHICLE = "vehicle"
    DEVICE = "device"
    NETWORK = "network"
    CREDENTIAL = "credential"
    MARKING = "marking"
    IMPORTANT_DATA = "important_data"


class Band(StrEnum):
    """A score in words, so that rules survive re-tuning of the scores."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """0 for low, 1 for medium, 2 for high."""
        return _RANK[self]

    @classmethod
    def of(cls, score: float) -> Band:
        """The band of a score in [0, 1]: below 0.5 low, below 0.8 medium, else high."""
        if score >= 0.8:
            return cls.HIGH
        return cls.MEDIUM if score >= 0.5 else cls.LOW


_RANK = {Band.LOW: 0, Band.MEDIUM: 1, Band.HIGH: 2}


@dataclass(frozen=True, slots=True)
class Shape:
    """One way a value is written.

    `core` is a regular expression in the subset that Hyperscan and `re` read alike (no look-around, no
    back-references; non-capturing groups only), matched as bytes on normalised UTF-8 text: full-width forms are
    already ASCII there. Where only a stretch of the match is the value (`姓名：…`, a field of a record), one capturing
    group in it marks that stretch. `before` and `after` are look-around guards for `re` alone: Hyperscan has none.
    `trigger` replaces `core` in the Hyperscan pass where the core would report too many ends. A trigger's match
    must end inside the value or at its end. `width` bounds the value's length in bytes. `lead` is how many bytes before
    the end of its trigger a match begins at most, where that is less than `width`: reading begins there. `opening` is
    what its first bytes look like, where trying at those alone is cheaper than searching.

    `alone` is the score without any evidence, `labelled` with it; `alone = 0` means: not reported without, and so not
    even looked for in a text that says none of the family's words. Its core may be as plain as `[0-9]{6,12}`; that of
    a shape with `alone` must be rare in ordinary text, for each of its matches costs. One that matches every other word
    is `common`: it is looked for only beside a word of its own family, not of its whole class. One that counts alone
    and whose trigger's every match holds one of `detectors.tiers.RUNS` is `numeric`: looked for near such runs alone.
    """

    core: str
    alone: float
    labelled: float
    before: str = r"(?<![0-9A-Za-z_])"
    after: str = r"(?![0-9A-Za-z_])"
    trigger: str | None = None
    width: int = 64
    lead: int = 0
    opening: str = ""
    common: bool = False
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class PatternDetector:
    """Finds one entity by its shapes.

    `check` receives the matched bytes with every byte of `strip` removed and answers whether they can be the
    entity (check digit, real date, issuer table); it must be pure and total. `labels` names the label family in
    `detectors.context` whose words count as evidence. `detail` is the subtype a finding carries. `born` reads the
    date of birth (year, month, day) out of a value that holds one.
    """

    entity: str
    entity_class: EntityClass
    shapes: tuple[Shape, ...]
    source: str
    labels: str = ""
    check: Callable[[bytes], bool] | None = None
    strip: bytes = b" -"
    detail: str = ""
    born: Callable[[bytes], tuple[int, int, int] | None] | None = None


class Located(Protocol):
    """The named place a position of a text belongs to.

    `name` is the field's own name (JSON key, form key, CSV heading, XML tag; empty where there is none);
    `start` and `end` bound the field's value in the text: evidence is never taken from outside them, except by
    name. Offsets are bytes of the scanned text.
    """

    @property
    def name(self) -> bytes:
        """The field's own name."""
        ...

    @property
    def start(self) -> int:
        """Where its value begins."""
        ...

    @property
    def end(self) -> int:
        """Where its value ends."""
        ...


class Field(NamedTuple):
    """The plainest `Located` (a tuple: a dense body has tens of thousands)."""

    name: bytes
    start: int
    end: int


class Hit(NamedTuple):
    """What a scan says about one stretch of text; stays inside the engine.

    `start` and `end` are byte offsets in the scanned text; `value` is the matched bytes after stripping.
    """

    detector: PatternDetector
    start: int
    end: int
    score: float
    value: bytes

    def __repr__(self) -> str:
        return f"Hit({self.detector.entity}, {self.start}, {self.end}, {self.score})"


Locate = Callable[[Sequence[int]], Sequence[Located]]
"""Answers which fields the bytes at some positions of the scanned text lie in, in the order asked."""


class Allowance:
    """How many bytes of one message the finders may still read, and what they had to leave out.

    Models are slow; a limit in bytes is one that gives the same verdict every time, as a limit in seconds would not.
    """

    __slots__ = ("left", "skipped")

    def __init__(self, left: int) -> None:
        self.left = left
        self.skipped: dict[str, int] = {}

    def take(self, kind: str, size: int) -> bool:
        """Whether `size` bytes may be read; if not they are counted as skipped under `kind` (`names`, …)."""
        if size > self.left:
            self.skip(kind, size)
            return False
        self.left -= size
        return True

    def skip(self, kind: str, size: int) -> None:
        """Count bytes that were not read."""
        self.skipped[kind] = self.skipped.get(kind, 0) + size


class Finder(Protocol):
    """Finds what no pattern can: names by a model, registered documents, what Presidio's recognizers see.

    Its hits carry detectors without shapes, for their entity, class, detail and source.
    """

    @property
    def detectors(self) -> Sequence[PatternDetector]:
        """What it can find."""
        ...

    def find(self, text: bytes, hits: Sequence[Hit], locate: Locate, name: bytes, allowance: Allowance) -> list[Hit]:
        """Hits in normalised UTF-8 text. `hits` are those of the patterns; `name` is what the whole text is called.

        Whatever it does not read, it tells `allowance`.
        """
        ...

    def idle(self, text: bytes) -> bool:
        """Whether it has nothing to say about lines of short fields in which the patterns found nothing, as those of a
        target or a header block are. To say no costs only time."""
        ...


NEARBY = 8192
"""Bytes. In no longer text does it matter where in it a value is called something."""


class TextScanner(Protocol):
    """What the core needs of the detectors."""

    def scan(
        self,
        text: bytes,
        locate: Locate,
        name: bytes = b"",
        allowance: Allowance | None = None,
        *,
        tables: Sequence[tuple[int, int]] | None = None,
    ) -> list[Hit]:
        """Every hit in normalised UTF-8 text, by start. `name` is what the text as a whole is called, if anything.

        Without an allowance no finder runs. What a value is called may stand anywhere before it in `tables`, which
        are in order and apart, and elsewhere within a few kilobytes: in prose, source, a log. None is all of the text,
        as is one of no more than `NEARBY`.
        """
        ...

    def silent(self, text: bytes) -> bool:
        """Whether nothing in the text, or in any part of it that ends with lines, could be a hit with any evidence."""
        ...


class Finding(NamedTuple):
    """Where something was found and of what kind; never what (a tuple: a dense body has tens of thousands).

    `part` names the place in words (`body/json:/data/idCard`); `start` and `end` are character offsets in that
    part's decoded text. `subject` is an ordinal: findings of one message with the same entity and the same
    normalised value share it. `text` is filled only by an engine built to reveal (for `egress scan --reveal`).
    """

    entity: str
    entity_class: EntityClass
    score: float
    part: str
    start: int
    end: int
    subject: int
    detail: str = ""
    text: str | None = None

    @property
    def band(self) -> Band:
        """The score's band."""
        return Band.of(self.score)

    def __repr__(self) -> str:
        return f"Finding({self.entity}, {self.band.value}, {self.start}, {self.end}, subject={self.subject})"
