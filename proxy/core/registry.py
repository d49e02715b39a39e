"""Values of the Windows registry as its editor exports them: `"id"=hex(1):34,00,34,00,30,00`.

A long one goes on in the next line. Strings are UTF-16 there, numbers eight bytes with the lowest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from proxy.core.errors import Unscannable
from proxy.core.message import Cause
from proxy.core.sense import LEAST, is_wide, makes_sense
from proxy.core.stretch import refuse

CODING = "registry"
GATE = rb"hex(?:\([0-9a-f]\))?:[0-9a-f]{2},[0-9a-f]{2},[0-9a-f]{2},[0-9a-f]{2},"
"""A Hyperscan expression of how such a value begins."""
_BYTE = rb"[0-9a-fA-F]{2}"
_VALUE = re.compile(rb"hex(?:\(([0-9a-f])\))?:(%b(?:,(?:\\\r?\n[ \t]*)?%b)*+)" % (_BYTE, _BYTE))
_PAIR = re.compile(_BYTE)
_BACK = 24
_NUMBER, _NUMBER_SIZE = b"b", 8


def read(text: bytes, at: int, floor: int) -> tuple[int, int, str, bytes, Callable[[bytes], bytes]] | None:
    """Where the value that begins before a position stands, what it says, and how something else is written there."""
    found = _VALUE.search(text, max(floor, at - _BACK), at + (1 << 16))
    if found is None or found.start() >= at:
        return None
    pairs = _PAIR.findall(found[2])
    data = bytes.fromhex(b"".join(pairs).decode())
    if found[1] == _NUMBER and len(data) == _NUMBER_SIZE:
        return *found.span(2), CODING, b"%d" % int.from_bytes(data, "little"), refuse
    wide = len(data) % 2 == 0 and is_wide(data.rstrip(b"\0") + b"\0")
    said = data.decode("utf-16-le").rstrip("\0").encode() if wide else data.rstrip(b"\0")
    if len(said) < LEAST or not makes_sense(said):
        return None

    def write(new: bytes) -> bytes:
        raw = new.decode().encode("utf-16-le") if wide else new
        raw += bytes(len(data) - len(raw))
        if len(raw) != len(data):
            raise Unscannable(Cause.REWRITE)  # its lines would end elsewhere
        written = iter(raw)
        return _PAIR.sub(lambda _: b"%02x" % next(written), found[2])

    return *found.span(2), CODING, said, write
