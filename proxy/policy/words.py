"""The words a policy is written in: names, globs, networks, days, each with its check.

A check that fails carries its `Code`; `load` finds its line and column. What the caller knows and the file does not
(entities, details, zones) comes in as the validation context, a `Known`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, Strict, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from detectors.api import EntityClass
from proxy.core.message import FILE_TYPES
from proxy.policy.errors import Code, did_you_mean
from proxy.policy.globs import host_glob, name_glob, path_glob, type_glob
from proxy.policy.yamltree import shown

UNKNOWN = "unknown"
TERRITORIES = ("mainland", "hong_kong", "macao", "taiwan", "abroad", UNKNOWN)
_COUNTRIES = {"cn": "mainland", "hk": "hong_kong", "mo": "macao", "tw": "taiwan"}
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VOLUME = re.compile(r"([0-9]{1,12}) ?(B|[KMG]i?B|kB)")
_HOURS = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class Known:
    """The words a policy may use that are defined elsewhere. None: not known here, so not checked."""

    entities: Mapping[str, EntityClass]
    details: Collection[str] | None = None
    zones: Collection[str] | None = None


def wrong(code: Code, message: str) -> PydanticCustomError:
    """What a check raises: pydantic carries it to `load` with the place."""
    # braces in the author's own words must not be read as a template
    return PydanticCustomError(code.value, "{text}", {"text": message})


def _named(field: Callable[[Known], Collection[str] | None], code: Code, what: str) -> AfterValidator:
    def check(name: str, info: ValidationInfo) -> str:
        known = field(info.context) if isinstance(info.context, Known) else None
        if known is not None and name not in known:
            raise wrong(code, f'unknown {what} "{shown(name)}"{did_you_mean(name, known)}')
        return name

    return AfterValidator(check)


def spelt(pattern: str, what: str) -> AfterValidator:
    """A word of this form; `what` says so in the message."""
    shape = re.compile(pattern)

    def check(name: str) -> str:
        if not shape.fullmatch(name):
            raise wrong(Code.BAD_NAME, f'"{shown(name)}" is no {what}')
        return name

    return AfterValidator(check)


def _globbed(normal: Callable[[str], str]) -> AfterValidator:
    def check(glob: str) -> str:
        try:
            return normal(glob)
        except ValueError as error:
            raise wrong(Code.BAD_GLOB, f'"{shown(glob)}": {error}') from None

    return AfterValidator(check)


def _network(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return ip_network(text)
    except ValueError:
        note = f'"{shown(text)}" is no network; write 10.0.0.0/8 or 2001:db8::/32, with no bits set after the prefix'
        raise wrong(Code.BAD_CIDR, note) from None


def _day(text: object) -> object:
    try:
        if isinstance(text, str) and _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise wrong(Code.BAD_DATE, "write a day that exists as YYYY-MM-DD, such as 2026-12-31")


def _volume(value: object) -> object:
    found = _VOLUME.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) * 1024 ** "BKMG".index(found[2][0].upper()) if found else value


def _hours(text: object) -> object:
    found = _HOURS.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise wrong(Code.BAD_TIME, 'write two times of day as HH:MM-HH:MM, such as "09:00-18:00", from 00:00 to 24:00')
    first, last = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if first == last or first > _MIDNIGHT or last > _MIDNIGHT or int(found[2]) > 59 or int(found[4]) > 59:
        raise wrong(Code.BAD_TIME, f'"{shown(str(text))}" is no stretch of a day; write 00:00-24:00 for all of it')
    return (first, last)


def _include(path: str) -> str:
    if "\\" in path or path.startswith("/") or ":" in path or not path.endswith(".yaml") or path.endswith(".test.yaml"):
        note = f'"{shown(path)}": write the path of a NAME.yaml beside this file or below its folder, with /'
        raise wrong(Code.BAD_INCLUDE, note)
    return path


def _known_kind(name: str, info: ValidationInfo) -> str:
    known = info.context.entities if isinstance(info.context, Known) else {}
    classes = {kind.value for kind in EntityClass}
    if known and name not in known and name not in classes:
        hint = did_you_mean(name, [*known, *classes])
        raise wrong(Code.UNKNOWN_ENTITY, f'unknown entity or class "{shown(name)}"{hint}')
    return name


def _one_of(words: Collection[str], what: str) -> AfterValidator:
    def check(word: str) -> str:
        if word not in words:
            raise wrong(Code.UNKNOWN_VALUE, f'unknown {what} "{shown(word)}"{did_you_mean(word, words)}')
        return word

    return AfterValidator(check)


def _territory(word: str) -> str:
    place = territory(word)
    if place == UNKNOWN and word != UNKNOWN:
        hint = did_you_mean(word, TERRITORIES)
        note = f'unknown territory "{shown(word)}"{hint}; or two letters of a country, such as SG'
        raise wrong(Code.UNKNOWN_VALUE, note)
    return place


def territory(zone: str) -> str:
    """The territory a zone lies in: its name, if that is one or the two letters of a country (ISO 3166-1)."""
    low = zone.lower().replace("-", "_")
    if low in TERRITORIES:
        return low
    if len(low) == 2 and low.isascii() and low.isalpha():
        return _COUNTRIES.get(low, low.upper())
    return UNKNOWN


def _not_reserved(rule_id: str) -> str:
    if rule_id == "DEFAULT" or rule_id.startswith(("LAW-", "UNINSPECTED-")):
        raise wrong(Code.RESERVED_ID, f'"{rule_id}": DEFAULT, LAW-… and UNINSPECTED-… are the names of built-in rules')
    return rule_id


type Words = Annotated[str, StringConstraints(min_length=1)]
type Name = Annotated[str, spelt(r"[a-z][a-z0-9_.-]{0,63}", "name: lower-case letters, digits, - _ . (at most 64)")]
type RuleId = Annotated[
    str, spelt(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", "rule id: letters, digits, - _ . (at most 64)"),
    AfterValidator(_not_reserved),
]  # fmt: skip
type Method = Annotated[
    str, AfterValidator(str.upper), spelt(r"[A-Z0-9!#$%&'*+.^_`|~-]{1,32}", "method: write GET, POST, …")
]
type Entity = Annotated[str, _named(lambda known: known.entities, Code.UNKNOWN_ENTITY, "entity")]
type Detail = Annotated[str, _named(lambda known: known.details, Code.UNKNOWN_DETAIL, "detail")]
type Zone = Annotated[
    str, spelt(r"[A-Za-z][A-Za-z0-9_-]{0,63}", "zone name: letters, digits, - _"),
    _named(lambda known: known.zones, Code.UNKNOWN_ZONE, "zone"),
]  # fmt: skip
type HostGlob = Annotated[str, _globbed(host_glob)]
type PathGlob = Annotated[str, _globbed(path_glob)]
type TypeGlob = Annotated[str, _globbed(type_glob)]
type Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
type Day = Annotated[date, BeforeValidator(_day)]
type Whole = Annotated[int, Strict(), Field(ge=1, le=1_000_000_000)]
type Volume = Annotated[int, Strict(), Field(ge=1, le=1 << 50), BeforeValidator(_volume)]
type Hours = Annotated[tuple[int, int], BeforeValidator(_hours)]
type IncludePath = Annotated[str, StringConstraints(min_length=1), AfterValidator(_include)]
type EntityOrClass = Annotated[str, AfterValidator(_known_kind)]
type FileType = Annotated[str, _one_of(FILE_TYPES, "file type")]
type Territory = Annotated[str, AfterValidator(_territory)]
type HeaderName = Annotated[
    str, spelt(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", "name of a header field"), AfterValidator(str.lower)
]
type NameGlob = Annotated[str, _globbed(name_glob)]
type Some[T] = Annotated[tuple[T, ...], Field(min_length=1)]
