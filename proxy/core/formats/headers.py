"""Header blocks of mail and of parts (RFC 5322 §2.2, RFC 2045 §5, RFC 7578 §4): their fields and parameters, and their
text as a person reads it: folds undone, encoded words (RFC 2047), continued and percent-coded parameters (RFC 2231)
decoded. Written back piece by piece, so that a word without a change keeps its bytes.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from proxy.core import charsets
from proxy.core.errors import Unscannable
from proxy.core.formats import transfer
from proxy.core.formats.base import Leaf, Node, Place, one_by_one, readable
from proxy.core.formats.plain import Plain
from proxy.core.formats.transfer import to_quoted
from proxy.core.message import Cause
from proxy.core.text import View

FIELD = re.compile(rb"^([!-9;-~\x80-\xff]+)[ \t]*:((?:[^\r\n]|\r?\n[ \t]|\r(?!\n))*)", re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n")
_NAMED = re.compile(rb"[!-9;-~\x80-\xff]+[ \t]*:")
_JUNK = re.compile(rb"^(?!From )(?![!-9;-~\x80-\xff]+[ \t]*:)[^ \t\r\n][^\r\n]*", re.MULTILINE)
_PARAMETER = re.compile(
    rb";?\s{0,40}([A-Za-z][\w.-]*)(?:\*(\d{1,3}))?(\*)?\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^;\s]*))", re.DOTALL
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)

_PIECE = re.compile(
    rb"=\?([^?\s]{1,75})\?([bBqQ])\?((?:[^?=]|=(?!\?[^=])|\?(?!=))*?)\?="
    rb"(?P<gap>(?:[ \t]|\r?\n[ \t]){1,80}(?==\?[^?\s]{1,75}\?[bBqQ]\?))?"
    rb"|(?:(?<=[\w-]\*=)|(?<=[\w-]\*0\*=))(?P<lead>\"?(?P<label>[\w.:-]{0,40})'[\w-]{0,20}')(?P<coded>[^;\"\s]+)"
    rb"|(?<=\d\*=)(?P<more>[^;\"\s]+)"
    rb"|(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    rb"|(?P<glue>\"?\s{0,40};\s{0,40}([A-Za-z][\w-]*)\*[1-9]\d?\*?\s*=\s*\"?)"
    rb"|(?P<fold>\r?\n[ \t]+)",
    re.DOTALL,
)
_SPACED = re.compile(rb"_|=([0-9A-Fa-f]{2})|=?\r?\n")
_LONGEST_WORD = 75
_LEFT_IN_Q = re.compile(rb"[ ?\t]")
_BARE = frozenset(b"-._~!#$&+^`{|}" + bytes(each for each in range(0x80) if chr(each).isalnum()))


def split(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block that begins at `start` ends, and where the content behind it begins."""
    if data.startswith((b"\r\n", b"\n"), start):
        return start, min(start + 1 + data.startswith(b"\r\n", start), end)
    stop = _BLANK.search(data, start, end)
    if stop is None:
        whole = end if _NAMED.match(data, start, end) else start
        return whole, whole
    return stop.start() + 1 + data.startswith(b"\r\n", stop.start()), stop.end()


def ragged(block: bytes) -> int | None:
    """Where a line stands that is no field of a header: some readers take the content to begin there."""
    found = _JUNK.search(block)
    return found.start() if found else None


def fields(block: bytes) -> list[tuple[bytes, bytes]]:
    """The fields as lower-case names and values, folds undone, in order."""
    return [(name.lower(), b" ".join(value.split())) for name, value in FIELD.findall(block)]


def values(parsed: Iterable[tuple[bytes, bytes]], *names: bytes) -> list[bytes]:
    """The different values of fields, in order."""
    return list(dict.fromkeys(value for name, value in parsed if name in names))


def parameters(value: bytes, name: bytes) -> list[bytes]:
    """All that a parameter may be taken to be, most likely first: doubled, continued, coded and quoted forms differ."""
    plain: list[bytes] = []
    pieces: dict[int, bytes] = {}
    for key, number, coded, quoted, token in _PARAMETER.findall(value):
        if key.lower() != name:
            continue
        written = _ESCAPED.sub(rb"\1", quoted) if quoted else token
        if coded:
            written = unquote_to_bytes(written.split(b"'", 2)[-1] if number in (b"", b"0") else written)
        if number:
            pieces.setdefault(int(number), written)
        else:
            plain.append(written)
            if quoted and b"\\" in quoted:
                plain.append(quoted)
    if pieces:
        plain.append(b"".join(pieces[number] for number in sorted(pieces)))
    return list(dict.fromkeys(each for each in plain if each))


