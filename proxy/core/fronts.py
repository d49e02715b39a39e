"""What targets and header blocks show at one look. Clients send the same ones again and again (HPACK lives on it), so
that is remembered: three texts of a hundred bytes each cost more to read than a body of a kilobyte.
"""

from __future__ import annotations

from typing import NamedTuple

from detectors.api import TextScanner
from proxy.core import piece_signs, pieces
from proxy.core.formats import glued
from proxy.core.message import Message
from proxy.core.signs import look

_LONGEST, _MOST = 2048, 1024
"""Bytes of a text that is remembered, and how many are. ATTACK: senders may make new ones for ever."""


class Shown(NamedTuple):
    """Whether a text holds nothing and hides nothing; the figures in it; whether it has pieces of values; what an
    application says in it, if that names something."""

    silent: bool
    figures: int
    pieces: bool
    own: bytes = b""


class Front(NamedTuple):
    """The same of the target, the host and the header fields of a message. `bare`: they have neither pieces of values
    nor the figures of one. `own` is what names something in them."""

    silent: bool
    bare: bool
    own: bytes = b""

    def __repr__(self) -> str:
        return f"Front(silent={self.silent}, bare={self.bare})"


class Fronts:
    """Looks at the fronts of messages with one scanner."""

    __slots__ = ("_known", "_scanner")

    def __init__(self, scanner: TextScanner) -> None:
        self._scanner = scanner
        self._known: dict[bytes, Shown] = {}

    def of(self, message: Message, head: bytes) -> Front:
        """What the front of a message shows; `head` are its header fields, a line each."""
        target, length = self._shown(message.path), b"%d" % len(message.body)
        fields = self._shown(_without(b"content-length: " + length, head))
        silent = target.silent and fields.silent and b"+" not in message.path and message.method.isalpha()
        few = target.figures + fields.figures + len(length) < piece_signs.LEAST
        return Front(
            silent and self._shown(message.host.encode("utf-8", "replace")).silent,
            few and not target.pieces and not fields.pieces,
            b"%b\n%b" % (target.own, fields.own) if target.own or fields.own else b"",
        )

    def _shown(self, text: bytes) -> Shown:
        shown = self._known.get(text)
        if shown is None:
            plain = text.isascii() and b"%" not in text and look(text) is None
            silent = plain and self._scanner.silent(text) and not glued.hinted(text)
            own = pieces.own(text) if piece_signs.named(text) else b""
            own = own if own and piece_signs.named(own) else b""
            shown = Shown(silent, piece_signs.figures(text), piece_signs.has_pieces(text), own)
            if len(text) <= _LONGEST:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[text] = shown
        return shown


def _without(line: bytes, head: bytes) -> bytes:
    """A header block without one line, whose name is written as it likes. What is right about the length of a body is
    another with each message, and says nothing more."""
    at = head.lower().find(line)
    end = at + len(line)
    if at < 0 or head[at - 1 : at] not in (b"\n", b"") or head[end : end + 1] not in (b"\n", b""):
        return head
    return head[:at] + head[end:]
