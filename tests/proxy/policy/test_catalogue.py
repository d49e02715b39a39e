from pathlib import Path

import pytest

from detectors.api import EntityClass
from proxy.policy.catalogue import load_register
from proxy.policy.errors import PolicyError
from proxy.policy.yamltree import PolicyFile

SHIPPED = Path(__file__).parents[3] / "policies" / "registers" / "important-data.yaml"
HEAD = "apiVersion: egress/v1\nkind: ImportantData\nmetadata: {name: r, revision: 1}\n"
ENTITIES = {"CN_MOBILE": EntityClass.CONTACT, "VIN": EntityClass.VEHICLE}


def load(text):
    return load_register(PolicyFile("r.yaml", text.encode()), ENTITIES)


def problems(text):
    with pytest.raises(PolicyError) as caught:
        load(text)
    return [str(problem).removeprefix("r.yaml:") for problem in caught.value.problems]


def entry(matcher, status="suspected", more=""):
    return (
        f"{HEAD}key: k\nentries:\n  - id: E-1\n    sector: energy\n    description: d\n    status: {status}\n"
        f"    grade: core\n{more}    matchers:\n      - {matcher}\n"
    )


def test_the_shipped_register_is_without_mistakes():
    register = load_register(PolicyFile(str(SHIPPED), SHIPPED.read_bytes()), ENTITIES)
    assert {each.status for each in register.document.entries} == {"listed", "suspected"}
    assert not list(register.paths())


@pytest.mark.parametrize("matcher", [
    "labels: [电网拓扑]",
    "terms: {any_of: [SCADA, 变电站], at_least: 2}",
    "files: {set: a.fps, contained: 1, passage: 30}",
    "exact: {set: a.exact, columns: 3, rows: 10}",
    "volume: {at_least: 1, entity: VIN}",
    "precision: {decimals: 6, points: 1, within: {west: 113.5, south: 22, east: 114, north: 23}}",
])  # fmt: skip
def test_every_condition_can_be_written(matcher):
    assert load(entry(matcher)).document.entries[0].matchers


@pytest.mark.parametrize(("matcher", "problem"), [
    ("label: [电网]", '12:9: UNKNOWN_KEY unknown key "label"; did you mean labels?'),
    ("labels: []", "12:17: EMPTY_LIST an empty list matches nothing: fill it or leave it out"),
    ("labels: [x]", '12:18: BAD_NAME "x" is too short to look for; write two characters or more'),
    ("{}", "12:9: EMPTY_MATCH this matches nothing; give labels, terms, files, exact, volume or precision"),
    ("terms: {any_of: [ab, ab], at_least: 2}", "12:16: OUT_OF_RANGE at_least is 2, and there are 1 terms"),
    ("exact: {set: a, columns: 1}", "12:34: OUT_OF_RANGE columns must be 2 or more"),
    ("files: {set: a, contained: 30}", "12:36: OUT_OF_RANGE contained must be 1.0 or less"),
    ("files: {set: a, contained: half}", '12:36: WRONG_TYPE expected a number, found the text "half"'),
    ("files: {}", '12:9: MISSING_KEY the key "set" is missing here'),
    ("volume: {at_least: 1, entity: VIM}", '12:39: UNKNOWN_ENTITY unknown entity "VIM"; did you mean VIN?'),
    ("precision: {decimals: 5}", '12:9: MISSING_KEY the key "points" is missing here'),
])  # fmt: skip
def test_a_mistake_is_told_at_its_place(matcher, problem):
    assert problems(entry(matcher)) == [problem]


def test_a_listed_entry_says_who_listed_it_and_when():
    told = "6:5: MISSING_KEY a listed entry says which department or region issued it, and when: published; "
    told += "what nobody issued is suspected"
    assert problems(entry("labels: [电网]", "listed")) == [told]
    assert problems(entry("labels: [电网]", "listed", "    region: Guangdong\n")) == [told]
    register = load(entry("labels: [电网]", "listed", "    region: Guangdong\n    published: 2026-03-01\n"))
    assert register.document.entries[0].issuer == "Guangdong, 2026-03-01"


def test_a_register_that_names_a_set_names_its_key():
    text = entry("files: {set: a.fps}").replace("key: k\n", "")
    (told,) = problems(text)
    assert told.startswith('11:22: MISSING_KEY a set is named here, so the register says "key": the file that ')


def test_all_mistakes_are_told_at_once_in_the_order_of_lines():
    text = (
        entry("labels: []")
        + "  - id: E-1\n    sector: x\n    description: x\n    status: lsted\n    grade: core\n    matchers: 7\n"
    )
    assert [problem.split(" ")[1] for problem in problems(text)] == [
        "EMPTY_LIST", "DUPLICATE_ID", "UNKNOWN_VALUE", "WRONG_TYPE",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "[", "apiVersion: egress/v1\nkind: Policy\n"])
def test_what_is_no_register_is_refused(text):
    assert problems(text)
