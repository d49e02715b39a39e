"""Conditions of a rule as closures over one view of the message. Compiled once, called per message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import chain

from detectors.api import Band, Finding
from proxy.core.message import Cause, Kind, Message, Party, Uninspected
from proxy.policy.globs import Globs, compile_globs, normal_host, normal_path
from proxy.policy.model import Data, Envelope, Side, Unread


class View:
    """What conditions ask of a message, each worked out when first asked and then kept for the other rules."""

    def __init__(self, message: Message) -> None:
        self.message = message

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The path as `normal_path` writes it."""
        return (normal_path(self.message.path),)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Every content type the message claims, without parameters."""
        found = [value for name, value in self.message.headers if name.lower() == b"content-type"]
        return tuple(v.partition(b";")[0].strip().lower().decode("latin-1") for v in found) or ("",)

    @cached_property
    def sender(self) -> tuple[str, ...]:
        """The names the sender goes by."""
        return self._names(self.message.sender, serves=self.message.kind is Kind.RESPONSE)

    @cached_property
    def receiver(self) -> tuple[str, ...]:
        """The names the receiver goes by."""
        return self._names(self.message.receiver, serves=self.message.kind is Kind.REQUEST)

    def _names(self, party: Party, *, serves: bool) -> tuple[str, ...]:
        # attack: one host for the network, another in the Host header; a server goes by both
        names = [party.host or party.address]
        if serves and self.message.host and self.message.host != names[0]:
            names.append(self.message.host)
        return tuple(normal_host(name) for name in names if name) or ("",)


class Found:
    """The findings of a message, grouped once for all rules."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = findings
        self.ranks = [Band.of(finding.score).rank for finding in findings]
        self.by_entity: dict[str, list[int]] = {}
        for index, finding in enumerate(findings):
            self.by_entity.setdefault(finding.entity, []).append(index)


type Test = Callable[[View], bool]


@dataclass(frozen=True, slots=True)
class DataTest:
    """Which findings a rule is about and how many it takes. `entities` None: all. A detail may be of several words
    (`ENERGY-0007 listed`, `minor`), of which one is enough."""

    entities: frozenset[str] | None
    details: frozenset[str] | None
    rank: int
    count: int
    distinct: int

    def select(self, found: Found) -> Sequence[int]:
        """The findings meant, by index; empty where there are too few for the rule to match."""
        if self.entities is None:
            candidates: Iterable[int] = range(len(found.findings))
        else:
            candidates = chain.from_iterable(found.by_entity[e] for e in found.by_entity if e in self.entities)
        ranks, findings, details = found.ranks, found.findings, self.details
        chosen = [i for i in candidates if ranks[i] >= self.rank]
        if details is not None:
            chosen = [i for i in chosen if not details.isdisjoint(findings[i].detail.split())]
        if len(chosen) < self.count:
            return ()
        if self.distinct > 1 and (len(chosen) < self.distinct or _values(findings, chosen) < self.distinct):
            return ()
        return chosen


def _values(findings: Sequence[Finding], chosen: Iterable[int]) -> int:
    """How many different values. What two detectors claim (H12345678 is a home-return permit and a passport) is one."""
    by_place: dict[tuple[str, int, int], tuple[str, int]] = {}
    for finding in (findings[index] for index in chosen):
        place, value = (finding.part, finding.start, finding.end), (finding.entity, finding.subject)
        by_place[place] = min(by_place.get(place, value), value)
    return len(set(by_place.values()))


def data_test(data: Data, classes: dict[str, frozenset[str]]) -> DataTest:
    """Compile a data condition; `classes` holds the entities of each class. Entities and classes given are both
    looked for: a rule about `HK_ID` and about the class `contact` is about either."""
    entities: frozenset[str] | None = None
    if data.entities is not None or data.classes is not None:
        entities = frozenset(data.entities or ()).union(
            *(classes.get(name, frozenset()) for name in data.classes or ())
        )
    return DataTest(
        entities=entities,
        details=frozenset(data.details) if data.details else None,
        rank=data.band.rank,
        count=data.count.at_least if data.count else 1,
        distinct=data.distinct.at_least if data.distinct else 1,
    )


def unread_test(unread: Unread) -> Callable[[Sequence[Uninspected]], bool]:
    """Compile an `uninspected` condition."""
    return partial(_unread, frozenset(unread.causes) if unread.causes else frozenset(Cause))


def _unread(causes: frozenset[Cause], uninspected: Sequence[Uninspected]) -> bool:
    return any(item.cause in causes for item in uninspected)


def envelope_tests(envelope: Envelope, *, loosens: bool = False) -> tuple[Test, ...]:
    """Compile the conditions on the envelope, cheapest first. `loosens` marks those of an exception, which must hold
    for every name and every content type a message goes by."""
    tests: list[Test] = []
    if envelope.kind is not None:
        tests.append(partial(_kind, envelope.kind))
    if envelope.methods:
        tests.append(partial(_method, frozenset(envelope.methods)))
    for side, who in ((envelope.from_, "sender"), (envelope.to, "receiver")):
        tests += _side_tests(side, who, loosens=loosens) if side is not None else ()
    for globs, of in ((envelope.paths, _path), (envelope.content_types, _types)):
        if globs:
            tests.append(partial(of, _matcher(globs, loosens=loosens)))
    return tuple(tests)


def _side_tests(side: Side, who: str, *, loosens: bool) -> Iterable[Test]:
    sends = who == "sender"
    if side.zones:
        yield partial(_from_zone if sends else _to_zone, frozenset(side.zones))
    if side.cidr:
        yield partial(_from_network if sends else _to_network, side.cidr)
    if side.hosts:
        yield partial(_from_host if sends else _to_host, _matcher(side.hosts, loosens=loosens))


type _Matcher = Callable[[Sequence[str]], bool]
type _Networks = tuple[IPv4Network | IPv6Network, ...]


def _matcher(globs: Sequence[str], *, loosens: bool) -> _Matcher:
    compiled: Globs = compile_globs(globs)
    return compiled.match_every if loosens else compiled.match_some


def _kind(kind: Kind, view: View) -> bool:
    return view.message.kind is kind


def _method(methods: frozenset[str], view: View) -> bool:
    return view.message.method.upper() in methods


def _path(matches: _Matcher, view: View) -> bool:
    return matches(view.path)


def _types(matches: _Matcher, view: View) -> bool:
    return matches(view.types)


def _from_zone(zones: frozenset[str], view: View) -> bool:
    return view.message.sender.zone in zones


def _to_zone(zones: frozenset[str], view: View) -> bool:
    return view.message.receiver.zone in zones


def _from_host(matches: _Matcher, view: View) -> bool:
    return matches(view.sender)


def _to_host(matches: _Matcher, view: View) -> bool:
    return matches(view.receiver)


def _from_network(networks: _Networks, view: View) -> bool:
    return _within(view.message.sender.address, networks)


def _to_network(networks: _Networks, view: View) -> bool:
    return _within(view.message.receiver.address, networks)


def _within(address: str, networks: _Networks) -> bool:
    try:
        number: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    mapped = number.ipv4_mapped if isinstance(number, IPv6Address) else None
    return any((mapped or number) in network for network in networks)
