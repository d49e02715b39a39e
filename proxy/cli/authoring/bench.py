"""A policy on the bench: read, compiled, and put under the engine that a gate would use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NoReturn

import typer

from detectors.api import TextScanner
from detectors.registry import DETECTORS
from detectors.scan import Scanner
from proxy.cli.config import load_config
from proxy.cli.equipment import Equipment, register_beside
from proxy.cli.inputs import InputError
from proxy.cli.policy import SPOKEN_DETAILS, read_policy, today
from proxy.core.engine import Engine
from proxy.core.message import Judge
from proxy.edge.ports import Rejected
from proxy.policy.decide import Policy
from proxy.policy.errors import PolicyError
from proxy.policy.load import PolicyFile, load_policy
from proxy.policy.words import Known

TOKEN_KEY = b"policy test"
"""Tokens made on the bench are the same every time, and those of no gate."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A policy and its engine. `day` is the day it is taken to be."""

    files: tuple[PolicyFile, ...]
    policy: Policy
    engine: Engine
    scanner: Scanner
    day: date


class Workbench:
    """Benches with the same equipment; scanners are kept, for they are most of the work."""

    def __init__(self, policy: str | Path, config: Path | None = None) -> None:
        """`policy` says where the register of important data lies; `config` may say it, too. Raises Rejected."""
        known = load_config(config)
        self.equipment = Equipment(known.recognizers, known.register or register_beside(Path(policy)))
        self.zones = {*known.zones, "mainland", "outside"} if known.zones else None
        self._scanners: dict[frozenset[str] | None, Scanner] = {}

    def known(self) -> Known:
        """The words that a policy or a test may use."""
        details = {*SPOKEN_DETAILS, *(word for detector in DETECTORS for word in detector.detail.split())}
        return Known(self.equipment.entities(), details, self.zones)

    def compile(self, files: Sequence[PolicyFile], day: date | None = None) -> Policy:
        """The policy of these files as of a day. Raises PolicyError."""
        known = self.known()
        return load_policy(files, known.entities, day or today(), details=known.details, zones=known.zones)

    def bench(self, path: str | Path, day: date | None = None) -> Bench:
        """The policy at a path. Raises PolicyError."""
        return self.of(read_policy(path), day)

    def of(self, files: Sequence[PolicyFile], day: date | None = None) -> Bench:
        """The same for files already read."""
        policy = self.compile(files, day)
        scanner = self.scanner(policy.entities)
        engine = self.engine(scanner, policy, day, rows=policy.asks_rows)
        return Bench(tuple(files), policy, engine, scanner, day or today())

    def scanner(self, entities: frozenset[str] | None) -> Scanner:
        """The scanner that finds these. Raises PolicyError for a register with mistakes."""
        if entities not in self._scanners:
            self._scanners[entities] = self.equipment.scanner(entities, any_label=True)
        return self._scanners[entities]

    @staticmethod
    def engine(scanner: TextScanner, judge: Judge, day: date | None = None, *, rows: bool = False) -> Engine:
        """An engine with the limits of a gate that opens everything. `rows`: whether some rule counts them."""
        return Engine(scanner, judge, token_key=TOKEN_KEY, today=lambda: day or today(), count_rows=rows)


@contextmanager
def told() -> Iterator[None]:
    """Mistakes of the user as lines on standard error, and exit code 2."""
    try:
        yield
    except PolicyError as error:
        stop(*map(str, error.problems))
    except Rejected as error:
        stop(*error.lines)
    except InputError as error:
        stop(str(error))
    except OSError as error:
        stop(f"{error.filename or 'input'}: {error.strerror or 'cannot be read'}")


def stop(*lines: str) -> NoReturn:
    """End with exit code 2, and say why."""
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(2)
