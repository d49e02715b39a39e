"""Presidio's recognizers by name, and how each is made ready for our scan: the import half of the bridge.

Presidio is trusted with patterns and check digits. What needs a language model or a service is refused.
"""

from __future__ import annotations

import inspect
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from detectors.api import EntityClass, PatternDetector
from detectors.context import words
from detectors.data import labels
from detectors.registry import ENTITIES

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

SECONDS = 0.5
"""How long one pattern may take for one window of text; ordinary ones take milliseconds."""

_CLASSES: Mapping[EntityClass, frozenset[str]] = {
    EntityClass.HEALTH: frozenset({"MEDICAL", "MEDICARE", "NHS", "MBI", "NPI"}),
    EntityClass.CONTACT: frozenset({"PHONE", "EMAIL"}),
    EntityClass.FINANCIAL_ACCOUNT: frozenset({"IBAN", "CRYPTO", "CREDIT", "BANK"}),
    EntityClass.ORGANISATION: frozenset({"ABN", "ACN", "UEN", "GSTIN", "VAT", "BRN", "ABA"}),
    EntityClass.VEHICLE: frozenset({"VEHICLE"}),
    EntityClass.LOCATION: frozenset({"POSTCODE", "LOCATION"}),
    EntityClass.NETWORK: frozenset({"IP", "URL"}),
    EntityClass.DEVICE: frozenset({"MAC"}),
    EntityClass.GOVERNMENT_ID: frozenset(
        {
            *(
                "PASSPORT",
                "NRIC",
                "NINO",
                "SSN",
                "ITIN",
                "NIE",
                "NIF",
                "AADHAAR",
                "PAN",
                "VOTER",
                "RRN",
                "FRN",
                "PESEL",
            ),
            *("TNIN", "NIN", "TFN", "IDENTITY", "FISCAL", "DRIVER"),
        }
    ),
}
"""The class of an entity by the words of its name."""
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "PASSPORT": ("passport",),
    "PHONE": ("phone_cn", "phone_hk"),
    "CREDIT": ("card",),
    "EMAIL": ("email",),
    **dict.fromkeys(("NRIC", "IDENTITY", "SSN", "NINO", "AADHAAR", "RRN", "PESEL", "TNIN", "NIN"), ("resident_id",)),
}
"""Families of our labels that support an entity, by the words of its name."""
_BEYOND_ASCII = re.compile(r"\\[uUxXpPNL]")


class UnfitError(ValueError):
    """A recognizer that cannot be switched on. `at` leads to the setting at fault, as keys and list positions."""

    def __init__(self, message: str, *at: str | int) -> None:
        super().__init__(message)
        self.at = at


class UnheardOfError(UnfitError):
    """A name that no recognizer of Presidio's has."""


@dataclass(frozen=True, slots=True)
class Recognizer:
    """One of Presidio's recognizers to be switched on.

    `name` is a predefined recognizer's class (`NhsRecognizer`) or entity (`UK_NHS`); where `custom`, only what it is
    called. `settings` are arguments of its constructor as YAML gives them: `patterns` is a list of `{name, regex,
    score}`. `entity_class` is by default told from the entity's name. No score rises above `max_score`.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    custom: bool = False
    entity_class: EntityClass | None = None
    max_score: float = 1.0

    def plain(self) -> dict[str, Any]:
        """As what JSON can carry from one process to another."""
        return {
            "name": self.name,
            "settings": dict(self.settings),
            "custom": self.custom,
            "entity_class": self.entity_class,
            "max_score": self.max_score,
        }

    @classmethod
    def from_plain(cls, told: Mapping[str, Any]) -> Recognizer:
        """What `plain` told."""
        kind = told["entity_class"]
        return cls(**{**told, "entity_class": EntityClass(kind) if kind else None})


class Ready(NamedTuple):
    """A recognizer made. `expressions` are its patterns, compiled; `context` the words that support what it finds."""

    recognizer: Any
    entities: list[str]
    expressions: tuple[Any, ...]
    detectors: Mapping[str, PatternDetector]
    max_score: float
    context: tuple[str, ...]


@cache
def known() -> Mapping[str, str]:
    """Every name a predefined recognizer is switched on by, its class's or its entity's, and the class's name."""
    readable = {name: each for name, each in _predefined().items() if _readable(each)}
    by_entity = {entity: name for name, each in readable.items() for entity in each().get_supported_entities()}
    return {**by_entity, **{name: name for name in readable}}


def accepted(name: str) -> frozenset[str]:
    """The settings a predefined recognizer takes. Raises UnfitError where it is not to be had."""
    return frozenset(inspect.signature(_predefined()[_class_name(name)]).parameters)


