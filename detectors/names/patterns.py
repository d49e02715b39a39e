"""Names where something says that they are names: a field, a heading, a label, a title. No model.

Han names are surname-led; minority names stand with a dot; Hong Kong and Macao names are romanised; English names begin
with a given name. What a name alone looks like is judged in `forms`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from detectors.api import EntityClass, PatternDetector, Shape
from detectors.names import forms
from detectors.names import han_shapes as han
from detectors.names import latin_shapes as latin

_SOURCE = "百家姓; Ministry of Public Security, 全国姓名报告; Hong Kong Government Cantonese Romanisation"


def _titled(value: bytes) -> bool:
    text = value.decode()
    for title in forms.TITLES:
        if text.endswith(title):
            return text[: -len(title)] in forms.COMMON or text[: -len(title)] in forms.COMPOUND
    return forms.han_known(value)


def _name(
    detail: str, labels: str, shapes: tuple[Shape, ...], check: Callable[[bytes], bool], strip: bytes = b""
) -> PatternDetector:
    return PatternDetector("PERSON", EntityClass.ATTRIBUTE, shapes, _SOURCE, labels, check, strip, detail)


def _scored(shape: Shape, labelled: float) -> Shape:
    return replace(shape, alone=0, labelled=labelled)


NAMES: tuple[PatternDetector, ...] = (
    _name("han", "person_exact", (_scored(han.WHOLE, 0.8),), forms.han_led),
    _name("han", "person_exact", (han.FILLING,), forms.han_any),
    _name("han", "person_exact", (han.LISTED,), forms.han_listed),
    _name("han", "person_role", (han.WHOLE,), forms.han_led),
    _name("han", "person_asked", (_scored(han.FILLING, 0.6), _scored(han.LISTED, 0.6)), forms.han_worded),
    _name("han", "person_bare", (_scored(han.WHOLE, 0.6),), forms.han_known),
    _name("han", "person_user", (_scored(han.WHOLE, 0.65),), forms.han_known),
    _name("han", "person_exact", (han.SPACED,), forms.han_known, b" "),
    _name("han", "person_role", (han.APART,), forms.han_known, b" "),
    _name("han", "person_bare", (_scored(han.APART, 0.6),), forms.han_known, b" "),
    _name("han", "person_part", (han.HALF,), forms.han_half),
    _name("han", "", (han.called(han.NAMED, 0.8),), forms.han_any),
    _name("han", "", (han.called(han.ASKED, 0.7),), forms.han_worded),
    _name(
        "han",
        "",
        (
            han.INTRODUCED,
            han.DESCRIBED,
            han.PASTED,
            han.REVERSED,
            han.HEADED,
            han.MAILED,
        ),
        forms.han_known,
    ),
    _name("han", "", (han.ADDRESSED,), _titled),
    _name("minority", "person_role", (han.DOTTED,), forms.dotted),
    _name("minority", "person_bare", (_scored(han.DOTTED, 0.6),), forms.dotted),
    _name("romanised", "person_role", (latin.LATIN, latin.LOWER), forms.romanised),
    _name("romanised", "person_bare", (_scored(latin.LATIN, 0.6),), forms.romanised),
    _name("romanised", "person_user", (_scored(latin.LATIN, 0.6),), forms.romanised),
    _name("english", "person_exact", (latin.LATIN,), forms.english_any),
    _name("english", "person_role", (_scored(latin.LATIN, 0.7), latin.LOWER), forms.english_known),
    _name("english", "person_bare", (_scored(latin.LATIN, 0.6),), forms.english_known),
    _name("english", "person_user", (_scored(latin.LATIN, 0.6),), forms.english_whole),
    _name("english", "person_part", (latin.LATIN_HALF,), forms.latin_half),
    _name("english", "", (latin.after(latin.TITLE, 0.6),), forms.english_half),
    _name("romanised", "", (latin.after(latin.TITLE, 0.65),), forms.romanised_half),
    _name(
        "english",
        "",
        (latin.after(latin.INTRODUCTION, 0.6), latin.after(han.HEADS, 0.65)),
        forms.english_known,
    ),
    _name(
        "romanised",
        "",
        (
            latin.after(latin.INTRODUCTION, 0.65),
            latin.after(han.HEADS, 0.65),
            latin.CARD,
        ),
        forms.romanised,
    ),
    _name("english", "", (latin.IDENTIFIED, latin.MAILED_LATIN), forms.english_known),
    _name("romanised", "", (latin.IDENTIFIED, latin.MAILED_LATIN), forms.romanised),
)
