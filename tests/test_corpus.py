"""The engine on a sample of the corpus: what it must find of it, and what it must leave alone."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from detectors.registry import ENTITIES
from proxy.cli.evasions.families import CATALOGUE
from proxy.cli.scoring import Score, Tally
from tests.corpus import build, hiding, page
from tests.corpus.contents import CONTENTS, contents
from tests.corpus.lookalikes import lookalikes
from tests.corpus.makers import MAKERS
from tests.corpus.measure import Measured, known, measure
from tests.corpus.tables import table
from tests.corpus.values import maker_entity

NAMES_AND_ADDRESSES = frozenset(("PERSON", "CN_ADDRESS", "HK_ADDRESS"))
SEED, PART = 7, 4


def part(documents):
    """Every fourth: the whole takes a minute."""
    return list(documents)[::PART]


def tally(score: Score, wanted) -> Tally:
    chosen = [each for entity, each in score.entities.items() if wanted(entity)]
    return Tally(sum(each.labels for each in chosen), sum(each.found for each in chosen))


def told(measured: Measured) -> str:
    """The misses: the values are made up, so they may be shown."""
    lines = (
        f"{each.one.name} {each.one.written!r} in {each.document.carrier} {each.one.way}" for each in measured.missed
    )
    return "\n".join(lines)


@pytest.fixture(scope="module")
def labelled() -> Measured:
    rng = random.Random(SEED)
    return measure([*part(build.structured(rng, known())), *part(build.written(rng, known()))])


def test_identifiers_are_found_in_every_carrier_and_script(labelled):
    identifiers = tally(labelled.score, lambda entity: entity not in NAMES_AND_ADDRESSES)
    assert identifiers.labels > 2000
    assert identifiers.recall >= 0.995, told(labelled)


def test_names_and_addresses_are_found_where_something_says_what_they_are(labelled):
    named = tally(labelled.score, lambda entity: entity in NAMES_AND_ADDRESSES)
    assert named.labels > 100
    assert named.recall >= 0.97, told(labelled)


def test_what_is_found_is_what_it_is_said_to_be(labelled):
    assert labelled.score.total.precision >= 0.99


def test_values_are_found_however_they_are_written():
    measured = measure(part(build.ways(random.Random(SEED), known())))
    assert measured.score.total.labels > 300
    assert measured.score.total.recall >= 0.99, told(measured)


def test_documents_that_hold_an_entity_as_a_whole_are_recognised():
    measured = measure(contents(random.Random(SEED), sorted(CONTENTS), each=2))
    assert measured.score.total.recall == 1, told(measured)


def test_look_alikes_are_left_alone():
    texts = list(lookalikes(SEED))
    assert len(texts) >= 400
    alarms = [each for each in measure(texts).alarms if each.finding.entity not in NAMES_AND_ADDRESSES]
    assert len(alarms) * 400 <= 4 * len(texts), [(each.finding.entity, each.document.body) for each in alarms]


def test_the_same_seed_makes_the_same_documents():
    first, second = (list(build.ways(random.Random(3), ["mobile", "ric"])) for _ in range(2))
    assert first == second
    assert [each.body for each in lookalikes(3)] == [each.body for each in lookalikes(3)]


@pytest.mark.parametrize("maker", MAKERS)
def test_every_maker_has_words_in_every_script(maker):
    for script in ("hans", "hant", "en", "key"):
        value = MAKERS[maker](random.Random(1), script)
        assert value.entity == maker_entity(MAKERS[maker])
        assert len(table("words")[value.words or value.entity][script]) > 0


def test_every_entity_of_the_registry_is_in_the_corpus():
    assert set(ENTITIES) <= {maker_entity(make) for make in MAKERS.values()} | set(CONTENTS)


def test_the_catalogue_page_has_a_row_for_every_entity_with_its_source():
    """`make catalogue` writes it anew; its figures may age, its rows may not."""
    paper = (Path(__file__).parents[1] / "detectors" / "README.md").read_text()
    assert page.rows(paper) == page.structure()
    assert hiding.named(paper) == hiding.structure()
    assert set(hiding.missed(paper)) <= {each.name for each in CATALOGUE}
