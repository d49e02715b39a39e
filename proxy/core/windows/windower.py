"""Cuts a text into windows, and puts together what is to be forwarded of them.

A window is `head + text`: what its reader must have read before, then new bytes up to the last border there is. They
are forwarded up to an earlier border: the rest, a few kilobytes, comes again as the beginning of the next window, so
that what lies on both sides of a cut is seen whole once, and before any of it has left. Where windows end depends on
the bytes alone, never on how they arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Edit
from proxy.core.limits import WINDOW_BYTES
from proxy.core.message import Cause, Member, Rewrite
from proxy.core.windows.borders import Borders, Finder
from proxy.core.windows.heads import Head
from proxy.core.windows.units import Units, is_text

WINDOW = WINDOW_BYTES
"""Bytes of a window where nothing else is said."""
REACH = 4
"""How many windows a record may take up before nothing here reads it in pieces."""
TAIL = 4096
"""Bytes that are read again with the next window, at least."""


@dataclass(frozen=True, slots=True)
class Window:
    """A body to be inspected: `body[head:head + cut]` is to be forwarded, `foot` bytes at its end are not the sender's.

    `member` is what it is cut from, if not from the body; `whole` says that nothing of the body is left over.
    """

    body: bytes = field(repr=False)
    head: int
    cut: int
    foot: int = 0
    member: Member | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """How a text is read: the units of its charset, where it is cut, what is repeated, what it is in the body."""

    units: Units
    finder: Finder
    head: Head
    member: Member | None = None


class Windower:
    """Windows of one text. Take every window there is before feeding more: `while window := next(): … take(window)`.

    `anew` says of a windower that what it forwards is written anew, whether anything in it changed or not.
    """

    anew = False

    def __init__(self, form: Form, size: int = WINDOW, tail: int = TAIL) -> None:
        self._form = form
        self._size = size
        self._tail = tail
        self._reach = size
        self._buffer = bytearray()
        self._ended = False
        self._borders = Borders(form.finder(b"").positions)

    @property
    def held(self) -> int:
        """Bytes not forwarded yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> None:
        """More of the text."""
        self._buffer += data

    def finish(self) -> None:
        """The text is complete."""
        self._ended = True

    def next(self) -> Window | None:
        """A window, if there is enough for one. Raises `Unscannable`: oversize for a record that takes more than a
        window may, type_mismatch for what is no text."""
        while True:
            if len(self._buffer) < self._reach and not (self._ended and self._buffer):
                return None
            text = bytes(self._buffer[: self._reach])
            narrow = self._form.units.narrow(text)
            if not is_text(narrow):
                raise Unscannable(Cause.TYPE_MISMATCH)
            if self._ended and len(self._buffer) <= self._reach:
                return self._window(text, len(text))
            window = self._cut(text, narrow)
            if window is not None:
                return window
            if self._reach >= self._size * REACH:
                raise Unscannable(Cause.OVERSIZE)
            self._reach = min(self._reach * 2, self._size * REACH)

    def _cut(self, text: bytes, narrow: bytes) -> Window | None:
        size = self._form.units.size
        self._borders = self._form.finder(narrow)
        high = self._borders.last(narrow, len(narrow) // 2, len(narrow))
        if high is None:
            return None
        cut = self._borders.last(narrow, high // 4, high - self._tail // size)
        if cut is None:
            return None
        foot = self._form.head.foot(narrow[:high]) if size == 1 else b""
        return self._window(text[: high * size], cut * size, foot)

    def _window(self, text: bytes, cut: int, foot: bytes = b"") -> Window:
        units = self._form.units
        head = units.write(self._form.head.head) if self._form.head.plain else self._form.head.head
        if units.size > 1 and not text.startswith(units.mark) and not head.startswith(units.mark):
            head = units.mark + head
        return Window(head + text + foot, len(head), cut, len(foot), self._form.member)

    def rest(self) -> bytes:
        """All that is not forwarded yet; nothing is left to be cut."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def take(self, window: Window, rewrite: Rewrite | None) -> bytes:
        """What is to be forwarded of a window, which is done with then.

        Raises `Unscannable(rewrite)` where the edits do not tell.
        """
        cut = window.cut
        edits: Sequence[Edit] = ()
        if rewrite is not None and rewrite.body != window.body:
            edits = rewrite.edits
            if spliced(window.body, edits, 0, len(window.body)) != rewrite.body:
                raise Unscannable(Cause.REWRITE)
            cut = self._before(window, edits)
        text = bytes(self._buffer[:cut])
        forwarded = spliced(window.body, edits, window.head, window.head + cut)
        self._form.head.passed(self._form.units.narrow(text), text, self._form.units.size)
        del self._buffer[:cut]
        self._reach = self._size
        return forwarded

    def _before(self, window: Window, edits: Sequence[Edit]) -> int:
        """The cut, or an earlier border where an edit lies across it."""
        cut, size = window.cut, self._form.units.size
        narrow = b""
        for start, end, _ in reversed(edits):
            if start < window.head + cut < end:
                narrow = narrow or self._form.units.narrow(window.body[window.head :])
                before = self._borders.last(narrow, 0, (start - window.head) // size)
                if before is None:
                    raise Unscannable(Cause.REWRITE)
                cut = before * size
        return cut


def spliced(body: bytes, edits: Sequence[Edit], start: int, end: int) -> bytes:
    """The bytes `start:end` with the edits made that lie in them. Raises `Unscannable(rewrite)` for edits that are not
    in order and apart, or that lie across an end."""
    pieces: list[bytes] = []
    at, done = start, 0
    for first, last, new in edits:
        if not done <= first <= last <= len(body):
            raise Unscannable(Cause.REWRITE)
        done = last
        if first < start >= last or first >= end < len(body):  # not in it; what is put in at the end comes later
            continue
        if first < start or last > end:
            raise Unscannable(Cause.REWRITE)
        pieces += (body[at:first], new)
        at = last
    pieces.append(body[at:end])
    return b"".join(pieces)
