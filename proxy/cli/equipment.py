"""What a gate finds with: the registry's detectors, and the finders that a configuration switches on beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detectors.api import Allowance, EntityClass, Finder, Hit, Locate, PatternDetector
from detectors.compiled import ready
from detectors.names import finders as name_finders
from detectors.recognizers import Recognizer
from detectors.registry import ENTITIES, select
from detectors.scan import Scanner
from detectors.signs import Signs
from proxy.cli import cache

REGISTER = Path("registers/important-data.yaml")
"""Where the register of important data lies, seen from the folder of the policy."""
DEFAULT_POLICY = Path("policies/default.yaml")
_FIXED = {"IMPORTANT_DATA": EntityClass.IMPORTANT_DATA, "ORGANIZATION": EntityClass.ORGANISATION}


@dataclass(frozen=True, slots=True)
class Equipment:
    """`recognizers` are Presidio's that are switched on; `register` is the register of important data, if there is one.

    `models` says whether this process may load models and run what is slow: an inspector or a scan. A worker may not:
    it notes what would have to be read, and gives the message on.
    """

    recognizers: tuple[Recognizer, ...] = ()
    register: Path | None = None
    models: bool = True

    def plain(self) -> dict[str, Any]:
        """As what JSON can carry from one process to another; each process knows for itself what it may load."""
        return {
            "recognizers": [each.plain() for each in self.recognizers],
            "register": None if self.register is None else str(self.register),
        }

    @classmethod
    def from_plain(cls, told: Mapping[str, Any], *, models: bool) -> Equipment:
        """What `plain` told."""
        register = told["register"]
        recognizers = tuple(map(Recognizer.from_plain, told["recognizers"]))
        return cls(recognizers, None if register is None else Path(register), models)

    def entities(self) -> Mapping[str, EntityClass]:
        """All that can be found, and its class."""
        imported = _presidio(self.recognizers).detectors if self.recognizers else ()
        return {**ENTITIES, **_FIXED, **{each.entity: each.entity_class for each in imported}}

    def scanner(self, wanted: frozenset[str] | None, *, any_label: bool = False) -> Scanner:
        """The detectors and finders of some entities, or of all; `any_label` as for `Scanner`. Raises PolicyError for a
        register with mistakes."""
        finders = [each for each in self._finders() if wanted is None or _finds(each, wanted)]
        if self.register is not None:
            from proxy.cli import registers  # noqa: PLC0415 - a register brings numpy and the reading of files

            catalogue = registers.load(self.register)
            if wanted is None or _finds(catalogue, wanted):
                finders.insert(0, catalogue)
                wanted = None if wanted is None else wanted | catalogue.wants
        if wanted is not None and "HK_ID" in wanted:
            wanted |= {"PERSON"}  # together they say more than either (detectors.together)
        ready(cache.installed())
        return Scanner(select(wanted), finders, cache.installed(), any_label=any_label)

    def _finders(self) -> Iterable[Finder]:
        yield from name_finders()
        yield Signs()
        if self.recognizers:
            imported = _presidio(self.recognizers)
            yield imported if self.models else _Deferred("presidio", imported.detectors)


def _finds(finder: Finder, wanted: frozenset[str]) -> bool:
    return any(detector.entity in wanted for detector in finder.detectors)


def _presidio(recognizers: Sequence[Recognizer]) -> Finder:
    from detectors.presidio import Recognizers  # noqa: PLC0415 - it takes a second, and brings spaCy

    return Recognizers(recognizers)


class _Deferred:
    """Reads nothing and says so: another process will."""

    def __init__(self, kind: str, detectors: Sequence[PatternDetector]) -> None:
        self.detectors = detectors
        self._kind = kind

    def find(
        self,
        text: bytes,
        hits: Sequence[Hit],  # noqa: ARG002 - the protocol's signature
        locate: Locate,  # noqa: ARG002
        name: bytes,  # noqa: ARG002
        allowance: Allowance,
    ) -> list[Hit]:
        """Nothing; the text is told to the allowance."""
        allowance.skip(self._kind, len(text))
        return []

    def idle(self, text: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """It has to tell of each text."""
        return False


def register_beside(policy: Path) -> Path | None:
    """The register that belongs to a policy file or folder, if there is one."""
    path = (policy if policy.is_dir() else policy.parent) / REGISTER
    return path if path.is_file() else None
