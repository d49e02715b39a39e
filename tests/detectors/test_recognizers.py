import json
import warnings

import pytest

from detectors.api import EntityClass
from detectors.recognizers import Recognizer, UnfitError, UnheardOfError, accepted, known, ready

with warnings.catch_warnings(action="ignore"):  # what it imports may warn about itself
    import presidio_analyzer  # noqa: F401


def unfit(**told):
    with pytest.raises(UnfitError) as caught:
        ready(Recognizer(**told))
    return str(caught.value), caught.value.at


def test_a_recognizer_is_known_by_its_class_and_by_its_entity():
    assert known()["SG_NRIC_FIN"] == known()["SgFinRecognizer"] == "SgFinRecognizer"
    assert known()["UK_NHS"] == "NhsRecognizer"
    assert known()["PHONE_NUMBER"] == "PhoneRecognizer"
    assert {"context", "replacement_pairs"} <= accepted("UK_NHS")
    assert ready(Recognizer("SG_NRIC_FIN")).detectors == ready(Recognizer("SgFinRecognizer")).detectors


@pytest.mark.parametrize("name", sorted(set(known().values())))
def test_every_recognizer_that_is_known_can_be_switched_on(name):
    made = ready(Recognizer(name))
    assert made.entities
    assert all(detector.source == f"Presidio, {name}" for detector in made.detectors.values())


@pytest.mark.parametrize(
    "name", ["AzureAILanguageRecognizer", "AzureHealthDeidRecognizer", "BasicLangExtractRecognizer"]
)
def test_what_sends_text_to_a_service_is_refused(name):
    assert "service" in unfit(name=name)[0]


@pytest.mark.parametrize("name", ["SpacyRecognizer", "GLiNERRecognizer", "HuggingFaceNerRecognizer", "PERSON", "NRP"])
def test_what_needs_a_language_model_is_refused(name):
    assert "language model" in unfit(name=name)[0]


def test_a_name_nobody_has_is_its_own_mistake():
    with pytest.raises(UnheardOfError, match="SgFinReconizer"):
        accepted("SgFinReconizer")


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        ("SG_NRIC_FIN", "government_id"),
        ("UK_PASSPORT", "government_id"),
        ("US_DRIVER_LICENSE", "government_id"),
        ("UK_NHS", "health"),
        ("MEDICAL_LICENSE", "health"),
        ("IBAN_CODE", "financial_account"),
        ("CRYPTO", "financial_account"),
        ("PHONE_NUMBER", "contact"),
        ("SG_UEN", "organisation"),
        ("DATE_TIME", "attribute"),
        ("EMAIL_ADDRESS", "contact"),  # ours has the name, and so the class
        ("MAC_ADDRESS", "device"),
    ],
)
def test_an_entity_has_the_class_its_name_tells(entity, kind):
    assert ready(Recognizer(entity)).detectors[entity].entity_class is EntityClass(kind)


def test_a_class_may_be_given_where_it_does_not_contradict_ours():
    assert (
        ready(Recognizer("CRYPTO", entity_class=EntityClass.CREDENTIAL)).detectors["CRYPTO"].entity_class
        == "credential"
    )
    message, at = unfit(name="EMAIL_ADDRESS", entity_class=EntityClass.HEALTH)
    assert ("contact" in message, at) == (True, ("class",))


@pytest.mark.parametrize(
    ("settings", "says", "at"),
    [
        ({"patterns": [{"name": "a", "regex": "b", "score": 0.1}, {"name": "a", "regex": "(", "score": 0.1}]},
         "not a regular expression", ("patterns", 1, "regex")),
        ({"patterns": []}, "patterns or with deny list", ()),
        ({"deny_list": ["x"], "colour": 1}, "colour", ()),
    ],
)  # fmt: skip
def test_a_custom_recognizer_that_cannot_be_made_says_why_and_where(settings, says, at):
    message, where = unfit(name="x", settings={"supported_entity": "X", **settings}, custom=True)
    assert says in message
    assert where == at


def test_settings_a_recognizer_does_not_take_are_refused():
    assert "does not take" in unfit(name="UK_NHS", settings={"colour": 1})[0]
    assert "does not take" in unfit(name="PhoneRecognizer", settings={"supported_regions": 5})[0]


def test_words_of_context_are_the_recognizers_and_ours_for_the_kind():
    words = ready(Recognizer("SG_NRIC_FIN")).context
    assert {"nric", "身份证"} <= set(words)
    assert ready(Recognizer("UK_NHS", {"context": ["nhs", "#"]})).context == ("nhs",)


def test_recognizers_of_one_class_share_no_patterns():
    one, other = ready(Recognizer("UK_NHS")), ready(Recognizer("UK_NHS"))
    assert one.recognizer.patterns[0] is not other.recognizer.patterns[0]


def test_a_recognizer_travels_as_json():
    told = Recognizer("UK_NHS", {"context": ["nhs"]}, entity_class=EntityClass.HEALTH, max_score=0.5)
    assert Recognizer.from_plain(json.loads(json.dumps(told.plain()))) == told
    assert Recognizer.from_plain(Recognizer("CRYPTO").plain()) == Recognizer("CRYPTO")
