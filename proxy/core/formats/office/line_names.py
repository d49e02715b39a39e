"""What lines of running text are called: by the label above or to the left, by their column's heading; their paths."""

from __future__ import annotations

from proxy.core.formats.base import readable
from proxy.core.formats.office import xml_spans
from proxy.core.formats.office.lines import Text, Where
from proxy.core.formats.office.strands import Name, Strands
from proxy.core.formats.tabular import HEADING_CELL, NUMBERED, Cell, Tabular, label_like

_TOP, _FEW, _SAMPLED = 3, 40, 200
_LONGEST_VALUE = 80


class Called:
    """What the lines of a part are called, worked out when somebody asks."""

    __slots__ = ("_labels", "_stem", "_tabular", "text")

    def __init__(self, text: Text, stem: str) -> None:
        self.text = text
        self._stem = stem
        self._tabular: Tabular | None = None
        self._labels: dict[tuple[int, int], bool] = {}

    def __call__(self, strands: Strands, start: int, position: int) -> Name:
        """The name and path of a line."""
        where = self.where(strands, start)
        if where.table:
            return Name(self.in_table(strands, where), self.path(where))
        if self._tabular is None:
            self._tabular = Tabular(strands.text)
        seen = self._tabular.look(position)
        name = seen.name if isinstance(seen, Cell) else seen
        if not name and (before := self._before(strands, start)):
            name = before
        own = b"" if where.element in (b"p", b"h", b"si") else where.element
        return Name(b" ".join(filter(None, (own, name))), self.path(where))

    def where(self, strands: Strands, start: int) -> Where:
        """Where the line that begins at a position of the text stands."""
        return self.text.where(strands.number(start))

    def path(self, where: Where) -> str:
        """`document/p[12]`, `document/table[1]/row[3]/cell[2]`."""
        if where.table:
            return f"{self._stem}/table[{where.table}]/row[{where.row}]/cell[{where.column}]"
        element = b"element" if NUMBERED.search(where.element) else where.element
        return f"{self._stem}/{readable(element)}[{where.number}]"

    def _before(self, strands: Strands, start: int) -> bytes:
        """The line above, if it is a label and the value below it short."""
        if start == 0 or strands.line(start)[1] - start > _LONGEST_VALUE:
            return b""
        above = strands.text[slice(*strands.line(start - 1))]
        return above if len(above) <= HEADING_CELL and label_like(above) else b""

    def in_table(self, strands: Strands, where: Where) -> bytes:
        """The label to the left, and the heading of the column."""
        table, row, column = where[3:]
        heading = b" ".join(
            text
            for at in range(1, min(_TOP, row - 1) + 1)
            if label_like(text := self._cell(strands, table, at, column))
        )
        left = b""
        if self._has_labels(strands, table, column):
            left = next(
                (
                    text
                    for at in (column - 1, 1)
                    if 0 < at < column and label_like(text := self._cell(strands, table, row, at))
                ),
                b"",
            )
        return b" ".join(filter(None, (left, heading)))

    def _cell(self, strands: Strands, table: int, row: int, column: int) -> bytes:
        """The text of a cell; of a long one the beginning."""
        texts = (strands.numbered(number)[: 2 * HEADING_CELL] for number in self.text.in_cell(table, row, column))
        return xml_spans.plain(b" ".join(texts)).strip()

    def _has_labels(self, strands: Strands, table: int, column: int) -> bool:
        """Whether the cells to the left may be labels: not in a long table of people, whose names all differ."""
        known = self._labels.get((table, column))
        if known is None:
            seen = [self._cell(strands, table, row, column - 1) for row in range(1, _SAMPLED + 1)]
            known = not seen[-1] or len(set(seen)) <= _FEW
            self._labels[table, column] = known
        return known
