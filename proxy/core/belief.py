"""Which hits of a text count, what makes two of them one value, and what a value tells of its holder."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import date
from operator import itemgetter

from detectors.api import Band, Hit
from proxy.core.formats.base import Leaf, Place
from proxy.core.operators import normalise as canonical

_OF_AGE = 14
_PROOF = 0.9
"""The score that a value has without a label only where its own signs are proof enough."""
# a bearer of a token shows it to the service that issued it: that is what these fields are for, not a leak
_BEARERS = frozenset(
    f"header:{name}" for name in ("authorization", "proxy-authorization", "x-auth-token", "x-access-token")
)


def _canonical(entity: str) -> Callable[[bytes], bytes]:
    return lambda value: value if len(value) == 18 else canonical(entity, value.decode("utf-8", "replace"))


# What makes two findings the same value: as `operators.normalise` has it, without its cost for the usual forms.
_IDENTITY: dict[str, Callable[[bytes], bytes]] = {
    "CN_MOBILE": itemgetter(slice(-11, None)),
    "HK_PHONE": itemgetter(slice(-8, None)),
    "MO_PHONE": itemgetter(slice(-8, None)),
    "EMAIL_ADDRESS": bytes.lower,
    **{
        entity: _canonical(entity)
        for entity in ("CN_RESIDENT_ID", "CN_PASSPORT", "CN_HKMO_PERMIT", "CN_HOME_RETURN_PERMIT", "HK_PASSPORT")
    },
}


def identity(entity: str, value: bytes) -> tuple[str, bytes]:
    """Equal for two findings of the same value, however it is written."""
    return entity, _IDENTITY.get(entity, bytes.upper)(value)


def believed(leaf: Leaf, hits: list[Hit], known: Container[tuple[str, bytes]]) -> list[Hit]:
    """The hits that count in a text that is none for sure, or was read before: `known` are the values found so far."""
    if leaf.again:
        hits = [hit for hit in hits if identity(hit.detector.entity, hit.value) not in known]
    if leaf.binary or leaf.doubtful:
        hits = [hit for hit in hits if _proves(hit, binary=leaf.binary)]
    return hits


def _proves(hit: Hit, *, binary: bool) -> bool:
    """Whether a value counts among random bytes, which look like anything that has no strong proof; or as one of many
    readings: by proof alone, or because it is called what it is."""
    if binary:
        return Band.of(hit.score) is Band.HIGH
    alone = max((shape.alone for shape in hit.detector.shapes), default=1.0)  # of a model's, no proof
    return hit.score >= _PROOF or (hit.score > alone and Band.of(hit.score) is not Band.LOW)


def without_bearers(hits: list[Hit], places: list[Place]) -> tuple[list[Hit], list[Place]]:
    """Without the tokens that a client shows to whoever issued them."""
    kept = [
        (hit, place)
        for hit, place in zip(hits, places, strict=True)
        if hit.detector.detail != "jwt" or not (place.path.startswith("cookie") or place.path.lower() in _BEARERS)
    ]
    return [hit for hit, _ in kept], [place for _, place in kept]


def is_minor(birth: tuple[int, int, int] | None, today: Callable[[], date] | None) -> bool:
    """PIPL art. 28: whether somebody born on a day is under fourteen today."""
    if birth is None or today is None:
        return False
    year, month, day = birth
    now = today()
    return (year + _OF_AGE, month, day) > (now.year, now.month, now.day)
