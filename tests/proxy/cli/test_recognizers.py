import warnings

import pytest

with warnings.catch_warnings(action="ignore"):  # what it imports may warn about itself
    import presidio_analyzer  # noqa: F401

from detectors.api import EntityClass
from detectors.recognizers import Recognizer
from proxy.cli.config import load_config
from proxy.edge.ports import Rejected

PRESIDIO = """\
supported_languages: [en, zh]
global_regex_flags: 26
recognizers:
  - CryptoRecognizer
  - {name: UsSsnRecognizer, type: predefined, enabled: false}
  - name: CreditCardRecognizer
    supported_languages:
      - language: en
        context: [credit, card]
      - language: zh
        context: [银行卡]
      - language: it
    type: predefined
  - {name: Tax, class_name: AuTfnRecognizer, type: predefined, supported_language: en}
  - name: Zip code Recognizer
    supported_language: de
    patterns:
      - name: zip code (weak)
        regex: '(\\b\\d{5}(?:\\-\\d{4})?\\b)'
        score: 0.01
    context: [zip, code]
    supported_entity: ZIP
  - name: Titles recognizer
    supported_language: en
    supported_entities: [TITLE]
    deny_list: [Mr., Mrs.]
    deny_list_score: 0.4
"""


def load(tmp_path, text, **files):
    for name, content in files.items():
        (tmp_path / f"{name}.yaml").write_text(content)
    config = tmp_path / "egress.yaml"
    config.write_text(text)
    return load_config(config).recognizers


def rejected(tmp_path, text, **files):
    with pytest.raises(Rejected) as caught:
        load(tmp_path, text, **files)
    return [line.removeprefix(f"{tmp_path}/") for line in caught.value.lines]


def test_names_and_predefined_recognizers_with_settings(tmp_path):
    text = """\
recognizers:
  - SG_NRIC_FIN
  - UkNinoRecognizer
  - {predefined: UK_NHS, class: attribute, max_score: 0.8}
  - {predefined: PhoneRecognizer, supported_regions: [SG, GB], context: [call]}
"""
    assert load(tmp_path, text) == (
        Recognizer("SG_NRIC_FIN"),
        Recognizer("UkNinoRecognizer"),
        Recognizer("UK_NHS", entity_class=EntityClass.ATTRIBUTE, max_score=0.8),
        Recognizer("PhoneRecognizer", {"supported_regions": ["SG", "GB"], "context": ["call"]}),
    )


def test_a_file_in_presidios_own_form(tmp_path):
    crypto, card, tax, zips, titles = load(tmp_path, "recognizers: [{file: mine.yaml, max_score: 0.7}]", mine=PRESIDIO)
    assert crypto == Recognizer("CryptoRecognizer", max_score=0.7)
    assert card.settings == {"context": ["credit", "card", "银行卡"]}
    assert (tax.name, tax.settings) == ("AuTfnRecognizer", {"name": "Tax"})
    assert zips.custom
    assert zips.settings == {
        "supported_entity": "ZIP",
        "patterns": [{"name": "zip code (weak)", "regex": r"(\b\d{5}(?:\-\d{4})?\b)", "score": 0.01}],
        "context": ["zip", "code"],
        "global_regex_flags": 26,
    }
    assert (titles.settings["deny_list"], titles.settings["deny_list_score"]) == (["Mr.", "Mrs."], 0.4)


def test_the_files_presidio_ships_are_read(tmp_path):
    from importlib.resources import files

    for name in ("default_recognizers", "example_recognizers"):
        shipped = files("presidio_analyzer").joinpath(f"conf/{name}.yaml").read_text()
        assert load(tmp_path, f"recognizers: [{{file: {name}.yaml}}]", **{name: shipped})


def test_one_recognizer_in_place(tmp_path):
    text = "recognizers: [{name: Staff, supported_entity: STAFF, deny_list: [x], class: organisation}]"
    (made,) = load(tmp_path, text)
    assert (made.name, made.custom, made.entity_class) == ("Staff", True, EntityClass.ORGANISATION)


