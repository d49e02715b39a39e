"""Registered tables recognised by their rows: two cells of one row near each other, however they are separated.

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
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.fold import Folded, Offsets
from detectors.hashset import SetError, derive, seal, unseal

NEAR = 256
"""Letters and digits between two cells of one record, at most."""
LEAST_BYTES = 4
"""A shorter cell (a Han character is three, a digit one) says nothing about a row, and is left out."""
LONGEST = 64
"""A longer cell, in characters, is left out: it would not be written the same way twice."""
COMMON = 16
"""A cell that more rows share is left out: it tells none of them from the others."""
MAX_COLUMNS = 64

_ABOUT = "keyed hashes of the cells of a table, with the numbers of their columns and rows; no text, no names"
_HAN = 0x2E80  # from here on characters are words by themselves
_CHUNK = 1 << 16
_DIALLED = re.compile(r"(?:00)?(?:86(?=1[0-9]{10}\Z)|85[23](?=[0-9]{8}\Z))")
_DIALLING = re.compile(rb"8(?:6|5[23])(?=[0-9]{8})")

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


class RowSeen(NamedTuple):
    """A row found in a text: the number of its table, of the row there, how many of its columns, and where (bytes)."""

    table: int
    row: int
    columns: int
    spans: tuple[tuple[int, int], ...]


class _Hasher:
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
    steps = np.full(_CHUNK + LONGEST, base, np.uint64)
    steps[0] = 1
    return np.cumprod(steps)


def folded_cell(cell: str) -> str:
    """A cell as it is compared: letters and digits alone, in lower case, a telephone without its dialling code."""
    return _DIALLED.sub("", Folded(cell.encode("utf-8", "replace")).data.decode())


def build(key: bytes, rows: Iterable[Sequence[str]], columns: int) -> tuple[bytes, Built]:
    """A set file of the rows of a table with so many columns (at most `MAX_COLUMNS`), and what it holds."""
    hasher = _Hasher(key)
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
    lengths = [sorted({len(cell) for _, cell in kept if (ord(cell[0]) >= _HAN) is han}) for han in (True, False)]
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


class Tables:
    """Tables under one key, looked for together."""

    __slots__ = ("_bits", "_cells", "_first_rows", "_hasher", "_near")

    def __init__(self, key: bytes, tables: Sequence[Cells]) -> None:
        self._hasher = _Hasher(key)
        self._first_rows = np.cumsum([0, *(each.rows for each in tables)])
        row = [each.row + np.uint32(first) for each, first in zip(tables, self._first_rows[:-1], strict=True)]
        quick = np.concatenate([each.quick for each in tables])
        order = np.argsort(quick, kind="stable")
        proof = np.concatenate([each.proof for each in tables])
        column = np.concatenate([each.column for each in tables])
        han, other = (tuple(sorted({n for each in tables for n in each.lengths[at]})) for at in (0, 1))
        self._cells = Cells(
            quick[order],
            proof[order],
            column[order],
            np.concatenate(row)[order],
            int(self._first_rows[-1]),
            (han, other),
        )
        self._bits = min(max((16 * len(quick)).bit_length(), 16), 24)
        self._near = np.zeros(1 << self._bits, bool)  # a first look that stays in the cache
        self._near[quick >> np.uint32(32 - self._bits)] = True

    def find(self, text: Folded, columns: int = 2) -> list[RowSeen]:
        """The rows of which so many columns stand near each other."""
        found = self._found(text)
        if not found:
            return []
        found.sort()
        row, first, last, column, value = (np.array(each) for each in zip(*found, strict=True))
        beside = (np.diff(row) == 0) & (np.diff(column) != 0) & (np.diff(value) != 0)
        beside &= (first[1:] > last[:-1]) & (first[1:] - last[:-1] <= NEAR)
        rows = np.unique(row[1:][beside])
        keep = np.isin(row, rows)
        starts, ends = text.spans(first[keep], last[keep])
        groups: dict[int, list[_Cell]] = {}
        cells = map(_Cell, first[keep].tolist(), last[keep].tolist(), column[keep].tolist(), value[keep].tolist(),
                    starts.tolist(), ends.tolist())  # fmt: skip
        for number, cell in zip(row[keep].tolist(), cells, strict=True):
            groups.setdefault(number, []).append(cell)
        seen: list[RowSeen] = []
        for number, group in groups.items():
            table = int(np.searchsorted(self._first_rows, number, "right")) - 1
            for record in _records(group):
                if len(record) >= columns:
                    spans = tuple((cell.start, cell.end) for cell in record)
                    seen.append(RowSeen(table, number - int(self._first_rows[table]), len(record), spans))
        return seen

    def _found(self, text: Folded) -> list[tuple[int, int, int, int, int]]:
        """Cells in a text: row, first and last character, column, and a number for the value."""
        values: dict[bytes, tuple[int, list[tuple[int, int]]]] = {}
        found: list[tuple[int, int, int, int, int]] = []
        for start, length, left, right in self._candidates(text):
            cell = text.codes[start : start + length]
            written = cell.tobytes() if cell.dtype == np.uint8 else cell.tobytes().decode("utf-16-le").encode()
            if written not in values:
                values[written] = (len(values), self._proved(written, left, right))
            value, places = values[written]
            found += [(row, start, start + length - 1, column, value) for column, row in places]
        return found

    def _proved(self, written: bytes, left: int, right: int) -> list[tuple[int, int]]:
        """The columns and rows that a value is known from, of entries `left:right`."""
        columns = self._cells.column[left:right].tolist()
        proofs = {column: self._hasher.proof(column, written) for column in set(columns)}
        listed = zip(columns, self._cells.row[left:right].tolist(), self._cells.proof[left:right].tolist(), strict=True)
        return [(column, row) for column, row, proved in listed if proofs[column] == proved]

    def _candidates(self, text: Folded) -> Iterator[tuple[int, int, int, int]]:
        """Stretches whose quick hash is that of a cell: first character, length, and which entries have that hash."""
        cells, hasher = self._cells, self._hasher
        if not len(cells.quick):
            return
        borders = _borders(text)
        shift = np.uint32(32 - self._bits)
        for at in range(0, len(text.codes), _CHUNK):
            codes = text.codes[at : at + _CHUNK + LONGEST]
            border = borders[at : at + len(codes) + 1]
            sums = hasher.sums(codes)
            begin = border[: len(codes)].copy()
            begin[_CHUNK:] = False
            han = codes >= _HAN
            for side, lengths in zip((begin & han, begin & ~han), cells.lengths, strict=True):
                for length in lengths if side.any() else ():
                    starts = (side[: max(len(codes) - length + 1, 0)] & border[length:]).nonzero()[0]
                    if not len(starts):
                        continue
                    quick = hasher.quick(sums, starts, length)
                    near = self._near[quick >> shift].nonzero()[0]
                    if len(near):
                        left = np.searchsorted(cells.quick, quick[near])
                        right = np.searchsorted(cells.quick, quick[near], "right")
                        for start, low, high in zip(starts[near].tolist(), left.tolist(), right.tolist(), strict=True):
                            if low < high:
                                yield at + start, length, low, high


class _Cell(NamedTuple):
    first: int
    last: int
    column: int
    value: int
    start: int
    end: int


def _records(cells: Sequence[_Cell]) -> Iterator[list[_Cell]]:
    """Cells of one row that stand near each other: each column once, no value twice, none inside another."""
    record: list[_Cell] = []
    for cell in cells:
        if record and cell.first - record[-1].last > NEAR:
            yield record
            record = []
        fresh = all(cell.column != other.column and cell.value != other.value for other in record)
        if fresh and (not record or cell.first > record[-1].last):
            record.append(cell)
    yield record


def _borders(text: Folded) -> NDArray[np.bool_]:
    """Where a cell may begin or end: between words, at either side of a Han character, behind a dialling code."""
    codes = text.codes
    digit = (codes >= ord("0")) & (codes <= ord("9"))
    borders = np.ones(len(codes) + 1, bool)
    borders[1:-1] = (
        (np.diff(text.origins()) > 1) | (digit[1:] != digit[:-1]) | (codes[1:] >= _HAN) | (codes[:-1] >= _HAN)
    )
    dialled = [match.span() for match in _DIALLING.finditer(text.data)]
    if dialled:
        character = np.arange(len(codes)) if len(codes) == len(text.data) else _characters(text.data)
        for start, end in dialled:
            first = int(character[start])
            borders[character[end]] |= borders[first] or (text.data[start - 2 : start] == b"00" and borders[first - 2])
    return borders


def _characters(data: bytes) -> Offsets:
    """Which character each byte of UTF-8 is of."""
    return np.cumsum((np.frombuffer(data, np.uint8) & 0xC0) != 0x80) - 1
