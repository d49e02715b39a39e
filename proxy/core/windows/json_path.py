"""What stands around a piece of a JSON text: the lists and objects it lies in.

Texts are the units of `units.Units.narrow`.
"""

from __future__ import annotations

import re

import numpy as np
import orjson

from proxy.core.windows.borders import Borders, Marks, Positions, Signs, json_marks

_MOST = 64 * 1024
_DEEPEST = 500
_KEY = re.compile(rb'"((?:[^"\\]|\\.){0,200})"\s*:\s*\Z', re.DOTALL)
_CLOSING = {ord("["): b"]", ord("{"): b"}"}


class Path:
    """The lists and objects that are open, with their names: `{"data":{"people":[`."""

    plain = True

    def __init__(self) -> None:
        self._open: list[bytes] = []
        self._read = b""
        self._marks = json_marks(b"")

    @property
    def head(self) -> bytes:
        """All that is open."""
        return b"".join(self._open)

    def elements(self, text: bytes) -> Borders:
        """A `borders.Finder`: behind commas, those of the outermost list first."""
        marks, signs = self._marked(text)
        commas = signs == 0
        return Borders(marks[commas] + 1, np.cumsum(signs, dtype=np.int64)[commas])

    def foot(self, text: bytes, /) -> bytes:
        """What makes one JSON text of the head and a text that ends behind a comma; nothing where it would not be one.

        A piece that is left open is read twice, for it might be no JSON at all. ATTACK: where it is none, it is.
        """
        closed, opened = _left(*self._marked(text))
        if closed > len(self._open):
            return b""
        opens = [each[-1] for each in self._open[: len(self._open) - closed]] + [text[at] for at in opened]
        if not 0 < len(opens) <= _DEEPEST:
            return b""
        foot = b'"":null' if opens[-1] == ord("{") else b"null"
        foot += b"".join(_CLOSING[each] for each in reversed(opens))
        try:
            orjson.loads(self.head + text + foot)
        except orjson.JSONDecodeError:
            return b""
        return foot

    def passed(self, text: bytes, data: bytes, size: int) -> None:
        """What the text closes is gone, what it leaves open is kept."""
        closed, opened = _left(*self._marked(text))
        self._read, self._marks = b"", json_marks(b"")
        if closed:
            del self._open[-closed:]
        for opener in opened:
            key = _KEY.search(text, max(0, opener - 256), opener)
            name = data[key.start(1) * size : key.end(1) * size] if key and size == 1 else b""
            self._open.append((b'"' + name + b'":' if name else b"") + text[opener : opener + 1])
        if sum(map(len, self._open)) > _MOST:
            self._open = [each[-1:] for each in self._open][-_MOST:]

    def _marked(self, text: bytes) -> Marks:
        """As `json_marks`, of a text that more has been asked of than once, or of its beginning."""
        if not self._read.startswith(text):
            self._read, self._marks = text, json_marks(text)
        marks, signs = self._marks
        within = np.searchsorted(marks, len(text))
        return marks[:within], signs[:within]


def _left(marks: Positions, signs: Signs) -> tuple[int, list[int]]:
    """How many brackets of before a text closes, and where those stand that it leaves open."""
    marks, signs = marks[signs != 0], signs[signs != 0]
    if not len(marks):
        return 0, []
    depths = np.cumsum(signs, dtype=np.int64)
    least = np.minimum.accumulate(depths[::-1])[::-1]
    return max(0, -int(least[0])), marks[(signs == 1) & (least >= depths)].tolist()
