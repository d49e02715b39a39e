"""The running count of a replay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detectors.api import EntityClass, Finding
from proxy.core.message import Action, Direction, Kind, Message, Mode, Party, Rewrite, RuleMatch, Verdict
from proxy.policy.replay import MOST_EXAMPLES, MOST_HOSTS, OTHERS, Change, Replay, changed

MESSAGE = Message(
    Kind.REQUEST, Direction.EXPORT, "POST", "https", "a.example.com", 443, b"/440106199003072170/x", (), b"",
    Party("mainland"), Party("outside"),
)  # fmt: skip


def verdict(action, *rules, people=0, body=b""):
    matches = tuple(RuleMatch(name, 1, action, Mode.ENFORCE) for name in rules)
    found = tuple(
        Finding("CN_RESIDENT_ID", EntityClass.GOVERNMENT_ID, 0.9, f"body/json:/{n}/id", 0, 18, n) for n in range(people)
    )
    return Verdict(action, matches, found, rewrite=Rewrite(b"/", (), body) if action is Action.REDACT else None)


LOG, BLOCK, REDACT = (verdict(action) for action in (Action.LOG, Action.BLOCK, Action.REDACT))


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (LOG, LOG, Change.SAME),
        (LOG, REDACT, Change.STRICTER),
        (BLOCK, REDACT, Change.LOOSER),
        (REDACT, verdict(Action.REDACT, body=b"x"), Change.OTHERWISE),
        (REDACT, verdict(Action.REDACT, "B"), Change.SAME),
    ],
)
def test_how_a_message_changes(before, after, change):
    assert changed(before, after) is change


def test_counts_by_rule_destination_entity_and_people():
    result = Replay()
    result.add("f#1", MESSAGE, verdict(Action.LOG, people=3), verdict(Action.BLOCK, "A", people=3))
    result.add("f#2", MESSAGE, verdict(Action.BLOCK, "B", people=2), verdict(Action.LOG, people=2))
    result.add("f#3", replace(MESSAGE, host="b.org"), LOG, LOG)
    total = result.total
    assert (total.messages, total.changed, total.stricter, total.looser) == (3, 2, 1, 1)
    assert (total.people_stricter, total.people_looser) == (3, 2)
    assert {name: (c.in_force, c.candidate, c.stricter, c.looser) for name, c in result.rules.items()} == {
        "A": (0, 1, 1, 0),
        "B": (1, 0, 0, 1),
    }
    assert {name: count.changed for name, count in result.destinations.items()} == {"a.example.com": 2, "b.org": 0}
    assert result.entities["CN_RESIDENT_ID"].people_stricter == 3
    first, second = result.examples
    assert (first.gained, first.lost, second.gained, second.lost) == (("A",), (), (), ("B",))
    assert "440106" not in str(result.plain())


def test_it_does_not_grow_with_what_is_replayed():
    result = Replay()
    for number in range(3 * MOST_HOSTS):
        result.add("f", replace(MESSAGE, host=f"h{number % 2500}.org"), LOG, BLOCK)
    assert len(result.destinations) == MOST_HOSTS + 1
    assert sum(count.messages for count in result.destinations.values()) == 3 * MOST_HOSTS
    assert result.plain()["destinations"][-1]["host"] == OTHERS
    assert len(result.examples) == MOST_EXAMPLES