class _Piece(NamedTuple):
    """A stretch of the source, the bytes it says in the charset called `label`, and how others are said there."""

    start: int
    end: int
    raw: bytes
    write: Callable[[bytes], bytes]
    label: str


class _Run(NamedTuple):
    """Pieces of one charset side by side, and what they read as."""

    pieces: tuple[_Piece, ...]
    codec: str
    text: str


class Words(Plain):
    """A header block as it reads, and the way back. A `Locator` and the syntax of its leaf, too."""

    __slots__ = ("_names", "_runs", "_source", "_starts", "text")

    def __init__(self, source: bytes, *, names: bool) -> None:
        """`names` says whether a place's path is the name of its field."""
        super().__init__()
        self._source = source
        self._names = names
        around = charsets.detect(source, None) or "latin-1"
        self._runs = [_read(tuple(run)) for _, run in groupby(_pieces(source, around), key=lambda piece: piece.label)]
        texts = [run.text.encode("utf-8", "replace") for run in self._runs]
        self.text = b"".join(texts)
        self._starts = list(accumulate(map(len, texts), initial=0))

    def unescape(self, source: bytes) -> View | None:  # noqa: ARG002 - the protocol's signature
        """Everything is decoded already."""
        return None

    def locator(self, source: bytes) -> Words:  # noqa: ARG002
        """The fields."""
        return self

    def quote(self, replacement: str) -> bytes:
        """As it is: each piece codes it as itself is coded. What would end a quoted string or a field is left out."""
        return re.sub(r"[\"\\\r\n]", "", replacement).encode()

    def places(self, positions: Sequence[int]) -> list[Place]:
        """The fields of positions."""
        return one_by_one(self._at, positions)

    def _at(self, position: int) -> Place:
        text = self.text
        start = text.rfind(b"\n", 0, position) + 1
        end = text.find(b"\n", position)
        end = len(text) if end < 0 else end
        name, colon, _ = text[start:end].partition(b":")
        if not self._names:
            return Place(b"", "", start, end)
        if not colon or len(name) > 100 or position <= start + len(name):
            return Place(b"", "#field", start, end)
        first = start + len(name) + 1
        first += text[first : first + 1] in (b" ", b"\t")
        return Place(name, readable(name), min(first, end), end - text.endswith(b"\r", start, end))

    def leaf(self, part: str, head: Node, depth: int = 0) -> Leaf:
        """The block as a leaf of the node that holds it."""
        head.assemble = self.rewritten
        return Leaf(part, head.member("words", self.text), self, "utf-8", depth=depth)

    def rewritten(self, changed: Sequence[Node]) -> bytes:
        """The block with edits of its text made. Raises `Unscannable(rewrite)` where a charset cannot say them."""
        edits: dict[_Piece, list[tuple[int, int, bytes]]] = {}
        for start, end, new in sorted({edit for node in changed for edit in node.edits}):
            self._share(start, end, new.decode(), edits)
        pieces: list[bytes] = []
        at = 0
        for piece in sorted(edits, key=lambda piece: piece.start):
            raw = piece.raw
            for first, last, new in sorted(edits[piece], reverse=True):
                raw = raw[:first] + new + raw[last:]
            pieces += (self._source[at : piece.start], piece.write(raw))
            at = piece.end
        pieces.append(self._source[at:])
        return b"".join(pieces)

    def _share(self, start: int, end: int, new: str, edits: dict[_Piece, list[tuple[int, int, bytes]]]) -> None:
        """Make an edit of the text an edit of each piece it goes over: character for character where it is as long as
        what it replaces, else all of it in the first."""
        alike = len(new) == len(self.text[start:end].decode("utf-8", "replace"))
        at = bisect_right(self._starts, start) - 1
        while start < end or new:
            run, begin = self._runs[at], self._starts[at]
            stop = max(start, min(end, self._starts[at + 1]))
            text = run.text.encode("utf-8", "replace")
            before, inside = text[: start - begin].decode(), text[start - begin : stop - begin].decode()
            mine = new[: len(inside)] if alike else new
            new = new[len(mine) :]
            try:
                if run.text.encode(run.codec) != b"".join(piece.raw for piece in run.pieces):
                    raise Unscannable(Cause.REWRITE)
                first = len(before.encode(run.codec))
                _share_raw(run, first, first + len(inside.encode(run.codec)), mine.encode(run.codec), edits)
            except UnicodeError:
                raise Unscannable(Cause.REWRITE) from None
            start, at = stop, at + 1


