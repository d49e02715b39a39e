"""Techniques out of codings: of a text inside a carrier, and of a whole document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from proxy.cli.evasions.carriers import CARRIERS, DOCUMENTS, Carrier
from proxy.cli.evasions.model import Case, Family, Receive, Request, Secret, Technique


class Codec(NamedTuple):
    """A reversible spelling of a text. `decode(encode(text)) == text` for every text that `keeps` says it keeps."""

    name: str
    encode: Callable[[str], str]
    decode: Callable[[str], str]
    keeps: Callable[[str], bool] = lambda _: True


class Pack(NamedTuple):
    """Something that holds a document: a file in a container, a body in a coding. `pack` is given the document's bytes
    and type, and makes a request; `unpack` gives the bytes back. `keeps` says which texts it can hold."""

    name: str
    pack: Callable[[bytes, str], Request]
    unpack: Callable[[Request], bytes]
    keeps: Callable[[str], bool] = lambda _: True


def digits(secret: Secret) -> bool:
    """Numbers alone, without letters and brackets."""
    return secret.value.isdecimal()


def short(secret: Secret) -> bool:
    """One number on one line."""
    return secret.digits


def lettered(secret: Secret) -> bool:
    """A number that has a letter."""
    return secret.digits and any(sign.isalpha() for sign in secret.value)


def proving(secret: Secret) -> bool:
    """One number on one line that is known without a word beside it."""
    return secret.digits and secret.proves


def resident(secret: Secret) -> bool:
    """A resident ID and nothing else."""
    return secret.entity == "CN_RESIDENT_ID" and secret.digits


def certain(secret: Secret) -> bool:
    """What proves itself even as one of many readings: a resident ID by region, day of birth and check digit, a private
    key by its frame. Of a hundred readings of any other number ten have the right check digit, by chance."""
    return secret.entity in {"CN_RESIDENT_ID", "CREDENTIAL"}


def shaped(secret: Secret) -> bool:
    """What proves itself, or has brackets in a place that tells it apart."""
    return certain(secret) or "(" in secret.value


def every(_: Secret) -> bool:
    """All of them."""
    return True


def twice(*codecs: Codec) -> tuple[Codec, ...]:
    """Each in one carrier, and in the next."""
    return tuple(codec._replace(name=f"{codec.name}{more}") for codec in codecs for more in ("", ", once more"))


def spelled(  # noqa: PLR0913 - a row of the catalogue
    name: str,
    family: Family,
    receiver: str,
    codecs: Iterable[Codec],
    *,
    fits: Callable[[Secret], bool] = every,
    records: bool = True,
    carriers: Sequence[Carrier] = CARRIERS,
    sure: Callable[[Secret], bool] | None = None,
    beyond: str = "",
) -> Technique:
    """A technique of spellings. Every spelling with every identifier that fits, in carriers by turns; where `records`,
    by turns the value alone and a small record that says what it is. An identifier of which its spelling leaves nobody
    `sure` is always sent so that it says what it is: in a record with a Latin key, spelled alike, or under its own name
    where there are no records."""
    rows = tuple(codecs)

    def make(secrets: Sequence[Secret]) -> Iterator[Case]:
        for at, secret in enumerate(filter(fits, secrets)):
            for turn, codec in enumerate(rows):
                doubted = sure is not None and not sure(secret)
                yield from _spelling(
                    codec, secret, at + turn + len(name), records=records, carriers=carriers, doubted=doubted
                )

    return Technique(name, family, receiver, make, beyond)


def _spelling(
    codec: Codec, secret: Secret, turn: int, *, records: bool, carriers: Sequence[Carrier], doubted: bool
) -> Iterator[Case]:
    # the value under its own name, or a record that says what it is under a name that says nothing
    record = records and secret.digits and (turn % 2 == 1 or doubted)
    plain = _record(secret, turn // 2 if not doubted else 1 + turn % 2) if record else secret.value
    if not codec.keeps(plain):
        plain, record = secret.value, False
    if not codec.keeps(plain):
        return
    hidden = codec.encode(plain)
    if secret.value in hidden:
        return  # a coding that leaves it as it was hides nothing
    told = record or (secret.proves and not doubted)
    carrier = next(each for each in _from(carriers, turn) if (told or each.says) and each.fits(hidden))
    request = carrier.write("data" if record else secret.key if doubted else secret.field, hidden)
    what = "record" if record else "value"
    yield Case(f"{codec.name}, {what} in {carrier.name}", secret, (request,), _reader(codec, carrier))


def _from(carriers: Sequence[Carrier], turn: int) -> Sequence[Carrier]:
    at = turn % len(carriers)
    return (*carriers[at:], *carriers[:at])


def _reader(codec: Codec, carrier: Carrier) -> Receive:
    return lambda requests: codec.decode(carrier.read(requests[0]))


def _record(secret: Secret, turn: int) -> str:
    if turn % 3 == 0:
        return f"{secret.label}: {secret.value}"
    if turn % 3 == 1:
        return json.dumps({"no": 17, secret.key: secret.value})
    return f"{secret.key},city\r\n{secret.value},Shenzhen\r\n"


def packed(
    name: str,
    family: Family,
    receiver: str,
    packs: Iterable[Pack],
    *,
    carriers: Sequence[Carrier] = DOCUMENTS,
    beyond: str = "",
) -> Technique:
    """A technique of containers and codings of whole documents, of several kinds by turns."""
    rows = tuple(packs)

    def make(secrets: Sequence[Secret]) -> Iterator[Case]:
        for at, secret in enumerate(secrets):
            for turn, pack in enumerate(rows):
                if not pack.keeps(secret.value):
                    continue
                carrier = next(each for each in _from(carriers, at + turn) if each.fits(secret.value))
                inner = carrier.write(secret.field, secret.value)
                sent = pack.pack(inner.body, inner.content_type)
                yield Case(f"{pack.name}, {carrier.name}", secret, (sent,), _opener(pack, carrier))

    return Technique(name, family, receiver, make, beyond)


def _opener(pack: Pack, carrier: Carrier) -> Receive:
    return lambda requests: carrier.read(Request(pack.unpack(requests[0])))
