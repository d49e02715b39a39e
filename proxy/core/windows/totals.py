"""How much was found in all windows of a body, in bounded space: what the record says instead of every finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nsmallest

from detectors.api import Band, EntityClass, Finding
from proxy.core.message import Counted
from proxy.core.traces import MAX_GROUPS, Group, safe_part

SKETCH = 1024
"""Different values of a group that are counted exactly; beyond, the number is right to some three per cent: the
smallest of their keyed numbers tell how dense they lie (Bar-Yossef et al., RANDOM 2002)."""
_SPACE = 1 << 56  # `since.tokens` are numbers below it
_Key = tuple[str, str, str]


@dataclass(slots=True)
class _Sum:
    entity_class: EntityClass
    score: float = 0.0
    count: int = 0
    subjects: set[int] = field(default_factory=set)

    def add(self, score: float, count: int, subjects: Iterable[int]) -> None:
        self.score = max(self.score, score)
        self.count += count
        self.subjects.update(subjects)
        if len(self.subjects) > 4 * SKETCH:
            self.subjects = set(nsmallest(SKETCH, self.subjects))

    @property
    def sketch(self) -> tuple[int, ...]:
        return tuple(sorted(self.subjects)[:SKETCH])


class Totals:
    """Findings by entity and place, in order of appearance; beyond `MAX_GROUPS` one for the rest of each entity."""

    def __init__(self) -> None:
        self._sums: dict[_Key, _Sum] = {}

    def _sum(self, entity: str, entity_class: EntityClass, part: str, detail: str) -> _Sum:
        key = (entity, part, detail)
        if key not in self._sums and len(self._sums) >= MAX_GROUPS:
            key = (entity, "…", "")
        return self._sums.setdefault(key, _Sum(entity_class))

    def find(self, findings: Iterable[Finding]) -> None:
        """Findings of a window, their subjects made the same in all windows."""
        for each in findings:
            self._sum(each.entity, each.entity_class, safe_part(each.part), each.detail).add(
                each.score, 1, (each.subject,)
            )

    def add(self, counted: Iterable[Counted], *, head: bool) -> None:
        """What was counted in a window; what stands before the body only with `head`, for each window has it."""
        for each in counted:
            if head or each.part.startswith(("body", "…")):
                self._sum(each.entity, each.entity_class, each.part, each.detail).add(
                    each.score, each.count, each.subjects
                )

    @property
    def counted(self) -> tuple[Counted, ...]:
        """All of it, to be added up elsewhere."""
        return tuple(
            Counted(entity, each.entity_class, each.score, part, detail, each.count, each.sketch)
            for (entity, part, detail), each in self._sums.items()
        )

    @property
    def groups(self) -> tuple[Group, ...]:
        """For the record."""
        return tuple(
            Group(entity, each.entity_class, Band.of(each.score), part, each.count, _distinct(each.sketch), detail)
            for (entity, part, detail), each in self._sums.items()
        )


def _distinct(sketch: tuple[int, ...]) -> int:
    return len(sketch) if len(sketch) < SKETCH else (SKETCH - 1) * _SPACE // max(sketch[-1], 1)
