"""The nouns of the catalogue: what is smuggled, how it is sent, and how whoever gets it reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from proxy.core.message import Headers


class Family(StrEnum):
    """What kind of hiding a technique is. `BEYOND` cannot be seen through by anyone who reads one message at a time and
    holds no key: it is shown and not counted."""

    PLAIN = "plain"
    ENCODINGS = "encodings"
    ESCAPES = "escapes"
    COMPRESSION = "compression"
    CIPHERS = "keyless ciphers"
    CHARSETS = "charsets"
    DIGITS = "digits and words"
    LETTERS = "look-alike letters"
    SEPARATORS = "separators"
    SPLITTING = "splitting"
    LAYOUT = "layout"
    PLACES = "places"
    SYNTAX = "comments and source text"
    BINARY = "binary encodings"
    CONTAINERS = "containers"
    DOCUMENTS = "documents"
    TRANSPORT = "transport"
    COMBINED = "one in another"
    BEYOND = "beyond"


class Secret(NamedTuple):
    """One identifier. `key` and `label` say what it is, in a field's name and in words. `proves` says whether it is
    known without either; what does not is hidden together with its label, or under it. `detail` is what a finding of
    it says beside."""

    name: str
    entity: str
    value: str
    key: str
    label: str
    proves: bool
    detail: str = ""

    @property
    def field(self) -> str:
        """The field's name that tells least and still lets it be known."""
        return "data" if self.proves else self.key

    @property
    def digits(self) -> bool:
        """Whether it is a number with at most a letter and brackets, on one line."""
        return len(self.value) < 24

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What is sent. `host` is empty for any host; `protocol` is how it is spoken."""

    body: bytes = b""
    content_type: str = ""
    headers: Headers = ()
    path: bytes = b"/upload"
    trailers: Headers = ()
    method: str = "POST"
    host: str = ""
    protocol: str = "HTTP/1.1"

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def header(self, name: bytes) -> str:
        """The first header of a name."""
        return next(value.decode() for key, value in self.headers if key.lower() == name.lower())


Receive = Callable[[Sequence[Request]], str]
Way = tuple[Callable[[Secret], Request], Callable[[Request], str]]
"""How one request is made of a secret, and read."""


class Case(NamedTuple):
    """One sending of one identifier. `receive` gives a text that holds the value, from what arrives."""

    name: str
    secret: Secret
    requests: tuple[Request, ...]
    receive: Receive


@dataclass(frozen=True, slots=True)
class Technique:
    """A way to hide. `receiver` says in a line how the other side reads it; `beyond` why nobody in between can."""

    name: str
    family: Family
    receiver: str
    make: Callable[[Sequence[Secret]], Iterator[Case]]
    beyond: str = ""


class Place(NamedTuple):
    """A way written by hand: the secret goes in, the request comes out; the request goes in, the value comes out.
    `fits` leaves out what would not be known in this place without any hiding, for nothing there says what it is."""

    name: str
    send: Callable[[Secret], Request]
    receive: Callable[[Request], str]
    fits: Callable[[Secret], bool] = lambda _: True


def placed(
    name: str,
    family: Family,
    receiver: str,
    places: Iterable[Place],
    fits: Callable[[Secret], bool] = lambda secret: secret.digits,
    beyond: str = "",
) -> Technique:
    """A technique of ways written by hand: every one with every identifier that fits."""
    ways = tuple(places)

    def make(secrets: Sequence[Secret]) -> Iterator[Case]:
        for secret in filter(fits, secrets):
            for place in ways:
                if not place.fits(secret):
                    continue
                yield Case(place.name, secret, (place.send(secret),), first(place.receive))

    return Technique(name, family, receiver, make, beyond)


def first(receive: Callable[[Request], str]) -> Receive:
    """Of a single request."""
    return lambda requests: receive(requests[0])
