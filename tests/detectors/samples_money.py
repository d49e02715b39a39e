"""What the detectors of accounts and organisations must find and must leave alone; merged by `samples`."""

from __future__ import annotations

from tests.detectors.sampling import Hit, Miss

HITS: dict[str, list[Hit]] = {}

MISSES: dict[str, list[Miss]] = {}
