"""An entity: a header block and the content behind it, be it a letter (RFC 5322), a part of a form (RFC 7578) or of a
letter (RFC 2046), or an HTTP message in a batch (RFC 9112).

Whichever of the things its header says a receiver believes, the content is read that way: a field that is there twice
counts twice, and content behind an encoding that some receivers ignore is read as it stands, too.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from proxy.core import charsets, codings
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats import headers, kinds, transfer
from proxy.core.formats.base import Inner, Item, Leaf, Node, Source
from proxy.core.formats.plain import Plain
from proxy.core.message import Cause, Uninspected
from proxy.core.text import View

_TOKEN = re.compile(rb"[\w.+-]+")
_LENGTH = re.compile(rb"(?im)^(content-length[ \t]*:[ \t]*)(\d{1,15})(?=\s)")
_ARMOUR = re.compile(rb"^-----BEGIN PGP MESSAGE-----.*?(?:^-----END PGP MESSAGE-----|\Z)", re.MULTILINE | re.DOTALL)
_BITTEN = re.compile(rb"=[0-9A-Fa-f]{2}[0-9A-Za-z]{4}")
_NUMBER = re.compile(rb"[0-9][0-9 ()+-]{5}[0-9]")
_UNPRINTABLE = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
_SOFT = re.compile(rb" \r?\n(?:> ?)*")
_BROKEN = re.compile(rb"[0-9A-Za-z] \r?\n(?:> ?)*[0-9A-Za-z]")
_FLOWED = re.compile(rb"format\s*=\s*\"?flowed", re.IGNORECASE)
_SEALS = frozenset(
    b"dkim-signature domainkey-signature x-google-dkim-signature arc-message-signature content-md5 content-digest "
    b"repr-digest digest signature".split()
)
"""Fields that no longer fit when what they cover is changed."""
_ENCRYPTED = frozenset((b"multipart/encrypted", b"application/pgp-encrypted"))
_NAMED = (b"content-disposition", b"content-type")


@dataclass(frozen=True, slots=True)
class Entity:
    """A header block and its content as nodes, and the fields of the block. `also` is the content as it is for readers
    who take it to begin at the first line that is no field."""

    head: Node
    body: Node
    said: Sequence[tuple[bytes, bytes]]
    also: Node | None = None

    @property
    def content_type(self) -> bytes:
        """All that it is declared to be."""
        return b";".join(headers.values(self.said, b"content-type"))


def named(said: Sequence[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """What a parameter of the disposition or the type, among the fields of a header, may be taken to be."""
    found = (headers.parameters(value, name) for field in _NAMED for value in headers.values(said, field))
    return [each for some in found for each in some]


def cut(node: Node, start: int, end: int, *, locked: bool = False) -> Entity:
    """The entity in a stretch of a node. What is signed or `locked` is read and never changed."""
    data = node.data
    head_end, content = headers.split(data, start, end)
    block = data[start:head_end]
    said = headers.fields(block)
    sealed = locked or any(name in _SEALS for name, _ in said)
    junk = headers.ragged(block)
    if not sealed and any(name == b"content-length" for name, _ in said):
        return _measured(node.child(start, end), head_end - start, content - start, said, junk)
    slices = node.locked if sealed else node.child
    also = None if junk is None else slices(start + junk, end)
    return Entity(slices(start, head_end), slices(content, end), said, also)


def _measured(
    whole: Node, head_end: int, content: int, said: Sequence[tuple[bytes, bytes]], junk: int | None
) -> Entity:
    """An entity that tells the length of its content."""
    head, body = whole.member("head", whole.data[:head_end]), whole.member("body", whole.data[content:])

    def assemble(changed: Sequence[Node]) -> bytes:
        new = {node.key: node.spliced() for node in changed}
        block, inside = new.get("head", head.data), new.get("body", body.data)
        told = _LENGTH.search(block)
        # one that was wrong before stays as it was: what it meant is not known; in a batch a line end may follow
        if told is not None and int(told[2]) in (len(body.data), len(body.data.rstrip(b"\r\n"))):
            length = int(told[2]) + len(inside) - len(body.data)
            block = block[: told.start(2)] + b"%d" % length + block[told.end(2) :]
        return block + whole.data[head_end:content] + inside

    whole.assemble = assemble
    also = None if junk is None else Node(whole.data[junk:], whole, key="also", rewritable=False)
    return Entity(head, body, said, also)


def contents(
    part: str,
    entity: Entity,
    budget: Budget,
    *,
    name: bytes = b"",
    file: str = "",
    depth: int = 0,
    default: bytes = b"",
) -> Iterator[Item]:
    """What the content of an entity holds, whichever way it is read; `default` is the type of one that tells none."""
    declared = entity.content_type or default
    if declared.partition(b";")[0].strip().lower() in _ENCRYPTED:
        yield Uninspected(part, Cause.ENCRYPTED, len(entity.body.data))
    if entity.also is not None:
        yield Uninspected(part, Cause.DECODE_ERROR, len(entity.head.data))
    body = yield from _uncoded(part, entity, budget)
    tokens = (_TOKEN.search(value.lower()) for value in headers.values(entity.said, b"content-transfer-encoding"))
    encodings = list(dict.fromkeys(token[0] if token else b"" for token in tokens))
    if not set(encodings) <= transfer.KNOWN:
        yield Uninspected(part, Cause.UNSUPPORTED, len(body.data))
    undone = doubtful = False
    for encoding in encodings:
        for each in (body, entity.also):
            node = transfer.decoded(each, encoding) if each is not None else None
            if node is not None:
                budget.expand(len(node.data))
                undone |= each is body
                doubtful |= each is body and not _plausible(body, node)
                yield from _readings(part, node, declared, name, file)
    if not undone:
        yield from _readings(part, body, declared, name, file)
    elif doubtful or not transfer.IDENTITY.isdisjoint(encodings):
        charset = charsets.detect(body.data, None)
        yield Leaf(f"{part}/coded", body, Plain(name), charset, charset is None, name, depth, coded=True)


def _uncoded(part: str, entity: Entity, budget: Budget) -> Generator[Item, None, Node]:
    """The content with its Content-Encoding undone; as it is where there is none, or one that is not kept."""
    coded = codings.parse(headers.values(entity.said, b"content-encoding"))
    if not coded:
        return entity.body
    try:
        data, applied = codings.unwrap(entity.body.data, coded, budget.limits)
        budget.expand(len(data))
    except Unscannable as no:
        yield Uninspected(part, no.cause, len(entity.body.data))
        return entity.body
    return entity.body.opened(data, lambda new: codings.encode(new, applied))


def _plausible(coded: Node, node: Node) -> bool:
    """Whether content behind an encoding makes sense, so that the encoding is no lie."""
    if node.layer is not None:
        return _BITTEN.search(coded.data) is None
    if _NUMBER.search(coded.data):
        return False
    if not node.data or kinds.of(node.data, Source()):
        return bool(node.data)
    return charsets.detect(node.data, None) is not None and not _UNPRINTABLE.search(node.data)


def _readings(part: str, node: Node, declared: bytes, name: bytes, file: str) -> Iterator[Item]:
    """Some content, and what is coded or sealed in the middle of its text."""
    data = node.data
    if b"-----BEGIN PGP MESSAGE" in data:
        sealed = sum(len(block[0]) for block in _ARMOUR.finditer(data))
        if sealed:
            yield Uninspected(part, Cause.ENCRYPTED, sealed)
    if _FLOWED.search(declared) and _BROKEN.search(data):
        charset = charsets.detect(data, None)
        yield Leaf(f"{part}/text", node, Flowed(name, joined=b"delsp" in declared.lower()), charset, charset is None)
        return
    yield Inner(part, node, declared, name, file)


class Flowed(Plain):
    """Text whose paragraphs are broken into lines (RFC 3676): soft ends are spaces, or nothing where so declared."""

    __slots__ = ("_joint",)

    def __init__(self, name: bytes, *, joined: bool) -> None:
        super().__init__(name)
        self._joint = b"" if joined else b" "

    def unescape(self, source: bytes) -> View | None:
        """Soft line ends undone."""
        return View(source, _SOFT, lambda _: self._joint)
