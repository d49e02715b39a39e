"""The engine over documents of the corpus, scored as `egress eval` scores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from detectors.api import Band, Finding
from detectors.registry import ENTITIES
from proxy.cli.inputs import message
from proxy.cli.scan import observing
from proxy.cli.scoring import Label, Miss, Rules, Score, count
from tests.corpus.build import Document, Labelled
from tests.corpus.makers import MAKERS
from tests.corpus.values import maker_entity


class Missed(NamedTuple):
    """A miss, with its label and its document."""

    miss: Miss
    one: Labelled
    document: Document


class Alarm(NamedTuple):
    """A false alarm and its document."""

    finding: Finding
    document: Document


class Measured(NamedTuple):
    """What came of some documents."""

    score: Score
    missed: list[Missed]
    alarms: list[Alarm]


def known() -> list[str]:
    """Makers of entities that the registry has."""
    return [name for name, make in MAKERS.items() if maker_entity(make) in ENTITIES]


def label(one: Labelled) -> Label:
    """A value of the corpus as `egress eval` knows it."""
    return Label(one.value.entity, one.written or None, frozenset(one.value.either), f"{one.name} {one.way}".strip())


def measure(documents: Iterable[Document], only: Iterable[str] = (), band: Band = Band.MEDIUM) -> Measured:
    """Score the engine on documents."""
    inspect, rules = observing(64, reveal=True).inspect, Rules(band, only=frozenset(only))
    score, missed, alarms = Score(), [], []
    for document in documents:
        misses, wrong = len(score.misses), len(score.false_alarms)
        findings = inspect(message(document.body, content_type=document.content_type)).findings
        given = [label(one) for one in document.labels]
        count(score, document.carrier, len(document.body), given, findings, rules)
        by_label = dict(zip(map(id, given), document.labels, strict=True))
        missed += [Missed(miss, by_label[id(miss.label)], document) for miss in score.misses[misses:]]
        alarms += [Alarm(alarm.finding, document) for alarm in score.false_alarms[wrong:]]
    return Measured(score, missed, alarms)
