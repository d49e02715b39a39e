"""Entities that an XML document declares for itself (XML 1.0 §4.2), put in for reading alone. External ones are never
looked for.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from proxy.core.errors import Unscannable
from proxy.core.formats.markup import ENTITY, decode
from proxy.core.message import Cause

_DECLARED = re.compile(rb"<!ENTITY\s+([\w.:\x80-\xff-]{1,100})\s+(?:\"([^\"]*)\"|'([^']*)')")
REFERENCE = re.compile(rb"&([\w.:\x80-\xff-]{1,100});")
_DEEPEST = 16


class Entity(NamedTuple):
    """What an entity stands for, and where that is written as it is, if anywhere."""

    text: bytes
    home: int | None


def entities(source: bytes, room: int) -> dict[bytes, Entity]:
    """The internal general entities of a document; the first declaration of a name counts.

    Raises `Unscannable(ratio)` where they hold themselves, or stand for more than `room` bytes in all.
    """
    written: dict[bytes, bytes] = {}
    homes: dict[bytes, int] = {}
    for declared in _DECLARED.finditer(source):
        written.setdefault(declared[1], declared[2] or declared[3] or b"")
        homes.setdefault(declared[1], declared.start(declared.lastindex or 0))
    told: dict[bytes, bytes] = {}

    def tell(name: bytes, depth: int) -> bytes:
        nonlocal room
        if name in told or name not in written:
            return told.get(name, b"&%b;" % name)
        if depth > _DEEPEST:
            raise Unscannable(Cause.RATIO)
        # ATTACK: a billion laughs; the size is known before anything of it is written
        room -= len(written[name]) + sum(len(tell(each, depth + 1)) for each in REFERENCE.findall(written[name]))
        if room < 0:
            raise Unscannable(Cause.RATIO)
        whole = REFERENCE.sub(lambda match: tell(match[1], depth + 1), written[name])
        told[name] = ENTITY.sub(decode, whole)
        return told[name]

    for name in written:
        tell(name, 0)
    return {name: Entity(text, homes[name] if text == written[name] else None) for name, text in told.items() if text}
