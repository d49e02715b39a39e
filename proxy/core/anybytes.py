"""A protocol nobody here knows: searched all the same, line by line where it is made of lines. Pure.

A side that speaks in lines is judged by whole lines, which are read in full. Any other is searched window by window as
the bytes come, each with the end of the one before: the first as the file it may be, the others for what stands in them
in the clear. Where the values of such a protocol begin and how they are coded nobody knows, so all of it counts as
`unsupported`, and the policy's word on that comes before the first of these bytes passes.
"""

from __future__ import annotations

import re

from proxy.core.dialect import CLIENT, SERVER, Acts, Close, Missed, Piece, Send, Wants, ruled
from proxy.core.message import Cause

LINE_BYTES = 64 * 1024
"""A line longer than that is none."""
OVERLAP = 256
"""Bytes of the last window that are searched again with the next: longer than any identifier with its label."""


_LEGIBLE = re.compile(
    rb"(?:[\t\x20-\x7e]{8}|[\xe2-\xef][\x80-\xbf]{2}[\xe2-\xef][\x80-\xbf]{2})"
    rb"(?:[\t\x20-\x7e]+|[\xe2-\xef][\x80-\xbf]{2})*"
)
"""Words in ASCII and in Han characters. To look for codings in what is encrypted takes long, and finds none."""


class _Side:
    """What is known of one side: `line` is the line that has not ended, `tail` the end of the last window."""

    __slots__ = ("begun", "line", "lines", "tail")

    def __init__(self) -> None:
        self.line = bytearray()
        self.lines: bool | None = None
        self.tail = b""
        self.begun = False


class AnyBytes:
    """The dialect of everything else."""

    name = "tcp"

    def __init__(self, wants: Wants) -> None:
        """`wants` tells whether a side is looked at at all: what is not passes as it comes."""
        self._wants = wants
        self._sides = {CLIENT: _Side(), SERVER: _Side()}

    @property
    def held(self) -> int:
        """Bytes of lines that have not ended."""
        return sum(len(side.line) for side in self._sides.values())

    def hear(self, data: bytes, by: bool) -> Acts:
        """Bytes of a side."""
        side = self._sides[by]
        if not self._wants(by):
            waiting, side.line = bytes(side.line), bytearray()
            yield from self._judge(Piece(by, "STREAM", waiting + data, len(waiting) + len(data), framed=False))
            return
        if side.lines is None:
            # SSH says its version in a line; nothing that follows can be read
            side.lines = data.endswith(b"\n") and b"\0" not in data and not data.startswith(b"SSH-")
            if not side.lines:
                yield from self._let_go(by)
        side.line += data
        if side.lines and len(side.line) - side.line.rfind(b"\n") > LINE_BYTES:
            side.lines = False
            yield from self._let_go(by)
        if side.lines:
            yield from self._lines(side, by)
        else:
            yield from self._window(side, by)

    def end(self, by: bool) -> Acts:
        """The last line of a side may have no end."""
        side = self._sides[by]
        if side.line:
            body, side.line = bytes(side.line), bytearray()
            yield from self._judge(Piece(by, "LINES", body, len(body)))

    def _let_go(self, by: bool) -> Acts:
        """ATTACK: cut at will, what is said byte by byte is never seen whole. What is not lines passes by the policy's
        leave alone."""
        ruling = ruled((yield Missed(by, "STREAM", Cause.UNSUPPORTED, 0)))
        if not ruling.passes:
            yield Close()

    def _lines(self, side: _Side, by: bool) -> Acts:
        whole = side.line.rfind(b"\n") + 1
        if whole:
            body = bytes(side.line[:whole])
            del side.line[:whole]
            yield from self._judge(Piece(by, "LINES", body, len(body)))

    def _window(self, side: _Side, by: bool) -> Acts:
        data, side.line = bytes(side.line), bytearray()
        window = side.tail + data
        body = b"\n".join(_LEGIBLE.findall(window)) if side.begun else window
        side.begun = True
        ruling = ruled((yield Piece(by, "STREAM", body, len(data), framed=False)))
        if not ruling.passes:
            yield Close()
        # what was found is not found once more
        side.tail = b"" if ruling.found else window[-OVERLAP:]
        yield Send(not by, data)

    def _judge(self, piece: Piece) -> Acts:
        if not ruled((yield piece)).passes:
            yield Close()
        yield Send(not piece.by, piece.body)
