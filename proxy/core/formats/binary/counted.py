"""Binary formats whose containers say how many values they hold (MessagePack, CBOR), read in one loop."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from proxy.core.errors import Unscannable
from proxy.core.formats.binary.values import CODED, NUMBER, STRING, Written
from proxy.core.message import Cause

SHORT, ARRAY, MAP, BREAK, OPAQUE = range(CODED + 1, CODED + 6)
"""What else a header announces: a value that identifies nobody (a flag, a small number), containers and their end, and
what is not written."""

Head = Callable[[bytes, int], tuple[int, bytes, int, int]]
"""The value whose header stands at an offset: its kind; its content, numbers in decimal; how many values or pairs a
container holds, -1 where it ends with a break; the offset behind it, of a container the one behind its header. That
offset may lie beyond the data. Raises `IndexError`, `struct.error` or `Unscannable` where there is no value."""
Write = Callable[[bytes, int, int, bytes], bytes]
"""Writes the value whose header stands at an offset, of a kind, again with a new content."""

_REMEMBERED = 4096
_ENDLESS = 1 << 62
_MOST = 1 << 21
_DEEPEST = 1000
_SMALL = 999_999


class Counted(NamedTuple):
    """A format. `shorts` has for every first byte that is all of a header what `head` would say of it: the kind, the
    content, and how much a container or a string holds."""

    name: str
    head: Head
    write: Write
    shorts: Sequence[tuple[int, bytes, int] | None]

    def walk(self, data: bytes, room: int) -> Written:
        """One value, or several containers one behind the other."""
        try:
            return _walk(data, self, room)
        except (IndexError, struct.error):
            raise Unscannable(Cause.DECODE_ERROR) from None

    def rewritten(self, data: bytes, new: Mapping[int, bytes]) -> bytes:
        """No length is written but that of the value itself."""
        pieces: list[bytes] = []
        done = 0
        for at, content in sorted(new.items()):
            pieces.append(data[done:at])
            kind, old, done = self._value(data, at)
            same = kind != NUMBER and len(old) == len(content) and data.endswith(old, at, done)
            pieces += (data[at : done - len(old)], content) if same else (self.write(data, at, kind, content),)
        pieces.append(data[done:])
        return b"".join(pieces)

    def _value(self, data: bytes, at: int) -> tuple[int, bytes, int]:
        short = self.shorts[data[at]]
        if short is None:
            kind, content, _, end = self.head(data, at)
            return kind, content, end
        end = at + 1 + short[2]
        return short[0], data[at + 1 : end], end


def integer(value: int) -> tuple[int, bytes]:
    """An integer: a number, or too small to tell anything of anybody."""
    return (NUMBER if value > _SMALL or value < -_SMALL else SHORT), b"%d" % value


def _walk(data: bytes, form: Counted, room: int) -> Written:  # noqa: C901, PLR0912, PLR0915 - one loop for the sake of speed
    head, shorts = form.head, form.shorts
    written = Written()
    text = written.text
    add_text_at, add_at, add_end = written.text_at.append, written.at.append, written.ends.append
    keys: dict[bytes, bytes] = {}
    stack: list[tuple[int, bool, bytes]] = []
    left, is_map, closer = -1, False, b""
    at, size, values, scalars, steps = 0, len(data), 0, 0, 0
    while True:
        if not left:
            written.close(closer)
            left, is_map, closer = stack.pop()
        else:
            if at >= size:
                break
            short = shorts[data[at]]
            if short is None:
                kind, content, count, after = head(data, at)
            else:
                kind, content, count = short
                after = at + 1
                if kind == STRING:
                    after += count
                    content = data[at + 1 : after]
            steps += 1
            if after > size or len(text) > room or steps > _MOST:
                raise Unscannable(Cause.DECODE_ERROR if after > size else Cause.OVERSIZE)
            is_key = is_map and not left & 1
            if kind == STRING:
                quoted = keys.get(content)
                if quoted is None:
                    quoted = written.string(content, at)
                    if is_key and len(keys) < _REMEMBERED:
                        keys[content] = quoted
                add_text_at(len(text))
                add_at(at)
                add_end(after)
                text += quoted
            elif kind == SHORT:
                text += b'"%b"' % content if is_key else content
            elif kind in (ARRAY, MAP):
                if len(stack) >= _DEEPEST:
                    raise Unscannable(Cause.DEPTH)
                if count > size - after:
                    raise Unscannable(Cause.DECODE_ERROR)
                if is_key:  # JSON has no such key: it is written as the first of a pair
                    text += b'"":['
                    stack.append((left - 1, True, closer))
                    left, is_map, closer = 2, False, b"]"
                stack.append((left, is_map, closer))
                is_map = kind == MAP
                left, closer = _ENDLESS if count < 0 else count << is_map, b"}" if is_map else b"]"
                text += b"{" if is_map else b"["
                at = after
                continue
            elif kind == OPAQUE:
                at = after
                continue
            elif kind == BREAK:
                if left <= _ENDLESS >> 1 or (is_map and left & 1):
                    raise Unscannable(Cause.DECODE_ERROR)
                left, at = 0, after
                continue
            else:
                quoted = written.other(kind, b'"%b"' % content if is_key and kind == NUMBER else content, at)
                add_text_at(len(text))
                add_at(at)
                add_end(at if kind == NUMBER else after)  # letters may pass for a number: they are not read as text
                text += quoted
            scalars += not stack
            at = after
        left -= 1
        values += not stack
        text += b":" if is_map and left & 1 else b","
    if stack or not values or (scalars and values > 1):
        raise Unscannable(Cause.DECODE_ERROR)
    if values > 1:
        text[0] = 0x5B
        written.close(b"]")
    else:
        del text[-1:]
    return written
