"""What a record or an answer may say of a message: shapes of paths and places, never a value.

Field names, file names and path segments are chosen by whoever wrote the message, so any of them may itself be an
identity number, a mail address or a key. Whatever does not look like a plain name is replaced by `{}`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from detectors.api import Band, EntityClass, Finding

MAX_GROUPS = 100
"""Groups of findings a record lists one by one; the rest is summed up under the part `…`."""

type Digests = tuple[str | None, str | None]
"""SHA-256 of a body as it came and as it was sent on, in hex; None for one that is not there."""

_SEPARATORS = re.compile(r"([/:!])")
_INDEX = re.compile(r"(?<![^/:!])\d+(?![^/:!])")
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]{1,40}")


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one entity and detail in one place: `count` of them, of `distinct` different values; `band` is the
    best, and `weaker` of them have not got it (None: nobody knows how many)."""

    entity: str
    entity_class: EntityClass
    band: Band
    part: str
    count: int
    distinct: int
    detail: str = ""
    weaker: int | None = None


def safe_part(part: str) -> str:
    """The name of a place without anything that could be a value: indices become `*`, doubtful names `{}`."""
    return _safe_part(_INDEX.sub("*", part[:512]))  # the rows of a table are remembered as one


# ATTACK: what is remembered of a message has a length, or a worker's memory would be its senders' to fill
@lru_cache(maxsize=4096)
def _safe_part(part: str) -> str:
    pieces = _SEPARATORS.split(part)
    return "".join(piece if i % 2 else _safe_name(piece) for i, piece in enumerate(pieces))


def _safe_name(name: str) -> str:
    if name.isdecimal():
        return "*"
    digits = sum(c.isnumeric() for c in name)
    if len(name) > 40 or digits > 4 or "@" in name or "%" in name or not name.isprintable():
        return "{}"
    return name


def host_name(host: str) -> str:
    """A host with the labels that may be a value as `{}`; a numeric address as it is."""
    return _host_name(host[:255])


@lru_cache(maxsize=4096)
def _host_name(host: str) -> str:
    if ":" in host or host.replace(".", "").isdecimal():
        return host
    return ".".join("{}" if sum(c.isnumeric() for c in label) > 4 else label for label in host.split("."))


def path_template(path: bytes) -> str:
    """The path without its query and with every segment that may identify somebody or something as `{}`.

    Kept are short words: at most 40 of the unreserved characters of RFC 3986, with at most three digits among them
    and at least one letter; a long run of letters without a break is taken for a token.
    """
    return _path_template(path[:2048].partition(b"?")[0].partition(b"#")[0])


@lru_cache(maxsize=4096)
def _path_template(path: bytes) -> str:
    segments = path.decode("latin-1").split("/")
    return "/".join(segment if not segment or _is_word(segment) else "{}" for segment in segments)


def _is_word(segment: str) -> bool:
    if not _SEGMENT.fullmatch(segment):
        return False
    digits = sum(c.isdigit() for c in segment)
    letters = sum(c.isalpha() for c in segment)
    longest = max(len(run) for run in re.split(r"[._~-]", segment))
    mixed = longest > 12 and segment not in (segment.lower(), segment.upper(), segment.capitalize())
    return letters > 0 and digits <= 3 and digits <= letters and longest <= 24 and not mixed


def template_of(path: bytes, findings: Sequence[Finding]) -> str:
    """`path_template`, or nothing but `/{}` where something was found in the path itself."""
    if any(f.part.startswith(("url:path", "path")) for f in findings):
        return "/{}"
    return path_template(path)


def digests(original: bytes | None, forwarded: bytes | None) -> Digests:
    """The digests of a body, one where both are the same."""
    first = None if original is None else hashlib.sha256(original).hexdigest()
    if forwarded is None:
        return first, None
    return first, first if forwarded is original else hashlib.sha256(forwarded).hexdigest()


def group(findings: Sequence[Finding], limit: int = MAX_GROUPS) -> tuple[Group, ...]:
    """Findings by entity and place, in order of appearance; beyond `limit` groups, one per entity for the rest."""
    seen: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.entity, safe_part(finding.part), finding.detail)
        if key not in seen and len(seen) >= limit:
            key = (finding.entity, "…", "")
        seen.setdefault(key, []).append(finding)
    return tuple(_group(*key, found) for key, found in seen.items())


def _group(entity: str, part: str, detail: str, found: Sequence[Finding]) -> Group:
    best = max(found, key=_score)
    band = best.band
    weaker = sum(each.band is not band for each in found)
    return Group(
        entity, best.entity_class, band, part, len(found), len({each.subject for each in found}), detail, weaker
    )


def _score(finding: Finding) -> float:
    return finding.score
