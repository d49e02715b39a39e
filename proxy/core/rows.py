"""Codings written in groups: base64 and hex with white space or signs between, hex dumps, rows of character codes.

Given a position where such a row could be, the whole row around it is taken, decoded and believed when it makes sense.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from proxy.core import dumps
from proxy.core.stretch import refuse

_PART = rb"(?:[ ,]|, )"
_SIGNS = rb"(?:[ ,.;|/_:-]|, )"
_BINARY = rb"1110[01]{4}[ ,]?10[01]{6}[ ,]?10[01]{6}|(?:0[01]{7}[ ,]?){6}"
_DECIMAL = rb"2[23][0-9]%b1[2-9][0-9]%b1[2-9][0-9]|(?:(?:[3-9][0-9]|1[0-2][0-9])%b){7}" % (_SIGNS, _SIGNS, _PART)
_ZLIB = rb"31%b139%b8%b|120%b(?:1|94|156|218)%b" % ((_PART,) * 5)
_OCTAL = rb"3[45][0-7]%b2[0-7]{2}%b2[0-7]{2}|[01][0-7]{2}%b(?:[01][0-7]{2}%b){6}" % ((_PART,) * 4)
_HEXADECIMAL = (
    rb"[eE][2-9aA](?:[ :,-]|, 0x|,0x)[89abAB][0-9a-fA-F](?:[ :,-]|, 0x|,0x)[89abAB][0-9a-fA-F]"
    rb"|(?:[2-7][0-9A-Fa-f][ :-]){8}|(?:0x[2-7][0-9A-Fa-f], ?){6}"
)
GATES = (_BINARY, _DECIMAL, _ZLIB, _OCTAL, _HEXADECIMAL)
"""Hyperscan expressions of rows of the codes of any text: of ASCII, or of a character beyond it in UTF-8; and of what
is compressed."""
_LETTERS = rb"[A-Za-z0-9+/_=-]"
_WORD_LETTERS = rb"[A-Za-z0-9+/_=]"
_WORD = re.compile(rb"[A-Za-z0-9+/_=]{1,128}")
_HEX_WORD = re.compile(rb"[0-9A-Fa-f]{1,128}")
_BETWEEN = re.compile(rb"[ \t]{1,2}|[ \t]?\r?\n[ \t]{0,16}|[:,;-] ?")
_BETWEEN_BACK = re.compile(rb"[ \t]{1,2}(?![ \t\n])|[ \t]{0,16}\n\r?[ \t]?| ?[:,;-]")
_FAR = 1 << 16
"""Bytes a row is followed backwards."""
_HEX = re.compile(rb"[0-9A-Fa-f]+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
_DUMP = re.compile(
    rb"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{4,16}:|0[0-9A-Fa-f]{5,15})[ \t]{1,3}"
    rb"((?:[0-9A-Fa-f]{2,8} {1,2})*[0-9A-Fa-f]{2,8})(?![0-9A-Fa-f])[^\n]{0,100}"
)
_LINE = 200
_DUMPED = 32
"""Hex digits on a line of a dump."""
_CODE_SIGNS = re.compile(rb"[0-9A-Fa-fxXhH$# :,;./|_\\-]*")
_NUMBERS = re.compile(
    rb"(?<![0-9A-Za-z$])(?:(?:31,? ?139,? ?8|120,? ?(?:1|94|156|218))(?:[ ,] ?[0-9]{1,3}){12,}"
    rb"|(?:0[xX])?[0-9A-Fa-f]{2}([ :,;-] ?)(?:(?:0[xX])?[0-9A-Fa-f]{2}\1)+(?:0[xX])?[0-9A-Fa-f]{2}"
    rb"|[0-9]{2,6}([ ,;\\./|_#-] ?)(?:[0-9]{2,6}\2)+[0-9]{2,6}|(?:[01]{8}[ ,]?){4,}|(?:[01][0-9]{2}|2[0-5][0-9]){6,}"
    rb"|(?:[$][0-9A-Fa-f]{2},? ?){6,}|(?:[0-9A-Fa-f]{2}[hH],? ?){6,})"
    rb"(?![0-9A-Za-z])"
)
_BASES = (
    (16, re.compile(rb"(?<![0-9A-Fa-f])(?:0[xX])?([0-9A-Fa-f]{2})(?![0-9A-Fa-f])")),
    (10, re.compile(rb"(?<![0-9])([0-9]{1,6})(?![0-9])")),
    (8, re.compile(rb"(?<![0-9])([0-7]{2,6})(?![0-9])")),
    (2, re.compile(rb"([01]{8})")),
)
_THREE = re.compile(rb"[0-9]{3}")
_INNER = re.compile(rb"[\x80-\xbf]")
_TOLD, _UNTOLD = 0.5, 0.75
"""Shares of letters and figures in a text with signs of its own, and in one without."""
_HEX_LETTER = re.compile(rb"[A-Fa-f]")
_FIGURES, _OTHER = re.compile(rb"[0-9]"), re.compile(rb"[^0-9A-Za-z\x80-\xff]")
_PADDED = re.compile(rb"[0-9]{18,}")
_WRITTEN = {16: "02x", 10: "d", 8: "o", 2: "08b"}
_LEAST = 6
_PACKED = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_VALUE = 16
Found = tuple[int, int, str, bytes, Callable[[bytes], bytes]]
"""Where it stands, what it is called, what it holds, and how something else is written there."""


class Rows:
    """The rows of one text. What has been looked at in vain is not looked at again: a long text stays linear."""

    __slots__ = ("_dumped", "_grouped", "_listed", "_looked", "_sense", "_text")

    def __init__(self, text: bytes, sense: Callable[[bytes], bool]) -> None:
        self._text = text
        self._sense = sense
        self._grouped = self._dumped = self._listed = self._looked = 0

    def groups(self, at: int, floor: int) -> Found | None:
        """Base64 or hex in groups of one length."""
        if at <= self._grouped:
            return None
        return self._groups(at, floor, _HEX_WORD, rb"[0-9A-Fa-f]") or self._groups(at, floor, _WORD, _LETTERS)

    def _groups(self, at: int, floor: int, words: re.Pattern[bytes], letters: bytes) -> Found | None:
        text = self._text
        word = words.match(text, at - 1)
        if word is None:
            return None
        own = words.match(text[max(floor, at - 129) : at - 1][::-1])
        start = at - 1 - (own.end() if own else 0)
        behind, front = (
            _BETWEEN.match(text, word.end()),
            _BETWEEN_BACK.match(text[max(floor, start - 20) : start][::-1]),
        )
        row = self._row(start, word.end(), behind, front, floor, words, letters)
        if row is None:
            return None
        first, last, width, between = row
        self._grouped = max(self._grouped, last)
        for end in (last, text.rfind(between, first, last)):
            pieces = text[first:end].split(between)
            data = _ungrouped(pieces)
            if sum(len(piece) == width for piece in pieces) < 2 and b"\n" not in between:
                continue
            if width >= _VALUE and between.strip(b" \t") == b"" and all(map(self._alone, pieces)):
                return None
            if end > first and len(pieces) > 1 and data is not None and self._sense(data[1]):
                short = len(pieces[0]) % width
                return (
                    first,
                    end,
                    data[0],
                    data[1],
                    _grouping(data[0], width, short, between, text[first:end]),
                )
        return None

    def _alone(self, piece: bytes) -> bool:
        """Whether a group is a value of its own."""
        data = _ungrouped([piece]) if len(piece) % 4 == 0 else None
        return data is not None and self._sense(data[1])

    def _row(
        self,
        start: int,
        end: int,
        behind: re.Match[bytes] | None,
        front: re.Match[bytes] | None,
        floor: int,
        words: re.Pattern[bytes],
        letters: bytes,
    ) -> tuple[int, int, int, bytes] | None:
        text, own = self._text, end - start
        following = words.match(text, behind.end()) if behind else None
        leading = words.match(text[max(floor, start - 150) : start - front.end()][::-1]) if front else None
        after, before = len(following[0]) if following else 0, len(leading[0]) if leading else 0
        if behind and after and (after <= own or (before < own and words is _HEX_WORD)):
            width, between = (own, behind[0]) if after <= own else (after, behind[0])
        elif front and before >= own:
            width, between = before, front[0][::-1]
        else:
            return None
        if letters is _LETTERS and between.strip():
            letters = _WORD_LETTERS
        forward = _repeated(between, letters, width, short=True)
        backward = _repeated(between[::-1], letters, width, short=words is _HEX_WORD)
        tail = forward.match(text, end) if width in (own, after) else None
        head = backward.match(text[max(floor, start - _FAR) : start][::-1])
        return start - (head.end() if head else 0), tail.end() if tail else end, width, between

    def dump(self, at: int, floor: int) -> Found | None:
        """What hexdump, xxd and od print: where it stands, the bytes, and the same as text."""
        if at <= self._dumped:
            return None
        found = None
        if at > self._looked:
            found, self._looked = dumps.read(self._text, at, floor, self._sense)
        found = found or self._dump(at, floor)
        self._dumped = max(self._dumped, found[1] if found else at)
        return found

    def _dump(self, at: int, floor: int) -> Found | None:
        text = self._text
        begin = max(text.rfind(b"\n", max(0, at - _LINE), at) + 1, floor, at - _LINE)
        line = _DUMP.search(text, begin, at + _LINE)
        if line is None or not line.start(1) < at <= line.end(1):
            return None
        lines = [line]
        while (more := _DUMP.match(text, lines[-1].end() + 1)) is not None:
            lines.append(more)
        while lines[0].start() == begin > floor:
            begin = max(text.rfind(b"\n", max(0, begin - _LINE), begin - 1) + 1, floor)
            above = _DUMP.search(text, begin, lines[0].start())
            if above is None or above.end() + 1 != lines[0].start():
                break
            lines.insert(0, above)
        self._dumped = lines[-1].end()
        digits = b"".join(each[1].replace(b" ", b"")[:_DUMPED] for each in lines)
        data = bytes.fromhex(digits[: len(digits) & ~1].decode())
        data = data[:-1] if data[-1:] == b"\0" else data
        return (lines[0].start(), self._dumped, "hex", data, refuse) if self._sense(data) else None

    def codes(self, at: int, floor: int) -> Found | None:
        """A row of character codes: `34 34 30`, `0x34,0x34`, `[52, 52, 48]`, `00110100 00110100`, `052052048`."""
        if at <= self._listed:
            return None
        text = self._text
        back = _CODE_SIGNS.match(text[max(floor, at - 1 - _FAR) : at - 1][::-1])
        start = max(at - 1 - (back.end() if back else 0), self._listed)
        ahead = _CODE_SIGNS.match(text, at)
        stop = ahead.end() if ahead else at
        run = next((each for each in _NUMBERS.finditer(text, start, stop + 1) if each.end() >= at - 1), None)
        if run is None or run.start() >= at:
            self._listed = stop
            return None
        self._listed = run.end()
        best: tuple[float, bytes, int] | None = None
        padded = _PADDED.fullmatch(run[0]) is not None and run[0].strip(b"01") != b""
        for base, pattern in _BASES:
            each_code = _THREE if padded and base == 10 else pattern
            codes = [int(each, base) for each in each_code.findall(run[0])]
            data = _characters(codes) if len(codes) >= _LEAST else None
            if data is None or not self._sense(data):
                continue
            rank = _rank(data, bare=base == 16 and not _HEX_LETTER.search(run[0]))
            if rank and (best is None or rank > best[0]):
                best = (rank, data, base)
        if best is None:
            return None
        _, data, base = best
        like = run[0].rstrip(b" ,")
        return run.start(), run.start() + len(like), "codes", data, lambda new: _to_numbers(new, base, like)


def _repeated(sign: bytes, letters: bytes, width: int, *, short: bool) -> re.Pattern[bytes]:
    """Groups behind a sign each; the last may be short."""
    sign = re.escape(sign)
    more = b"(?:%b%b{1,%d}(?!%b))?" % (sign, letters, width, letters) if short else b""
    return re.compile(b"(?:%b%b{%d}(?!%b))*+%b" % (sign, letters, width, letters, more))


def _ungrouped(pieces: list[bytes]) -> tuple[str, bytes] | None:
    letters = b"".join(pieces)
    if len(letters) % 2 == 0 and _HEX.fullmatch(letters):
        return "hex", bytes.fromhex(letters.decode())
    bare = letters.rstrip(b"=")
    if not _BASE64.fullmatch(letters) or len(bare) % 4 == 1:
        return None
    try:
        return "base64", base64.b64decode(bare.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(bare) % 4))
    except binascii.Error:
        return None


def _grouping(coding: str, width: int, short: int, between: bytes, like: bytes) -> Callable[[bytes], bytes]:
    """How other data is written in the groups of a row."""

    def write(data: bytes) -> bytes:
        if coding == "hex":
            coded = data.hex().encode()
            coded = coded.upper() if like.upper() == like else coded
            first = len(coded) % width if short else 0
        else:
            coded = base64.urlsafe_b64encode(data) if b"_" in like or b"-" in like else base64.b64encode(data)
            coded, first = coded if like.endswith(b"=") else coded.rstrip(b"="), 0
        groups = [coded[:first]] if first else []
        groups += [coded[each : each + width] for each in range(first, len(coded), width)]
        return between.join(groups)

    return write


def _rank(data: bytes, *, bare: bool) -> float:
    """How much a text looks like one: the share of letters and figures, the latter twice; 0 for none. `bare` says that
    its row in hex has no letters, as rows of figures alone have none."""
    characters = len(data) - len(_INNER.findall(data))
    figures = len(_FIGURES.findall(data))
    share = (2 * figures if bare else characters - len(_OTHER.findall(data)) + figures) / max(characters, 1)
    # ATTACK, or a chart: numbers under 127 are signs of ASCII, whatever they count
    told = not data.isascii() or figures * 4 > len(data)
    return share if share > (_TOLD if told else _UNTOLD) else 0


def _characters(codes: list[int]) -> bytes | None:
    """Bytes of UTF-8, or characters, by their codes."""
    if max(codes) <= 0xFF:
        data = bytes(codes)
        try:
            data.decode()
        except UnicodeDecodeError:
            if data.startswith(_PACKED):
                return data
        else:
            return data
    if max(codes) > 0xFFFF or any(0x80 <= each < 0x2000 or 0xD800 <= each < 0xE000 for each in codes):
        return None
    return "".join(map(chr, codes)).encode()


def _to_numbers(data: bytes, base: int, like: bytes) -> bytes:
    if not data.isascii():
        return refuse(data)
    prefix = b"0x" if like[:2].lower() == b"0x" else b""
    sign = re.search(rb"[ :,;\\-]+", like)
    between = sign[0] if sign else b""
    written = "03d" if base == 10 and _PADDED.fullmatch(like) else _WRITTEN[base]
    upper = like.upper() == like and not prefix
    codes = (format(each, written).encode() for each in data)
    return between.join(prefix + (code.upper() if upper else code) for code in codes)
