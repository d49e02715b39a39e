"""Samples for documents, contacts, devices and vehicles; merged by `samples`."""

from __future__ import annotations

from tests.detectors.sampling import Hit, Miss

HITS: dict[str, list[Hit]] = {}

MISSES: dict[str, list[Miss]] = {}
