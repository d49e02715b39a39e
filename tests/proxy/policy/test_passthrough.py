"""The passthrough list: what it takes, what it refuses, and on which day it says yes."""

from __future__ import annotations

from datetime import date

import pytest

from proxy.policy import passthrough as lists
from proxy.policy.errors import PolicyError
from proxy.policy.passthrough import load_passthrough
from proxy.policy.yamltree import PolicyFile

DAY = date(2026, 6, 1)
HEAD = "apiVersion: egress/v1\nkind: Passthrough\nentries:\n"
REST = "reason: r, owner: o"


def load(entries: str) -> lists.Passthrough:
    return load_passthrough(PolicyFile("p", (HEAD + entries).encode()))


def test_an_entry_holds_for_every_name_and_through_its_last_day():
    found = load(f'  - {{host: "*.Bank.example", {REST}, expires: 2026-06-01}}\n')
    assert found.find(["www.bank.example"], DAY) is not None
    assert found.find(["www.bank.example", "WWW.BANK.EXAMPLE."], DAY) is not None
    assert found.find(["www.bank.example", "evil.example"], DAY) is None
    assert found.find(["bank.example"], DAY) is None
    assert found.find([""], DAY) is None
    assert found.find([], DAY) is None
    assert found.find(["www.bank.example"], date(2026, 6, 2)) is None
    assert list(found.expired(DAY)) == []
    (line,) = found.expired(date(2026, 6, 2))
    assert line.startswith("p:4:5: EXPIRED_EXCEPTION the entry for *.bank.example ended on 2026-06-01")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (f'  - {{host: "*", {REST}, expires: 2026-06-01}}', 'p:4:12: BAD_GLOB "*" is too wide'),
        (f'  - {{host: "*.com", {REST}, expires: 2026-06-01}}', "p:4:12: BAD_GLOB"),
        (f'  - {{host: "a*.example.com", {REST}, expires: 2026-06-01}}', "p:4:12: BAD_GLOB"),
        (f'  - {{host: "!a.example", {REST}, expires: 2026-06-01}}', "p:4:12: BAD_GLOB"),
        (f"  - {{host: https://a.example, {REST}, expires: 2026-06-01}}", "p:4:12: BAD_GLOB"),
        (f"  - {{host: a.example, {REST}, expires: soon}}", "p:4:53: BAD_DATE"),
        (f"  - {{host: a.example, {REST}}}", 'p:4:5: MISSING_KEY the key "expires" is missing here'),
        (f"  - {{host: a.example, {REST}, expired: 2026-06-01}}", 'p:4:44: UNKNOWN_KEY unknown key "expired"; did you'),
        (
            '  - {host: a.example, reason: "", owner: o, expires: 2026-06-01}',
            "p:4:31: EMPTY_LIST text may not be empty",
        ),
        ("  nothing: here", "p:4:3: WRONG_TYPE"),
    ],
    ids=["all", "tld", "half", "not", "url", "date", "missing", "spelt", "empty", "mapping"],
)
def test_a_mistake_has_its_place(entries, said):
    with pytest.raises(PolicyError) as raised:
        load(entries + "\n")
    assert str(raised.value).startswith(said)


def test_a_list_is_bounded(monkeypatch):
    monkeypatch.setattr(lists, "MAX_ENTRIES", 1)
    with pytest.raises(PolicyError, match="at most 1 entries"):
        load(f"  - {{host: a.example, {REST}, expires: 2026-06-01}}\n" * 2)
