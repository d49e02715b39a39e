"""Outlines of messages a rule might meet, drawn from its compiled conditions: for each what it asks for, and that with
one thing changed at a time. No values: whoever asks makes messages of them. Pure.

An outline is a guess. What it comes to is for the engine to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_network

from detectors.api import Band
from proxy.core.message import Cause, Direction, Kind
from proxy.policy.conditions import Test
from proxy.policy.decide import Voter
from proxy.policy.selection import DataTest
from proxy.policy.tree import Either, Every, Part, tests_of
from proxy.policy.view import BEIJING
from proxy.policy.when import DAYS, Condition, Times

NEUTRAL_HOST, NEUTRAL_PATH = "nowhere.example.net", "/"
MOST = 600
"""The largest number of values put into one message; thresholds beyond it are not reached."""
_SPOKEN = {"http1": "HTTP/1.1", "http2": "HTTP/2.0", "http3": "HTTP/3.0", "connect": "HTTP/1.1"}
_VARIED = 24


@dataclass(frozen=True, slots=True)
class Wanted:
    """Values of an entity: how many different ones, of which band. `minor`: somebody under fourteen."""

    entity: str
    count: int = 1
    band: Band = Band.HIGH
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """A message in words. Zones, addresses and hosts are sender's and receiver's."""

    direction: Direction = Direction.EXPORT
    kind: Kind = Kind.REQUEST
    method: str = "POST"
    host: str = NEUTRAL_HOST
    path: str = NEUTRAL_PATH
    content_type: str = ""
    protocol: str = "HTTP/1.1"
    client: str = ""
    zones: tuple[str, str] = ("", "")
    addresses: tuple[str, str] = ("", "")
    headers: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None
    size: int = 0
    cause: Cause | None = None
    data: tuple[Wanted, ...] = ()


def outlines(voters: Sequence[Voter]) -> Iterator[Outline]:
    """Messages that versions of one rule might meet, those it asks for first."""
    seen: set[Outline] = set()
    bases = [base for voter in voters for base in _bases(voter)]
    for outline in (*bases, *(each for base in bases for each in _varied(base, bases, voters))):
        if outline not in seen:
            seen.add(outline)
            yield outline


def _bases(voter: Voter) -> list[Outline]:
    ways = [way for way in Direction if way in voter.ways]
    made = [met for way in ways[:2] for met in _met(voter.when, Outline(direction=way))]
    made += [met for base in made[:1] for each in voter.exempt for met in _met(each.when, base)]
    return [*made, *_timed(made[:1], voter.rule.when)]


def _met(part: Part, base: Outline) -> list[Outline]:
    """A base changed so that a condition might hold; for alternatives, one each."""
    if isinstance(part, Every):
        made = [base]
        for each in part.parts:
            made = [met for one in made for met in _met(each, one)][:_VARIED]
        return made
    if isinstance(part, Either):
        return [met for each in part.parts for met in _met(each, base)]
    if isinstance(part, DataTest):
        return [_with_data(part, base)]
    return [_with(part.key, given, base) for given in _first(part)] or [base] if isinstance(part, Test) else [base]


def _first(test: Test) -> list[str]:
    return [glob for glob in test.given or (test.wanted.split(", ")[0],) if not glob.startswith("!")][:1]


def glob_sample(glob: str) -> str:
    """Something that a glob fits."""
    return glob.removeprefix("!").replace("*.", "www.", 1).replace("*", "x")


def _with(key: str, word: str, base: Outline) -> Outline:  # noqa: C901, PLR0912 - a table of keys
    """A base with one thing so; as it was where that cannot be made."""
    match key:
        case "kind":
            return replace(base, kind=Kind(word))
        case "methods":
            return replace(base, method=word)
        case "to.hosts" | "from.hosts":
            return replace(base, host=base.host if word.removeprefix("!") == "*" else glob_sample(word))
        case "paths":
            return replace(base, path=glob_sample(word))
        case "content_types":
            return replace(base, content_type=glob_sample(word))
        case "clients":
            return replace(base, client=glob_sample(word))
        case "protocols":
            return replace(base, protocol=_SPOKEN.get(word, word))
        case "from.zones" | "from.territories":
            return replace(base, zones=(word, base.zones[1]))
        case "to.zones" | "to.territories":
            return replace(base, zones=(base.zones[0], word))
        case "from.cidr":
            return replace(base, addresses=(_address(word), base.addresses[1]))
        case "to.cidr":
            return replace(base, addresses=(base.addresses[0], _address(word)))
        case "size.bytes":
            return replace(base, size=int(word.partition(" ")[0]))
        case "uninspected":
            return replace(base, cause=Cause(word) if word in set(Cause) else Cause.ENCRYPTED)
    if key.startswith("headers."):
        return replace(base, headers=(*base.headers, (key.removeprefix("headers."), glob_sample(word))))
    return base


def _address(network: str) -> str:
    known = ip_network(network)
    return str(known[min(1, known.num_addresses - 1)])


def _with_data(test: DataTest, base: Outline) -> Outline:
    picked = test.picked
    band = Band.HIGH
    count = min(max(test.count, test.distinct, test.subjects), MOST)
    if test.kinds:
        entities = [min(kind) for kind in test.kinds if kind][: test.together]
    else:
        entities = sorted(picked.entities) if picked.entities is not None else ["CN_RESIDENT_ID", "CN_MOBILE", "PERSON"]
        entities = entities[: max(test.together, 1)]
    wanted = tuple(Wanted(entity, count, band, picked.minors) for entity in entities)
    return replace(base, data=tuple(dict.fromkeys((*base.data, *wanted))))


def _varied(base: Outline, bases: Sequence[Outline], voters: Sequence[Voter]) -> Iterator[Outline]:
    """A base with one thing as another version has it, or as nobody asks for it."""
    for other in bases:
        for name in ("method", "host", "path", "content_type", "protocol", "client", "zones", "addresses", "headers",
                     "at", "size", "kind", "direction", "data", "cause"):  # fmt: skip
            if getattr(other, name) != getattr(base, name):
                yield replace(base, **{name: getattr(other, name)})
    yield replace(base, host=NEUTRAL_HOST)
    yield replace(base, method="GET" if base.method == "POST" else "POST")
    yield replace(base, path="/elsewhere")
    for test in (each for voter in voters for part in _everything(voter) for each in tests_of(Test, part)):
        for word in (test.given or ())[:_VARIED]:
            yield _with(test.key, word.removeprefix("!"), base)
    yield from _varied_data(base, [each for voter in voters for each in tests_of(DataTest, voter.when)])


def _varied_data(base: Outline, tests: Sequence[DataTest]) -> Iterator[Outline]:
    for band in (Band.MEDIUM, Band.LOW):
        if base.data:
            yield replace(base, data=tuple(replace(each, band=band) for each in base.data))
    numbers = {n for test in tests for t in (test.count, test.distinct, test.subjects) for n in (t - 1, t)}
    for number in sorted(n for n in numbers if 0 < n <= MOST):
        if base.data:
            yield replace(base, data=tuple(replace(each, count=number) for each in base.data))
    sets = [test.picked.entities or frozenset() for test in tests]
    apart = frozenset[str]().union(*sets) - (frozenset.intersection(*sets) if sets else frozenset())
    count = max((each.count for each in base.data), default=1)
    for entity in sorted(apart):
        yield replace(base, data=(Wanted(entity, count),))


def _everything(voter: Voter) -> Iterable[Part]:
    return (voter.when, *(each.when for each in voter.exempt))


def _timed(bases: Sequence[Outline], condition: Condition) -> Iterator[Outline]:
    """The same in the time a rule names, and a day and half a day away."""
    times = condition.times
    for base in bases if times is not None else ():
        moment = _moment(times) if times is not None else None
        if moment is not None:
            for away in (timedelta(0), timedelta(hours=12), timedelta(days=1), timedelta(days=2), timedelta(days=-1)):
                yield replace(base, at=moment + away)


def _moment(times: Times) -> datetime:
    day = times.from_ or times.until
    moment = datetime(2026, 6, 15, 12, tzinfo=BEIJING)  # a Monday
    if day is not None:
        moment = moment.replace(year=day.year, month=day.month, day=day.day)
    while times.days and DAYS[moment.weekday()] not in times.days:
        moment += timedelta(days=1)
    if times.hours:
        first = times.hours[0][0]
        moment = moment.replace(hour=first // 60 % 24, minute=first % 60)
    return moment
