"""Samples for health, genomes, positions, markings, control systems and secrets; merged by `samples`."""

from __future__ import annotations

from tests.detectors.sampling import Hit, Miss

HITS: dict[str, list[Hit]] = {}

MISSES: dict[str, list[Miss]] = {}
