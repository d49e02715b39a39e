"""The cells of a registered table as a file holds them, by their hashes.

A set holds of each cell a keyed hash of 32 bits that is quick to compute for every stretch of a text that could be a
cell, and 64 bits of keyed BLAKE2b over column and cell, which prove it; with them the numbers of column and row. Cells
are folded (`detectors.fold`): case, width, spaces, dashes and punctuation do not matter, nor does a dialling code.

What this does not give: a cell of few possible values (a telephone, a date, a name) can be found by trial by whoever
holds both key and set, for the first hash is as fast to try as it is to use. A slow derivation in the second would
not change that, and one in the first would have to be paid for at every word of every message. Keep both files 0600.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.fold import Folded, Offsets
from detectors.hashset import SetError, derive, seal, unseal

LEAST_BYTES = 4
"""A shorter cell (a Han character is three, a digit one) says nothing about a row, and is left out."""
LONGEST = 64
"""A longer cell, in characters, is left out: it would not be written the same way twice."""
COMMON = 16
"""A cell that more rows share is left out: it tells none of them from the others."""
MAX_COLUMNS = 64
HAN = 0x2E80
"""From here on characters are words by themselves."""
CHUNK = 1 << 16
"""Characters that are hashed at a time, and up to `LONGEST` behind them."""

_ABOUT = "keyed hashes of the cells of a table, with the numbers of their columns and rows; no text, no names"
_DIALLED = re.compile(r"(?:00)?(?:86(?=1[0-9]{10}\Z)|85[23](?=[0-9]{8}\Z))")

type Words = NDArray[np.uint64]
type Codes = NDArray[np.uint8] | NDArray[np.uint16]


class Cells(NamedTuple):
    """The cells of a table by rising `quick`. `lengths` are those of cells that begin with a Han character, and of the
    others, in characters."""

    quick: NDArray[np.uint32]
    proof: Words
    column: NDArray[np.uint8]
    row: NDArray[np.uint32]
    rows: int
    lengths: tuple[tuple[int, ...], tuple[int, ...]]


class Built(NamedTuple):
    """What went into a set, and what was left out of it and why; `distinct` counts different values by column."""

    rows: int
    cells: int
    distinct: tuple[int, ...]
    short: int
    long: int
    common: int


class Hasher:
    """Quick and proving hashes of stretches of folded text under one key."""

    __slots__ = ("_key", "_mix", "_powers", "_reciprocals", "_table")

    def __init__(self, key: bytes) -> None:
        self._key = key
        seed = derive(key, b"egress-cells", 32)
        self._table: Words = np.random.Philox(key=int.from_bytes(seed[:16], "little")).random_raw(0x10000)
        base, self._mix = np.frombuffer(seed[16:], np.uint64) | np.uint64(1)
        self._powers = _powers(int(base))
        self._reciprocals = _powers(pow(int(base), -1, 1 << 64))

    def sums(self, codes: Codes) -> Words:
        """Sums of weighted characters before each position: the difference of two tells what stands between them."""
        sums = np.zeros(len(codes) + 1, np.uint64)
        np.cumsum(self._table[codes] * self._powers[: len(codes)], out=sums[1:])
        return sums

    def quick(self, sums: Words, starts: Offsets, length: int) -> NDArray[np.uint32]:
        """Hashes of the stretches of `length` characters at `starts`."""
        mixed = (sums[starts + length] - sums[starts]) * self._reciprocals[starts]
        mixed ^= mixed >> np.uint64(29)
        mixed *= self._mix
        hashes: NDArray[np.uint32] = (mixed >> np.uint64(32)).astype(np.uint32)
        return hashes

    def proof(self, column: int, cell: bytes) -> int:
        """Keyed BLAKE2b of a cell of a column."""
        return int.from_bytes(blake2b(bytes((column,)) + cell, key=self._key, digest_size=8).digest(), "little")


def _powers(base: int) -> Words:
    steps = np.full(CHUNK + LONGEST, base, np.uint64)
    steps[0] = 1
    return np.cumprod(steps)


def folded_cell(cell: str) -> str:
    """A cell as it is compared: letters and digits alone, in lower case, a telephone without its dialling code."""
    return _DIALLED.sub("", Folded(cell.encode("utf-8", "replace")).data.decode())


def build(key: bytes, rows: Iterable[Sequence[str]], columns: int) -> tuple[bytes, Built]:
    """A set file of the rows of a table with so many columns (at most `MAX_COLUMNS`), and what it holds."""
    hasher = Hasher(key)
    places: dict[tuple[int, str], list[int]] = {}
    left_out: Counter[str] = Counter()
    count = 0
    for row, cells in enumerate(rows):
        count += 1
        for column, cell in enumerate(cells[:columns]):
            folded = folded_cell(cell)
            if len(folded.encode()) < LEAST_BYTES or len(folded) > LONGEST:
                left_out["long" if len(folded) > LONGEST else "short"] += bool(cell.strip())
            else:
                places.setdefault((column, folded), []).append(row)
    kept = {place: numbers for place, numbers in places.items() if len(numbers) <= COMMON}
    left_out["common"] = sum(map(len, places.values())) - sum(map(len, kept.values()))
    one = np.zeros(1, np.intp)
    entries: list[tuple[int, int, int, int]] = []
    for (column, folded), numbers in kept.items():
        codes = _codes(folded)
        quick = int(hasher.quick(hasher.sums(codes), one, len(codes))[0])
        proof = hasher.proof(column, folded.encode())
        entries += [(quick, proof, column, row) for row in numbers]
    entries.sort()
    arrays = {
        name: np.array([entry[at] for entry in entries], kind)
        for at, (name, kind) in enumerate({"quick": "u4", "proof": "u8", "column": "u1", "row": "u4"}.items())
    }
    lengths = [sorted({len(cell) for _, cell in kept if (ord(cell[0]) >= HAN) is han}) for han in (True, False)]
    facts = {"rows": count, "columns": columns, "han": lengths[0], "other": lengths[1]}
    distinct = tuple(sum(at == column for at, _ in places) for column in range(columns))
    built = Built(count, len(entries), distinct, left_out["short"], left_out["long"], left_out["common"])
    return seal(key, "cells", _ABOUT, facts, arrays), built


def _codes(folded: str) -> Codes:
    return np.frombuffer(folded.encode("utf-16-le"), np.uint16)


def load(key: bytes, data: bytes) -> Cells:
    """The cells of a set file. Raises SetError."""
    facts, arrays = unseal(key, "cells", data)
    try:
        quick, proof, column, row = (arrays[name] for name in ("quick", "proof", "column", "row"))
        cells = Cells(quick, proof, column, row, int(facts["rows"]), (tuple(facts["han"]), tuple(facts["other"])))
        fits = len({len(each) for each in cells[:4]}) == 1 and not (cells.quick[1:] < cells.quick[:-1]).any()
        fits = fits and not (cells.row >= cells.rows).any()
        fits = fits and all(0 < length <= LONGEST for lengths in cells.lengths for length in lengths)
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise SetError("its cells are not listed the way this program lists them; build it again")
    return cells
