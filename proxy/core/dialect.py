"""What is spoken over a connection that is not HTTP: how a dialect tells what it read, and hears what may pass. Pure.

A dialect is fed the bytes of both sides as they come. It answers with acts: send this on, judge this, close. What is
to be judged is a `Piece`; the generator gets a `Ruling` back. Nothing is sent on that was not a piece first, but for
what the protocol itself says (lengths, acknowledgements of a few bytes).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Protocol

from proxy.core.message import Cause, Headers

CLIENT, SERVER = True, False
"""Which side speaks, or is spoken to."""


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes for one side, as they are."""

    to: bool
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Close:
    """Both connections end, at once."""


@dataclass(frozen=True, slots=True)
class StartTls:
    """Both sides go over to TLS, and begin anew."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A message of the side `by`, to be judged before it is sent on.

    `size` counts bytes on the wire. `rewritable` says that another body can stand in its place; `framed` that it is
    known where its values begin and end: what is not counts as unread, although it was searched. `told` gives it an
    audit line of its own whatever comes of it. `host` is what it is about, where that is not the server.
    """

    by: bool
    method: str
    body: bytes = field(repr=False)
    size: int
    path: bytes = field(default=b"", repr=False)
    headers: Headers = field(default=(), repr=False)
    rewritable: bool = False
    framed: bool = True
    told: bool = False
    host: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """Bytes that cannot be judged: the policy's word on the cause decides."""

    by: bool
    method: str
    cause: Cause
    size: int
    host: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of a piece. `body` is what goes on; `incident` names the record; `rules` are the ids of what
    blocked it; `again` says that it may pass later; `found` that something was found in it."""

    passes: bool
    body: bytes = field(default=b"", repr=False)
    incident: str = ""
    rules: tuple[str, ...] = ()
    again: bool = False
    found: bool = False


Act = Send | Close | StartTls | Piece | Missed
Acts = Generator[Act, Ruling | None, None]
Wants = Callable[[bool], bool]
"""Whether any rule looks at what a side says."""


class Dialect(Protocol):
    """One protocol over one connection."""

    name: str

    @property
    def held(self) -> int:
        """Bytes it keeps until it knows what they are."""
        ...

    def hear(self, data: bytes, by: bool) -> Acts:
        """Bytes of a side. Raises `Unscannable` where they are not this protocol."""
        ...

    def end(self, by: bool) -> Acts:
        """A side has said all."""
        ...


def ruled(ruling: Ruling | None) -> Ruling:
    """The ruling on a piece; whoever drives a dialect must give one."""
    if ruling is None:
        raise TypeError("a piece was not judged")
    return ruling
