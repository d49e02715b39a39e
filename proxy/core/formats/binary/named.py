"""Numbers as numbers behind their names, in bytes that nothing here opens: an integer or a floating-point number of
eight bytes, one behind the size of it (pickle, ASN.1), packed decimal, a figure an element. What comes out has to be a
number of somebody by its own signs or by the name before it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import chain, islice

from proxy.core import plausible
from proxy.core.budget import Budget
from proxy.core.formats.base import Leaf, Node
from proxy.core.formats.cells import Cell, Cells
from proxy.core.formats.tabular import label_like

_LARGEST, _MOST = 1 << 12, 48
"""Bytes of what is read, and names in it: in programs everything has a name, and nothing of it is a person's."""
_NAME = re.compile(rb"(?<![0-9A-Za-z])[A-Za-z][A-Za-z_ .-]{3,40}(?![0-9A-Za-z_])|(?:[\xe3-\xe9][\x80-\xbf]{2}){2,20}")
_FRAMING = re.compile(rb"[\0-\x20\x8a\x8c\x94\xcb\xcf\xd3\xfb:=\"'q}]{1,12}")
"""Bytes between a name and its number: noughts, sizes, marks and types of pickle, MessagePack and CBOR. Were it any,
one name in a hundred would have a card behind it in noise."""
_BEHIND = 12
_EIGHT = 8
_INTEGERS, _REALS = (struct.Struct("<Q"), struct.Struct(">Q")), (struct.Struct("<d"), struct.Struct(">d"))
_LEAST, _HIGHEST = 1e7, 1e19
_SIZES = range(5, 9)
_LIKELY = re.compile(
    r"1[3-9][0-9]{9}|[2-9][0-9]{7}|[3-6][0-9]{14,15}|62[0-9]{14,17}|[1-68][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]{5}"
)
"""How numbers of people begin and how long they are: what a check digit is reckoned for."""
_PACKED = re.compile(r"(?=([0-9]{18}|[0-9]{16}(?:[0-9]{3}(?=f))?))")
_ROW, _VARIED = re.compile("[0-9]{16}"), 5
_WORDS = re.compile(rb"[\t\n -~]{0,3}[ -~]{12}")
_SWAPPED = bytes((byte & 15) << 4 | byte >> 4 for byte in range(256))
_ANY_FIGURE = bytes(byte <= 9 for byte in range(256))
_FORMS = ("B", "<H", ">H", "<I", ">I", "<Q", ">Q", "<f", ">f", "<d", ">d")
_FIGURES = tuple({struct.pack(form, figure): str(figure) for figure in range(10)} for form in _FORMS)
"""How a figure is written as an element of an array, in every form."""
_ROWS = tuple(re.compile(b"(?:%b){7,24}" % b"|".join(map(re.escape, written))) for written in _FIGURES)


def rowed(data: bytes) -> bool:
    """Whether figures may stand in a row, a byte each: what numbers side by side are in a format that says nothing of
    what they are together."""
    return len(data) <= _LARGEST and data.translate(_ANY_FIGURE).find(b"\1" * 7) >= 0


def reading(part: str, node: Node, budget: Budget) -> Iterator[Leaf]:
    """The numbers behind names in the bytes of a node; none of them can be changed."""
    data = node.data
    if len(data) > _LARGEST:
        return
    names = islice((found for found in _NAME.finditer(data) if label_like(found[0])), _MOST)
    cells = [
        Cell(-1, found[0], f"@{found.end()}", number)
        for found in names
        for number in dict.fromkeys(_numbers(data, found.end()))
    ]
    if cells:
        texts = Cells(cells)
        budget.expand(len(texts.text))
        yield texts.leaf(f"{part}/numbers", node, "numbers")._replace(doubtful=True, again=True)


def _numbers(data: bytes, end: int) -> Iterator[str]:
    if _WORDS.match(data, end):
        return
    framing = _FRAMING.match(data, end)
    last = min(framing.end() if framing else end, len(data) - 1)
    values = chain.from_iterable(_whole(data, at) for at in range(end, last + 1))
    packed = _packed(data[end : last + _BEHIND], 2 * (last - end) + 1)
    found = filter(_is_somebodys, chain(map(str, values), packed, _in_elements(data, end, last)))
    longest = sorted(dict.fromkeys(found), key=len, reverse=True)
    # the rest of the bytes of a number are a number, too
    yield from (each for each in longest if len(each) == len(longest[0]))


def _is_somebodys(number: str) -> bool:
    written = number.encode()
    return bool(_LIKELY.fullmatch(number)) and (plausible.checked(written) or plausible.called(written))


def _whole(data: bytes, at: int) -> Iterator[int]:
    """The integers that may begin there."""
    if len(data) - at >= _EIGHT:
        for integer in _INTEGERS:
            yield integer.unpack_from(data, at)[0]
        for form in _REALS:
            real: float = form.unpack_from(data, at)[0]
            if _LEAST <= real < _HIGHEST and real.is_integer():
                yield int(real)
    size = data[at]
    if size in _SIZES and len(data) - at > size:
        content = data[at + 1 : at + 1 + size]
        yield int.from_bytes(content, "little")
        yield int.from_bytes(content, "big")


def _packed(content: bytes, starts: int) -> Iterator[str]:
    """Two figures a byte, the first of them in either half of the first so many."""
    for each in (content.hex(), content.translate(_SWAPPED).hex()):
        if _ROW.search(each):
            found = (match[1] for match in _PACKED.finditer(each) if match.start() <= starts)
            yield from (number for number in found if len(set(number)) >= _VARIED)


def _in_elements(data: bytes, end: int, last: int) -> Iterator[str]:
    """A figure an element, each of one to eight bytes."""
    for row, written in zip(_ROWS, _FIGURES, strict=True):
        found = row.search(data, end, last + 24 * _EIGHT)
        if found is not None and found.start() <= last:
            size = len(next(iter(written)))
            elements = (found[0][at : at + size] for at in range(0, len(found[0]), size))
            figures = "".join(map(written.__getitem__, elements))
            yield from (figures[first:] for first in range(6))  # noughts before it may be none of it
