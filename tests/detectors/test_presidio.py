import logging
import re
import socket
import subprocess
import sys
import threading
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

with warnings.catch_warnings(action="ignore"):  # what they import may warn about itself
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

from detectors.api import Allowance, Band, EntityClass, Field
from detectors.presidio import SLOW, UNREAD, Recognizers, pack
from detectors.recognizers import Recognizer, UnfitError
from detectors.registry import DETECTORS, ENTITIES
from detectors.scan import Scanner
from proxy.cli.cache import installed
from tests.detectors.samples import HITS
from tests.detectors.sampling import find

PLENTY = 1 << 20
NOISE = st.text(st.sampled_from("a é́中文身份证😀\U00020000\n\t,:{}\"'"), max_size=40)


def custom(regex, entity="TICKET", **settings):
    score = settings.pop("score", 0.6)
    patterns = [{"name": "made up", "regex": regex, "score": score}]
    return Recognizer("made up", {"supported_entity": entity, "patterns": patterns, **settings}, custom=True)


def read(finder, text, name="", left=PLENTY):
    raw = text if isinstance(text, bytes) else text.encode()
    allowance = Allowance(left)
    whole = Field(name.encode(), 0, len(raw))
    return finder.find(raw, (), lambda starts: [whole] * len(starts), name.encode(), allowance), allowance


def seen(finder, text, name=""):
    hits, allowance = read(finder, text, name)
    assert allowance.skipped == {}
    raw = text.encode()
    return [(hit.detector.entity, raw[hit.start : hit.end].decode(), round(hit.score, 2)) for hit in hits]


@pytest.fixture(scope="module")
def shelf():
    names = ("SG_NRIC_FIN", "UK_NHS", "IBAN_CODE", "CREDIT_CARD", "EMAIL_ADDRESS", "AU_TFN", "UK_PASSPORT")
    return Recognizers([Recognizer(name) for name in names])


def test_importing_the_bridge_does_not_import_presidio():
    code = "import sys, detectors.presidio; sys.exit('presidio_analyzer' in sys.modules or 'spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("证件号S1234567D，请核对", "SG_NRIC_FIN", "S1234567D"),
        ("NHS number: 943 476 5919", "UK_NHS", "943 476 5919"),
        ("付款至GB82 WEST 1234 5698 7654 32。", "IBAN_CODE", "GB82 WEST 1234 5698 7654 32"),
        ("邮箱zhang@example.com谢谢", "EMAIL_ADDRESS", "zhang@example.com"),
        ("😀 4111-1111-1111-1111 é", "CREDIT_CARD", "4111-1111-1111-1111"),
    ],
)
def test_a_predefined_recognizer_finds_its_entity_also_amid_han_text(shelf, text, entity, value):
    assert (entity, value) in [(found, written) for found, written, _ in seen(shelf, text)]


def test_hits_carry_entity_class_and_source(shelf):
    ((hit,), _) = read(shelf, "nric S1234567D")
    assert (hit.detector.entity, hit.detector.entity_class) == ("SG_NRIC_FIN", EntityClass.GOVERNMENT_ID)
    assert (hit.value, hit.detector.source) == (b"S1234567D", "Presidio, SgFinRecognizer")
    assert {detector.entity for detector in shelf.detectors} >= {"UK_NHS", "IBAN_CODE"}


@pytest.mark.parametrize(
    ("text", "name", "entity", "score"),
    [
        ("S1234567D", "", "SG_NRIC_FIN", 0.5),  # the pattern's own
        ("S1234567D", "nricNo", "SG_NRIC_FIN", 0.85),  # Presidio's word, in a field's name
        ("S1234567D", "身份证号", "SG_NRIC_FIN", 0.85),  # our label
        ("943 476 5919", "", "UK_NHS", 0.75),  # the check digit passes: one number in ten would
        ("943 476 5919", "nhs_number", "UK_NHS", 0.9),
        ("943 476 5919", "orderNo", "UK_NHS", 0.4),  # a number of another kind
        ("876 543 210", "", "AU_TFN", 0.53),  # 0.1, and odds ten times as good
        ("876543210", "", "AU_TFN", 0.09),  # 0.01
        ("tax file number 876543210", "", "AU_TFN", 0.9),
        ("123456789", "", "UK_PASSPORT", None),
        ("AB1234567", "", "UK_PASSPORT", 0.1),
        ("passport AB1234567", "", "UK_PASSPORT", 0.45),
    ],
)
def test_a_score_says_what_pattern_check_digit_and_context_prove(shelf, text, name, entity, score):
    scores = {found: value for found, _, value in seen(shelf, text, name)}
    assert scores.get(entity) == score


def test_a_word_of_context_in_another_field_is_none(shelf):
    text = b'{"nhs":"x","b":"943 476 5919"}'
    (hit,), _ = read(shelf, text)
    assert hit.score == 0.9
    start = text.index(b"943")
    field = Field(b"b", start, start + 12)
    (hit,) = shelf.find(text, (), lambda starts: [field] * len(starts), b"", Allowance(PLENTY))
    assert hit.score == 0.75


