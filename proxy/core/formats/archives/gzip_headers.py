"""Heads and feet of gzip members (RFC 1952, section 2.3): what a head says of a file reaches its receiver too."""

from __future__ import annotations

from typing import NamedTuple

from proxy.core.formats.archives import beside

_CHECK, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16
_IN_ORDER = (_EXTRA, _NAME, _COMMENT, _CHECK)
_FIXED = 10


class Header(NamedTuple):
    """The optional fields by their flags, where the header ends, and whether all of it is there."""

    fields: dict[int, bytes]
    end: int
    whole: bool

    @property
    def texts(self) -> list[str]:
        """The file's name, the comment, what is readable in the extra field."""
        said = [self.fields.get(flag, b"").rstrip(b"\0").decode("utf-8", "replace") for flag in (_NAME, _COMMENT)]
        return [text for text in said if text] + beside.runs(self.fields.get(_EXTRA, b""))


def read(data: bytes, start: int = 0) -> Header:
    """The header that begins at `start`, as far as it is there."""
    flags, at = data[start + 3] if len(data) > start + 3 else 0, start + _FIXED
    fields: dict[int, bytes] = {}
    for flag in _IN_ORDER:
        if not flags & flag:
            continue
        if flag in (_NAME, _COMMENT):
            end = data.find(b"\0", at) + 1
            if not end:
                fields[flag] = data[at:]
                return Header(fields, len(data), whole=False)
        else:
            end = at + 2 + (int.from_bytes(data[at : at + 2], "little") if flag == _EXTRA else 0)
        fields[flag] = data[at:end]
        at = end
    return Header(fields, at, at <= len(data))


def kept(data: bytes) -> bytes:
    """The header for a content that is packed anew. The sizes of blocks in an extra field (BGZF) are no longer true."""
    header = read(data)
    flags = data[3] & ~(_EXTRA | _CHECK)
    return data[:3] + bytes((flags,)) + data[4:_FIXED] + b"".join(header.fields.get(f, b"") for f in (_NAME, _COMMENT))


def foot(check: int, size: int) -> bytes:
    """What stands behind a content of which so much is known: its CRC-32 and bytes."""
    return check.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
