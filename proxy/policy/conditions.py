"""Conditions on a message as closures over one view of it. Compiled once, called per message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from proxy.core.message import Cause
from proxy.policy.globs import Globs, compile_globs
from proxy.policy.view import View
from proxy.policy.when import DAYS, Condition, Envelope, Side, Size, Times

_MINUTES = 60


@dataclass(frozen=True, slots=True, eq=False)
class Test:
    """One key of a condition. `key` is its place in the rule (`to.hosts`), `wanted` what the rule says there, `found`
    what the message shows there, both for people. `given` are the words of which one must fit, where it has such."""

    key: str
    wanted: str
    test: Callable[[View], bool]
    found: Callable[[View], str]
    given: tuple[str, ...] | None = None

    def holds(self, view: View, chosen: set[int] | None) -> bool:  # noqa: ARG002 - of one kind with the others
        """Whether it holds; asked once per message."""
        known = view.memo.get(self)
        if known is None:
            known = view.memo[self] = self.test(view)
        return known is True


def envelope_tests(envelope: Envelope, *, loosens: bool = False) -> Iterator[Test]:
    """Compile the conditions on the envelope, cheapest first.

    `loosens` marks those of an exception or under `not`: where a message goes by several names, or nobody knows when it
    passed, they hold only if every reading of it fits. Those of a rule hold if one does.
    """
    if envelope.kind is not None:
        kind = envelope.kind
        yield Test("kind", kind.value, lambda view: view.message.kind is kind, lambda view: view.message.kind.value)
    if envelope.methods:
        methods = frozenset(envelope.methods)
        yield Test(
            "methods",
            _words(envelope.methods),
            lambda view: view.message.method.upper() in methods,
            lambda view: view.message.method.upper(),
            envelope.methods,
        )
    for side, sends in ((envelope.from_, True), (envelope.to, False)):
        yield from _side_tests(side, loosens=loosens, sends=sends) if side is not None else ()
    if envelope.protocols:
        protocols = frozenset(envelope.protocols)
        yield Test(
            "protocols",
            _words(envelope.protocols),
            (lambda view: view.protocols <= protocols) if loosens else (lambda view: bool(view.protocols & protocols)),
            lambda view: _words(sorted(view.protocols)),
        )
    yield from _glob_tests(envelope, loosens=loosens)
    if envelope.times is not None:
        yield from _time_tests(envelope.times, loosens=loosens)


def condition_tests(condition: Condition, *, loosens: bool = False) -> Iterator[Test]:
    """The same for what rules may ask besides, but for `data`."""
    yield from envelope_tests(condition, loosens=loosens)
    for name, globs in (condition.headers or {}).items():
        raw = name.encode()
        yield _globs(f"headers.{name}", globs, partial(_header, raw), loosens=loosens)
    if condition.file_types:
        types = frozenset(condition.file_types)
        yield Test(
            "file_types",
            _words(condition.file_types),
            (lambda view: bool(view.seen.file_types) and view.seen.file_types <= types)
            if loosens
            else (lambda view: not view.seen.file_types.isdisjoint(types)),
            lambda view: _words(sorted(view.seen.file_types)) or "nothing",
            condition.file_types,
        )
    if condition.size is not None:
        yield from _size_tests(condition.size)
    if condition.inspection:
        states = frozenset(condition.inspection)
        yield Test(
            "inspection",
            _words(condition.inspection),
            lambda view: view.completeness in states,
            lambda view: view.completeness,
        )
    if condition.uninspected is not None:
        causes = frozenset(condition.uninspected.causes or Cause)
        yield Test(
            "uninspected",
            _words(condition.uninspected.causes or ("any cause",)),
            lambda view: any(item.cause in causes for item in view.uninspected),
            lambda view: _words(sorted({item.cause.value for item in view.uninspected})) or "nothing left out",
            tuple(sorted(causes)),
        )


def _words(words: Iterable[object]) -> str:
    return ", ".join(map(str, words))


def _side_tests(side: Side, *, loosens: bool, sends: bool) -> Iterator[Test]:
    name, end = ("from", 0) if sends else ("to", 1)

    def party(view: View) -> str:
        return view.message.sender.zone if sends else view.message.receiver.zone

    def names(view: View) -> Sequence[str]:
        return view.sender if sends else view.receiver

    def address(view: View) -> str:
        return view.message.sender.address if sends else view.message.receiver.address

    if side.zones:
        zones = frozenset(side.zones)
        yield Test(f"{name}.zones", _words(side.zones), lambda view: party(view) in zones, party, side.zones)
    if side.territories:
        places = frozenset(side.territories)
        yield Test(
            f"{name}.territories",
            _words(side.territories),
            lambda view: view.territories[end] in places,
            lambda view: view.territories[end],
            side.territories,
        )
    if side.cidr:
        networks = side.cidr
        yield Test(
            f"{name}.cidr",
            _words(side.cidr),
            lambda view: _within(address(view), networks),
            lambda view: address(view) or "unknown",
            tuple(map(str, networks)),
        )
    if side.hosts:
        yield _globs(f"{name}.hosts", side.hosts, names, loosens=loosens)


def _glob_tests(envelope: Envelope, *, loosens: bool) -> Iterator[Test]:
    for key, globs, names in (
        ("paths", envelope.paths, _path),
        ("content_types", envelope.content_types, _types),
        ("clients", envelope.clients, _client),
    ):
        if globs:
            yield _globs(key, globs, names, loosens=loosens)


def _globs(key: str, globs: Sequence[str], names: Callable[[View], Sequence[str]], *, loosens: bool) -> Test:
    compiled: Globs = compile_globs(globs)
    matches = compiled.match_every if loosens else compiled.match_some
    return Test(
        key,
        _words(globs),
        lambda view: matches(names(view)),
        lambda view: _words(filter(None, names(view))) or "none",
        tuple(globs),
    )


def _path(view: View) -> Sequence[str]:
    return view.path


def _types(view: View) -> Sequence[str]:
    return view.types


def _client(view: View) -> Sequence[str]:
    return (view.message.client.lower(),)


def _header(name: bytes, view: View) -> Sequence[str]:
    return view.header(name)


def _size_tests(size: Size) -> Iterator[Test]:
    if size.bytes is not None:
        volume = size.bytes.at_least
        yield Test(
            "size.bytes",
            f"{volume} or more",
            lambda view: view.size >= volume,
            lambda view: str(view.size),
        )
    if size.rows is not None:
        rows = size.rows.at_least
        yield Test(
            "size.rows", f"{rows} or more", lambda view: view.seen.rows >= rows, lambda view: str(view.seen.rows)
        )


def _time_tests(times: Times, *, loosens: bool) -> Iterator[Test]:
    """In doubt about the time a rule holds, and an exception does not."""
    for key, wanted, test in _time_checks(times):
        yield Test(f"times.{key}", wanted, partial(_timely, test, not loosens), _moment)


def _time_checks(times: Times) -> Iterator[tuple[str, str, Callable[[datetime], bool]]]:
    if times.days:
        days = frozenset(DAYS.index(day) for day in times.days)
        yield "days", _words(times.days), lambda moment: moment.weekday() in days
    if times.hours:
        hours = times.hours
        wanted = _words(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in hours)
        yield "hours", wanted, partial(_in_hours, hours)
    if times.from_ is not None:
        first = times.from_
        yield "from", str(first), lambda moment: moment.date() >= first
    if times.until is not None:
        last = times.until
        yield "until", str(last), lambda moment: moment.date() <= last


def _timely(test: Callable[[datetime], bool], doubt: bool, view: View) -> bool:
    return doubt if view.moment is None else test(view.moment)


def _in_hours(hours: Sequence[tuple[int, int]], moment: datetime) -> bool:
    now = moment.hour * _MINUTES + moment.minute
    return any(first <= now < last if first < last else now >= first or now < last for first, last in hours)


def _moment(view: View) -> str:
    return f"{view.moment:%a %Y-%m-%d %H:%M} in Beijing" if view.moment else "unknown"


type _Networks = tuple[IPv4Network | IPv6Network, ...]


def _within(address: str, networks: _Networks) -> bool:
    try:
        number: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    mapped = number.ipv4_mapped if isinstance(number, IPv6Address) else None
    return any((mapped or number) in network for network in networks)
