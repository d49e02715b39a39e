"""The orders in which receivers put pieces together: as they come, by name, by number, by row, by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proxy.core.pieces import Piece


def of(parts: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """The orders in which pieces may belong together; each may be backwards, too."""
    by_key: dict[bytes, list[Piece]] = {}
    for part in parts:
        by_key.setdefault(part.key, []).append(part)
    groups = [parts, *by_key.values()] if len(by_key) > 1 else [parts]
    for group in groups:
        yield group
        numbers = [part.number for part in group]
        if min(numbers) >= 0 and numbers != sorted(numbers):
            yield sorted(group, key=lambda part: part.number)
    yield from _counted([group for group in by_key.values() if len(group) > 1])
    by_row = rows(parts)
    if len(by_row) > 1:
        yield from by_row.values()
        yield from _tabled(list(by_row.values()))


def rows(parts: Sequence[Piece]) -> dict[tuple[int, int], list[Piece]]:
    """The pieces of each line of each text."""
    by_row: dict[tuple[int, int], list[Piece]] = {}
    for part in parts:
        by_row.setdefault((part.text, part.row), []).append(part)
    return by_row


def _counted(groups: Sequence[Sequence[Piece]]) -> Iterator[Sequence[Piece]]:
    """In the order of numbers that stand beside the pieces: `{"n": 2, "v": "…"}`."""
    for numbers in groups:
        count = len(numbers)
        written = [part.value for part in numbers]
        if not all(each.isdigit() and len(each) <= 4 for each in written) or len(set(written)) != count:
            continue
        order = sorted(range(count), key=lambda at: int(written[at]))
        for group in groups:
            if group is not numbers and len(group) == count:
                yield [group[at] for at in order]


def _tabled(rows: Sequence[Sequence[Piece]]) -> Iterator[Sequence[Piece]]:
    """Column by column, and rows of one number together."""
    width = max(map(len, rows))
    columns = [[row[column] for row in rows if len(row) > column] for column in range(width)]
    yield from columns
    yield from _counted(columns)
    numbered: dict[bytes, list[Piece]] = {}
    for row in rows:
        numbered.setdefault(row[0].value, []).extend(row[1:])
    if len(numbered) < len(rows):
        yield from numbered.values()
