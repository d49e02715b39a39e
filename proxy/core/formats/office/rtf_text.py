r"""The text of RTF (specification 1.9.1): what control words, escapes and groups leave, with the bytes each piece came
from.

Characters come as bytes of the font's code page, as `\'hh` of the same, or as `\uN` with a substitute behind it.
"""

from __future__ import annotations

import codecs
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from proxy.core import charsets
from proxy.core.errors import Unscannable
from proxy.core.formats.office.lines import Text, Where
from proxy.core.message import Cause

_TOKEN = re.compile(
    rb"\\(?:([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|'([0-9a-fA-F]{2})|([^a-zA-Z']))|([{}])|([^\\{}\r\n]+)", re.DOTALL
)
_MOST_TOKENS = 2_000_000
_MOST_BINARY = 1 << 30
_CHARSETS = {0: "", 1: "", 2: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030",
             136: "big5hkscs", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256",
             186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250"}  # fmt: skip
_PAGES = {936: "gb18030", 950: "big5hkscs", 65001: "utf-8", 10000: "mac_roman", 10008: "gb18030", 10002: "big5hkscs"}
_SIGNS = {
    b"tab": "\t", b"line": "\n", b"lquote": "\u2018", b"rquote": "\u2019", b"ldblquote": "\u201c",
    b"rdblquote": "\u201d", b"bullet": "\u2022", b"endash": "\u2013", b"emdash": "\u2014", b"~": " ", b"_": "-",
    b"\\": "\\", b"{": "{", b"}": "}", b"\r": "\n", b"\n": "\n", b"\t": "\t", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
_ENDS = (b"par", b"sect", b"page", b"column", b"\r", b"\n")
_APART = frozenset(
    b"fonttbl colortbl stylesheet info title subject author manager company operator category keywords comment doccomm"
    b" hlinkbase header headerl headerr headerf footer footerl footerr footerf footnote annotation atnid atnauthor"
    b" shptxt pict object objdata fldinst xe tc bkmkstart bkmkend listtext pntext sp sn sv themedata datastore"
    b" revtbl filetbl panose propname staticval xmlopen generator".split()
)
_FONTS = (b"fonttbl", b"panose")
_VALUE = re.compile(rb"[0-9]{5}|@")
"""What no name of a font holds; a Panose number has its own form."""
_BLOBS = (b"pict", b"objdata", b"themedata", b"datastore", b"colorschememapping", b"fontemb", b"blipuid")


@dataclass(frozen=True, slots=True)
class Blob:
    """Something embedded: its destination, and where its digits, or its bytes, stand."""

    kind: bytes
    spans: tuple[tuple[int, int], ...]
    hexadecimal: bool


@dataclass(slots=True)
class Line:
    """The line that is being read: of one group, and of those in it that begin none of their own. `spans`: offset in
    the text, begin and end in the source of each piece; one as long as its source is that source."""

    text: bytearray = field(default_factory=bytearray)
    spans: array[int] = field(default_factory=lambda: array("q"))

    def add(self, text: bytes, start: int, end: int) -> None:
        """A piece; what goes on with the one before is part of it."""
        offset = len(self.text)
        spans = self.spans
        together = len(text) == end - start and spans and spans[-1] == start
        if together and offset - spans[-3] == spans[-1] - spans[-2]:
            spans[-1] = end
        else:
            spans.extend((offset, start, end))
        self.text += text


@dataclass(slots=True)
class Group:
    """What holds inside one pair of braces. `line` is where its text goes."""

    name: bytes
    line: Line
    codec: str = ""
    skip: int = 1
    digits: list[tuple[int, int]] | None = None


@dataclass(slots=True)
class Document:
    """The lines of a document, and what is embedded in it."""

    places: Text = field(default_factory=lambda: Text(b""))
    text: bytearray = field(default_factory=bytearray)
    starts: array[int] = field(default_factory=lambda: array("q"))
    spans: array[int] = field(default_factory=lambda: array("q"))
    blobs: list[Blob] = field(default_factory=list)


class Reader:
    """One pass over the tokens."""

    __slots__ = ("_at", "_bytes", "_cell", "_counts", "_default", "_document", "_font", "_fonts", "_pending", "_row",
                 "_skipping", "_source", "_stack", "_table")  # fmt: skip

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._document = Document()
        self._stack = [Group(b"p", Line())]
        self._default = ""
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._counts: dict[bytes, int] = {}
        self._bytes = bytearray()
        self._pending: list[tuple[int, int]] = []
        self._skipping = 0
        self._at = 0
        self._table, self._row, self._cell = 0, 0, 0

    def read(self) -> Document:
        """The document. Raises `Unscannable(oversize)` where it has more tokens than a document does."""
        source = self._source
        count = 0
        while self._at < len(source):
            token = _TOKEN.search(source, self._at)
            if token is None:
                break
            count += 1
            if count > _MOST_TOKENS:
                raise Unscannable(Cause.OVERSIZE)
            self._at = token.end()
            self._take(token)
        self._flush()
        while self._stack:
            self._end_line(self._stack.pop())
        return self._document

    def _take(self, token: re.Match[bytes]) -> None:
        word, number, byte, sign, brace, text = token.groups()
        if text is not None:
            self._plain(token.start(), token.end())
        elif byte is not None:
            if self._skipping:
                self._substitute(1, token.end())
            else:
                self._byte(int(byte, 16), token.start(), token.end())
        elif brace is not None:
            self._flush()
            self._skipping = 0
            self._open() if brace == b"{" else self._close()
        else:
            self._word(word or sign, int(number) if number else None, token)

    def _open(self) -> None:
        outer = self._stack[-1]
        self._stack.append(Group(outer.name, outer.line, outer.codec, outer.skip, outer.digits))

    def _close(self) -> None:
        if len(self._stack) == 1:
            return
        group = self._stack.pop()
        outer = self._stack[-1]
        if group.line is not outer.line:
            self._end_line(group)
        if group.digits and group.digits is not outer.digits:
            self._document.blobs.append(Blob(group.name, tuple(group.digits), hexadecimal=True))

    def _apart(self, name: bytes) -> None:
        group = self._stack[-1]
        group.name, group.line = name, Line()
        group.digits = [] if name in _BLOBS else None

    def _word(self, word: bytes, number: int | None, token: re.Match[bytes]) -> None:
        if word == b"u" and number is not None:
            self._flush()
            self._emit(chr(number % 0x10000), token.start(), token.end())
            self._skipping = self._stack[-1].skip
            return
        if self._skipping and word != b"uc":
            self._substitute(1, token.end())
            return
        if word in _SIGNS and word not in _ENDS:
            self._flush()
            self._emit(_SIGNS[word], token.start(), token.end())
        elif word == b"*":
            self._apart(b"note")
        elif word in _APART:
            self._flush()
            self._apart(word)
        elif word in _ENDS or word in (b"cell", b"nestcell", b"row", b"nestrow"):
            self._flush()
            self._end(word)
        elif word == b"bin" and number is not None and 0 < number < _MOST_BINARY:
            self._flush()
            span = (self._at, min(self._at + number, len(self._source)))
            self._document.blobs.append(Blob(self._stack[-1].name, (span,), hexadecimal=False))
            self._at += number
        elif number is not None:
            self._set(word, number)

    def _set(self, word: bytes, number: int) -> None:
        """Properties that decide what bytes mean."""
        if word == b"uc":
            self._stack[-1].skip = min(max(number, 0), 8)
        elif word in (b"f", b"af", b"loch", b"hich", b"dbch"):
            self._flush()
            self._font = number
            self._stack[-1].codec = self._fonts.get(number, "")
        elif word == b"fcharset":
            self._fonts[self._font] = _CHARSETS.get(number, "")
        elif word == b"cpg":
            self._fonts[self._font] = _codec(number)
        elif word == b"ansicpg":
            self._default = _codec(number) or self._default

    def _end(self, word: bytes) -> None:
        group = self._stack[-1]
        if word in (b"cell", b"nestcell"):
            if not self._cell and not self._row:
                self._table += 1
            self._cell += 1
            self._row = self._row or 1
            self._end_line(group, cell=True)
        elif word in (b"row", b"nestrow"):
            self._row, self._cell = self._row + 1, 0
        else:
            if not self._cell and group.line.text:
                self._row = 0
            self._end_line(group)

    def _end_line(self, group: Group, *, cell: bool = False) -> None:
        """The end of a paragraph."""
        line, document = group.line, self._document
        text, spans = bytes(line.text), line.spans
        line.text, line.spans = bytearray(), array("q")
        if not text.strip() or (group.name in _FONTS and not _VALUE.search(text)):
            return
        number = self._counts[group.name] = self._counts.get(group.name, 0) + 1
        place = (self._table, self._row, self._cell) if cell else (0, 0, 0)
        document.places.line(Where(group.name, number, spans[1], *place))
        if document.starts:
            document.text += b"\n"
        document.starts.append(len(document.text))
        for at in range(0, len(spans), 3):
            document.spans.extend((len(document.text) + spans[at], *spans[at + 1 : at + 3]))
        document.text += text

    def _substitute(self, count: int, end: int) -> None:
        """What stands behind a character given by number, for programs that do not know it: part of that character."""
        self._skipping -= count
        spans = self._stack[-1].line.spans
        if spans:
            spans[-1] = end

    def _plain(self, start: int, end: int) -> None:
        if self._skipping:
            step = min(self._skipping, end - start)
            start += step
            self._substitute(step, start)
        digits = self._stack[-1].digits
        if digits is not None:
            digits.append((start, end))
        elif start == end:
            return
        elif self._bytes or not self._source[start:end].isascii():
            for at in range(start, end):
                self._byte(self._source[at], at, at + 1)
        else:
            self._stack[-1].line.add(self._source[start:end], start, end)

    def _byte(self, value: int, start: int, end: int) -> None:
        if self._stack[-1].digits is None:
            self._bytes.append(value)
            self._pending.append((start, end))

    def _flush(self) -> None:
        """The bytes read so far as characters of the code page."""
        if self._bytes:
            codec = self._stack[-1].codec or self._default or self._guess()
            for text, first, last in _characters(bytes(self._bytes), codec):
                self._emit(text, self._pending[first][0], self._pending[last - 1][1])
            self._bytes.clear()
            self._pending.clear()

    def _guess(self) -> str:
        """What no code page was named for: whatever the text looks like, or else the one of the West."""
        found = charsets.detect(self._source, None)
        self._default = found if found in ("utf-8", "gb18030", "big5hkscs") and not self._source.isascii() else "cp1252"
        return self._default

    def _emit(self, text: str, start: int, end: int) -> None:
        if self._stack[-1].digits is None:
            self._stack[-1].line.add(text.encode("utf-8", "replace"), start, end)


def _codec(page: int) -> str:
    name = _PAGES.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _characters(data: bytes, codec: str) -> Iterator[tuple[str, int, int]]:
    """Characters, and which bytes each came from."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    first = 0
    for at in range(len(data)):
        text = decoder.decode(data[at : at + 1], final=at == len(data) - 1)
        if text:
            yield text, first, at + 1
            first = at + 1
