"""Signed and encrypted messages (CMS, RFC 5652; S/MIME, RFC 8551): what is signed can be read, and not be changed."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Inner, Item, Node, Source
from proxy.core.formats.cells import Cell, Cells
from proxy.core.message import Cause

_PKCS7 = bytes.fromhex("2a864886f70d0107")
_SMIME = bytes.fromhex("2a864886f70d01091001")
_DATA, _SIGNED = _PKCS7 + b"\x01", _PKCS7 + b"\x02"
_ENCRYPTED = frozenset((_PKCS7 + b"\x03", _PKCS7 + b"\x04", _PKCS7 + b"\x06", _SMIME + b"\x17"))
_STRINGS = {0x0C: "utf-8", 0x13: "latin-1", 0x14: "latin-1", 0x16: "latin-1", 0x1E: "utf-16-be"}
_OID, _OCTETS = 0x06, 0x04
_MOST = 20_000
"""Elements of one message."""


def announced(data: bytes) -> bool:
    """Whether bytes begin as a ContentInfo does: a sequence with one of these object identifiers first."""
    return data[:1] == b"\x30" and (_PKCS7 in data[:32] or _SMIME in data[:32])


def opened(part: str, node: Node, source: Source, budget: Budget) -> Iterator[Item]:
    """The content that is signed, and the strings of the certificates.

    Raises `Unscannable`: encrypted, unsupported (compressed), decode_error.
    """
    elements = list(_primitives(node.data))
    oids = [node.data[start:end] for tag, start, end in elements if tag == _OID]
    if not oids or oids[0] in _ENCRYPTED:
        raise Unscannable(Cause.ENCRYPTED if oids else Cause.DECODE_ERROR)
    if oids[0] != _SIGNED:
        raise Unscannable(Cause.UNSUPPORTED)
    chunks = _content(node.data, elements)
    if chunks:
        content = b"".join(node.data[start:end] for start, end in chunks)
        budget.expand(len(content))
        yield Inner(f"{part}/signed", Node(content, node, 0, len(node.data), rewritable=False), b"message/rfc822")
    strings = (
        Cell(number, b"", "certificate", node.data[start:end].decode(_STRINGS[tag], "replace"))
        for number, (tag, start, end) in enumerate(elements)
        if tag in _STRINGS
    )
    cells = Cells(strings)
    if len(cells):
        yield cells.leaf(part, node, depth=source.depth)


def _content(data: bytes, elements: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """The octet strings right behind the identifier of plain data: one, or the chunks of one."""
    chunks: list[tuple[int, int]] = []
    inside = False
    for tag, start, end in elements:
        if inside and tag == _OCTETS:
            chunks.append((start, end))
        elif chunks:
            break
        inside = inside or (tag == _OID and data[start:end] == _DATA)
    return chunks


def _primitives(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The primitive elements of BER (X.690 §8.1) as tag and bounds, flat: of constructed ones what is in them."""
    at = count = 0
    while at + 2 <= len(data):
        count += 1
        tag, size = data[at], data[at + 1]
        at += 2
        if tag & 0x1F == 0x1F or count > _MOST:
            raise Unscannable(Cause.DECODE_ERROR)
        if size > 0x80:
            digits = size - 0x80
            size, at = int.from_bytes(data[at : at + digits]), at + digits
        elif size == 0x80:
            size = 0
        if tag & 0x20:
            continue
        if at + size > len(data):
            raise Unscannable(Cause.DECODE_ERROR)
        if tag:
            yield tag, at, at + size
        at += size