def ready(told: Recognizer) -> Ready:
    """Make one recognizer. Raises UnfitError."""
    import regex  # noqa: PLC0415 - what Presidio's patterns are written for

    keep_inside()
    recognizer = _custom(told) if told.custom else _from_shelf(told)
    patterns = getattr(recognizer, "patterns", [])
    flags = getattr(recognizer, "global_regex_flags", 0)
    if patterns and not any(_foreign(pattern.regex) for pattern in patterns):
        # to Presidio a Han character is a letter, so that 证件号S1234567D would have no word boundary before the S
        recognizer.global_regex_flags = flags = flags | regex.ASCII
    entities = recognizer.get_supported_entities()
    source = f"Presidio, {recognizer.name}"
    context = [*(recognizer.context or ()), *_family_words(entities)]
    return Ready(
        recognizer,
        entities,
        tuple(regex.compile(pattern.regex, flags) for pattern in patterns),
        {entity: PatternDetector(entity, _class_of(entity, told), (), source) for entity in entities},
        told.max_score,
        tuple(dict.fromkeys(word for word in context if words(word.encode()).strip())),
    )


@cache
def _predefined() -> Mapping[str, Any]:
    from presidio_analyzer import EntityRecognizer, predefined_recognizers  # noqa: PLC0415

    return {
        name: each
        for name, each in vars(predefined_recognizers).items()
        if isinstance(each, type) and issubclass(each, EntityRecognizer)
    }


def _readable(recognizer: type[EntityRecognizer]) -> bool:
    """A list of what is let in, not of what is kept out: the rest loads models or asks services."""
    from presidio_analyzer import PatternRecognizer  # noqa: PLC0415
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer  # noqa: PLC0415

    return issubclass(recognizer, (PatternRecognizer, PhoneRecognizer))


def _class_name(name: str) -> str:
    if name in known():
        return known()[name]
    from presidio_analyzer import RemoteRecognizer  # noqa: PLC0415
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer  # noqa: PLC0415

    recognizer = _predefined().get(name)
    if recognizer is not None and issubclass(recognizer, RemoteRecognizer):
        raise UnfitError(f"{name} sends text to a service, and nothing may leave the gate to be inspected; take it out")
    if recognizer is not None or name in SpacyRecognizer.ENTITIES:
        raise UnfitError(f"{name} needs a language model of Presidio's; names are found here without it: take it out")
    raise UnheardOfError(f'Presidio has no recognizer "{name}"')


def _from_shelf(told: Recognizer) -> Any:  # noqa: ANN401 - some recognizer
    from presidio_analyzer import Pattern  # noqa: PLC0415

    recognizer = _predefined()[_class_name(told.name)]
    try:
        made = recognizer(**told.settings)
        made.analyze("+44 20 7946 0958", made.get_supported_entities(), None)
    except (TypeError, ValueError, AttributeError) as error:
        raise UnfitError(f"{told.name} does not take these settings: {error}") from None
    if hasattr(made, "patterns"):  # a class shares its patterns, and with them what they were compiled to
        made.patterns = [Pattern(each.name, each.regex, each.score) for each in made.patterns]
    return made


def _custom(told: Recognizer) -> Any:  # noqa: ANN401
    import regex  # noqa: PLC0415
    from presidio_analyzer import Pattern, PatternRecognizer  # noqa: PLC0415

    settings = dict(told.settings)
    flags = settings.get("global_regex_flags", 0)
    patterns = []
    for at, each in enumerate(settings.pop("patterns", None) or ()):
        try:
            regex.compile(each["regex"], flags)
            patterns.append(Pattern(each["name"], each["regex"], each["score"]))
        except (regex.error, ValueError) as error:
            raise UnfitError(f"this is not a regular expression: {error}", "patterns", at, "regex") from None
    try:
        return PatternRecognizer(name=told.name, patterns=patterns, **settings)
    except (TypeError, ValueError) as error:
        raise UnfitError(f"{told.name} cannot be made: {error}") from None


def _foreign(expression: str) -> bool:
    """Whether letters of other alphabets are meant, whose words ASCII word boundaries would cut. Han has none."""
    letters = [c for c in expression if not c.isascii() and c.isalpha()]
    return bool(_BEYOND_ASCII.search(expression)) or any(unicodedata.category(c) != "Lo" for c in letters)


def _class_of(entity: str, told: Recognizer) -> EntityClass:
    ours = ENTITIES.get(entity)
    if ours is not None:
        if told.entity_class not in {None, ours}:
            raise UnfitError(f"{entity} is of class {ours} here; leave class out", "class")
        return ours
    named = set(entity.split("_"))
    default = next((kind for kind, marks in _CLASSES.items() if named & marks), EntityClass.ATTRIBUTE)
    return told.entity_class or default


def _family_words(entities: Iterable[str]) -> Iterator[str]:
    families = labels()[0]
    for mark in dict.fromkeys(mark for entity in entities for mark in entity.split("_")):
        for family in _FAMILIES.get(mark, ()):
            yield from families.get(family, ())


@cache
def keep_inside() -> None:
    """Presidio's e-mail recognizer would fetch a list over the network, and its IBAN recognizer writes values to the
    log. Raises UnfitError."""
    import tldextract  # noqa: PLC0415
    from presidio_analyzer import pattern_recognizer  # noqa: PLC0415

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # type: ignore[assignment]
    logging.getLogger("presidio-analyzer").disabled = True
    if pattern_recognizer.REGEX_TIMEOUT_SECONDS < 4 * SECONDS:
        raise UnfitError("REGEX_TIMEOUT_SECONDS in the environment would end Presidio's patterns unnoticed; unset it")
