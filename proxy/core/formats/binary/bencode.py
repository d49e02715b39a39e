"""Bencode (BEP 3, bittorrent.org): dictionaries, lists, integers and byte strings behind their lengths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Item, Node, Source
from proxy.core.formats.binary import values
from proxy.core.formats.binary.values import OCTETS, STRING, Written
from proxy.core.message import Cause

_SIZE = re.compile(rb"(0|[1-9][0-9]{0,8}):")
_INTEGER = re.compile(rb"i(-?[0-9]{1,20})e")
_DEEPEST = 1000


class _Form:
    """The format, as the JSON text that it amounts to."""

    name = "bencode"

    def walk(self, data: bytes, room: int) -> Written:
        """The whole of it is one value."""
        written = Written()
        text = written.text
        stack: list[list[bool]] = []  # of each container: whether it is a dictionary, whether a key comes next
        at = 0
        while True:
            is_key = bool(stack) and all(stack[-1])
            sign = data[at : at + 1]
            if sign == b"e" and stack and stack[-1] != [True, False]:
                written.close(b"}" if stack.pop()[0] else b"]")
                at += 1
            elif sign in (b"d", b"l") and not is_key:
                text += b"{" if sign == b"d" else b"["
                stack.append([sign == b"d", True])
                at += 1
                if len(stack) > _DEEPEST:
                    raise Unscannable(Cause.DEPTH)
                continue
            else:
                at = _scalar(written, data, at, is_key=is_key)
            if len(text) > room:
                raise Unscannable(Cause.OVERSIZE)
            if not stack:
                break
            text += b":" if is_key else b","
            stack[-1][1] = not is_key
        if data[at:].strip():
            raise Unscannable(Cause.DECODE_ERROR)
        return written

    def rewritten(self, data: bytes, new: Mapping[int, bytes]) -> bytes:
        """No length is written but that of the value itself; a number becomes a string."""
        pieces: list[bytes] = []
        done = 0
        for at, content in sorted(new.items()):
            pieces += (data[done:at], b"%d:%b" % (len(content), content))
            done = _end(data, at)
        return b"".join((*pieces, data[done:]))


def _scalar(written: Written, data: bytes, at: int, *, is_key: bool) -> int:
    """Write the string or the integer that stands at an offset. Where it ends."""
    end = _end(data, at)
    number = _INTEGER.match(data, at)
    if number is not None:
        if is_key:
            raise Unscannable(Cause.DECODE_ERROR)
        content = number[1]
        written.text_at.append(len(written.text))
        written.at.append(at)
        written.ends.append(end)
        written.text += content
        return end
    content = data[data.index(b":", at) + 1 : end]
    try:
        content.decode()
        kind = STRING
    except UnicodeDecodeError:
        kind = OCTETS
    written.text_at.append(len(written.text))
    written.at.append(at)
    written.ends.append(end)
    written.text += written.string(content, at) if kind == STRING else written.other(kind, content, at)
    return end


def _end(data: bytes, at: int) -> int:
    number = _INTEGER.match(data, at)
    if number is not None:
        return number.end()
    size = _SIZE.match(data, at)
    end = size.end() + int(size[1]) if size is not None else 0
    if not 0 < end <= len(data):
        raise Unscannable(Cause.DECODE_ERROR)
    return end


FORM = _Form()


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """Its values. Raises `Unscannable`: decode_error, depth, oversize."""
    yield from values.items(part, node, source, budget, FORM)
