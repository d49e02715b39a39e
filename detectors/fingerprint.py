"""Registered documents recognised by what is left of them: a pasted half, their PDF's text, paragraphs in new order.

Winnowing (Schleimer, Wilkerson, Aiken: Local Algorithms for Document Fingerprinting, SIGMOD 2003) over the folded
text (`detectors.fold`): of the hashes of all shingles of `SHINGLE` bytes in `WINDOW` starts in a row the least is
kept. Both are counted in bytes of UTF-8, so a shingle is eight Han characters or twenty-four letters, and any stretch
of `SHINGLE + WINDOW - 1` bytes (eighteen Han characters, ten words) that two texts share gives both the same mark.

A set holds of each mark 32 bits that are quick to compute, for a first look, and 32 bits of keyed BLAKE2b over the
shingle, which prove it. It holds no text and no names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.fold import Folded, Offsets
from detectors.hashset import SetError, derive, seal, unseal

SHINGLE = 24
"""Bytes of folded text under one hash."""
WINDOW = 32
"""Of so many hashes in a row one is kept."""
FEWEST = 8
"""Different marks of a document that must be found: about forty-five Han characters of it. A phrase has fewer."""

_ABOUT = "keyed hashes of shingles of documents, winnowed; no text, no names"
_CHUNK = 1 << 16  # what stays in a core's cache
_WORD = 8
_PLAIN = 6  # a shingle of fewer different bytes (zeros of a table, a rule of dashes) is nobody's
_OWNERS = 16  # of one mark
_GAP = 16  # marks not found between two of one passage: a page's foot and head, an altered sentence

type Hashes = NDArray[np.uint32]


class Documents(NamedTuple):
    """The marks of some documents, by rising `quick`; `owner` counts the documents from 0, `totals` their marks."""

    quick: Hashes
    proof: Hashes
    owner: Hashes
    totals: NDArray[np.int64]


class Passage(NamedTuple):
    """A stretch of a text that is in a document too: bytes `start:end` of the text, `size` bytes of folded text that
    agree, `marks` different marks."""

    start: int
    end: int
    size: int
    marks: int


class Seen(NamedTuple):
    """What a text and one document have in common: shares in [0, 1] of the marks of either, and where."""

    document: int
    of_document: float
    of_text: float
    passages: tuple[Passage, ...]


class Marker:
    """Marks texts under one key."""

    __slots__ = ("_factors", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._factors = np.frombuffer(derive(key, b"egress-quick", 4 * _WORD), np.uint64) | np.uint64(1)

    def quick(self, data: bytes, start: int, end: int) -> Hashes:
        """Hashes of the shingles that begin in `start:end` of folded text."""
        size = end - start + SHINGLE - _WORD
        words = np.ascontiguousarray(np.ndarray((size,), np.uint64, data, start, (1,)))
        count = end - start
        mixed = words[:count] * self._factors[0]
        mixed += words[_WORD : _WORD + count] * self._factors[1]
        mixed += words[2 * _WORD : 2 * _WORD + count] * self._factors[2]
        mixed ^= mixed >> np.uint64(29)
        mixed *= self._factors[3]
        quick: Hashes = (mixed >> np.uint64(32)).astype(np.uint32)
        return quick

    def marks(self, data: bytes) -> tuple[Offsets, Hashes]:
        """Where the marks of folded text are, in order, and their quick hashes."""
        count = len(data) - SHINGLE + 1
        places: list[Offsets] = [np.zeros(0, np.intp)]
        hashes: list[Hashes] = [np.zeros(0, np.uint32)]
        for start in range(0, count, _CHUNK):
            end = min(start + _CHUNK, count)
            low, high = max(start - WINDOW + 1, 0), min(end + WINDOW - 1, count)
            around = self.quick(data, low, high)
            at = winnow(around)
            at = at[(at >= start - low) & (at < end - low)]
            places.append(at + low)
            hashes.append(around[at])
        return np.concatenate(places), np.concatenate(hashes)

    def proofs(self, data: bytes, places: Iterable[int]) -> Hashes:
        """Keyed BLAKE2b of the shingles that begin at `places`."""
        key = self._key
        digests = [blake2b(data[at : at + SHINGLE], key=key, digest_size=4).digest() for at in places]
        return np.frombuffer(b"".join(digests), "<u4").astype(np.uint32)


def winnow(hashes: Hashes) -> Offsets:
    """Where a hash is the least of some `WINDOW` in a row (of all, where there are fewer), in order.

    A hash is one of those minima exactly where the greatest of the minima of all windows over it is no more than it.
    """
    if len(hashes) <= WINDOW:
        return np.flatnonzero(hashes == hashes.min()) if len(hashes) else np.zeros(0, np.intp)
    least = _sliding(hashes, np.minimum)
    edge = np.zeros(WINDOW - 1, np.uint32)
    return np.flatnonzero(_sliding(np.concatenate((edge, least, edge)), np.maximum) == hashes)


def _sliding(values: Hashes, extreme: np.ufunc) -> Hashes:
    step = 1
    while step < WINDOW:  # a power of two
        values = extreme(values[:-step], values[step:])
        step *= 2
    return values


def build(key: bytes, documents: Iterable[bytes], ignored: Iterable[bytes] = ()) -> tuple[bytes, list[int]]:
    """A set file of documents (UTF-8), and how many marks each has. What `ignored` texts say counts for nothing."""
    marker = Marker(key)
    known = [marker.quick(data, 0, len(data) - SHINGLE + 1) for data in _long_enough(ignored)]
    common = reduce(np.union1d, known, np.zeros(0, np.uint32))
    parts: list[tuple[Hashes, Hashes, Hashes]] = []
    totals: list[int] = []
    for owner, document in enumerate(documents):
        data = Folded(document).data
        places, quick = marker.marks(data)
        keep = ~np.isin(quick, common)
        keep[keep] = [len(set(data[at : at + SHINGLE])) >= _PLAIN for at in places[keep].tolist()]
        quick, first = np.unique(quick[keep], return_index=True)
        proof = marker.proofs(data, places[keep][first].tolist())
        parts.append((quick, proof, np.full(len(quick), owner, np.uint32)))
        totals.append(len(quick))
    quick, proof, owner_of = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(quick, kind="stable")
    arrays = {"quick": quick[order], "proof": proof[order], "owner": owner_of[order]}
    facts = {"documents": len(totals), "shingle": SHINGLE, "window": WINDOW}
    return seal(key, "documents", _ABOUT, facts, arrays), totals


def _long_enough(texts: Iterable[bytes]) -> Iterator[bytes]:
    return (data for data in (Folded(text).data for text in texts) if len(data) >= SHINGLE)


def load(key: bytes, data: bytes) -> Documents:
    """The documents of a set file. Raises SetError."""
    facts, arrays = unseal(key, "documents", data)
    try:
        quick, proof, owner = arrays["quick"], arrays["proof"], arrays["owner"]
        count = int(facts["documents"])
        fits = (facts["shingle"], facts["window"]) == (SHINGLE, WINDOW) and len(quick) == len(proof) == len(owner)
        fits = fits and not (owner >= count).any() and not (quick[1:] < quick[:-1]).any()
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise SetError("its marks are not made the way this program makes them; build it again")
    return Documents(quick, proof, owner, np.bincount(owner, minlength=count))


class Fingerprints:
    """Sets of documents under one key, looked for together. Documents are counted from 0 over all the sets."""

    __slots__ = ("_known", "_marker", "_near", "_shift")

    def __init__(self, key: bytes, sets: Sequence[Documents]) -> None:
        self._marker = Marker(key)
        before = np.cumsum([0, *(len(each.totals) for each in sets)])
        owner = np.concatenate([each.owner + np.uint32(at) for each, at in zip(sets, before[:-1], strict=True)])
        quick = np.concatenate([each.quick for each in sets])
        order = np.argsort(quick, kind="stable")
        ordered = quick[order]
        # a hundred drafts of one document are not each looked at
        order = order[np.arange(len(order)) - np.searchsorted(ordered, ordered) < _OWNERS]
        proof = np.concatenate([each.proof for each in sets])
        totals = np.concatenate([each.totals for each in sets])
        self._known = Documents(quick[order], proof[order], owner[order], totals)
        bits = min(max((32 * len(quick)).bit_length(), 16), 24)
        self._shift = np.uint32(32 - bits)
        self._near = np.zeros(1 << bits, bool)  # a first look that stays in the cache
        self._near[quick >> self._shift] = True

    def find(self, text: Folded) -> list[Seen]:
        """The documents of which at least `FEWEST` different marks are in the text."""
        known = self._known
        if not self._may_hold(text.data):
            return []
        places, quick = self._marker.marks(text.data)
        at = np.minimum(np.searchsorted(known.quick, quick), len(known.quick) - 1)
        near = np.flatnonzero(known.quick[at] == quick)
        if len(near) < FEWEST:
            return []
        different, first, which = np.unique(quick[near], return_index=True, return_inverse=True)
        proof = self._marker.proofs(text.data, places[near[first]].tolist())
        pairs = self._proved(different, proof)
        return _seen(text, places, near, which, pairs, known.totals)

    def _may_hold(self, data: bytes) -> bool:
        """Whether so many shingles have a hash that is known: one look at each, and most texts are done with."""
        known, found = self._known.quick, 0
        count = len(data) - SHINGLE + 1
        for start in range(0, count, _CHUNK):
            quick = self._marker.quick(data, start, min(start + _CHUNK, count))
            near = quick[self._near[quick >> self._shift]]
            if len(near):
                at = np.minimum(np.searchsorted(known, near), len(known) - 1)
                found += int((known[at] == near).sum())
                if found >= FEWEST:
                    return True
        return False

    def _proved(self, quick: Hashes, proof: Hashes) -> tuple[Offsets, Hashes]:
        """Which of some marks (by number) are known from which documents."""
        known = self._known
        left = np.searchsorted(known.quick, quick)
        counts = np.searchsorted(known.quick, quick, "right") - left
        asked, entry = _ranges(left, counts)
        proved = known.proof[entry] == proof[asked]
        return asked[proved], known.owner[entry[proved]]


def _ranges(starts: Offsets, counts: Offsets) -> tuple[Offsets, Offsets]:
    """The numbers `start, start + 1, …` of several ranges in a row, and before each which range it is of."""
    of = np.repeat(np.arange(len(starts)), counts)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts) + starts[of]


def _seen(
    text: Folded,
    places: Offsets,
    near: Offsets,
    which: Offsets,
    pairs: tuple[Offsets, Hashes],
    totals: NDArray[np.int64],
) -> list[Seen]:
    """What the text has of each document. `places` are all marks of the text, `near` those that are known, by number,
    `which` tells the equal ones of these; `pairs` are such kinds and documents that have them.
    """
    kinds, owners = pairs
    different = np.bincount(owners, minlength=len(totals))
    enough = different[owners] >= FEWEST
    kinds, owners = kinds[enough], owners[enough]
    if not len(kinds):
        return []
    by_kind = np.argsort(which, kind="stable")
    counts = np.bincount(which)
    pair, at = _ranges((np.cumsum(counts) - counts)[kinds], counts[kinds])
    mark, owner, kind = near[by_kind[at]], owners[pair], kinds[pair]
    order = np.lexsort((mark, owner))
    mark, owner, kind = mark[order], owner[order], kind[order]
    passages: dict[int, list[Passage]] = {}
    for document, passage in _passages(text, places, mark, owner, kind):
        passages.setdefault(document, []).append(passage)
    found = np.bincount(owner, minlength=len(totals))
    return [
        Seen(document, int(different[document]) / int(totals[document]), int(found[document]) / len(places), tuple(of))
        for document, of in passages.items()
    ]


def _passages(
    text: Folded, places: Offsets, mark: Offsets, owner: Hashes, kind: Offsets
) -> Iterator[tuple[int, Passage]]:
    """The stretches in which marks of one document stand close together."""
    cuts = np.flatnonzero((np.diff(owner) > 0) | (np.diff(mark) > _GAP)) + 1
    heads, tails = np.concatenate(([0], cuts)), np.concatenate((cuts, [len(mark)]))
    starts, ends = text.byte_spans(places[mark[heads]], places[mark[tails - 1]] + SHINGLE - 1)
    for head, tail, start, end in zip(heads.tolist(), tails.tolist(), starts.tolist(), ends.tolist(), strict=True):
        agreeing = _agreeing(places, mark[head:tail])
        yield int(owner[head]), Passage(start, end, agreeing, len(np.unique(kind[head:tail])))


def _agreeing(places: Offsets, row: Offsets) -> int:
    """Bytes that agree: between neighbouring marks all of them, elsewhere the shingles alone."""
    steps = np.diff(places[row])
    return SHINGLE + int(np.where(np.diff(row) == 1, steps, np.minimum(steps, SHINGLE)).sum())
