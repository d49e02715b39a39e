import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.api import EntityClass, Finding
from proxy.policy.records import Records

CLASSES = {
    "CN_RESIDENT_ID": EntityClass.GOVERNMENT_ID,
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
    "PERSON": EntityClass.ATTRIBUTE,
    "CN_ADDRESS": EntityClass.LOCATION,
    "CN_USCC": EntityClass.ORGANISATION,
}


def found(part, entity="PERSON", subject=1, start=0):
    return Finding(entity, CLASSES[entity], 0.9, part, start, start + 8, subject)


def together(*parts, starts=None):
    """The sets of parts that speak of one record."""
    findings = [found(part, start=start) for part, start in zip(parts, starts or [0] * len(parts), strict=True)]
    return {frozenset(members) for members in Records(findings).gather(range(len(findings))).values()}


@pytest.mark.parametrize(
    ("parts", "records"),
    [
        (["body/json:/name", "body/json:/id/no"], [{0, 1}]),
        (["body/json:/0/name", "body/json:/0/id", "body/json:/1/id"], [{0, 1}, {2}]),
        (["body/json:/c/3/name", "body/json:/c/3/phones/0", "body/json:/c/4/name"], [{0, 1}, {2}]),
        (["body/json:/c/3/name", "body/json:/c/3/home/0/line"], [{0}, {0, 1}]),
        (["body/json:/tags/0", "body/json:/name"], [{0, 1}]),
        (["body/csv:2/name", "body/csv:2/mobile", "body/csv:3/name"], [{0, 1}, {2}]),
        (["body/ndjson:1:/id", "body/ndjson:1:/name", "body/ndjson:2:/id"], [{0, 1}, {2}]),
        (["body/form:name", "body/form:mobile"], [{0, 1}]),
        (["body/xml:/r/c/id", "body/xml:/r/c/name", "body/xml:/r/c[2]/id"], [{0, 1}, {2}]),
        (["body/sql:t[1]/id", "body/sql:t[1]/m", "body/sql:t[2]/id"], [{0, 1}, {2}]),
        (["body/zip:a.xlsx/Sheet1!A2", "body/zip:a.xlsx/Sheet1!C2", "body/zip:a.xlsx/Sheet1!A3"], [{0, 1}, {2}]),
        (["body/multipart:a/text", "body/multipart:b/text"], [{0, 1}]),
        (["body/multipart:a/csv:2/x", "body/multipart:b/text"], [{0, 1}, {1}]),
        (["header:X-Name", "header:X-Id", "body/json:/id"], [{0, 1}, {2}]),
        (["body/json:/0/text", "body/json:/0/id", "body/json:/1/text"], [{0, 1}, {2}]),
    ],
)
def test_what_belongs_to_one_record(parts, records):
    assert together(*parts) == set(map(frozenset, records))


def test_a_text_is_cut_where_long_stretches_hold_nothing():
    assert together(*["body/text"] * 3, starts=[0, 150, 900]) == {frozenset({0, 1}), frozenset({2})}


def people(*findings):
    return Records(findings).people(range(len(findings)))


def row(number, **values):
    return [found(f"body/csv:{number}/{entity}", entity, subject) for entity, subject in values.items()]


@pytest.mark.parametrize(
    ("findings", "number"),
    [
        ([], 0),
        (row(2, CN_RESIDENT_ID=1, CN_MOBILE=2, PERSON=3), 1),
        ([*row(2, CN_RESIDENT_ID=1, CN_MOBILE=2), *row(3, CN_RESIDENT_ID=4, CN_MOBILE=5)], 2),
        ([*row(2, CN_RESIDENT_ID=1, CN_MOBILE=2), *row(3, CN_MOBILE=2, PERSON=9)], 1),
        ([*row(2, PERSON=1), *row(3, PERSON=1)], 1),
        ([*row(2, CN_ADDRESS=1), *row(3, CN_ADDRESS=2)], 2),
        (row(2, CN_USCC=1), 0),
        ([found("body/text", "CN_RESIDENT_ID", n, 20 * n) for n in range(3)]
         + [found("body/text", "CN_MOBILE", n, 20 * n + 10) for n in range(2)], 3),
        ([found("body/json:/id", "CN_RESIDENT_ID", 1), found("body/json:/id", "HK_ID", 2)], 1),
    ],
)  # fmt: skip
def test_how_many_people(findings, number):
    assert people(*findings) == number


PARTS = st.sampled_from(["body/json:/0/a", "body/json:/1/a", "body/csv:2/x", "body/text", "!A1", ":", "/1", "[2]", ""])
FINDINGS = st.lists(
    st.builds(found, PARTS, st.sampled_from(sorted(CLASSES)), st.integers(0, 3), st.integers(0, 500)), max_size=8
)


@given(FINDINGS, st.randoms(use_true_random=False))
def test_people_are_bounded_and_their_order_does_not_matter(findings, dice):
    shuffled = dice.sample(findings, len(findings))
    assert people(*findings) == people(*shuffled)
    values = {(f.entity, f.subject) for f in findings}
    assert people(*findings) <= len(findings)
    assert bool(people(*findings)) is any(f.entity != "CN_USCC" for f in findings) or not values


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_name_of_a_part_has_a_record(parts):
    records = Records([found(part) for part in parts])
    gathered = records.gather(range(len(parts)))
    assert {i for members in gathered.values() for i in members} == set(range(len(parts)))
