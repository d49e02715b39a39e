"""A leaf as it is read: from its bytes, through charset and escapes, to plain characters, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from detectors.api import Field, Hit, Located
from proxy.core import charsets, drawn, escapes, piece_signs
from proxy.core.errors import Unscannable
from proxy.core.formats import flowing
from proxy.core.formats.base import Leaf, Locator, Place
from proxy.core.formats.joints import Joint
from proxy.core.formats.json_text import Json
from proxy.core.formats.plain import Plain
from proxy.core.normalise import normalise
from proxy.core.piece_signs import Sign
from proxy.core.signs import SHORT, Signs, again, look
from proxy.core.text import Layer, Reading

_NESTS = re.compile(rb'"\s*[\[{]\s*[\[{]?\s*\\')


_RUNS = int(Sign.RUNS)
_LITTLE = 512
"""Bytes of a record that is one value of something else, and is called what that is called."""
_DEEP = 3
"""How often an escape may be escaped."""


class LeafText:
    """A leaf as it is read: node bytes → charset → UTF-8 source → escapes → plain characters."""

    __slots__ = (
        "_above",
        "_counted",
        "_fields",
        "_locator",
        "_pieces",
        "_places",
        "_shown",
        "_unescaped",
        "charset",
        "leaf",
        "reading",
        "signs",
        "source",
    )

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        data = leaf.node.data
        charset = leaf.charset
        self.charset = None if charset is None or charsets.plain(data, charset) else charsets.read(data, charset)
        self.source = data if self.charset is None else self.charset.text
        self._unescaped: Layer | None = leaf.syntax.unescape(self.source)
        decoded = self.source if self._unescaped is None else self._unescaped.text
        self._fields = isinstance(leaf.syntax, Json)
        self._pieces: list[tuple[int, int]] = []
        self._shown: piece_signs.Shown | None = None
        self.signs = look(decoded, fields=self._fields, pieces=self._pieces)
        self._above: list[Layer] = []
        if self.signs is not None and not leaf.binary:
            self._above, self.signs = self._plain(decoded, self.signs)
        self.reading = Reading(self.source, self._unescaped, *self._above)
        self._locator: Locator | None = None
        self._places: dict[int, Place] = {}
        self._counted = (-1, 0, 0)  # from where, up to where, how many characters

    def _plain(self, text: bytes, signs: Signs) -> tuple[list[Layer], Signs | None]:
        """The layers between what the format says and what a person reads, and what is seen in that."""
        layers: list[Layer] = []
        seen: Signs | None = signs
        for _ in range(_DEEP):
            if seen is None or not (more := escapes.read(text, seen.escaped)):
                break
            layers += more
            text = more[-1].text
            seen = again(text, seen, more, fields=self._fields, pieces=self._pieces)
        rows = False
        for _ in range(2):  # numerals may come together only when signs between them are gone
            if seen is None or rows or not (seen.singles or seen.rows):
                break
            rows = seen.rows
            view = normalise(text, rows=rows)
            if view is None:
                break
            layers.append(view)
            text = view.text
            before = seen._replace(singles=False, rows=False)
            seen = again(text, before, (view,), fields=self._fields, pieces=self._pieces)
        return layers, seen

    @property
    def shown(self) -> piece_signs.Shown:
        """What the text shows of pieces of values, where it is no longer than `signs.SHORT`."""
        if self._shown is None:
            self._shown = piece_signs.noted(self.reading.text, self._pieces)
        return self._shown

    @property
    def flows(self) -> bool:
        """Whether strings of this JSON may be a text together."""
        if not self._fields or self.charset is not None:
            return False
        if len(self.reading.text) > SHORT:
            return flowing.hinted(self.source)
        for sign, _ in self._pieces:  # noqa: SIM110 - half the time of `any`, and every JSON is asked
            if sign == _RUNS:
                return True
        return False

    @property
    def nests(self) -> bool:
        """Whether strings of this JSON may hold JSON."""
        if self._unescaped is None or not isinstance(self.leaf.syntax, Json):
            return False
        return _NESTS.search(self.source) is not None

    @property
    def tables(self) -> list[tuple[int, int]] | None:
        """The stretches of the scanned text where what a value is called may stand far before it; None for all of
        it."""
        if not isinstance(self.leaf.syntax, Plain):
            return None
        to_text = self.reading.to_text
        return [(to_text(start), to_text(end)) for start, end in drawn.tables(self.source)]

    def places(self, starts: Sequence[int]) -> list[Place]:
        """The fields that positions of the scanned text lie in; their bounds are offsets of `source`."""
        known = self._places
        missing = [start for start in starts if start not in known]
        if missing:
            if self._locator is None:
                self._locator = self.leaf.node.locator(self.leaf.syntax, self.source)
            plain = self.reading.plain
            sources = missing if plain else [self.reading.to_source(start, start + 1)[0] for start in missing]
            known.update(zip(missing, self._locator.places(sources), strict=True))
        return [known[start] for start in starts]

    def fields(self, starts: Sequence[int]) -> Sequence[Located]:
        """The same, as evidence sees it: bounds are offsets of the scanned text."""
        places: Sequence[Place] = self.places(starts)
        name = self.leaf.name
        if name and len(self.source) <= _LITTLE and not isinstance(self.leaf.syntax, Plain):
            places = [place._replace(name=b"%b %b" % (name, place.name)) for place in places]
        if self.reading.plain:
            return places
        to_text = self.reading.to_text
        names = {place.name for place in places}
        said = {name: escapes.said(name) if self._above else name for name in names}
        return [Field(said[place.name], to_text(place.start), to_text(place.end)) for place in places]

    def value(self, position: int) -> tuple[int, int]:
        """Where the field that a position of the scanned text lies in begins and ends there."""
        place = self.fields([position])[0]
        return place.start, place.end

    def counted(self, hits: list[Hit]) -> list[Hit]:
        """The hits that count here: in what was put together around the tags of markup, those that go over a tag."""
        joint = self._unescaped
        if not isinstance(joint, Joint):
            return hits
        upwards = [(hit, self.reading.to_lowest(hit.start, hit.end)) for hit in hits]
        return [hit for hit, span in upwards if joint.broken(*span)]

    def pieces(self, hits: Sequence[Hit]) -> list[tuple[int, int]]:
        """The stretches of `source` that hits are written in, where they stand."""
        spans: list[tuple[int, int]] = []
        for hit in hits:
            try:
                spans += ((start, end) for start, end, _ in self.reading.to_pieces(hit.start, hit.end))
            except Unscannable:  # some of it stands nowhere
                spans.append(self.reading.to_source(hit.start, hit.end))
        return spans

    def decoded(self, place: Place, start: int, end: int) -> tuple[int, int, str]:
        """Character offsets of `start:end` of the scanned text in the field's decoded text, and what stands there."""
        text = self.source if self._unescaped is None else self._unescaped.text
        for layer in reversed(self._above):
            start, end = layer.to_source(start, end)
        begin = place.start if self._unescaped is None else self._unescaped.to_view(place.start)
        value = text[start:end]
        # findings come in order: each stretch of a megabyte of prose is counted once, not once a finding
        origin, counted, first = self._counted
        if origin != begin or counted > start:
            counted, first = begin, 0
        first += _characters(text[counted:start])
        self._counted = (begin, start, first)
        return first, first + _characters(value), value.decode("utf-8", "replace")

    def to_node(self, start: int, end: int) -> tuple[int, int]:
        """The node's bytes behind `start:end` of `source`."""
        return (start, end) if self.charset is None else self.charset.to_source(start, end)

    def encode(self, written: bytes) -> bytes:
        """UTF-8 as it is written in this leaf."""
        return written if self.charset is None else self.charset.encode(written.decode())


def _characters(text: bytes) -> int:
    return len(text) if text.isascii() else len(text.decode("utf-8", "replace"))
