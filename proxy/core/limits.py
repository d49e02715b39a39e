"""The caps of one inspection. Every cap has a cause (`message.Cause`) and a test."""

from __future__ import annotations

from dataclasses import dataclass

INLINE_BYTES = 256 * 1024
"""A body beyond this, or what unpacks to more, is inspected in another process, so that no small one waits for it."""

WINDOW_BYTES = 256 * 1024
"""A text beyond this is inspected in windows. What an inspector takes for one full of identifiers is about a hundred
times that."""
BODY_BYTES = 32 * 1024 * 1024
"""What must be seen whole may be so long."""
STREAM_BYTES = 64 * 1024 * 1024 * 1024
"""What passes in windows may be so long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps: bytes of a body on the wire that is seen whole, of a window, of a body inspected in windows, and after
    decoding, expansion ratio (checked above 1 MiB of output), levels of nesting, parts of a multipart body, content
    codings of a message, bytes of a message that models read (names in natural language; about 150 KB a second), pixels
    of a message that are read for text, bytes of one image once it is decoded, values found in a message (each takes
    some kilobyte). `documents` says whether containers that foreign parsers open (archives, office documents, PDF,
    images) are opened here, `inline_bytes` how much may be unpacked here, all together (0: whatever the other caps
    allow); a worker leaves the rest to an inspector."""

    body_bytes: int = BODY_BYTES
    window_bytes: int = WINDOW_BYTES
    stream_bytes: int = STREAM_BYTES
    decoded_bytes: int = 2 * BODY_BYTES
    ratio: int = 200
    depth: int = 8
    parts: int = 10_000
    codings: int = 4
    model_bytes: int = 64 * 1024
    pixels: int = 12_000_000
    image_bytes: int = 64 * 1024 * 1024
    findings: int = 100_000
    documents: bool = True
    inline_bytes: int = 0
