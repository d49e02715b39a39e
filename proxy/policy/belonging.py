"""Where a key belongs that stands in the wrong place, as the model has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

from proxy.policy.errors import did_you_mean, nearest
from proxy.policy.model import keys_of

type Way = tuple[str, ...]


_MANY = 4


def hint(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """The end of a message about an unknown key at `loc` of a model: where the key stands, or which was meant.

    The nearest place counts: what stands below the mapping it is in, then below what that is in, and so on.
    """
    *steps, word = [step for step in loc if isinstance(step, str)]
    for up in range(len(steps), -1, -1):
        places = _places(model, steps[:up], word)
        if places:
            return f"; {word} stands under {places}"
    here = keys_of(model, loc[:-1])
    if nearest(word, here) is None:
        at = _at(model, steps)
        meant = nearest(word, {way[-1] for way in _ways(at)}) if at is not None else None
        if meant is not None and (places := _places(model, steps, meant)):
            return f"; did you mean {meant}? It stands under {places}"
    return did_you_mean(word, here)


def _places(model: type[BaseModel], steps: Sequence[str], word: str) -> str:
    """The shortest ways from a place to a key further below; nothing where it stands in many."""
    at = _at(model, steps)
    ways = [way[:-1] for way in _ways(at) if way[-1] == word and len(way) > 1] if at is not None else []
    least = min(map(len, ways), default=0)
    places = [".".join(way) for way in ways if len(way) == least]
    return " or ".join(places) if len(places) <= _MANY else ""


def _at(model: type[BaseModel] | None, steps: Sequence[str]) -> type[BaseModel] | None:
    for step in steps:
        below = dict(_fields(model)).get(step) if model is not None else None
        model = below[0] if below else None
    return model


@cache
def _ways(model: type[BaseModel]) -> tuple[Way, ...]:
    """Every key below a model by the keys that lead to it; no model is entered again below itself."""
    return tuple(_under(model, (), frozenset()))


def _under(model: type[BaseModel], before: Way, entered: frozenset[type[BaseModel]]) -> Iterator[Way]:
    for name, below in _fields(model):
        yield (*before, name)
        for each in below:
            if not any(issubclass(known, each) or issubclass(each, known) for known in entered | {model}):
                yield from _under(each, (*before, name), entered | {model})


def _fields(model: type[BaseModel]) -> list[tuple[str, list[type[BaseModel]]]]:
    return [(field.alias or name, list(_models(field.annotation))) for name, field in model.model_fields.items()]


def _models(kind: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - an annotation, of any form
    """The models that a value of a type may be, or may be a list of. The keys of a mapping are its author's."""
    kind = getattr(kind, "__value__", kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    elif getattr(kind, "__origin__", None) is not dict:
        for part in getattr(kind, "__args__", ()):
            yield from _models(part)
