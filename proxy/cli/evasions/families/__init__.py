"""The catalogue: every technique, by family."""

from __future__ import annotations

from proxy.cli.evasions.families import (
    base64s,
    beyond,
    binary,
    charsets,
    ciphers,
    compression,
    containers,
    documents,
    encodings,
    escapes,
    heads,
    layout,
    letters,
    literals,
    lookalikes,
    numerals,
    packed,
    papers,
    pictures,
    places,
    sealed,
    separators,
    sources,
    splitting,
    spoken,
    syntax,
    transport,
    unseen,
)
from proxy.cli.evasions.model import Technique
from proxy.cli.evasions.plain import CONTROL

__all__ = ["CATALOGUE", "CONTROL"]

CATALOGUE: tuple[Technique, ...] = (
    *base64s.TECHNIQUES,
    *encodings.TECHNIQUES,
    *escapes.TECHNIQUES,
    *compression.TECHNIQUES,
    *ciphers.TECHNIQUES,
    *charsets.TECHNIQUES,
    *numerals.TECHNIQUES,
    *spoken.TECHNIQUES,
    *lookalikes.TECHNIQUES,
    *separators.TECHNIQUES,
    *unseen.TECHNIQUES,
    *splitting.TECHNIQUES,
    *literals.TECHNIQUES,
    *layout.TECHNIQUES,
    *heads.TECHNIQUES,
    *places.TECHNIQUES,
    *syntax.TECHNIQUES,
    *sources.TECHNIQUES,
    *binary.TECHNIQUES,
    *packed.TECHNIQUES,
    *containers.TECHNIQUES,
    *pictures.TECHNIQUES,
    *sealed.TECHNIQUES,
    *documents.TECHNIQUES,
    *letters.TECHNIQUES,
    *papers.TECHNIQUES,
    *transport.TECHNIQUES,
    *beyond.TECHNIQUES,
)
