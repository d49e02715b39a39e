"""What stands around a value on a page: the label to the left of it, the heading of its column above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from proxy.core.formats.base import Locator, Place
from proxy.core.formats.pdf.sight import Sight
from proxy.core.formats.plain import Plain

_WORD = re.compile(r"\S+")
_VALUE = re.compile(r"(?:\d\D{0,2}){3}|[@*]")
_LONGEST_ROW = 100
_MOST_WORDS_OF_ROW = 12
_NUMBER = re.compile(r"\d{4}")
_INNER = re.compile(r"(?<=\S) (?=\S)")
_HEADING_ROWS = 2
_APART = 1.0
# between cells, by the height of a letter
_GAP = 0.8
# between the words of one heading, by their height
_LONGEST = 60
_MOST_HEADINGS = 2
_MOST_COLUMNS = 32


class Purse:
    """What the pages of one document share: how many words may still be asked for their places (asking costs
    microseconds), and the headings of the columns seen last: a table goes on over pages."""

    __slots__ = ("headings", "left")

    def __init__(self, left: int = 80_000) -> None:
        self.left = left
        self.headings: list[tuple[float, float, str]] = []

    def carried(self) -> bytes:
        """The headings of earlier pages in one: labels that a page without its own may need."""
        return " ".join(heading for _, _, heading in self.headings).encode("utf-8", "replace")


class Word(NamedTuple):
    """A word and its box on the page."""

    text: str
    start: int
    left: float
    bottom: float
    right: float
    top: float


class PageText(Plain):
    """The text of a page: prose, where labels may stand elsewhere than before their values."""

    __slots__ = ("_page", "_purse", "_text")

    def __init__(self, page: Sight, text: str, purse: Purse) -> None:
        super().__init__()
        self._page, self._text, self._purse = page, text, purse

    def locator(self, source: bytes) -> Locator:
        """The places of the text, called by what stands around them on the page."""
        return _Around(super().locator(source), source, Layout(self._page, self._text, self._purse))


class _Around:
    """Adds to the places of a text what stands around them on the page."""

    __slots__ = ("_layout", "_places", "_source")

    def __init__(self, places: Locator, source: bytes, layout: Layout) -> None:
        self._places, self._source, self._layout = places, source, layout

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The places of positions."""
        named: list[Place] = []
        counted = characters = 0
        for place, position in zip(self._places.places(positions), positions, strict=True):
            if position < counted:
                counted = characters = 0
            characters += len(self._source[counted:position].decode("utf-8", "ignore"))
            counted = position
            called = self._layout.called(characters)
            # a page's rows are not told apart by their drawing: a place is the page, whatever cell it is
            named.append(place._replace(name=place.name or called.encode("utf-8", "replace"), path=""))
        return named


def tabbed(page: Sight, purse: Purse) -> str:
    """The text of a page with tabs where cells of one row stand apart, character for character: tables are read by
    them. Only rows near numbers are looked at."""
    text = page.text
    lines = text.split("\n")
    rows = [_is_row(line) for line in lines]
    numbers = [row and _NUMBER.search(line) is not None for row, line in zip(rows, lines, strict=True)]
    if not any(numbers):
        return text
    tabs: list[int] = []
    start = 0
    for at, (line, row) in enumerate(zip(lines, rows, strict=True)):
        end = start + len(line)
        if row and any(numbers[max(at - 1, 0) : at + _HEADING_ROWS + 1]) and purse.left > 0:
            spaces = [place.start() + start for place in _INNER.finditer(line)]
            purse.left -= len(spaces) + 1
            tabs += (place for place in spaces if page.apart(place - 1, place + 1, _APART))
            if at + 1 < len(lines) and rows[at + 1] and line.strip() and lines[at + 1].strip():
                ahead = len(lines[at + 1]) - len(lines[at + 1].lstrip())
                if page.apart(start + len(line.rstrip()) - 1, end + 1 + ahead, 0.0):
                    tabs.append(end)
        start = end + 1
    if not tabs:
        return text
    letters = list(text)
    for place in tabs:
        letters[place] = "\t"
    return "".join(letters)


