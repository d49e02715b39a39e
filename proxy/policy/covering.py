"""Whether one compiled condition follows from another, and whether one can hold at all, as far as their parts tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from proxy.policy.conditions import Test
from proxy.policy.globs import Globs, compile_globs
from proxy.policy.selection import DataTest, Picked
from proxy.policy.tree import Either, Every, Not, Part

_GLOBBED = ("from.hosts", "to.hosts", "paths", "content_types", "clients")


def implies(one: Part, other: Part) -> bool:
    """Whether `other` holds whenever `one` does. Sound, not complete."""
    if one is other:
        return True
    if isinstance(other, Every):
        return all(implies(one, part) for part in other.parts)
    if isinstance(one, Every) and any(implies(part, other) for part in one.parts):
        return True
    if isinstance(one, Either) and one.parts:
        return all(implies(part, other) for part in one.parts)
    if isinstance(other, Either):
        return any(implies(one, part) for part in other.parts)
    if isinstance(one, Not) and isinstance(other, Not):
        return implies(other.part, one.part)
    if isinstance(one, DataTest) and isinstance(other, DataTest):
        return _narrower(one, other)
    return isinstance(one, Test) and isinstance(other, Test) and one.key == other.key and _within(one, other)


def _within(one: Test, other: Test) -> bool:
    if one.wanted == other.wanted and one.given == other.given:
        return True
    if one.given is None or other.given is None:
        return False
    if not (one.key in _GLOBBED or one.key.startswith("headers.")):
        return set(one.given) <= set(other.given)
    return _lets_less(one.given, other.given)


@lru_cache(maxsize=4096)
def _lets_less(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    wanted, unwanted = _signs(one)
    others, not_others = _signs(other)
    if not not_others <= unwanted:
        return False
    return not others or (bool(wanted) and all(_covered(glob, others) for glob in wanted))


def _signs(globs: Iterable[str]) -> tuple[set[str], set[str]]:
    listed = set(globs)
    unwanted = {glob[1:] for glob in listed if glob.startswith("!")}
    return {glob for glob in listed if not glob.startswith("!")}, unwanted


def _covered(glob: str, others: Iterable[str]) -> bool:
    """Whether one of some globs fits all that a glob fits: only a `*` fits a `*`, read as a letter."""
    return any(glob == other or ("*" in other and _globs(other).match_some([glob])) for other in others)


@lru_cache(maxsize=4096)
def _globs(glob: str) -> Globs:
    return compile_globs([glob])


def _narrower(one: DataTest, other: DataTest) -> bool:
    enough = (
        max(one.count, one.distinct) >= other.count
        and one.distinct >= other.distinct
        and one.subjects >= other.subjects
    )
    together = other.together == 0 or (one.together >= other.together and one.kinds == other.kinds)
    return enough and together and _picks_less(one.picked, other.picked)


def _picks_less(one: Picked, other: Picked) -> bool:
    if other.entities is not None and (one.entities is None or not one.entities <= other.entities):
        return False
    return (
        one.rank >= other.rank
        and _subset(one.details, other.details)
        and _subset(one.decimals, other.decimals)
        and (other.sensitive is None or one.sensitive == other.sensitive)
        and (one.minors or not other.minors)
        and one.samples >= other.samples
    )


def _subset(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return other is None or (one is not None and one <= other)


def void(part: Part) -> tuple[str, str] | None:
    """Why a condition can never hold, and by which of its keys; None where nothing says so."""
    if isinstance(part, DataTest):
        return _void_data(part)
    if isinstance(part, Test):
        return _void_globs(part)
    if isinstance(part, Either):
        voids = [void(each) for each in part.parts]
        return voids[0] if voids and all(voids) else None
    if not isinstance(part, Every):
        return None
    return next(filter(None, map(void, part.parts)), None) or _denied(part.parts)


def _denied(parts: Sequence[Part]) -> tuple[str, str] | None:
    for part in parts:
        if isinstance(part, Not):
            rest = Every(tuple(each for each in parts if each is not part))
            if rest.parts and implies(rest, part.part):
                return "it asks for something and for its opposite", "not"
    return None


def _void_data(test: DataTest) -> tuple[str, str] | None:
    if test.entities is not None and not test.entities:
        return "nothing finds what it asks for: no entity is in all that it names", "data"
    kinds = len(test.kinds) or (len(test.entities) if test.entities is not None else test.together)
    if test.together > kinds:
        return f"it asks for {test.together} different kinds and names {kinds}", "data.within_record"
    return None


def _void_globs(test: Test) -> tuple[str, str] | None:
    if test.given is None or not (test.key in _GLOBBED or test.key.startswith("headers.")):
        return None
    wanted, unwanted = _signs(test.given)
    if wanted and unwanted and all(_covered(glob, unwanted) for glob in wanted):
        return "what the list lets in it takes away again", test.key
    return None
