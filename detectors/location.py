"""Positions on the ground, four decimals of a degree (about eleven metres) and finer."""

from __future__ import annotations

from collections.abc import Callable

from detectors import checks_place
from detectors.api import EntityClass, PatternDetector, Shape

_FINEST = 8
_BEFORE = r"(?<![0-9A-Za-z_.-])"
_AFTER = r"(?![0-9A-Za-z_]|[.][0-9])"
# Between the two numbers of a pair, as people and programs write them.
_BETWEEN = r"(?:[ ]{0,2}(?:,|%2C(?:%20|\+)?|;|/|\||，|、)[ \t\r\n]{0,24}|[ \t]{1,4}|[ ]{0,2}&[ ]{0,2})"
_SIDE = r"(?:[ ]?°?[ ]?[NSEWnsew])?"
_FINE = r"-?[0-9]{1,3}[.][0-9]{4,17}"

_MINUTE = r"""(?:['`]|′|’|‘|分)"""
_SECOND = r"""(?:["]|″|”|“|''|′′|’’|秒)"""
_DEGREES = rf"[0-9]{{1,3}}[ ]?(?:°|º|度)[ ]?[0-9]{{1,2}}[ ]?{_MINUTE}[ ]?[0-9]{{1,2}}(?:[.][0-9]{{1,9}})?[ ]?{_SECOND}"
_DMS = rf"(?:[NSEWnsew][ ]?)?{_DEGREES}(?:[ ]?[NSEWnsew])?"
_HAN_SIDE = r"(?:北纬|南纬|东经|西经|北緯|南緯|東經|西經)"
_HAN = rf"{_HAN_SIDE}[ ]?(?:[0-9]{{1,3}}[.][0-9]{{4,17}}[ ]?(?:°|º|度)?|{_DEGREES})"

_WKT = r"(?:POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|LINEARRING)"
_WKT_PAIR = r"-?[0-9]{1,3}(?:[.][0-9]{1,17})?[ ]-?[0-9]{1,3}(?:[.][0-9]{1,17})?(?:[ ]-?[0-9.]{1,18}){0,2}"


def _positions(
    labels: str,
    shapes: tuple[Shape, ...],
    source: str,
    check: Callable[[bytes], bool],
    detail: str,
    strip: bytes = b"",
) -> PatternDetector:
    return PatternDetector(
        "GEO_COORDINATE", EntityClass.LOCATION, shapes, source, labels, check, strip=strip, detail=detail
    )


def _decimals(count: int) -> str:
    return f"{{{count}}}" if count < _FINEST else f"{{{_FINEST},17}}"


def _here(count: int) -> tuple[Shape, ...]:
    """Two numbers that fall into Guangdong, Hong Kong or Macao and are finer than two metres are hardly anything else;
    but for arguments of a drawing."""
    decimals = _decimals(count)
    north, east = rf"2[0-5][.][0-9]{decimals}", rf"1(?:09|1[0-7])[.][0-9]{decimals}"
    return tuple(
        Shape(rf"\b{first}{_BETWEEN}{second}\b", 0.55, 0.85, _BEFORE + r"(?<![a-z]\()", _AFTER, width=64)
        for first, second in ((north, east), (east, north))
        if count > 4
    )


def _numbers(count: int) -> tuple[PatternDetector, ...]:
    """Numbers with `count` decimals: alone under a label or a name of their own, or two together."""
    detail = f"{count}dp"
    number = rf"-?[0-9]{{1,3}}[.][0-9]{_decimals(count)}"
    pair = rf"{number}{_SIDE}{_BETWEEN}{_FINE}{_SIDE}"
    source = "GB/T 45574-2025 Annex A (precise location); ISO 6709"
    single = (Shape(rf"{number}\b", 0, 0.8, _BEFORE, _AFTER, width=24),)
    sided = rf"{number}[ ]?°?[ ]?[NSns]{_BETWEEN}{_FINE}[ ]?°?[ ]?[EWew]\b"
    return (
        _positions("latitude", single, source, checks_place.latitude, detail),
        _positions("longitude", single, source, checks_place.longitude, detail),
        _positions(
            "position",
            (Shape(rf"{pair}\b", 0, 0.85, _BEFORE, _AFTER, width=80), *_here(count)),
            source,
            checks_place.pair,
            detail,
        ),
        _positions("", (Shape(sided, 0.85, 0.85, _BEFORE, _AFTER, width=80),), source, checks_place.pair, detail),
        _positions(
            "",
            (
                Shape(
                    rf"(?:geo:|@)({number},{_FINE})", 0.8, 0.8, r"(?<![0-9A-Za-z_])", r"(?=[,;?&/\s\"'<)]|$)", width=64
                ),
            ),
            "RFC 5870 (geo URI); map services' addresses",
            checks_place.pair,
            detail,
        ),
    )


LOCATION: tuple[PatternDetector, ...] = (
    *(each for count in range(4, _FINEST + 1) for each in _numbers(count)),
    _positions(
        "",
        (
            Shape(
                rf"{_DMS}(?:[ ]{{0,2}}(?:,|;|/|，|、)?[ ]{{0,2}}{_DMS})?", 0.8, 0.8, r"(?<![0-9A-Za-z_.])", "", width=96
            ),
            Shape(rf"{_HAN}(?:[ ]{{0,2}}(?:,|;|/|，|、)?[ ]{{0,2}}{_HAN})?", 0.85, 0.85, "", "", width=128),
        ),
        "ISO 6709 Annex D (degrees, minutes, seconds)",
        checks_place.sexagesimal,
        "dms",
    ),
    _positions(
        "",
        (
            Shape(
                r"\$(?:G[PNLAB]|BD)(?:RMC|GGA|GLL|GNS|RMB),[0-9A-Za-z.,-]{0,24}?([0-9]{4}[.][0-9]{2,8},[NS],[0-9]{5}[.][0-9]{2,8},[EW])",
                0.95,
                0.95,
                "",
                "(?![0-9A-Za-z])",
                width=80,
            ),
        ),
        "NMEA 0183 (RMC, GGA, GLL)",
        checks_place.nmea,
        "nmea",
    ),
    _positions(
        "",
        (
            Shape(
                rf"{_WKT}[ ]?(?:ZM?|M)?[ ]?\([ (]{{0,4}}({_WKT_PAIR}(?:[(), ]{{1,6}}{_WKT_PAIR}){{0,400}})",
                0.85,
                0.85,
                trigger=rf"{_WKT}[ ]?(?:ZM?|M)?[ ]?\([ (]{{0,4}}-?[0-9]{{1,3}}[.][0-9]{{4}}",
                after=r"(?![0-9])",
                width=16_000,
                lead=64,
            ),
        ),
        "OGC 06-103r4, well-known text",
        checks_place.well_known_text,
        "wkt",
    ),
    _positions(
        "geohash",
        (Shape(r"\b[0-9bcdefghjkmnpqrstuvwxyz]{8,12}\b", 0, 0.75, width=12, common=True),),
        "geohash (base 32; eight characters are about 38 m)",
        checks_place.geohash,
        "geohash",
    ),
)
