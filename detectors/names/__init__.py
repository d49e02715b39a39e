"""Names of persons: patterns where something says that a name stands there (`patterns`), models where nothing does."""

from __future__ import annotations

from detectors.api import Finder


def finders() -> tuple[Finder, ...]:
    """The finders of names, made cheaply: a model is loaded when there is a text for it.

    A finder whose model is not installed raises `MissingModelError` at its first text.
    """
    from detectors.names.english import EnglishNames  # noqa: PLC0415 - whoever asks for shapes alone need not load numpy
    from detectors.names.han import HanNames  # noqa: PLC0415

    return (HanNames(), EnglishNames())
