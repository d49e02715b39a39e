"""A body in some charset as UTF-8, and the way back to its bytes.

The map is made only where somebody asks, a kibibyte at a time: many spans in one body stay linear in its length.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from itertools import accumulate

from proxy.core.errors import Unscannable
from proxy.core.message import Cause

_BLOCK = 1024
_RUNS = re.compile("[\0-\x7f]+|[\x80-\u07ff]+|[\u0800-\uffff]+|[\U00010000-\U0010ffff]+")
"""Characters that are equally long in UTF-8."""
_WIDE = re.compile("[^\0-\x7f]")

_Map = tuple[list[int], list[int]]
"""Positions in the body and in the text that belong together."""


class Text:
    """The text of a body; a `Layer` of a `Reading`. Offsets are bytes.

    `damaged` says that some bytes did not decode and were substituted.
    """

    __slots__ = ("_body", "_checkpoints", "_skip", "_tables", "charset", "damaged", "text")

    def __init__(self, text: bytes, body: bytes, skip: int, charset: str, *, damaged: bool) -> None:
        self.text = text
        self.charset = charset
        self.damaged = damaged
        self._body = body
        self._skip = skip
        self._checkpoints: _Map | None = None
        self._tables: dict[int, tuple[_Map, list[tuple[int, int]]]] = {}

    @property
    def plain(self) -> bool:
        """Whether the text is the body itself, so that offsets need no mapping."""
        return self.text is self._body

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The bytes of the body that read as `start:end` of the text; a character is never split.

        Text in UTF-7, where one run of Base64 holds many characters, is only known as a whole.
        """
        if self.charset == "utf-8":
            return start + self._skip, end + self._skip
        if self.charset == "utf-7":
            return 0, len(self._body)
        first = self._move(start, 1, 0)
        return first, first if start == end else self._move(end, 1, 0, up=True)

    def to_view(self, position: int) -> int:
        """Where a position of the body went; one inside a character goes to its start."""
        if self.charset == "utf-8":
            return max(0, position - self._skip)
        if self.charset == "utf-7":
            return 0
        return self._move(max(position, self._skip), 0, 1)

    def encode(self, text: str) -> bytes:
        """A replacement in the body's charset. Raises `Unscannable(rewrite)` where the charset cannot say it."""
        try:
            if self.charset != "utf-7":
                return text.encode(self.charset)
        except UnicodeEncodeError:
            pass
        raise Unscannable(Cause.REWRITE)

    def _move(self, position: int, origin: int, target: int, *, up: bool = False) -> int:
        """A position from one side of the map (0 body, 1 text) to the other, rounded to whole characters."""
        if self._checkpoints is None:
            self._checkpoints = _checkpoints(self._body, self._skip, self.charset)
        block = max(0, min(bisect_right(self._checkpoints[origin], position), len(self._checkpoints[0]) - 1) - 1)
        table = self._tables.get(block)
        if table is None:
            table = self._tables[block] = self._table(block, self._checkpoints)
        sides, steps = table
        at = min(bisect_right(sides[origin], position) - 1, len(steps) - 1)
        if at < 0:
            return sides[target][0]
        characters, rest = divmod(position - sides[origin][at], steps[at][origin])
        return sides[target][at] + (characters + (up and rest > 0)) * steps[at][target]

    def _table(self, block: int, checkpoints: _Map) -> tuple[_Map, list[tuple[int, int]]]:
        """Where the stretches of a block begin, and how long each of their characters is in the body and the text."""
        start, end = checkpoints[0][block : block + 2]
        piece = self._body[start:end]
        lengths = _runs(piece, self.charset) or _steps(piece, self.charset, last=end == len(self._body))
        bodies = accumulate((count * body for count, body, _ in lengths), initial=start)
        texts = accumulate((count * text for count, _, text in lengths), initial=checkpoints[1][block])
        return (list(bodies), list(texts)), [(body, text) for _, body, text in lengths]


def _checkpoints(body: bytes, skip: int, charset: str) -> _Map:
    """A map every kibibyte or so, both ends included."""
    decoder = codecs.getincrementaldecoder(charset)("replace")
    bodies, texts = [skip], [0]
    for at in range(skip, max(len(body), skip + 1), _BLOCK):
        end = min(at + _BLOCK, len(body))
        out = decoder.decode(body[at:end], end == len(body))
        bodies.append(end - len(decoder.getstate()[0]))
        texts.append(texts[-1] + len(out.encode("utf-8", "replace")))
    return bodies, texts


def _runs(piece: bytes, charset: str) -> list[tuple[int, int, int]] | None:
    """Runs of characters of one length as (how many, bytes each in the charset, bytes each in UTF-8).

    None where the bytes are not what the charset's encoder makes, or lengths differ within a run.
    """
    try:
        text = piece.decode(charset)
        if text.encode(charset) != piece:
            return None
        runs = _RUNS.findall(text)
        # No charset here has more than two lengths outside ASCII, so the first is the least or the greatest of them,
        # and a sum can only be its multiple if all are alike.
        narrow = len("a".encode(charset))
        wide_text = _WIDE.search(text)
        wide = len(wide_text[0].encode(charset)) if wide_text else 0
        ascii_count = sum(len(run) for run in runs if run < "\x80")
        alike = len(piece) == ascii_count * narrow + (len(text) - ascii_count) * wide
        found = []
        for run in runs:
            each = narrow if run < "\x80" else wide if alike else len(run[0].encode(charset))
            if not alike and len(run.encode(charset)) != len(run) * each:
                return None
            found.append((len(run), each, len(run[0].encode())))
    except UnicodeError:
        return None
    return found


def _steps(piece: bytes, charset: str, *, last: bool) -> list[tuple[int, int, int]]:
    """The same for any bytes, one by one: what comes out together stays together."""
    decoder = codecs.getincrementaldecoder(charset)("replace")
    found = []
    taken = 0
    for at in range(1, len(piece) + 1):
        out = decoder.decode(piece[at - 1 : at], last and at == len(piece))
        if out:
            pending = len(decoder.getstate()[0])
            if len(out) > 1 and out[-1] == chr(piece[at - 1]) and not pending:
                # a byte that began nothing, and the ASCII behind it that showed so
                found.append((1, at - 1 - taken, len(out[:-1].encode("utf-8", "replace"))))
                out, taken = out[-1], at - 1
            found.append((1, at - pending - taken, len(out.encode("utf-8", "replace"))))
            taken = at - pending
    return found
