"""Checks of positions: within the globe, fine enough, and not the numbers of something else. Pure and total."""

from __future__ import annotations

import re

_NUMBER = re.compile(rb"-?[0-9]{1,3}(?:[.][0-9]+)?")
_SEXAGESIMAL = re.compile("([0-9]{1,3})[ ]?(?:°|º|度)[ ]?([0-9]{1,2})[^0-9]{1,6}([0-9]{1,2})".encode())
_NMEA = re.compile(rb"([0-9]{2})([0-9]{2})[.][0-9]+,[NS],([0-9]{3})([0-9]{2})[.]")


def _real(value: float) -> bool:
    """A place, not a share: numbers between -1 and 1 are screen positions, weights and probabilities far more often
    than they are the Gulf of Guinea."""
    return abs(value) >= 1


def latitude(value: bytes) -> bool:
    """Degrees from -90 to 90."""
    try:
        return _real(degrees := float(value)) and abs(degrees) <= 90
    except ValueError:
        return False


def longitude(value: bytes) -> bool:
    """Degrees from -180 to 180."""
    try:
        return _real(degrees := float(value)) and abs(degrees) <= 180
    except ValueError:
        return False


def pair(value: bytes) -> bool:
    """Latitude and longitude in either order."""
    plain = value.replace(b"%2C", b",").replace(b"%20", b" ") if b"%" in value else value
    numbers = [float(number) for number in _NUMBER.findall(plain)]
    if len(numbers) != 2:
        return False
    first, second = abs(numbers[0]), abs(numbers[1])
    return min(first, second) <= 90 and max(first, second) <= 180 and max(first, second) >= 1 and first != second


def sexagesimal(value: bytes) -> bool:
    """Degrees, minutes and seconds within their bounds; decimal degrees beside a word for the hemisphere pass."""
    return all(
        int(degrees) <= 180 and int(minutes) < 60 and int(seconds) < 60
        for degrees, minutes, seconds in _SEXAGESIMAL.findall(value)
    )


def nmea(value: bytes) -> bool:
    """NMEA 0183: ddmm.mmmm and dddmm.mmmm with minutes below 60."""
    found = _NMEA.match(value)
    if found is None:
        return False
    north, north_minutes, east, east_minutes = (int(part) for part in found.groups())
    return north <= 90 and north_minutes < 60 and east <= 180 and east_minutes < 60


def well_known_text(value: bytes) -> bool:
    """At least one coordinate with four decimals, and the first two within the globe."""
    first, second = (abs(float(number)) for number in _NUMBER.findall(value)[:2])
    return min(first, second) <= 90 and max(first, second) <= 180 and re.search(rb"[.][0-9]{4}", value) is not None


def geohash(value: bytes) -> bool:
    """Base 32 with at least a digit and a letter: neither a word nor a number."""
    return not value.isdigit() and not value.isalpha()
