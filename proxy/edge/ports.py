"""What the edge asks of the rest of the program. It is handed these; it never reaches for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from proxy.core.message import Action, Direction, Judge, Kind, Message, Mode, Verdict
from proxy.core.traces import Digests, Group


class Refusal(StrEnum):
    """Why the edge itself turned a message away, before or beside the engine: an audit cause and a metric label."""

    HOST_MISMATCH = "host_mismatch"  # the host it names is not the host it goes to: domain fronting
    MALFORMED = "malformed"  # framing two parsers may read differently: request smuggling
    CERTIFICATE = "upstream_certificate"  # the server did not prove who it is
    UPGRADE = "upgrade"  # a protocol switch nobody asked for
    SLOW = "slow"  # a request that did not come whole in time
    UNAUTHENTICATED = "unauthenticated"  # the client did not show who it is


class Upstream(StrEnum):
    """Ways in which a server cannot be reached."""

    CERTIFICATE = "certificate"
    TLS = "tls"
    CONNECT = "connect"
    PROTOCOL = "protocol"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule as the record knows it."""

    id: str
    rev: int
    action: Action
    mode: Mode


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """The policy in force. `hash` is the hex digest of its text, `entities` the closed set findings come from."""

    name: str
    revision: int
    hash: str
    rules: tuple[RuleFacts, ...]
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """One compiled policy and the engine that serves it, swapped as a whole.

    `inspect` is `Engine.inspect`; `judge` decides about what the edge could not hand to it (too big, not HTTP);
    `wants` says whether any rule looks at messages of a direction and kind. `slow` inspects in another process, under
    the same policy, given the verdict that is known already; without it every body is inspected in place. `most` is the
    highest number of anything a rule asks for. `ready` makes, one at a step, what is otherwise made when it is needed.
    """

    inspect: Callable[[Message], Verdict]
    judge: Judge
    wants: Callable[[Direction, Kind], bool]
    facts: PolicyFacts
    slow: Callable[[Message, Verdict | None], Awaitable[Verdict]] | None = None
    most: int = 1
    ready: Callable[[], Iterator[None]] = lambda: iter(())


Series = Sequence[Sequence[str]]
"""Metric series by name and label values, in the order of their cells; only the store looks inside."""


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The files of one policy, as every worker gets them: path and bytes. `until` is the first day on which they mean
    something else, because an exception has ended. `weaker` says in what it is weaker than the one in force, `allowed`
    what lets it be so."""

    files: tuple[tuple[str, bytes], ...]
    facts: PolicyFacts
    until: date | None = None
    weaker: tuple[str, ...] = ()
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """A glance at where a policy comes from: `seen` differs when something there has changed; `folders` hold it all."""

    seen: str
    folders: tuple[Path, ...]


class Source(Protocol):
    """Where policies come from. Its methods take a while and raise Rejected."""

    def first(self) -> PolicyText:
        """The policy to start with."""
        ...

    def next(
        self, current: Sequence[tuple[str, bytes]], files: Sequence[tuple[str, bytes]] | None = None
    ) -> PolicyText:
        """The policy to follow `current`: the one on disk, or `files` on a day when they mean something else."""
        ...

    def look(self) -> Look:
        """What is there now. Never raises Rejected."""
        ...


class Rejected(Exception):  # noqa: N818 - a word, not a class of errors
    """What was configured cannot be used; `lines` are for the operator, one mistake each."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


class Overloaded(Exception):  # noqa: N818 - a state, not a mistake
    """There is no room for a message now; later there will be."""


class Recorder(Protocol):
    """Where decisions and counts go."""

    def swap(self, series: Series, policy: PolicyFacts) -> None:
        """Take over another policy."""
        ...

    def decision(self, message: Message, verdict: Verdict, entry: Entry) -> None:
        """Write the audit line, then count. Raises OSError when the line cannot be written: nothing may pass then."""
        ...

    def passing(self, message: Message, verdict: Verdict, entry: Entry) -> None:
        """Write a line on a body in windows of which more is about to leave; nothing is counted before its `decision`.
        Raises OSError."""
        ...

    def uninspected(self, reason: str, zone: str, size: int) -> None:
        """Count bytes that nobody looked at and that have no audit line of their own."""
        ...

    def error(self, cause: str) -> None:
        """Count a failure of the engine or of the edge."""
        ...

    def upstream(self, cause: str) -> None:
        """Count a server that could not be reached."""
        ...

    def latency(self, seconds: float) -> None:
        """Observe what the gate added to one message."""
        ...

    def held(self, size: int) -> None:
        """Set the number of body bytes now in memory."""
        ...


@dataclass(frozen=True, slots=True)
class Streamed:
    """What became of a body inspected in windows. `left` counts its bytes that were sent on, all of them or, where it
    was stopped, those that had left by then; digests are of the wire, hexadecimal, of a whole body alone."""

    groups: tuple[Group, ...]
    windows: int
    left: int
    original: str | None
    forwarded: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """The part of an audit line that is neither in the message nor in the verdict.

    `seconds` is what inspection took; `forwarded` is the body sent on, None when nothing was; `whole` says that
    `Message.body` is the whole body; `refusal` is set when the edge itself said no. `policy` is the one it was judged
    by where that need not be the one in force. `messages` is how many messages share the line, 0 for a line of its own.
    `streamed` is there where the body was inspected in windows; `digests` where the SHA-256 of the body, as it came and
    as it was sent on, is known already.
    """

    incident: str
    client: str
    seconds: float = 0.0
    forwarded: bytes | None = None
    whole: bool = True
    refusal: str = ""
    policy: PolicyFacts | None = None
    messages: int = 0
    streamed: Streamed | None = None
    digests: Digests | None = None


class Passing(Protocol):
    """A body on its way."""

    def abandon(self) -> None:
        """Its flow is over: record it, if that is not done. Raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class Status:
    """What the supervisor knows at scrape time. `reloaded_at` is seconds since the epoch; `spare` says
    that a worker stands ready to take a place."""

    facts: PolicyFacts
    reload_ok: bool
    reloaded_at: float
    ready: int
    restarts: int
    spare: bool = False


class Board(Protocol):
    """The supervisor's side of the counters."""

    def admit(self, policy: PolicyFacts) -> Series:
        """Make room for a policy's series; all series, old and new."""
        ...

    def cells(self, worker: int) -> int:
        """The descriptor of a worker's counters, the same after a restart, with its gauges back at zero."""
        ...

    def page(self, status: Status) -> tuple[str, bytes]:
        """Content type and text of a scrape."""
        ...


class Archive(Protocol):
    """Where policies that come into force are kept."""

    def adopt(self, policy: PolicyText, before: PolicyFacts | None) -> None:
        """Record it where it is weaker than the one `before` it, and keep its files. Raises OSError when it cannot be
        recorded: it must not come into force then."""
        ...


class Workshop(Protocol):
    """How a worker makes what it needs from what the supervisor sent."""

    def gate(self, files: Sequence[tuple[str, bytes]]) -> Gate:
        """Compile a policy and its engine. Raises Rejected."""
        ...

    def recorder(self, worker: int, cells: int, series: Series, policy: PolicyFacts) -> Recorder:
        """Open the record. Raises OSError."""
        ...