def test_no_score_rises_above_the_one_allowed():
    finder = Recognizers([Recognizer("UK_NHS", max_score=0.6)])
    assert seen(finder, "nhs 943 476 5919") == [("UK_NHS", "943 476 5919", 0.6)]


def test_a_deny_list_finds_its_words_in_han_text_and_at_its_score():
    words = {"supported_entity": "PROJECT", "deny_list": ["天琴", "Blue Sky"], "deny_list_score": 0.7}
    finder = Recognizers([Recognizer("projects", words, custom=True, entity_class=EntityClass.MARKING)])
    assert seen(finder, "参加天琴计划与 blue sky") == [("PROJECT", "天琴", 0.7), ("PROJECT", "blue sky", 0.7)]
    assert finder.detectors[0].entity_class is EntityClass.MARKING


def test_letters_of_other_alphabets_keep_their_word_boundaries():
    finder = Recognizers([custom(r"\bÄnd[0-9]{2}\b")])
    assert [value for _, value, _ in seen(finder, "Änd12 xÄnd13 éÄnd14")] == ["Änd12"]


TICKETS = Recognizers([custom(r"(?<![0-9])T-[0-9]{6}(?![0-9])")])


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(NOISE, st.just("T-123456"), st.just("1"), st.integers(1, 12_000).map("中a".__mul__)), max_size=12
    )
)
def test_spans_are_the_bytes_of_the_value_wherever_it_stands(chunks):
    raw = "".join(chunks).encode()
    hits, allowance = read(TICKETS, raw)
    expected = [match.span() for match in re.finditer(rb"(?<![0-9])T-[0-9]{6}(?![0-9])", raw)]
    assert [(hit.start, hit.end) for hit in hits] == expected
    assert allowance.skipped == {}


@settings(max_examples=60)
@given(st.lists(st.one_of(st.binary(max_size=9), st.just(b"T-123456")), max_size=20))
def test_stray_bytes_move_no_span(chunks):
    raw = b"".join(chunks)
    hits, _ = read(TICKETS, raw)
    expected = [match.span() for match in re.finditer(rb"(?<![0-9])T-[0-9]{6}(?![0-9])", raw)]
    assert [(hit.start, hit.end) for hit in hits] == expected


@pytest.mark.parametrize("before", [0, 8000, 8190, 8191, 8192, 8193, 16_000])
def test_the_edge_of_a_window_is_no_edge_of_the_text(before):
    shapes = {"EIGHT": r"\b[0-9]{8}\b", "LONG": "x[a-z]{1500}y", "LONGER": "w[a-z]+"}
    finder = Recognizers([custom(regex, entity) for entity, regex in shapes.items()])
    text = "-" * before + f"x{'b' * 1500}y {'1' * 20_000} w{'b' * 9000}y 12345678"
    found = {entity: len(value) for entity, value, _ in seen(finder, text)}
    assert found == {"LONG": 1502, "LONGER": 9002, "EIGHT": 8}


def test_a_pattern_out_of_time_is_told_and_the_others_go_on():
    finder = Recognizers([custom("(a+)+b", "SLOW"), custom("T-[0-9]{6}")], seconds=0.2)
    text = b"T-123456 " + b"a" * 3000
    hits, allowance = read(finder, text)
    assert [hit.detector.entity for hit in hits] == ["TICKET"]
    assert allowance.skipped == {UNREAD: len(text)}


def test_not_every_window_of_a_message_can_be_made_to_run_out_of_time():
    finder = Recognizers([custom("(a+)+b", "SLOW")], seconds=0.05)
    text = b"a" * 100_000
    _, allowance = read(finder, text, left=20_000)
    assert allowance.left < 0
    assert allowance.skipped == {UNREAD: len(text)}


def test_patterns_read_whatever_is_left_and_what_is_slow_reads_out_of_the_allowance(shelf):
    ((hit,), allowance) = read(shelf, "nhs 943 476 5919", left=0)
    assert (hit.detector.entity, allowance.skipped) == ("UK_NHS", {})
    phones = Recognizers([Recognizer("PhoneRecognizer", {"supported_regions": ["HK", "CN"]})])
    text = "call 2345 6789"
    ((hit,), allowance) = read(phones, text, left=20)
    assert (hit.detector.entity, hit.score, allowance.left) == ("PHONE_NUMBER", 0.75, 20 - len(text))
    hits, allowance = read(phones, text, left=10)
    assert (hits, allowance.skipped, allowance.left) == ([], {SLOW: len(text)}, 10)


def test_a_recognizer_that_raises_has_not_read(capfd):
    broken = Recognizers([Recognizer("UK_NHS", {"replacement_pairs": [["-"]]}), Recognizer("SG_NRIC_FIN")])
    hits, allowance = read(broken, "S1234567D 943 476 5919")
    assert [hit.detector.entity for hit in hits] == ["SG_NRIC_FIN"]
    assert allowance.skipped == {UNREAD: 22}
    assert "943" not in "".join(capfd.readouterr())


