"""What a reader in the middle of a text must have read before: the headings of a table, the statement that a row is a
row of, the names of the objects an element lies in. Each is told the texts that have gone, in order, and gives what
the next window begins with.
"""

from __future__ import annotations

import re
from typing import Protocol

from proxy.core.formats.tabular import NUMBERED

LINES = 3
_LONGEST_LINE = 16 * 1024
_VALUES = re.compile(
    rb"(?:insert|replace)\s[^;'\"]{0,2000}?\bvalues\b\s*"
    rb"|copy\s[^;'\"]{0,2000}?\bfrom\s+stdin\b[^;\n]{0,200};[ \t]*\r?\n",
    re.IGNORECASE,
)
_CREATE = re.compile(rb"create\s+table\b[^;]{1,16384};", re.IGNORECASE)
_ENDED = re.compile(rb";[ \t]*(?:--[^\n]*)?\r?\n|^\\\.\r?$", re.MULTILINE)
_HEADING_ROW = re.compile(
    rb"<tr\b[^>]{0,500}>(?:(?!</tr>|<td\b).){0,8000}?<th\b.{0,8000}?</tr>", re.IGNORECASE | re.DOTALL
)


class Head(Protocol):
    """Keeps what the next window begins with."""

    def passed(self, text: bytes, data: bytes, size: int) -> None:
        """A text (units) and its bytes, `size` to a unit, have gone."""
        ...

    @property
    def head(self) -> bytes:
        """The bytes to begin with."""
        ...

    def foot(self, text: bytes, /) -> bytes:
        """What to put behind a text that is read as the next window, ASCII; nothing in wide charsets."""
        ...

    @property
    def plain(self) -> bool:
        """Whether they are ASCII where the charset is wide."""
        ...


class _Open:
    """For texts whose pieces need not be closed."""

    plain = False

    def foot(self, _text: bytes, /) -> bytes:
        """Nothing."""
        return b""


class Nothing(_Open):
    """For texts whose pieces stand alone."""

    head = b""

    def passed(self, text: bytes, data: bytes, size: int) -> None:
        """Nothing is kept."""


class Headings(_Open):
    """The first lines of a table or a text, as far as they hold no values."""

    def __init__(self) -> None:
        self.head = b""
        self._first = True

    def passed(self, text: bytes, data: bytes, size: int) -> None:
        """Of the first text its first lines are kept."""
        if not self._first:
            return
        self._first = False
        at = 0
        for _ in range(LINES):
            end = text.find(b"\n", at, at + _LONGEST_LINE)
            if end < 0 or NUMBERED.search(text, at, end):
                break
            at = end + 1
        self.head = data[: at * size]


class Statement(_Open):
    """The head of the INSERT or COPY that rows belong to, and the definition of a table before it."""

    def __init__(self) -> None:
        self._table = self._values = b""

    @property
    def head(self) -> bytes:
        """Both, where a statement is open."""
        return self._table + b"\n" + self._values if self._values else b""

    def passed(self, text: bytes, data: bytes, size: int) -> None:
        """The last of each is kept, until its statement ends."""
        if size != 1:
            return
        for made in _CREATE.finditer(text):
            self._table = data[made.start() : made.end()]
        opened = next(reversed(list(_VALUES.finditer(text))), None)
        if opened is not None:
            self._values = data[opened.start() : opened.end()]
        if _ENDED.search(text, opened.end() if opened is not None else 0):
            self._values = b""


class HeadingRow(_Open):
    """The last row of headings of an HTML table."""

    plain = True

    def __init__(self) -> None:
        self.head = b""

    def passed(self, text: bytes, data: bytes, size: int) -> None:
        """The last one is kept."""
        lower = text.lower()
        if b"<th" not in lower:
            return
        for row in _HEADING_ROW.finditer(text):
            self.head = b"<table>" + data[row.start() * size : row.end() * size] if size == 1 else b""
