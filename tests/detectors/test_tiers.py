import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.api import Field
from detectors.registry import DETECTORS
from detectors.scan import Scanner
from detectors.tiers import REACH, RUNS, tiers
from proxy.cli.cache import installed

NUMERIC = {
    (shape.trigger or shape.core).encode(): detector.entity
    for detector in DETECTORS
    for shape in detector.shapes
    if shape.numeric
}
HOLDS_A_RUN = re.compile(b"|".join(b"(?:%b)" % run for run in RUNS))


@pytest.mark.parametrize("trigger", NUMERIC, ids=[f"{at}-{entity}" for at, entity in enumerate(NUMERIC.values())])
def test_each_match_of_a_numeric_shape_holds_a_run_and_is_within_its_reach(trigger):
    expression = re.compile(trigger)

    @settings(suppress_health_check=list(HealthCheck), max_examples=60)
    @given(st.from_regex(expression))
    def holds(text):
        for match in expression.finditer(text):
            assert HOLDS_A_RUN.search(match[0])
            assert len(match[0]) <= REACH

    holds()


def test_only_what_counts_alone_is_numeric():
    assert not [shape for detector in DETECTORS for shape in detector.shapes if shape.numeric and not shape.alone]


def only(*, numeric):
    wanted = set(NUMERIC.values())
    kept = [
        replace(detector, shapes=tuple(replace(shape, numeric=numeric and shape.numeric) for shape in detector.shapes))
        for detector in DETECTORS
        if detector.entity in wanted
    ]
    return Scanner(kept, cache=installed())


PIECES, WHOLE = only(numeric=True), only(numeric=False)
VALUES = (
    *(b"440106199003072170", b"4401 0619 9003 0721 70", b"4111 1111 1111 1111", b"A123456(3)", b"A1234563"),
    *(b"138 0013 8000", b"00:1b:44:11:3a:b7", b"00-1B-44-11-3A-B7", b"001b.4411.3ab7", b"203.0.113.77"),
    *(
        b"2001:db8::8a2e:370:7334",
        b"91440300708461136T",
        b"9144 0300 7084 6113 6T",
        b"1HGCM82633A004352",
        b"A123456789",
    ),
    *(b"0755-26123456", b"(0755) 26123456", b"C50.9, E11.9", "C50.911乳腺癌".encode(), "13800138000 张伟".encode()),
    *(b"4111111111111111=29121010000012300000", b"2025-01-31T11:22:33Z", b"1700000000000"),
)
BETWEEN = st.sampled_from((b"", b" ", b", ", b"x", b"x" * 50, b" quiet words" * 40, b'{"a":12,"b":"2025-01-31"}' * 9))


@given(st.lists(st.tuples(BETWEEN, st.sampled_from(VALUES)), max_size=12))
def test_numeric_shapes_are_found_near_runs_as_in_the_whole_text(parts):
    text = b"".join(between + value for between, value in parts)
    assert found(PIECES, text) == found(WHOLE, text)


def found(scanner, text):
    hits = scanner.scan(text, lambda starts: [Field(b"", 0, len(text))] * len(starts))
    return [(hit.detector.entity, hit.start, hit.end, hit.score) for hit in hits]


@pytest.mark.parametrize("value", VALUES[:-2], ids=range(len(VALUES) - 2))
def test_a_value_far_from_everything_is_found(value):
    assert found(PIECES, b"quiet words " * 500 + value + b" quiet words" * 500)


def test_a_text_full_of_runs_is_read_whole():
    first = next(tiers(DETECTORS, installed()))
    text = b"138 0013 8000 " * 400
    (ends,) = [ends for at, ends in first.ends(text).items() if "CN_MOBILE" in first.triggers[at].entities]
    assert ends == list(range(13, len(text), 14))


@pytest.mark.parametrize("before", [0, 1, REACH // 2, REACH - 10, REACH])
def test_a_value_near_the_beginning_of_a_long_text_is_found(before):
    text = b"hkid " + b" " * before + b"A123456(3) " + b"some words " * 100
    assert ("HK_ID", text.index(b"A")) in [hit[:2] for hit in found(PIECES, text)]
