"""The catalogue of ways to smuggle an identifier out, every one readable by a receiver who knows the trick.

Written from what receivers can read, not from what the gate finds: a technique is here because it works. Each gives
requests and the function that reads the value back out of them; the tests run every one.
"""

from __future__ import annotations

from proxy.cli.evasions import (
    beyond,
    binary,
    charsets,
    ciphers,
    compression,
    containers,
    documents,
    encodings,
    escapes,
    layout,
    lookalikes,
    numerals,
    papers,
    places,
    sealed,
    separators,
    sources,
    splitting,
    syntax,
    transport,
)
from proxy.cli.evasions.model import Technique
from proxy.cli.evasions.plain import CONTROL

__all__ = ["CATALOGUE", "CONTROL"]

CATALOGUE: tuple[Technique, ...] = (
    *encodings.TECHNIQUES,
    *escapes.TECHNIQUES,
    *compression.TECHNIQUES,
    *ciphers.TECHNIQUES,
    *charsets.TECHNIQUES,
    *numerals.TECHNIQUES,
    *lookalikes.TECHNIQUES,
    *separators.TECHNIQUES,
    *splitting.TECHNIQUES,
    *layout.TECHNIQUES,
    *places.TECHNIQUES,
    *syntax.TECHNIQUES,
    *sources.TECHNIQUES,
    *binary.TECHNIQUES,
    *containers.TECHNIQUES,
    *sealed.TECHNIQUES,
    *documents.TECHNIQUES,
    *papers.TECHNIQUES,
    *transport.TECHNIQUES,
    *beyond.TECHNIQUES,
)
