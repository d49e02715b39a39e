"""Postal addresses, mainland and Hong Kong, in Han characters of either script and in English.

Both entities read the same shapes; which side of the border an address is on is for their checks to say.
"""

from __future__ import annotations

from collections.abc import Callable

from detectors import address_han, address_latin
from detectors.api import EntityClass, PatternDetector, Shape

_Side = Callable[[bytes], "bool | None"]
_CN_SOURCE = "GB/T 2260; GB/T 23705 (地址编码规则); domain table of the catalogue: 省市区 + 街道 + 路 + 号 + 栋/室"
_HK_SOURCE = "Hongkong Post, Guidelines on correct addressing; Lands Department gazetteer"


def _detector(
    in_hong_kong: bool, shapes: tuple[Shape, ...], side: _Side, enough: Callable[[bytes], bool] | None
) -> PatternDetector:
    def check(value: bytes) -> bool:
        return side(value) is in_hong_kong and (enough is None or enough(value))

    entity, source = ("HK_ADDRESS", _HK_SOURCE) if in_hong_kong else ("CN_ADDRESS", _CN_SOURCE)
    return PatternDetector(entity, EntityClass.LOCATION, shapes, source, "address", check, b"")


ADDRESSES: tuple[PatternDetector, ...] = tuple(
    _detector(in_hong_kong, shapes, side, enough)
    for in_hong_kong in (False, True)
    for shapes, side, enough in (
        ((address_han.ANCHORED,), address_han.in_hong_kong, None),
        ((address_han.LOOSE,), address_han.in_hong_kong, address_han.loose),
        ((address_han.HALF,), address_han.in_hong_kong, address_han.half),
        (
            (address_latin.ENGLISH, address_latin.LOOSE, address_latin.LOWER),
            address_latin.in_hong_kong,
            address_latin.specific,
        ),
    )
)
