import pytest

from detectors.api import Field
from detectors.misses import Misses, Noting, Why, noted
from tests.detectors.sampling import SCANNER

MISSES = Misses(SCANNER)


def nearly(text, field=""):
    raw = text.encode()
    whole = Field(field.encode(), 0, len(raw))

    def locate(starts):
        return [whole] * len(starts)

    found = MISSES.of(raw, locate, SCANNER.scan(raw, locate, field.encode()))
    return {(miss.detector.entity, miss.why, raw[miss.start : miss.end].decode()) for miss in found}


@pytest.mark.parametrize(
    ("text", "field", "entity", "why", "value"),
    [
        ("440106199003072171", "", "CN_RESIDENT_ID", Why.CHECK, "440106199003072171"),
        ("440106199002302173", "idCard", "CN_RESIDENT_ID", Why.CHECK, "440106199002302173"),
        ("A123456(4)", "", "HK_ID", Why.CHECK, "A123456(4)"),
        ("LSVAA49J132047119", "vin", "VIN", Why.CHECK, "LSVAA49J132047119"),
        ("order 91234567", "", "HK_PHONE", Why.LABEL, "91234567"),
        ("E12345678", "", "CN_PASSPORT", Why.LABEL, "E12345678"),
    ],
)
def test_what_is_nearly_an_identifier_is_told_with_the_reason(text, field, entity, why, value):
    assert (entity, why, value) in nearly(text, field)


@pytest.mark.parametrize("text", ["", "hello", "440106199003072170", "手机 13800138000"])
def test_what_is_found_or_is_nothing_is_no_near_miss(text):
    assert {(entity, why) for entity, why, _ in nearly(text)} & {
        ("CN_RESIDENT_ID", Why.CHECK),
        ("CN_MOBILE", Why.LABEL),
    } == set()


def test_a_table_of_numbers_has_not_more_than_can_be_told():
    assert 0 < len(nearly("\n".join(f"{91230000 + n}" for n in range(2000)))) <= 200


def test_near_misses_are_marked_beside_the_hits():
    raw = b"440106199003072170 A123456(4)"
    whole = Field(b"", 0, len(raw))
    hits = Noting(SCANNER, MISSES).scan(raw, lambda starts: [whole] * len(starts))
    assert [hit.detector.entity for hit in hits if noted(hit.detector.entity) is None] == ["CN_RESIDENT_ID"]
    assert ("HK_ID", Why.CHECK) in {noted(hit.detector.entity) for hit in hits}
    assert not Noting(SCANNER, MISSES).silent(b"")
