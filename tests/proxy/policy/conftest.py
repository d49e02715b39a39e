from datetime import date

import pytest

from detectors.api import EntityClass
from proxy.policy.decide import Policy
from proxy.policy.load import PolicyFile, load_policy

ENTITIES = {
    "CN_RESIDENT_ID": EntityClass.GOVERNMENT_ID,
    "HK_ID": EntityClass.GOVERNMENT_ID,
    "CN_MOBILE": EntityClass.CONTACT,
    "EMAIL_ADDRESS": EntityClass.CONTACT,
    "CREDENTIAL": EntityClass.CREDENTIAL,
    "STATE_SECRET_MARK": EntityClass.MARKING,
}
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: t, revision: 4}\n"


@pytest.fixture
def compiled():
    def load(*texts: str, today: date = date(2026, 6, 15)) -> Policy:
        return load_policy([PolicyFile(f"{i}.yaml", (HEAD + t).encode()) for i, t in enumerate(texts)], ENTITIES, today)

    return load


@pytest.fixture
def rules(compiled):
    """A policy of rules given as (id, when, then) in flow style; a fourth item holds further keys."""

    def load(*given: tuple[str, ...], defaults: str = "", today: date = date(2026, 6, 15)) -> Policy:
        lines = [
            f"  - {{id: {name}, title: {{en: {name}}}, when: {when}, then: {then}{', ' + more[0] if more else ''}}}\n"
            for name, when, then, *more in given
        ]
        return compiled(f"{defaults}\nrules:\n{''.join(lines)}" if lines else f"{defaults}\nrules: []\n", today=today)

    return load
