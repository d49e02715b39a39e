"""The caps of one inspection. Every cap has a cause (`message.Cause`) and a test."""

from __future__ import annotations

from dataclasses import dataclass

INLINE_BYTES = 256 * 1024
"""A body beyond this, or what unpacks to more, is inspected in another process, so that no small one waits for it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps: bytes of a body on the wire that is seen whole, of one inspected in windows, and after decoding,
    expansion ratio (checked above 1 MiB of output), levels of nesting, parts of a multipart body, content codings
    of a message, bytes of a message that models read (names in natural language; about 150 KB a second), pixels of
    a message that are read for text, bytes of one image once it is decoded, values found in a message (each takes
    some kilobyte). `documents` says whether containers that foreign parsers open (archives, office documents, PDF,
    images) are opened here, `inline_bytes` how much may be unpacked here, all together (0: whatever the other caps
    allow); a worker leaves the rest to an inspector."""

    body_bytes: int = 32 * 1024 * 1024
    stream_bytes: int = 64 * 1024 * 1024 * 1024
    decoded_bytes: int = 64 * 1024 * 1024
    ratio: int = 200
    depth: int = 8
    parts: int = 10_000
    codings: int = 4
    model_bytes: int = 64 * 1024
    pixels: int = 8_000_000
    image_bytes: int = 64 * 1024 * 1024
    findings: int = 250_000
    documents: bool = True
    inline_bytes: int = 0
