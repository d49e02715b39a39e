import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.api import EntityClass, Finding
from proxy.core.message import Action, Cause, Mode, Rewrite, RuleMatch, Uninspected, Verdict
from proxy.edge.inspection import wire

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBER = st.integers(0, 2**53 - 1)
FIELDS = st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=4).map(tuple)
VERDICTS = st.builds(
    Verdict,
    st.sampled_from(Action),
    st.lists(
        st.builds(RuleMatch, TEXT, NUMBER, st.sampled_from(Action), st.sampled_from(Mode), st.booleans()), max_size=3
    ).map(tuple),
    st.lists(
        st.builds(
            Finding, TEXT, st.sampled_from(EntityClass), st.floats(0, 1), TEXT, NUMBER, NUMBER, NUMBER, TEXT, st.none()
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(Uninspected, TEXT, st.sampled_from(Cause), NUMBER), max_size=3).map(tuple),
    NUMBER,
    st.sampled_from(Action),
    st.none() | st.builds(Rewrite, st.binary(), FIELDS, st.binary(), FIELDS),
    st.lists(TEXT, max_size=2).map(tuple),
    trail=st.none() | st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=4).map(tuple),
)


@given(VERDICTS)
def test_a_verdict_arrives_as_it_was_sent(verdict):
    assert wire.loaded(wire.dumped(verdict)) == verdict


@given(VERDICTS, st.data())
def test_a_broken_verdict_is_refused_or_is_a_verdict(verdict, data):
    sent = bytearray(wire.dumped(verdict))
    for _ in range(data.draw(st.integers(1, 4))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ValueError):
        assert isinstance(wire.loaded(bytes(sent[: data.draw(st.integers(0, len(sent)))])), Verdict)


@pytest.mark.parametrize("lie", [b"", b"\0\0\0\x02{}", b"\xff" * 99, b"\0\0\0\x01[", pickle.dumps(Verdict(Action.LOG))])
def test_what_is_no_verdict_is_refused(lie):
    with pytest.raises(ValueError, match=r"."):
        wire.loaded(lie)


@pytest.mark.parametrize(
    "trail", [((b"*", b"4" * 97),), ((b"*", b"4"),) * 17, ((b"n" * 26, b"4"),)], ids=["row", "rows", "name"]
)
def test_a_trail_beyond_its_bounds_is_refused(trail):
    with pytest.raises(ValueError, match="no verdict"):
        wire.loaded(wire.dumped(Verdict(Action.LOG, trail=trail)))


def test_the_text_of_a_finding_does_not_travel():
    found = Finding("HK_ID", EntityClass.GOVERNMENT_ID, 1.0, "body", 0, 9, 1, "", "A123456(3)")
    sent = wire.dumped(Verdict(Action.LOG, findings=(found,)))
    assert b"A123456" not in sent
    assert wire.loaded(sent).findings[0].text is None
