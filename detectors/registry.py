"""Every detector, in one explicit order: documents, organisations, money, contacts, secrets, markings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from detectors.address import ADDRESSES
from detectors.api import EntityClass, PatternDetector
from detectors.contact import CONTACT
from detectors.content import CONTENT
from detectors.credential import CREDENTIAL
from detectors.device import DEVICE
from detectors.financial import FINANCIAL
from detectors.health import HEALTH
from detectors.identity_cn import IDENTITY_CN
from detectors.identity_hk_mo import IDENTITY_HK_MO
from detectors.identity_other import IDENTITY_OTHER
from detectors.location import LOCATION
from detectors.marking import MARKING
from detectors.names.patterns import NAMES
from detectors.organisation import ORGANISATION
from detectors.vehicle import VEHICLE

DETECTORS: tuple[PatternDetector, ...] = (
    *IDENTITY_CN,
    *IDENTITY_HK_MO,
    *IDENTITY_OTHER,
    *ORGANISATION,
    *FINANCIAL,
    *CONTACT,
    *DEVICE,
    *VEHICLE,
    *LOCATION,
    *ADDRESSES,
    *HEALTH,
    *CONTENT,
    *CREDENTIAL,
    *MARKING,
    *NAMES,
)

ENTITIES: Mapping[str, EntityClass] = MappingProxyType({each.entity: each.entity_class for each in DETECTORS})
"""Every entity that can be found, and its class."""


def select(entities: frozenset[str] | None) -> tuple[PatternDetector, ...]:
    """The detectors of some entities, in registry order; all of them for None. Unknown names select nothing."""
    return tuple(each for each in DETECTORS if entities is None or each.entity in entities)
