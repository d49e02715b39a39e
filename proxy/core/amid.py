"""What stands in decoded bytes that are no text: the strings of a letter or a certificate, a name that is asked for,
a resident ID among the bytes of some program's own format.
"""

from __future__ import annotations

import re

from proxy.core import der, plausible

_LONGEST = 1 << 16
_RESIDENT = re.compile(rb"(?<![0-9])%b[0-9Xx](?![0-9A-Za-z])" % plausible.BODY)
_QUERY = re.compile(rb"[\x00-\xff]{2}[\x00\x01][\x00\x20]\x00\x01\x00\x00\x00\x00\x00[\x00\x01]")
_LABELS = re.compile(rb"[\x01-\x3f]")
_QUESTION = 12


def meant(data: bytes) -> bytes | None:
    """What there is to be read in bytes; None for nothing."""
    return der.strings(data) or _asked(data) or _proved(data)


def _proved(data: bytes) -> bytes | None:
    """Resident IDs that prove themselves, a line each: chance makes none of so few bytes."""
    if len(data) > _LONGEST:
        return None
    return b"\n".join(found for found in _RESIDENT.findall(data) if plausible.resident(found)) or None


def _asked(data: bytes) -> bytes | None:
    """The name that a query of DNS asks for (RFC 1035 §4.1): so it is sent over HTTPS (RFC 8484)."""
    if not _QUERY.match(data):
        return None
    labels: list[bytes] = []
    at = _QUESTION
    while at < len(data) and _LABELS.match(data, at):
        labels.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b".".join(labels) or None
