"""The caps of one inspection. Every cap has a cause (`message.Cause`) and a test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps: bytes of a body on the wire and after decoding, expansion ratio (checked above 1 MiB of output), levels of
    nesting, parts of a multipart body, content codings of a message, bytes of a message that models read (names in
    natural language; about 150 KB a second)."""

    body_bytes: int = 32 * 1024 * 1024
    decoded_bytes: int = 64 * 1024 * 1024
    ratio: int = 200
    depth: int = 8
    parts: int = 10_000
    codings: int = 4
    model_bytes: int = 64 * 1024
