"""What is remembered of windows: enough for every rule that counts, and bounded."""

import pytest

from detectors.api import EntityClass, Finding
from proxy.core.errors import Unscannable
from proxy.core.message import Action, Decision, Operator
from proxy.core.windows import since
from proxy.core.windows.since import Tally
from proxy.core.windows.totals import SKETCH, Totals


def finding(row, subject, entity="HK_ID", part="body/csv:{}/no"):
    return Finding(entity, EntityClass.GOVERNMENT_ID, 0.9, part.format(row), 0, 10, subject)


def test_as_many_different_values_are_kept_as_a_rule_can_ask_for():
    tally = Tally(5)
    tally.add([finding(row, 1) for row in range(100)], 10, 100)
    assert len(tally.earlier.findings) == 5
    for subject in range(2, 50):
        tally.add([finding(subject, subject)], 10, 1)
    kept = tally.earlier
    assert len({each.subject for each in kept.findings}) == 5
    assert len(kept.findings) < 12
    assert (kept.size, kept.rows) == (10 + 48 * 10, 148)


def test_a_kind_is_counted_by_itself_and_so_is_what_stands_together():
    tally = Tally(3)
    tally.add([finding(row, row) for row in range(1, 100)], 0, 0)
    tally.add([finding(1, 500), finding(1, 501, "PERSON")], 0, 0)
    together = tally.earlier.findings[-2:]
    assert {each.entity for each in together} == {"HK_ID", "PERSON"}
    assert {each.part for each in together} == {"2|body/csv:1/no"}  # another record than the first of the first window


def test_without_rules_that_count_nothing_is_kept():
    tally = Tally(1)
    tally.add([finding(1, 1)], 5, 1)
    assert tally.earlier.findings == ()
    assert tally.earlier.size == 5


def test_the_head_comes_with_every_window_and_is_not_kept():
    tally = Tally(9)
    tally.add([finding(0, 1, part="header:X-No")], 0, 0)
    assert tally.earlier.findings == ()


def test_more_than_can_be_remembered_is_too_much(monkeypatch):
    monkeypatch.setattr(since, "KEPT", 10)
    tally = Tally(1000)
    with pytest.raises(Unscannable):
        tally.add([finding(row, row) for row in range(20)], 0, 0)


def test_what_has_left_is_not_redacted_again():
    earlier = Decision(Action.REDACT, (), ((5, Operator.MASK),))
    assert since.of_its_own(earlier, 3).action is Action.LOG
    own = since.of_its_own(Decision(Action.REDACT, (), ((1, Operator.MASK), (5, Operator.MASK))), 3)
    assert own.redactions == ((1, Operator.MASK),)
    assert since.of_its_own(Decision(Action.BLOCK), 3).action is Action.BLOCK


def test_totals_add_up_and_values_are_counted_once():
    windows = []
    for start in range(0, 300, 100):
        one = Totals()
        one.find([finding(row, row % 150 + 1) for row in range(start, start + 100)])
        windows.append(one.counted)
    totals = Totals()
    for counted in windows:
        totals.add(counted, head=False)
    ((group),) = totals.groups
    assert (group.part, group.count, group.distinct) == ("body/csv:*/no", 300, 150)


def test_many_values_are_estimated():
    totals = Totals()
    space, many = 1 << 56, 40 * SKETCH
    totals.find(finding(1, (n * 0x9E3779B97F4A7C15) % space) for n in range(many))
    ((group),) = totals.groups
    assert group.count == many
    assert abs(group.distinct - many) < many / 10
