r"""Set files: keyed hashes of what is registered, sealed so that a gate can recognise it and holds none of it.

    EGRESS-SET 1 documents 5f0c…\n        version, kind, and which key it was made with
    {"about": …, "facts": …, "arrays": …}\n   what is inside, as JSON
    …                                     the arrays one after the other, little-endian
    …                                     32 bytes of keyed BLAKE2b (RFC 7693) over all before

The key lies in a file of its own. Who has a set without its key learns how much is registered. Who has both can try
out guesses, millions a second: a sentence nobody guesses is safe from that, a telephone number is not. Guard the two
as you guard the table itself (mode 0600), and keep the key out of backups of the sets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 32
"""The length of a key."""

type Arrays = Mapping[str, NDArray[Any]]
type Facts = Mapping[str, Any]

_VERSION = b"1"
_SEAL = 32
_FIRST_LINE = re.compile(rb"EGRESS-SET ([0-9]{1,4}) ([a-z]{1,16}) ([0-9a-f]{16})\n")
_LONGEST_LINE = 1 << 16
_TYPES = {"u1": np.uint8, "u2": np.uint16, "u4": np.uint32, "u8": np.uint64}


class SetError(ValueError):
    """A set file that cannot be used, in words; the caller knows its path."""


class Unsealed(NamedTuple):
    """What a set file holds."""

    facts: Facts
    arrays: Arrays


def derive(key: bytes, purpose: bytes, size: int) -> bytes:
    """At most 64 bytes that depend on the key and on what they are for (at most 16 bytes)."""
    return blake2b(key=key, person=purpose, digest_size=size).digest()


def seal(key: bytes, kind: str, about: str, facts: Facts, arrays: Arrays) -> bytes:
    """A set file. `kind` is a word in lower case; facts are what JSON can hold."""
    listed = [[name, array.dtype.str[1:], len(array)] for name, array in arrays.items()]
    header = {"about": about, "facts": dict(facts), "arrays": listed}
    first = b"EGRESS-SET %b %b %b\n" % (_VERSION, kind.encode(), _mark(key))
    body = b"".join(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")) for array in arrays.values())
    whole = first + json.dumps(header, ensure_ascii=True).encode() + b"\n" + body
    return whole + _tag(key, whole)


def unseal(key: bytes, kind: str, data: bytes) -> Unsealed:
    """What a set file holds. Raises SetError for another kind, version or key, and where a byte was changed or lost."""
    first = _FIRST_LINE.match(data)
    if first is None:
        raise SetError("this is no set file; make one with `egress catalogue build`")
    if first[1] != _VERSION:
        raise SetError(f"a set file of version {first[1].decode()}, this program reads version 1; build it again")
    if first[2].decode() != kind:
        raise SetError(f"a set of {first[2].decode()} where a set of {kind} is wanted")
    if first[3] != _mark(key):
        raise SetError("made with another key; a register has one key for all its sets, so build it again with that")
    body = memoryview(data)[: max(len(data) - _SEAL, 0)]
    if not compare_digest(_tag(key, body), data[-_SEAL:]):
        raise SetError("cut short or changed since it was built; build it again, or copy it again")
    end = data.find(b"\n", first.end(), first.end() + _LONGEST_LINE)
    try:
        header = json.loads(data[first.end() : end])
        return Unsealed(header["facts"], _arrays(header["arrays"], body[end + 1 :]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise SetError("its list of contents cannot be read; build it again") from None


def _arrays(listed: list[tuple[str, str, int]], body: memoryview) -> Arrays:
    arrays: dict[str, NDArray[Any]] = {}
    at = 0
    for name, kind, count in listed:
        dtype = np.dtype(_TYPES[kind]).newbyteorder("<")
        arrays[name] = np.frombuffer(body, dtype, count, at).astype(_TYPES[kind])
        at += count * dtype.itemsize
    if at != len(body):
        raise ValueError
    return arrays


def _mark(key: bytes) -> bytes:
    return derive(key, b"egress-set-mark", 8).hex().encode()


def _tag(key: bytes, data: bytes | memoryview) -> bytes:
    return blake2b(data, key=key, person=b"egress-set-seal", digest_size=_SEAL).digest()
