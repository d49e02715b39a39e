"""Protocol Buffers without a schema: what the bytes can be read as, texts before messages before numbers.

Nothing in a message says what a field is called; but of a map entry (and of `google.protobuf.Struct`, and of
attributes made like it) the first field is the name of the second. A number that is redacted becomes 0: a mask is no
number. Floats and integers of eight bytes, and numbers in packed fields, are read too; zigzag numbers are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats import kinds
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source
from proxy.core.formats.binary import octets, wire
from proxy.core.formats.binary.fields import Fields
from proxy.core.formats.binary.wire import GROUP, LEN, VARINT, Field
from proxy.core.message import Cause

_MOST, _MOST_APARTS = 1 << 20, 10_000
_HIGHEST_NESTED = 100_000
_HIGHEST_GUESSED = 2047
_WORD = 4
_LEAST_MESSAGE = 3
_NOTHING = Source()


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Its texts and numbers. Raises `Unscannable`: decode_error, depth, oversize."""
    data = node.data
    found = wire.message(data)
    if octets.readable(data) and not wire.only_texts(data, found):
        raise Unscannable(Cause.DECODE_ERROR)  # ATTACK: letters pass for tags and numbers
    seen, aparts = _walk(data, found, source.name)
    if seen.strays():
        raise Unscannable(Cause.DECODE_ERROR)
    budget.expand(len(seen.text))
    node.assemble = seen.assembled
    yield Leaf(f"{part}/protobuf", node.member(seen.TEXT, seen.text), seen, "utf-8", name=seen.name, depth=source.depth)
    for number in aparts:
        name, path = seen.called(number)
        yield Inner(f"{part}/protobuf:{path}", node.member(number, seen.value(number)), b"", name)


def plausible(data: bytes) -> bool:
    """Whether bytes of no known type are a message with a word in it."""
    found = wire.fields(data, 0, len(data))
    if not found or any(field[0] > _HIGHEST_GUESSED or field[1] == GROUP for field in found):
        return False
    if octets.decodable(data) and any(field[1] not in (LEN, VARINT) for field in found):
        return False  # digits and letters pass for numbers of four and eight bytes
    try:
        seen, _ = _walk(data, found, b"")
    except Unscannable:
        return False
    return seen.worded(_WORD) and not seen.strays()


def _walk(data: bytes, top: list[Field], name: bytes) -> tuple[Fields, Sequence[int]]:  # noqa: C901 - one loop: it is what costs
    """All that a message holds, and the numbers of the values that are things of their own."""
    seen = Fields(data, name)
    aparts: list[int] = []
    stack = [(iter(top), 0)]
    while stack:
        fields, frame = stack[-1]
        for _, kind, at, start, end in fields:
            if kind not in (LEN, GROUP):
                written = wire.number(data, kind, start, end)
                if written:
                    seen.add(written.encode(), start, start, end, frame)
                continue
            raw = data[start:end]
            text = kind == LEN and octets.readable(raw)
            if text and (end - start < _LEAST_MESSAGE or raw[0] & 7 != LEN):
                seen.add(raw, at, start, end, frame)
                continue
            inner = wire.fields(data, start, end)
            if inner and (wire.only_texts(data, inner) if text else max(inner)[0] <= _HIGHEST_NESTED or kind == GROUP):
                stack.append((iter(inner), seen.frame(at, start, end, frame, inner)))
                break
            if text:
                seen.add(raw, at, start, end, frame)
            elif _octets(seen, raw, at, start, end, frame):
                aparts.append(len(seen) - 1)
                if len(aparts) > _MOST_APARTS:
                    raise Unscannable(Cause.OVERSIZE)
        else:
            stack.pop()
        if len(stack) > wire.DEEPEST:
            raise Unscannable(Cause.DEPTH)
        if len(seen) > _MOST:
            raise Unscannable(Cause.OVERSIZE)
    seen.close()
    return seen, aparts


def _octets(seen: Fields, raw: bytes, at: int, start: int, end: int, frame: int) -> bool:
    """A value that is neither text nor message: numbers side by side, a thing of its own (True), or bytes read as they
    are."""
    known = len(raw) >= octets.LONG and bool(kinds.of(raw, _NOTHING))
    texts = octets.mostly_text(raw) or (len(raw) < octets.LONG and octets.worded(raw))
    numbers = None if known or texts else wire.packed(seen.data, start, end)
    if numbers is not None:
        inner = seen.frame(at, start, end, frame)
        for begin, stop, written in numbers:
            seen.add(written.encode(), begin, begin, stop, inner)
        return False
    apart = known or seen.sorter.apart(raw)
    seen.add(b"" if apart else octets.spaced(raw), at, start, end, frame)
    return apart
