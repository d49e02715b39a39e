"""Views: text as a person reads it, with the way back to the bytes it came from.

A view replaces stretches of a source (`\\u8eab`, `%41`, `&amp;`, a full-width digit) by what they mean. The text is
made at once, the way back only when somebody asks: most texts hold nothing worth going back for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

Decode = Callable[[re.Match[bytes]], bytes]


class View:
    """`text` is `source` with every match of `pattern` replaced by `decode(match)`; offsets are bytes."""

    __slots__ = (
        "_decode",
        "_pattern",
        "_source",
        "_source_ends",
        "_source_starts",
        "_view_ends",
        "_view_starts",
        "text",
    )

    def __init__(self, source: bytes, pattern: re.Pattern[bytes], decode: Decode) -> None:
        self._source = source
        self._pattern = pattern
        self._decode = decode
        self.text = pattern.sub(decode, source)
        self._source_starts: list[int] | None = None
        self._source_ends: list[int] = []
        self._view_starts: list[int] = []
        self._view_ends: list[int] = []

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The smallest stretch of the source that reads as `start:end` of the view: replaced stretches are whole."""
        self._index()
        return self._back(start, at_end=False), self._back(end, at_end=True)

    def to_view(self, position: int) -> int:
        """Where a position of the source went; one inside a replaced stretch goes to that stretch's start."""
        starts = self._index()
        at = bisect_right(starts, position) - 1
        if at < 0:
            return position
        if position < self._source_ends[at]:
            return self._view_starts[at]
        return self._view_ends[at] + position - self._source_ends[at]

    def _back(self, position: int, *, at_end: bool) -> int:
        at = bisect_right(self._view_starts, position) - 1
        if at >= 0 and at_end and self._view_starts[at] == position:
            # an end belongs before what starts here, unless that is itself empty in the view
            at -= 1
        if at < 0:
            return position
        view_start, view_end = self._view_starts[at], self._view_ends[at]
        if position >= view_end and not (position == view_start):
            return self._source_ends[at] + position - view_end
        if position == view_start and not at_end:
            return self._source_ends[at] if view_end == view_start else (self._source_starts or [])[at]
        return self._source_ends[at] if at_end else (self._source_starts or [])[at]

    def _index(self) -> list[int]:
        if self._source_starts is not None:
            return self._source_starts
        starts: list[int] = []
        shift = 0
        for match in self._pattern.finditer(self._source):
            start, end = match.span()
            size = len(self._decode(match))
            starts.append(start)
            self._source_ends.append(end)
            self._view_starts.append(start + shift)
            self._view_ends.append(start + shift + size)
            shift += size - (end - start)
        self._source_starts = starts
        return starts


class Reading:
    """A source and the views laid over it, innermost first; `text` is what is scanned. No views: the source itself."""

    __slots__ = ("_views", "text")

    def __init__(self, source: bytes, *views: View | None) -> None:
        self._views = tuple(view for view in views if view is not None)
        self.text = self._views[-1].text if self._views else source

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """The source bytes that `start:end` of the text came from."""
        for view in reversed(self._views):
            start, end = view.to_source(start, end)
        return start, end

    def to_text(self, position: int) -> int:
        """Where a position of the source stands in the text."""
        for view in self._views:
            position = view.to_view(position)
        return position
