from datetime import date

import pytest

from detectors.api import EntityClass, Finding
from proxy.core.message import Direction, Kind, Message, Party
from proxy.policy.load import PolicyFile, load_policy

CLASSES = {
    "CN_RESIDENT_ID": EntityClass.GOVERNMENT_ID,
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
    "EMAIL_ADDRESS": EntityClass.CONTACT,
    "PERSON": EntityClass.ATTRIBUTE,
    "PAYMENT_CARD": EntityClass.FINANCIAL_ACCOUNT,
    "GEO_COORDINATE": EntityClass.LOCATION,
    "GENOMIC_DATA": EntityClass.GENOMIC,
}
SENT = Message(
    Kind.REQUEST,
    Direction.EXPORT,
    "POST",
    "https",
    "a.example",
    443,
    b"/",
    (),
    b"",
    Party("mainland"),
    Party("outside"),
)
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 1}\n"


def policy(data, more="", then="redact"):
    text = f"{HEAD}{more}\nrules: [{{id: A, title: {{en: x}}, when: {{data: {data}}}, then: {then}}}]\n"
    return load_policy([PolicyFile("p.yaml", text.encode())], CLASSES, date(2026, 6, 15))


def found(entity, subject=1, row=2, detail="", score=0.9):
    return Finding(entity, CLASSES[entity], score, f"body/csv:{row}/{entity}", 0, 10, subject, detail)


def meant(data, *findings, more=""):
    return [index for index, _ in policy(data, more).decide(SENT, findings, ()).redactions]


PAIR = "{within_record: {at_least: 2, of: [PERSON, HK_ID]}}"


@pytest.mark.parametrize(
    ("data", "findings", "indices"),
    [
        ("{sensitivity: spi}", [found("CN_RESIDENT_ID"), found("PAYMENT_CARD", row=3)], [1]),
        ("{sensitivity: spi, entities: [CN_MOBILE]}", [found("CN_MOBILE"), found("CN_MOBILE", row=3)], []),
        (
            "{sensitivity: spi}",
            [found("CN_RESIDENT_ID", detail="minor"), found("CN_MOBILE"), found("CN_MOBILE", row=3)],
            [0, 1],
        ),
        ("{minors: true}", [found("CN_RESIDENT_ID", detail="x minor"), found("CN_RESIDENT_ID", 2)], [0]),
        ("{decimals: 5}", [found("GEO_COORDINATE", n, detail=f"{n}dp") for n in (4, 5, 8)], [1, 2]),
        ("{decimals: 4}", [found("PERSON")], []),
        (
            "{samples: {at_least: 500}}",
            [found("GENOMIC_DATA", detail="vcf samples=499"), found("GENOMIC_DATA", 2, detail="vcf samples=500")],
            [1],
        ),
        ("{samples: {at_least: 1}}", [found("GENOMIC_DATA", detail="vcf samples=many")], []),
        (PAIR, [found("PERSON"), found("HK_ID"), found("PERSON", row=3), found("HK_ID", row=4)], [0, 1]),
        (PAIR, [found("PERSON"), found("PERSON", 2)], []),
        (PAIR, [found("PERSON", score=0.3), found("HK_ID")], []),
        (
            "{within_record: {at_least: 2, of: [PERSON, contact]}}",
            [found("EMAIL_ADDRESS"), found("CN_MOBILE"), found("PERSON", row=3), found("CN_MOBILE", row=3)],
            [2, 3],
        ),
        ("{within_record: {at_least: 3}}", [found("PERSON"), found("HK_ID"), found("CN_MOBILE")], [0, 1, 2]),
        ("{entities: [HK_ID, PERSON], within_record: {at_least: 3}}", [found("PERSON"), found("HK_ID")], []),
        (
            "{within_record: {at_least: 2, of: [PERSON, HK_ID]}, distinct: {at_least: 3}}",
            [found("PERSON"), found("HK_ID"), found("PERSON", 2, row=3)],
            [],
        ),
        ("{subjects: {at_least: 2}}", [found("HK_ID"), found("CN_MOBILE"), found("PERSON")], []),
        ("{subjects: {at_least: 2}}", [found("HK_ID"), found("HK_ID", 2, row=3)], [0, 1]),
    ],
)
def test_what_data_means(data, findings, indices):
    assert meant(data, *findings) == indices


def test_a_policy_may_say_what_is_sensitive():
    more = "sensitive: {also: [CN_RESIDENT_ID], not: [PAYMENT_CARD]}"
    assert meant("{sensitivity: spi}", found("CN_RESIDENT_ID"), found("PAYMENT_CARD", row=3), more=more) == [0]


def test_entities_asked_for_are_those_a_condition_can_mean():
    assert policy("{decimals: 4}").entities == {"GEO_COORDINATE", "STATE_SECRET_MARK"}
    assert policy(PAIR).entities == {"PERSON", "HK_ID", "STATE_SECRET_MARK"}
    assert policy("{sensitivity: spi}").entities is None