def test_nothing_leaves_by_network_or_log(shelf, monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **_: asked.append(args) or [])
    assert seen(shelf, "zhang@example.com.cn")[0][0] == "EMAIL_ADDRESS"
    assert asked == []
    assert logging.getLogger("presidio-analyzer").disabled


def test_one_entity_has_one_class():
    one, other = (
        Recognizer("x", custom("a").settings, custom=True, entity_class=kind) for kind in ("health", "device")
    )
    with pytest.raises(UnfitError, match="two classes"):
        Recognizers([one, other])


def test_recognizers_run_behind_the_scanner(shelf):
    raw = b'{"id":"11010519491231002X","nric":"S1234567D"}'
    whole = Field(b"", 0, len(raw))
    hits = Scanner(DETECTORS, [shelf], installed()).scan(
        raw, lambda starts: [whole] * len(starts), allowance=Allowance(PLENTY)
    )
    assert [hit.detector.entity for hit in hits] == ["CN_RESIDENT_ID", "SG_NRIC_FIN"]


# the other way: our catalogue among Presidio's recognizers


class Blank(SpacyNlpEngine):
    """A stock engine without a model: tokens, no names."""

    def load(self):
        self.nlp = {model["lang_code"]: spacy.blank(model["lang_code"]) for model in self.models}


@pytest.fixture(scope="module")
def analyzer():
    languages = ["en", "zh"]
    nlp = Blank(models=[{"lang_code": language, "model_name": "blank"} for language in languages])
    engine = AnalyzerEngine(nlp_engine=nlp, supported_languages=languages)
    for recognizer in pack(languages=engine.supported_languages, cache=installed()):
        engine.registry.add_recognizer(recognizer)
    return engine


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_stock_analyzer_with_our_pack_finds_mainland_hong_kong_and_macao_entities(analyzer, language):
    text = "员工😀身份证号：11010519491231002X，HKID A123456(3), 手机 13800138000; Macau phone +853 6612 3456"
    results = analyzer.analyze(text, language)
    found = {(each.entity_type, text[each.start : each.end]) for each in results}
    assert found >= {
        ("CN_RESIDENT_ID", "11010519491231002X"),
        ("HK_ID", "A123456(3)"),
        ("CN_MOBILE", "13800138000"),
        ("MO_PHONE", "+853 6612 3456"),
    }


def test_a_result_explains_itself(analyzer):
    (result,) = analyzer.analyze("HKID: A123456(3)", "en", entities=["HK_ID"], return_decision_process=True)
    told = result.analysis_explanation
    assert Band.of(result.score) is Band.HIGH
    assert (told.recognizer, told.validation_result, told.original_score) == ("GbaEgressRecognizer", True, result.score)
    assert "Immigration Department" in told.textual_explanation
    assert result.recognition_metadata["recognizer_name"] == "GbaEgressRecognizer"


def test_written_in_other_ways_offsets_are_those_of_the_text(analyzer):
    value = "１１０１０５\u200b１９４９１２３１００２Ｘ"
    text = f"é́😀 {value} 号"
    (result,) = analyzer.analyze(text, "zh", entities=["CN_RESIDENT_ID"])
    assert text[result.start : result.end] == value


@pytest.mark.parametrize("entity", sorted(set(HITS) & set(ENTITIES)))
def test_through_the_pack_is_found_what_the_scanner_finds(entity):
    (recognizer,) = RECOGNIZER
    for hit in HITS[entity]:
        text = re.sub("[«»]", "", hit.text)
        values = [each.text for each in find(text) if each.entity == entity]
        found = [text[each.start : each.end] for each in recognizer.analyze(text, [entity])]
        assert all(any(value in wider for wider in found) for value in values)


RECOGNIZER = pack(cache=installed())


def test_a_pack_of_some_entities_finds_no_others():
    (recognizer,) = pack(["HK_ID"])
    assert recognizer.supported_entities == ["HK_ID"]
    assert [each.entity_type for each in recognizer.analyze("11010519491231002X A123456(3)", None)] == ["HK_ID"]
    with pytest.raises(ValueError, match="HK_IDD"):
        pack(["HK_IDD"])


def test_one_recognizer_a_language_and_finders_behind_it():
    recognizers = pack(languages=("en", "zh"), finders=[TICKETS], cache=installed())
    assert [each.supported_language for each in recognizers] == ["en", "zh"]
    assert [each.entity_type for each in recognizers[1].analyze("T-123456", ["TICKET"])] == ["TICKET"]


def test_several_threads_may_ask():
    (recognizer,) = RECOGNIZER
    text = "A123456(3) " * 200
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(len(recognizer.analyze(text, ["HK_ID"])))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 4


@given(st.text(max_size=200))
@settings(max_examples=100)
def test_any_text_at_all_gives_spans_within_it(text):
    (recognizer,) = RECOGNIZER
    for each in recognizer.analyze(text + " A123456(3)", None):
        assert 0 <= each.start < each.end <= len(text) + 11