def test_no_recognizers_are_none(tmp_path):
    assert load(tmp_path, "workers: 1\n") == ()
    assert load(tmp_path, "recognizers: []\n") == ()


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("SG_NRIC", '1:15: UNKNOWN_VALUE Presidio has no recognizer "SG_NRIC"; did you mean SG_NRIC_FIN?'),
        ("{predefined: UkNino}", '1:15: UNKNOWN_VALUE Presidio has no recognizer "UkNino"'),
        ("SpacyRecognizer", "1:15: UNKNOWN_VALUE SpacyRecognizer needs a language model"),
        ("AzureAILanguageRecognizer", "1:15: UNKNOWN_VALUE AzureAILanguageRecognizer sends text to a service"),
        ("{predefined: UK_NHS, clas: health}", '1:36: UNKNOWN_KEY unknown key "clas"; did you mean class?'),
        ("{predefined: UK_NHS, patterns: []}", '1:36: UNKNOWN_KEY unknown key "patterns"'),
        ("{predefined: UK_NHS, class: helth}", '1:43: UNKNOWN_VALUE there is no class "helth"; did you mean health?'),
        ("{predefined: UK_NHS, max_score: 8}", "1:47: OUT_OF_RANGE max_score must be a number from 0 to 1"),
        ("{predefined: EMAIL_ADDRESS, class: health}", "1:50: UNKNOWN_VALUE EMAIL_ADDRESS is of class contact here"),
        ("{predefined: PhoneRecognizer, supported_regions: 4}", "1:15: UNKNOWN_VALUE PhoneRecognizer does not take"),
        ("{file: gone.yaml}", "1:22: UNREADABLE"),
        ("{name: x, supported_entity: staff, deny_list: [a]}", '1:43: BAD_NAME "staff" is no name of an entity'),
        ("{name: x, deny_list: [a]}", "1:15: MISSING_KEY a custom recognizer needs a supported_entity"),
        ("{name: x, type: custom, supported_entity: A}", "1:15: MISSING_KEY a custom recognizer needs patterns"),
        ("{name: x, type: other}", "1:31: UNKNOWN_VALUE type is predefined or custom"),
        ("{supported_entity: A}", "1:15: MISSING_KEY a recognizer needs a name"),
        ("{name: x, supported_entity: A, deny_list: [1]}", "1:58: WRONG_TYPE deny_list must be text"),
        ("{name: x, supported_entity: A, deny_list: a}", "1:57: WRONG_TYPE deny_list must be a list"),
        ("{name: x, supported_entities: [A, B], deny_list: [a]}", "1:45: OUT_OF_RANGE a recognizer of patterns"),
        ("{name: NhsRecognizer, supported_entity: A, deny_list: [a]}", "1:22: BAD_NAME NhsRecognizer is a"),
        ("5", "1:15: WRONG_TYPE an item of recognizers must be a mapping"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_place(tmp_path, item, expected):
    (line,) = rejected(tmp_path, f"recognizers: [{item}]\n")
    assert line.startswith(f"egress.yaml:{expected}")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{name: a, regex: "(", score: 0.1}', "this is not a regular expression: missing )"),
        ("{name: a, regx: b, score: 0.1}", 'unknown key "regx"; did you mean regex?'),
        ("{name: a, regex: b}", "a pattern needs a score"),
        ("{name: a, regex: b, score: high}", "score must be a number from 0 to 1"),
        ("b", "a pattern must be a mapping"),
    ],
)
def test_a_mistake_in_a_file_bears_the_files_name(tmp_path, pattern, expected):
    mine = f"recognizers:\n  - name: x\n    supported_entity: X\n    patterns:\n      - {pattern}\n"
    lines = rejected(tmp_path, "recognizers: [{file: mine.yaml}]\n", mine=mine)
    assert any(line.startswith("mine.yaml:5:") and expected in line for line in lines)


@pytest.mark.parametrize(
    ("mine", "expected"),
    [
        ("", "egress.yaml:1:22: EMPTY"),
        ("recognisers: []", "mine.yaml:1:1: UNKNOWN_KEY"),
        ("supported_languages: [en]", "mine.yaml:1:1: MISSING_KEY"),
        ("recognizers: [", "SYNTAX"),
        ("recognizers: x", "mine.yaml:1:14: WRONG_TYPE"),
        ("global_regex_flags: all\nrecognizers: []", "mine.yaml:1:21: WRONG_TYPE"),
    ],
)
def test_a_file_that_is_no_list_of_recognizers_is_said_so(tmp_path, mine, expected):
    lines = rejected(tmp_path, "recognizers: [{file: mine.yaml}]\n", mine=mine)
    assert any(line.startswith(expected) or expected in line for line in lines)
