"""Registered tables recognised by their rows: two cells of one row near each other, however they are separated.

What is known of the cells is told in `cellset`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.cellset import CHUNK, HAN, LONGEST, Cells, Hasher
from detectors.fold import Folded, Offsets

NEAR = 256
"""Letters and digits between two cells of one record, at most."""
_DIALLING = re.compile(rb"8(?:6|5[23])(?=[0-9]{8})")


class RowSeen(NamedTuple):
    """A row found in a text: the number of its table, of the row there, how many of its columns, and where (bytes)."""

    table: int
    row: int
    columns: int
    spans: tuple[tuple[int, int], ...]


class Tables:
    """Tables under one key, looked for together."""

    __slots__ = ("_bits", "_cells", "_first_rows", "_hasher", "_near")

    def __init__(self, key: bytes, tables: Sequence[Cells]) -> None:
        self._hasher = Hasher(key)
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
        for at in range(0, len(text.codes), CHUNK):
            codes = text.codes[at : at + CHUNK + LONGEST]
            border = borders[at : at + len(codes) + 1]
            sums = hasher.sums(codes)
            begin = border[: len(codes)].copy()
            begin[CHUNK:] = False
            han = codes >= HAN
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
    borders[1:-1] = (np.diff(text.origins()) > 1) | (digit[1:] != digit[:-1]) | (codes[1:] >= HAN) | (codes[:-1] >= HAN)
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
