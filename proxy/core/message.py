"""The nouns that cross boundaries: a message goes in, a verdict comes out. All frozen, none prints its payload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from detectors.api import EntityClass, Finding

Headers = tuple[tuple[bytes, bytes], ...]
Trail = tuple[tuple[bytes, bytes], ...]
"""What earlier messages of a conversation held that the next could complete to a number, see `trail`."""


class Kind(StrEnum):
    """Which half of a flow a message is."""

    REQUEST = "request"
    RESPONSE = "response"


class Direction(StrEnum):
    """Which way data crosses the border: export leaves the mainland, import enters it."""

    EXPORT = "export"
    IMPORT = "import"
    INTERNAL = "internal"


class Action(StrEnum):
    """What happens to a message; ordered by strictness: log < redact < block."""

    LOG = "log"
    REDACT = "redact"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for log, 1 for redact, 2 for block."""
        return _STRICTNESS[self]


_STRICTNESS = {Action.LOG: 0, Action.REDACT: 1, Action.BLOCK: 2}


class Mode(StrEnum):
    """Whether a rule acts (enforce), only records what it would do (shadow), or sleeps (off)."""

    ENFORCE = "enforce"
    SHADOW = "shadow"
    OFF = "off"


class Operator(StrEnum):
    """How a finding is redacted; ordered by how little of the value is left."""

    MASK = "mask"
    GENERALISE = "generalise"
    HASH = "hash"
    TOKEN = "token"  # noqa: S105 - an operator's name, not a secret
    REPLACE = "replace"
    REMOVE = "remove"


class Cause(StrEnum):
    """Why bytes were not inspected, or why a message could not be handled: a metric label, an audit field and
    the key of `defaults.uninspected` in the policy. One constant per way of failing."""

    OVERSIZE = "oversize"  # more bytes than the cap, before or after decoding
    RATIO = "ratio"  # expands more than a real document does: a bomb
    DEPTH = "depth"  # nested deeper than the cap
    TIMEOUT = "timeout"  # the deadline passed
    DECODE_ERROR = "decode_error"  # claims a coding or charset it does not keep
    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"  # a format or coding nothing here reads
    PASSTHROUGH = "passthrough"  # TLS to a host on the operator's passthrough list
    NOT_SELECTED = "not_selected"  # no rule looks at messages that flow this way
    DNS_TUNNEL = "dns_tunnel"  # names asked for that look like data on their way
    NAMES_SKIPPED = "names_skipped"  # read by the patterns, but too much for the models that find names
    OCR_SKIPPED = "ocr_skipped"  # images beyond what is read for text in one message
    TYPE_MISMATCH = "type_mismatch"  # read, but not of the type it is declared to be
    REWRITE = "rewrite"  # holds what must be redacted, and cannot be rewritten safely
    ENGINE_ERROR = "engine_error"  # an exception in the engine: always blocked
    AUDIT = "audit"  # the audit line could not be written
    OVERLOAD = "overload"  # too many bytes in flight