def _share_raw(run: _Run, start: int, end: int, new: bytes, edits: dict[_Piece, list[tuple[int, int, bytes]]]) -> None:
    """The same among the pieces of a run, byte for byte."""
    alike = len(new) == end - start
    at = 0
    for piece in run.pieces:
        first, last = max(start - at, 0), min(end - at, len(piece.raw))
        at += len(piece.raw)
        if first < last or (start == end and first <= last):
            mine = new[: last - first] if alike else new
            new = new[len(mine) :]
            edits.setdefault(piece, []).append((first, last, mine))
            if start == end:
                return


def _read(pieces: tuple[_Piece, ...]) -> _Run:
    raw, label = b"".join(piece.raw for piece in pieces), pieces[0].label
    codec = charsets.detect(raw, label) or "latin-1"
    try:
        return _Run(pieces, codec, raw.decode(codec))
    except UnicodeDecodeError:
        return _Run(pieces, "latin-1", raw.decode("latin-1"))


def _pieces(source: bytes, around: str) -> Iterator[_Piece]:
    at = 0
    label = around
    for match in _PIECE.finditer(source):
        start, end = match.span()
        if at < start:
            yield _Piece(at, start, source[at:start], bytes, around)
        if match[1]:
            yield _word(match, end - len(match["gap"] or b""))
        elif match["coded"]:
            label = match["label"].decode("latin-1").lower() or around
            yield _Piece(start, match.end("lead"), match["lead"], bytes, around)
            yield _Piece(match.end("lead"), end, unquote_to_bytes(match["coded"]), _percent, label)
        elif match["more"] or match["percent"]:
            yield _Piece(start, end, unquote_to_bytes(match[0]), _percent, label if match["more"] else around)
        elif match["fold"]:
            yield _Piece(start, end, b" ", bytes, around)
        at = end
    if at < len(source):
        yield _Piece(at, len(source), source[at:], bytes, around)


def _word(match: re.Match[bytes], end: int) -> _Piece:
    label, coding, text = match[1], match[2], match[3]
    codec = label.partition(b"*")[0].decode("latin-1")  # RFC 2231 §5: a language may follow
    if coding in b"bB":
        raw = transfer.from_base64(text)
    else:
        raw = _SPACED.sub(lambda m: bytes.fromhex(m[1].decode()) if m[1] else b" " * (m[0] == b"_"), text)
    lead = b"=?%b?%b?" % (label, coding)
    room = max(_LONGEST_WORD, end - match.start()) - len(lead) - 2

    fold = b"\r\n " if b"\r\n" in match.string else b"\n "

    def write(new: bytes) -> bytes:
        return fold.join(lead + text + b"?=" for text in _coded(new, coding in b"bB", room, codec))

    return _Piece(match.start(), end, raw, write, codec.lower())


def _coded(raw: bytes, binary: bool, room: int, label: str) -> list[bytes]:
    """The texts of as many words as it takes; no character is split between two (RFC 2047 §5)."""
    code = base64.b64encode if binary else _to_q
    whole = code(raw)
    codec = charsets.detect(raw, label)
    if len(whole) <= room or codec is None:
        return [whole]
    texts: list[bytes] = []
    some = b""
    for character in raw.decode(codec, "surrogateescape"):
        one = character.encode(codec, "surrogateescape")
        if some and len(code(some + one)) > room:
            texts.append(code(some))
            some = b""
        some += one
    return [*texts, code(some)]


def _to_q(raw: bytes) -> bytes:
    return _LEFT_IN_Q.sub(lambda m: b"_" if m[0] == b" " else b"=%02X" % m[0][0], to_quoted(raw).replace(b"_", b"=5F"))


def _percent(raw: bytes) -> bytes:
    return b"".join(b"%%%02X" % byte if byte not in _BARE else bytes((byte,)) for byte in raw)
