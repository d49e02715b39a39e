"""What compiled conditions say of a message, in words. No value of the message is among them (law 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from detectors.api import Band
from proxy.core.traces import host_name, safe_part, template_of
from proxy.policy.conditions import Test
from proxy.policy.globs import compile_globs
from proxy.policy.selection import DataTest
from proxy.policy.tree import Either, Every, Not, Part
from proxy.policy.view import View

_MOST = 12
_ABOUT = {
    "kind": "the message must be a",
    "methods": "the method must be",
    "from.zones": "the sender must be in zone",
    "to.zones": "the receiver must be in zone",
    "from.territories": "the sender must be in",
    "to.territories": "the receiver must be in",
    "from.cidr": "the sender's address must be in",
    "to.cidr": "the receiver's address must be in",
    "from.hosts": "the sender must fit",
    "to.hosts": "the receiver must fit",
    "paths": "the path must fit",
    "content_types": "the content type must fit",
    "clients": "the client must fit",
    "protocols": "the protocol must be",
    "file_types": "a file in it must be",
    "size.bytes": "the body must have this many bytes:",
    "size.rows": "there must be this many rows:",
    "inspection": "the inspection must be",
    "uninspected": "something must have been left unread because of",
}
_HERE: Mapping[str, Callable[[View], str]] = {
    "paths": lambda view: template_of(view.message.path, view.findings),
    "from.hosts": lambda view: listed(map(host_name, view.sender)),
    "to.hosts": lambda view: listed(map(host_name, view.receiver)),
}
_SHOWN = frozenset(
    {
        "kind", "methods", "from.zones", "to.zones", "from.territories", "to.territories", "from.cidr", "to.cidr",
        "protocols", "file_types", "size.bytes", "size.rows", "inspection", "uninspected",
    }
)  # fmt: skip
"""Keys whose side of the message holds nothing that could be somebody's."""
_WHY = {
    "check": "is written like one, but its check digit, date, region or issuer is wrong",
    "label": (
        "is written like one, but no word that says so is in the field's name or within 60 letters (20 Han characters) "
        "before it"
    ),
    "denied": "is written like one, but what stands around it says that it is something else",
}


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A value that could have been an entity: where, and why it is none (`check`, `denied`, `label`)."""

    entity: str
    part: str
    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a condition does not hold. `near`: little is missing."""

    text: str
    near: bool = False


def listed(words: Iterable[object]) -> str:
    """Words in a row, not too many."""
    given = list(dict.fromkeys(map(str, words)))
    more = f" and {len(given) - _MOST} more" if len(given) > _MOST else ""
    return ", ".join(given[:_MOST]) + more


def near_misses(misses: Iterable[NearMiss]) -> Iterator[str]:
    """One line for each place and reason, whatever it could have been."""
    places: dict[tuple[str, int, int, str], list[str]] = {}
    for miss in misses:
        places.setdefault((safe_part(miss.part), miss.start, miss.end, miss.why), []).append(miss.entity)
    for (part, start, end, why), entities in list(places.items())[:_MOST]:
        yield f"{part}[{start}:{end}]: {listed(entities)}? It {_WHY[why]}"
    if len(places) > _MOST:
        yield f"and {len(places) - _MOST} more places"


def met(part: Part, view: View) -> Iterator[str]:
    """What it was about the message that a condition holds for."""
    if isinstance(part, DataTest):
        chosen = part.select(view)
        entities = listed(sorted({view.findings[i].entity for i in chosen}))
        numbers = [f"{len(chosen)} found", f"{part.values(view)} different"]
        if part.subjects > 1:
            numbers.append(f"about {part.people(view)} people")
        places = listed(safe_part(view.findings[i].part) for i in chosen)
        yield f"{entities}: {', '.join(numbers)}, at {places}"
    elif isinstance(part, Test):
        here = _here(part, view)
        yield f"{_ABOUT.get(part.key, f'{part.key} must be')} {part.wanted}{here and f', and it is {here}'}"
    elif isinstance(part, Every):
        for each in part.parts:
            yield from met(each, view)
    elif isinstance(part, Either):
        holding = next((each for each in part.parts if each.holds(view, None)), None)
        yield from met(holding, view) if holding is not None else ()


