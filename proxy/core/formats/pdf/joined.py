"""Values that a page breaks: over the ends of lines, and letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_FEWEST_DIGITS = 7
_LONGEST = 400
_LABEL = 40
_TOKEN = 40
_SEAM = re.compile(r"\n[ \t]*(?=[0-9A-Z(])")
_BEFORE = re.compile(r"(?<![0-9A-Za-z().-])[0-9A-Z(][0-9A-Z()-]*\Z")
_BEHIND = re.compile(r"[0-9A-Z(][0-9A-Z()-]{0,39}(?![0-9A-Za-z]|[.]\d)")
_SPACED = re.compile(r"(?<!\S)\S(?:[ \t\n]{1,3}\S(?!\S)){5,}")
_BLANK = re.compile(r"\s+")


class Join(NamedTuple):
    """A text without its breaks, where its characters stand in the page's text, and what stands before it."""

    text: str
    places: list[int]
    before: str


def joins(text: str) -> Iterator[Join]:
    """The broken values of a page's text."""
    spaced = _SPACED.finditer(text) if list(map(len, text.split())).count(1) >= _FEWEST_DIGITS else ()
    letters = [found.span() for found in spaced]
    lines = [span for span in _broken(text) if not any(one[0] <= span[0] < one[1] for one in letters)]
    for start, end in letters + lines:
        if end - start > _LONGEST or "\n" not in text[start:end]:
            continue
        places = [at for at in range(start, end) if not text[at].isspace()]
        if sum(text[at].isdigit() for at in places) < _FEWEST_DIGITS:
            continue
        line = text.rfind("\n", 0, start) + 1
        before = _BLANK.sub(" ", text[max(line, start - _LABEL) : start]).strip()
        yield Join("".join(text[at] for at in places), places, before)


def _broken(text: str) -> Iterator[tuple[int, int]]:
    """Words with digits that go on in the next line, and in the next."""
    start = end = -1
    for seam in _SEAM.finditer(text):
        stop = seam.start()
        while stop and text[stop - 1] in " \t":
            stop -= 1
        if not stop or text[stop - 1] not in "0123456789-":
            continue
        behind = _BEHIND.match(text, seam.end())
        before = _BEFORE.search(text, max(0, stop - _TOKEN), stop) if behind else None
        if before is None or behind is None:
            continue
        if before.start() >= end or start < 0:
            if start >= 0:
                yield start, end
            start = before.start()
        end = behind.end()
    if start >= 0:
        yield start, end