class Layout:
    """The rows of one page and their words by where they stand, made when they are asked for. Prose is no row."""

    __slots__ = ("_page", "_purse", "_rows", "_text", "_words")

    def __init__(self, page: Sight, text: str, purse: Purse) -> None:
        self._page, self._text, self._purse = page, text, purse
        self._rows: list[Word] | None = None
        self._words: dict[int, list[Word]] = {}

    def called(self, at: int) -> str:
        """What a character is labelled by that stands in a row of a table, or alone; nothing for one in prose."""
        begin, end = self._text.rfind("\n", 0, at) + 1, self._text.find("\n", at)
        row = self._text[begin : end if end >= 0 else len(self._text)]
        if not _is_row(row):
            return ""
        value = next(
            (word for word in self._within(begin, row) if word.start <= at < word.start + len(word.text)), None
        )
        if value is None:
            return ""
        left = "" if self._text[begin:at].strip() else self._before(value)
        return " ".join(filter(None, (self._above(value), left)))

    def _all(self) -> list[Word]:
        """The rows of the page, each as one long word."""
        if self._rows is None:
            self._rows = []
            start = 0
            for line in self._text.split("\n"):
                if _is_row(line) and line.strip():
                    begin = len(line) - len(line.lstrip())
                    self._rows += self._boxed(line.strip(), start + begin)
                start += len(line) + 1
        return self._rows

    def _within(self, start: int, row: str) -> list[Word]:
        """The words of a row."""
        if start not in self._words:
            self._words[start] = [
                word for found in _WORD.finditer(row) for word in self._boxed(found[0], start + found.start())
            ]
        return self._words[start]

    def _boxed(self, text: str, start: int) -> Iterator[Word]:
        self._purse.left -= 1
        if self._purse.left < 0:
            return
        first, last = self._page.box(start), self._page.box(start + len(text) - 1)
        if first is not None and last is not None:
            left, right = min(first[0], last[0]), max(first[2], last[2])
            yield Word(text, start, left, min(first[1], last[1]), right, max(first[3], last[3]))

    def _before(self, value: Word) -> str:
        """What stands to the left on the same line, drawn at another time."""
        middle = (value.bottom + value.top) / 2
        nearest: tuple[Word, list[Word]] | None = None
        for row in self._all():
            if row.bottom < middle < row.top and row.left <= value.left:
                words = self._within(row.start, row.text)
                for word in words:
                    if word.right <= value.left + 1.0 and (nearest is None or word.right > nearest[0].right):
                        nearest = (word, words)
        return "" if nearest is None or _VALUE.search(nearest[0].text) else _phrase(*nearest)

    def _above(self, value: Word) -> str:
        """The first words above that are no values: the heading, in one line or two; else that of the page before."""
        over = [
            (word, words)
            for row in self._all()
            if row.bottom >= value.top - 1.0 and row.left < value.right and row.right > value.left
            for words in (self._within(row.start, row.text),)
            for word in words
            if word.left < value.right and word.right > value.left and not _VALUE.search(word.text)
        ]
        known = self._purse.headings
        if not over:
            return next((heading for left, right, heading in known if left < value.right and right > value.left), "")
        over.sort(key=lambda pair: pair[0].bottom)
        headings: list[str] = []
        for word, words in over[:_MOST_HEADINGS]:
            height = max(word.top - word.bottom, 1.0)
            if headings and word.bottom - over[0][0].bottom > 2 * height:
                break
            headings.append(_phrase(word, words))
        heading = " ".join(reversed(headings))[:_LONGEST]
        column = (value.left, value.right, heading)
        self._purse.headings = [column, *(other for other in known if not _overlap(other, column))][:_MOST_COLUMNS]
        return heading


def _is_row(line: str) -> bool:
    return len(line) <= _LONGEST_ROW and line.count(" ") <= _MOST_WORDS_OF_ROW


def _phrase(word: Word, words: Sequence[Word]) -> str:
    """A word with those it stands close to on its line."""
    first = last = words.index(word)
    while first > 0 and _close(words[first - 1], words[first]):
        first -= 1
    while last + 1 < len(words) and _close(words[last], words[last + 1]):
        last += 1
    return " ".join(other.text for other in words[first : last + 1])[-_LONGEST:]


def _overlap(one: tuple[float, float, str], other: tuple[float, float, str]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _close(first: Word, second: Word) -> bool:
    """Whether two words are of one phrase: side by side, and no value among them."""
    height = max(second.top - second.bottom, 1.0)
    if _VALUE.search(first.text) or _VALUE.search(second.text):
        return False
    return abs(first.bottom - second.bottom) < height / 2 and -height < second.left - first.right < _GAP * height
