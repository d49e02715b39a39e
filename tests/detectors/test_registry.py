from __future__ import annotations

import re

import pytest

from detectors.api import EntityClass, PatternDetector, Shape
from detectors.compiled import database
from detectors.data import labels
from detectors.registry import DETECTORS, ENTITIES, select
from proxy.cli.cache import installed
from tests.detectors.samples import HITS, MISSES

SHAPES = [(each.entity, shape) for each in DETECTORS for shape in each.shapes]


def test_every_entity_is_proved_by_samples() -> None:
    assert set(HITS) == set(MISSES) == set(ENTITIES)
    assert not [entity for entity in ENTITIES if len(HITS[entity]) < 3 or len(MISSES[entity]) < 5]
    assert all(miss.reason for misses in MISSES.values() for miss in misses)


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_cites_its_source_and_a_label_family_that_exists(detector: PatternDetector) -> None:
    families, against = labels()
    assert detector.source
    assert not detector.labels or (detector.labels in families and detector.labels in against)


@pytest.mark.parametrize(
    "whole", sorted({(shape.before, shape.core, shape.after, shape.trigger or shape.core) for _, shape in SHAPES})
)
def test_every_shape_compiles_in_both_engines(whole: tuple[str, str, str, str]) -> None:
    before, core, after, trigger = whole
    re.compile(f"{before}(?:{core}){after}".encode())
    database([trigger.encode()], 0, installed())
    assert not re.search(r"\(\?[<!=]", trigger), "look-around belongs in before and after"


@pytest.mark.parametrize(("entity", "shape"), SHAPES)
def test_evidence_never_lowers_a_score(entity: str, shape: Shape) -> None:
    assert 0 <= shape.alone <= shape.labelled <= 1, entity


@pytest.mark.parametrize(("entity", "shape"), SHAPES)
def test_nothing_that_cannot_be_checked_is_reported_without_evidence(entity: str, shape: Shape) -> None:
    detector = next(each for each in DETECTORS if shape in each.shapes)
    proves_itself = ENTITIES[entity] in (EntityClass.CREDENTIAL, EntityClass.MARKING)
    assert proves_itself or detector.check or shape.alone == 0


def test_the_registry_cannot_be_written_to() -> None:
    with pytest.raises(TypeError):
        ENTITIES["X"] = EntityClass.NETWORK  # type: ignore[index]


def test_select_keeps_registry_order_and_passes_over_unknown_names() -> None:
    assert select(None) == DETECTORS
    chosen = select(frozenset(("HK_ID", "CN_RESIDENT_ID", "NO_SUCH")))
    assert {each.entity for each in chosen} == {"CN_RESIDENT_ID", "HK_ID"}
    assert chosen == tuple(each for each in DETECTORS if each.entity in {"CN_RESIDENT_ID", "HK_ID"})
    assert select(frozenset()) == ()