def failing(
    part: Part, view: View, misses: Sequence[NearMiss] = (), unknown: frozenset[str] = frozenset()
) -> Iterator[Reason]:
    """Why a condition does not hold, the first reason first; nothing where it does."""
    if part.holds(view, None):
        return
    if isinstance(part, Every):
        others = [each for each in part.parts if each.holds(view, None)]
        for each in part.parts:
            for reason in failing(each, view, misses, unknown):
                data = isinstance(each, DataTest)
                yield reason if data else Reason(reason.text, reason.near or _worth(others))
    elif isinstance(part, Either):
        ways = [" and ".join(reason.text for reason in failing(each, view, misses, unknown)) for each in part.parts]
        near = any(reason.near for each in part.parts for reason in failing(each, view, misses, unknown))
        yield Reason(f"none of {len(ways)} alternatives holds: " + "; or ".join(f"({way})" for way in ways), near)
    elif isinstance(part, Not):
        yield Reason(f"it is not about messages where {listed(met(part.part, view))}", near=True)
    elif isinstance(part, DataTest):
        yield _short(part, view, misses)
    elif isinstance(part, Test):
        yield _elsewhere(part, view, unknown)


def _worth(holding: Sequence[Part]) -> bool:
    """Whether what holds is enough to call what does not a near miss: the data, or anything but the commonest."""
    return any(isinstance(part, DataTest | Every | Either) for part in holding) or len(holding) > 1


def _here(test: Test, view: View) -> str:
    if test.key in _HERE:
        return _HERE[test.key](view)
    return test.found(view) if test.key in _SHOWN or test.key.startswith("times.") else ""


def _elsewhere(test: Test, view: View, unknown: frozenset[str]) -> Reason:
    about = f"{_ABOUT.get(test.key, f'{test.key} must be')} {test.wanted}"
    if test.key in unknown or test.key.partition(".")[0] in unknown:
        return Reason(f"{about}; the record does not tell")
    if test.key in {"to.hosts", "from.hosts"} and test.given:
        names = view.sender if test.key.startswith("from") else view.receiver
        out = [glob for glob in test.given if glob.startswith("!")]
        if out and compile_globs([glob for glob in test.given if not glob.startswith("!")]).match_some(names):
            return Reason(f"the host {listed(map(host_name, names))} is excluded by {listed(out)}", near=True)
    here = _here(test, view)
    return Reason(f"{about}{here and f'; it is {here}'}")


def _short(test: DataTest, view: View, misses: Sequence[NearMiss]) -> Reason:
    """What is missing in what was found."""
    chosen, picked = test.meant(view), test.picked
    wanted = listed(sorted(picked.entities)) if picked.entities is not None else "anything"
    if chosen:
        return Reason(f"too little of {wanted}: {', '.join(_counts(test, view, chosen))}", near=True)
    alike = [i for i, each in enumerate(view.findings) if picked.entities is None or each.entity in picked.entities]
    weak = [i for i in alike if view.ranks[i] < picked.rank]
    if weak and len(weak) == len(alike):
        band = list(Band)[picked.rank]
        where = listed(safe_part(view.findings[i].part) for i in weak)
        found = listed(sorted({f"{view.findings[i].entity} (band {view.findings[i].band})" for i in weak}))
        return Reason(f"{found} at {where}, which is not sure enough: the rule takes band {band} and above", near=True)
    if picked.indices(view):
        return Reason(f"no record holds {test.together} different kinds of {wanted} together", near=True)
    if alike:
        asked = [" or ".join(sorted(picked.details))] if picked.details else []
        asked += ["sensitive"] if picked.sensitive is not None else []
        asked += ["of somebody under fourteen"] if picked.minors else []
        asked += ["of enough decimals"] if picked.decimals else []
        asked += [f"of {picked.samples} samples or more"] if picked.samples else []
        found = listed(sorted({view.findings[i].entity for i in alike}))
        return Reason(f"{found} was found, but none that is {' and '.join(asked) or 'meant'}", near=True)
    nearly = [miss for miss in misses if picked.entities is None or miss.entity in picked.entities]
    if nearly:
        return Reason(f"none of {wanted} was found; nearly: {'; '.join(near_misses(nearly[:3]))}", near=True)
    return Reason(f"none of {wanted} was found")


def _counts(test: DataTest, view: View, chosen: Sequence[int]) -> Iterator[str]:
    if len(chosen) < test.count:
        yield f"{len(chosen)} found, {test.count} needed"
    if test.values(view) < test.distinct:
        yield f"{test.values(view)} different, {test.distinct} needed"
    if test.subjects > 1 and test.people(view) < test.subjects:
        yield f"about {test.people(view)} people, {test.subjects} needed"
