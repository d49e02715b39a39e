"""Numbers and addresses of devices and of their place in a network."""

from __future__ import annotations

from detectors import checks_things
from detectors.api import EntityClass, PatternDetector, Shape

_BEFORE = r"(?<![0-9A-Za-z_])(?<![0-9][.])"
_AFTER = r"(?![0-9A-Za-z_])(?![.][0-9])"
_FIFTEEN = r"\b[0-9](?:[ ./-]?[0-9]){14}\b"
_COLON = "(?::|：)"
_PAIR, _FOUR = "[0-9A-Fa-f]{2}", "[0-9A-Fa-f]{4}"
_SMALL = "[0-9a-f]{4}"
_STRIP = b" :./-"
# Not six octets of a fingerprint of twenty, nor the tail of a UUID.
_OCTET_BEFORE = (
    r"(?<![0-9A-Za-z_])(?<![^0-9A-Za-z][0-9A-Fa-f]{2}[:.-])(?<!^[0-9A-Fa-f]{2}[:.-])"
    r"(?<![^0-9A-Za-z][0-9A-Fa-f]{4}[:.-])(?<!^[0-9A-Fa-f]{4}[:.-])"
)
_OCTET_AFTER = r"(?![0-9A-Za-z_])(?![:.-][0-9A-Fa-f])"

DEVICE: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="IMEI",
        entity_class=EntityClass.DEVICE,
        shapes=(Shape(_FIFTEEN, 0, 0.9, _BEFORE, _AFTER, width=29),),
        source="3GPP TS 23.003 §6; ISO/IEC 7812-1",
        labels="imei",
        check=checks_things.imei,
        strip=_STRIP,
    ),
    PatternDetector(
        entity="IMSI",
        entity_class=EntityClass.DEVICE,
        shapes=(Shape(_FIFTEEN, 0, 0.85, _BEFORE, _AFTER, width=29),),
        source="ITU-T E.212; 3GPP TS 23.003 §2",
        labels="imsi",
        check=checks_things.imsi,
        strip=_STRIP,
    ),
    PatternDetector(
        entity="MAC_ADDRESS",
        entity_class=EntityClass.DEVICE,
        shapes=(
            Shape(
                # in fours small, as routers print them: in capitals they are weights of a collation (allkeys.txt)
                rf"\b(?:{_PAIR}(?:{_COLON}{_PAIR}){{5}}|{_PAIR}(?:-{_PAIR}){{5}}|{_SMALL}[.]{_SMALL}[.]{_SMALL})\b",
                0.75,
                0.9,
                _OCTET_BEFORE,
                _OCTET_AFTER,
                width=27,
                numeric=True,
            ),
            Shape(
                rf"\b{_PAIR}(?:[. -]?{_PAIR}){{5}}\b|\b{_FOUR}(?:[.-]{_FOUR}){{2}}\b",
                0,
                0.85,
                _OCTET_BEFORE,
                _OCTET_AFTER,
                width=17,
            ),
        ),
        source="IEEE 802-2014 §8",
        labels="mac",
        check=checks_things.mac_address_alone,
        strip=_STRIP + "：".encode(),
    ),
    PatternDetector(  # of digits alone it may be a time, unless it is called what it is
        entity="MAC_ADDRESS",
        entity_class=EntityClass.DEVICE,
        shapes=(
            Shape(
                r"\b[0-9]{2}(?:(?::|-|：)[0-9]{2}){5}\b",
                0,
                0.85,
                _OCTET_BEFORE,
                _OCTET_AFTER,
                width=27,
            ),
        ),
        source="IEEE 802-2014 §8",
        labels="mac",
        check=checks_things.mac_address,
        strip=_STRIP + "：".encode(),
    ),
    PatternDetector(
        entity="IP_ADDRESS",
        entity_class=EntityClass.NETWORK,
        shapes=(
            Shape(
                r"\b[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}\b",
                0.3,
                0.5,
                # not a version behind a name (Chrome/120.0.1.2) nor a network (203.0.113.0/24)
                before=r"(?<![0-9A-Za-z_.])(?<![0-9A-Za-z]/)(?<![0-9A-Za-z]-)",
                after=r"(?![0-9A-Za-z_])(?![.-][0-9A-Za-z])(?!/[0-9])",
                width=15,
                numeric=True,
            ),
            Shape(
                rf"\b[23][0-9A-Fa-f]{{3}}{_COLON}(?:[0-9A-Fa-f]{{0,4}}{_COLON}){{1,6}}[0-9A-Fa-f]{{1,4}}\b",
                0.3,
                0.5,
                before=r"(?<![0-9A-Za-z_.])(?<![0-9]:)(?<!::)",
                after=r"(?![0-9A-Za-z_:])(?!/[0-9])",
                width=55,
                numeric=True,
            ),
        ),
        source="RFC 791, RFC 4291; the special-purpose registries of RFC 6890",
        labels="ip",
        check=checks_things.ip_address,
        strip=b"",
    ),
)
