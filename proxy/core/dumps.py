"""Bytes as tools list them, line by line: debuggers and `od` beside an address (in hex, octal, bits, letters), the
records of Intel and Motorola, an object with a number for each byte.

Given a position where figures could be so written, the lines around it of the same form are taken together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from proxy.core.stretch import refuse

_SHOWN = (
    rb"0x3[0-9][ \t]0x3[0-9][ \t]0x3|0x2[dD][ \t]0x2[dD][ \t]0x2"
    rb"|[0-9] {3}[0-9] {3}[0-9] {3}[0-9] {3}[0-9] {3}[0-9]|S113[0-9A-F]{4}|:10[0-9A-F]{4}00"
)
_INDEX = rb"\": ?[45][0-9], ?\"\"?[0-9]{1,4}\"\"?: ?[45][0-9], ?\"\"?[0-9]{1,4}\"\"?: ?[45][0-9], ?\""
GATES = (_SHOWN, _INDEX)
"""Hyperscan expressions of figures that only such a list shows."""
_LINE = 200
_MOST = 512
"""Lines of a list."""
_SIXTEEN = 16
_HEX = re.compile(rb"[0-9A-Fa-f]{2}")
_OCTAL = re.compile(rb"[0-7]{3}")
_BITS = re.compile(rb"[01]{8}")
_CELL = rb"(?: {3}[ -~]| {2}\\[!-~]| [0-7]{3})"
_LETTER = re.compile(_CELL)
_NAMED = {b"n": 10, b"r": 13, b"t": 9, b"0": 0}
_INDEXED = re.compile(rb"(?:\"{1,2}[0-9]{1,5}\"{1,2}: ?[0-9]{1,3},\s{0,8}){6,}\"{1,2}[0-9]{1,5}\"{1,2}: ?[0-9]{1,3}")
_NUMBER = re.compile(rb": ?([0-9]{1,3})")
_SIGNED = re.compile(rb"-?[0-9]{1,3}(?:, ?-?[0-9]{1,3}){6,}")
_SIGNED_NUMBER = re.compile(rb"-?[0-9]{1,3}")
_RUN = re.compile(rb"[-0-9\", :]*")
_BACK, _FAR = 1 << 12, 1 << 16
"""ATTACK: a megabyte of numbers is one row, and looked at once."""
_ADDRESS = rb"(?:0x)?[0-9A-Fa-f]{4,16}(?::[0-9A-Fa-f]{4,8})?(?: <[^>\n]{1,40}>)?:?[ \t]{1,6}"
_BYTE = rb"(?:0x)?[0-9A-Fa-f]{2}"
Found = tuple[int, int, str, bytes, Callable[[bytes], bytes]]


class _Form(NamedTuple):
    """How a line is written, what stands before its row and behind it left out, and how its bytes are read."""

    line: re.Pattern[bytes]
    read: Callable[[bytes], bytes]


def _hex(written: bytes) -> bytes:
    return bytes(int(each, 16) for each in _HEX.findall(written.replace(b"0x", b" "))[:_SIXTEEN])


def _words(written: bytes) -> bytes:
    """Words of two or four bytes, the last byte first, as most machines keep them."""
    return b"".join(bytes.fromhex(word.decode())[::-1] for word in written.split())


def _octal(written: bytes) -> bytes:
    return bytes(int(each, 8) & 0xFF for each in _OCTAL.findall(written))


def _bits(written: bytes) -> bytes:
    return bytes(int(each, 2) for each in _BITS.findall(written))


def _letters(written: bytes) -> bytes:
    return bytes(map(_letter, _LETTER.findall(written)))


def _letter(cell: bytes) -> int:
    sign = cell[3:] if cell[1:3] == b"  " else cell.strip()
    if len(sign) == 1:
        return sign[0]
    return _NAMED.get(sign[1:], sign[-1]) if len(sign) == 2 else int(sign, 8) & 0xFF


def _record(written: bytes) -> bytes:
    """A record without its length, address and sum."""
    data = bytes.fromhex(written.decode())
    return data[:-1]


_FORMS = tuple(
    _Form(re.compile(rb"(?:.{0,80}?(?:[\"'>]|: ))??(?P<row>%b)(?:[\"'<].*)?" % line), read)
    for line, read in (
        (
            rb"%b(?P<bytes>(?:(?:0x)?[0-9A-Fa-f]{2}(?:[ \t]{1,2}|-|(?=[\"'<]|\Z|$))){1,17})(?:[ \t|].*)?" % _ADDRESS,
            _hex,
        ),
        (
            rb"[0-7]{6,8}[ \t]{1,4}(?P<bytes>(?:[0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{4})? {0,3}){1,8}(?:[0-9A-Fa-f]{2})?)",
            _words,
        ),
        (rb"[0-7]{6,8}[ \t]{1,4}(?P<bytes>(?:[0-3][0-7]{2} {0,2}){1,16})", _octal),
        (rb"[0-9A-Fa-f]{6,8}: (?P<bytes>(?:[01]{8} ?){1,8})(?:[ \t].*)?", _bits),
        (rb"[0-7]{7}(?P<bytes>%b{1,16})" % _CELL, _letters),
        (rb":[0-9A-Fa-f]{2}[0-9A-Fa-f]{4}00(?P<bytes>(?:[0-9A-Fa-f]{2}){2,})", _record),
        (rb"S1[0-9A-Fa-f]{2}[0-9A-Fa-f]{4}(?P<bytes>(?:[0-9A-Fa-f]{2}){2,})", _record),
        (rb"(?P<bytes>[01]{8})", _bits),
    )
)


def read(text: bytes, at: int, floor: int, sense: Callable[[bytes], bool]) -> tuple[Found | None, int]:
    """The list around a position: where it stands, the bytes, and the same as text; `sense` says whether they make
    any. And up to where there is nothing else to be looked for."""
    begin, end = _line(text, at, floor)
    reach = end if end - begin <= _LINE else at
    for form in _FORMS if end - begin <= _LINE else ():
        line = form.line.fullmatch(text, begin, end)
        if line is not None:
            lines = [*_above(form, text, line.start("row"), floor), line, *_below(form, text, line.end("row"))]
            first, last = lines[0].start("row"), lines[-1].end("row")
            data = b"".join(form.read(each["bytes"]) for each in lines).rstrip(b"\0")
            if first < at <= last + 1 and sense(data):
                return (first, last, "dump", data, refuse), last
            reach = max(reach, last)
    return _numbers(text, at, floor, sense, reach)


def _line(text: bytes, at: int, floor: int) -> tuple[int, int]:
    begin = max(text.rfind(b"\n", max(floor, at - _LINE), at - 1) + 1, floor, at - _LINE)
    end = text.find(b"\n", at - 1, at + _LINE)
    end = min(len(text), at + _LINE) if end < 0 else end
    return begin, end - (text[end - 1 : end] == b"\r")


def _above(form: _Form, text: bytes, begin: int, floor: int) -> list[re.Match[bytes]]:
    """The lines before one, in order."""
    lines: list[re.Match[bytes]] = []
    while text[begin - 1 : begin] == b"\n" and begin - 1 > floor and len(lines) < _MOST:
        found = form.line.fullmatch(text, *_line(text, begin - 1, floor))
        if found is None:
            break
        lines.append(found)
        begin = found.start("row")
    return lines[::-1]


def _below(form: _Form, text: bytes, end: int) -> Iterator[re.Match[bytes]]:
    for _ in range(_MOST):
        begin = end + len(text[end : end + 2]) - len(text[end : end + 2].lstrip(b"\r\n"))
        found = form.line.fullmatch(text, *_line(text, begin + 1, begin)) if end < begin < len(text) else None
        if found is None:
            return
        yield found
        end = found.end("row")


def _numbers(text: bytes, at: int, floor: int, sense: Callable[[bytes], bool], reach: int) -> tuple[Found | None, int]:
    """A row of bytes as JSON writes an object of them, `{"0":52,"1":52}`, or Java an array: `[-24, -70, 52]`."""
    back = _RUN.match(text[max(floor, at - 1 - _BACK) : at - 1][::-1])
    ahead = _RUN.match(text, at, at + _FAR)
    start, stop = at - 1 - (back.end() if back else 0), ahead.end() if ahead else at
    for pattern, number in ((_INDEXED, _NUMBER), (_SIGNED, _SIGNED_NUMBER)):
        found = pattern.search(text, start, stop)
        if found is None or (pattern is _SIGNED and b"-" not in found[0]):
            continue
        codes = [int(code) for code in number.findall(found[0])]
        if -0x80 <= min(codes) <= max(codes) <= 0xFF and sense(data := bytes(code & 0xFF for code in codes)):
            return (*found.span(), "codes", data, refuse), found.end()
    return None, max(reach, stop)