TEXT_TYPES = ("json", "ndjson", "form", "xml", "html", "sql", "csv", "text")
FILE_TYPES = (
    *TEXT_TYPES, "binary", "multipart", "zip", "ooxml", "odf", "tar", "gzip", "zstd", "zlib", "bare stream", "bzip2",
    "xz", "lzma", "7z", "pdf", "image", "rtf", "ole", "sqlite", "parquet", "arrow", "mail", "http", "cms", "sealed",
    "grpc", "protobuf", "msgpack", "cbor", "bson", "bencode", "plist",
)  # fmt: skip
"""What bytes can turn out to be: the texts, the containers, and the rest."""


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a flow. `address` is a numeric IP or empty; `host` a DNS name or literal, lower-case."""

    zone: str
    address: str = ""
    host: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """What a window is cut from, where that is not the body as it stands but something in it: the name of its part,
    what is said of it (the declared type, its name, the file's name), and the containers it lies in, `depth` of them.
    """

    part: str = field(repr=False)
    content_type: bytes = field(repr=False)
    name: bytes = field(repr=False)
    file: str = field(repr=False)
    depth: int
    file_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What went before a message that is one window of a body: its findings (as many as rules can ask for, `most` of a
    kind; `subject` is the same in all windows of a body), its bytes and its rows. Of the window itself the bytes
    `first:last` count as new: others are there to be read beside them, and come in another window or came already.
    `member` is what it is a window of, if not of the body."""

    findings: tuple[Finding, ...] = ()
    size: int = 0
    rows: int = 0
    most: int = 1
    first: int = 0
    last: int = 1 << 62
    member: Member | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Findings of one entity and detail in one place, that have no place in a record one by one. `subjects` are a
    sample of the values found: the smallest of their numbers."""

    entity: str
    entity_class: EntityClass
    score: float
    part: str
    detail: str
    count: int
    subjects: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """One half of a flow as it stands on the wire, before content-decoding.

    For a response, `method`, `host`, `path` are those of its request. `path` holds the query. `headers` keep
    order, case and duplicates. `trailers` likewise. `status` is 0 for a request. `client` is who the client has shown
    itself to be, empty where the gate does not ask. `at` is when it passed, in seconds since 1970, 0 where unknown.
    `earlier` is there where the body is one window of a longer one, `trail` where the message is one of a conversation.
    """

    kind: Kind
    direction: Direction
    method: str
    scheme: str
    host: str
    port: int
    path: bytes = field(repr=False)
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    sender: Party
    receiver: Party
    protocol: str = "HTTP/1.1"
    status: int = 0
    trailers: Headers = field(default=(), repr=False)
    client: str = ""
    at: float = 0.0
    earlier: Earlier | None = field(default=None, repr=False)
    trail: Trail | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Uninspected:
    """Bytes of a part that were not inspected, and why. `size` counts bytes as they stood on the wire."""

    part: str
    cause: Cause
    size: int


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that matched. `law` marks a legal bar: the client sees 451 instead of 403."""

    id: str
    rev: int
    action: Action
    mode: Mode
    law: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says of the findings: the strictest enforced action, the united redactions (finding index →
    operator), every rule that matched, and what shadow rules would have done."""

    action: Action
    rules: tuple[RuleMatch, ...] = ()
    redactions: tuple[tuple[int, Operator], ...] = ()
    shadow: Action = Action.LOG


LAW_STATE_SECRET = "LAW-STATE-SECRET"  # noqa: S105 - a rule's name
"""The rule no policy can switch off: State Secrets Law (2024 revision), articles 28 and 29. The engine keeps it."""


class Seen(NamedTuple):
    """What reading a message has told besides its findings: what the body and the files in it are (words of
    `FILE_TYPES`), and how many rows they hold (0 where nobody asked)."""

    file_types: frozenset[str] = frozenset()
    rows: int = 0


UNSEEN = Seen()


class Judge(Protocol):
    """What the engine needs of a policy. Pure: the same arguments give the same decision."""

    def decide(
        self,
        message: Message,
        findings: Sequence[Finding],
        uninspected: Sequence[Uninspected],
        seen: Seen = UNSEEN,
    ) -> Decision:
        """Let every rule vote."""
        ...


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The message after redaction: the three places an edit can reach, whole. Of a window, `edits` are those of its
    body, in order and apart: the bytes `start:end` became others."""

    path: bytes = field(repr=False)
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    trailers: Headers = field(default=(), repr=False)
    edits: tuple[tuple[int, int, bytes], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The engine's answer. `rewrite` is there exactly when `action` is redact. `inspected` counts wire bytes that
    were read; `complete` says that none were left out. The cause of a block that no rule asked for is in
    `uninspected`. `skipped` names the finders that could not read all they should have (`names`, `presidio`); `seen` is
    what the policy was told besides. Of a window `findings` are those that rules about later ones must know, and
    `counted` all. `trail` is what the next message of the same conversation comes with."""

    action: Action
    rules: tuple[RuleMatch, ...] = ()
    findings: tuple[Finding, ...] = ()
    uninspected: tuple[Uninspected, ...] = ()
    inspected: int = 0
    shadow: Action = Action.LOG
    rewrite: Rewrite | None = field(default=None, repr=False)
    skipped: tuple[str, ...] = ()
    seen: Seen = UNSEEN
    counted: tuple[Counted, ...] = ()
    trail: Trail | None = field(default=None, repr=False)

    @property
    def complete(self) -> bool:
        """Whether every byte was inspected."""
        return all(left_out.cause is Cause.TYPE_MISMATCH for left_out in self.uninspected)
