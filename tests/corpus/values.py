"""Values of every entity, made from the standards' letter and an invented population. Nothing here is taken from
`detectors`: what that leaves out must show."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple


class Value(NamedTuple):
    """`entity` as it must be found; `either` are other readings of the same characters that are right too."""

    entity: str
    text: str
    words: str = ""  # section of words.toml, where it is not the entity's
    either: tuple[str, ...] = ()


Make = Callable[[random.Random, str], Value]


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def pick(rng: random.Random, *options: str) -> str:
    return rng.choice(options)


def born(rng: random.Random, years: tuple[int, int] = (1938, 2023)) -> date:
    first = date(years[0], 1, 1)
    return first + timedelta(days=rng.randrange((date(years[1], 12, 31) - first).days))


def maker_entity(make: Make) -> str:
    """What a maker makes."""
    return make(random.Random(0), "hans").entity
