"""Who asks the models where persons stand in sentences: this process loads them, or another one has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Persons = Callable[[Sequence[str]], list[list[tuple[int, int]]]]
"""Of each sentence, where persons stand in it, as offsets of characters."""
Elsewhere = Callable[[str], Persons]
"""The same by the language, `han` or `english`, from another process."""

_elsewhere: list[Elsewhere] = []


def ask(elsewhere: Elsewhere) -> None:
    """Load no model in this process from now on."""
    _elsewhere[:] = [elsewhere]


def reader(language: str, load: Callable[[], Persons]) -> Persons:
    """Whoever reads a language."""
    return _elsewhere[0](language) if _elsewhere else load()
