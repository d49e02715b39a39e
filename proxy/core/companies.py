"""Unified social credit codes in pieces: with signs between their characters, cut over fields, tags and literals.

Letters stand anywhere in them, so pieces are no numbers, and most words in capitals could be one. But what eighteen
characters make must prove itself twice over (GB 32100-2015, GB 11714-1997): then it may be looked for in every row
that begins like the code of a company.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from proxy.core import plausible
from proxy.core.stretch import Stretch, writer

GATE = rb"(?:^|[^0-9A-Za-z_.-])9[1-3][1-6][0-7][0-9]{0,4}(?:[^0-9a-z]|$)"
"""A Hyperscan expression of how the codes of companies, sole traders and cooperatives begin in a piece."""
_SIZE = 18
_BACK, _REACH = 100, 640
"""Bytes before the place where one was seen to begin, and those that one is spread over."""
_TRIES = 64
_FIRST = re.compile(
    rb"(?<![0-9A-Za-z])9(?![0-9A-Z]{17})(?:(?![0-9A-Za-z])|[1-3](?:(?=[\"'<&])|[^0-9A-Za-z]{0,14}[1-6]))"
)
_BEFORE, _BEHIND = (re.compile(rb"[0-9A-Za-z]([^0-9A-Za-z]{1,14})\Z"), re.compile(rb"([^0-9A-Za-z]{1,14})[0-9A-Za-z]"))
_PIECE = re.compile(rb"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{1,17}(?![0-9A-Za-z])")
_NAMED = re.compile(rb"[\"'\]]?\s?[:=]|[\w.:-]*[>=]")
"""What stands behind a key, and behind the name of a tag."""
_OPENS = b"<&/"
_NAMES = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
_FEW, _AROUND = 6, 16
"""Pieces between which anything may stand."""


def stretches(text: bytes, seen: Iterable[int]) -> Iterator[Stretch]:
    """The codes in pieces that begin before some positions, in order."""
    reached = tries = 0
    for end in seen:
        for first in _FIRST.finditer(text, max(end - _BACK, reached), end):
            tries += 1
            if tries > _TRIES:  # ATTACK: a megabyte of nines could be one at each
                return
            found = _read(text, first.start())
            if found is not None:
                reached = found.end
                yield found
                break
        reached = max(reached, end - 1)


def _read(text: bytes, start: int) -> Stretch | None:
    known: set[bytes] = set()
    for fits in (_any, _is_value, _has_figure):
        spans = _first(text, start, fits)
        value = b"".join(text[first:last] for first, last in spans)
        if value not in known and len(spans) > 1 and plausible.company(value) and _alike(text, spans):
            end = spans[-1][1]
            each = [(at - start, at + 1 - start) for first, last in spans for at in range(first, last)]
            return Stretch(start, end, "joined", value, writer(text[start:end], each, value))
        known.add(value)
    return None


def _alike(text: bytes, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether the same stands between all pieces of many, but for the names there, and not before them or behind: in a
    list of numbers and their places, or in a longer row, some eighteen characters are a code by chance."""
    if len(spans) <= _FEW:
        return True
    start, end = spans[0][0], spans[-1][1]
    gaps = {text[one[1] : other[0]].translate(None, _NAMES) for one, other in pairwise(spans)}
    before, behind = _BEFORE.search(text, max(start - _AROUND, 0), start), _BEHIND.match(text, end)
    return len(gaps) == 1 and not any(found is not None and found[1] in gaps for found in (before, behind))


def _first(text: bytes, start: int, fits: Callable[[bytes, re.Match[bytes]], bool]) -> Sequence[tuple[int, int]]:
    """As many pieces as have the characters of a code, from its first one on."""
    spans: list[tuple[int, int]] = []
    size = 0
    for found in _PIECE.finditer(text, start, start + _REACH):
        if fits(text, found):
            spans.append(found.span())
            size += len(found[0])
            if size >= _SIZE or spans[0][0] != start:
                break
    return spans if size == _SIZE else ()


def _any(_text: bytes, _found: re.Match[bytes]) -> bool:
    return True


def _is_value(text: bytes, found: re.Match[bytes]) -> bool:
    """Whether a piece is neither a key nor the name of a tag."""
    return text[found.start() - 1] not in _OPENS and _NAMED.match(text, found.end()) is None


def _has_figure(text: bytes, found: re.Match[bytes]) -> bool:
    return not found[0].isalpha() and _is_value(text, found)
