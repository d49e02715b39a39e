"""The examples beside a policy, put through the engine before the policy comes into force.

They run in a process of their own, `python -m proxy.cli.selftest`: a supervisor loads no models. The policy comes over
standard input, so that what was tested is what will be in force, whatever is on disk by then.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from proxy.cli.authoring.bench import Workbench
from proxy.cli.authoring.test import case_message
from proxy.cli.build import PYTHON
from proxy.cli.equipment import Equipment
from proxy.cli.policy import known_details, today
from proxy.core.engine import Engine
from proxy.edge.ports import Rejected
from proxy.policy.cases import Cases, load_cases
from proxy.policy.errors import Code, PolicyError
from proxy.policy.load import PolicyFile, load_policy
from proxy.policy.names import included
from proxy.policy.outcomes import failures
from proxy.policy.words import Known
from proxy.policy.yamltree import MAX_BYTES

SECONDS = 120.0
_MOST = 20

Files = Sequence[tuple[str, bytes]]


def tests_of(files: Files) -> list[Path]:
    """The test files that lie beside the files of a policy."""
    found = [Path(path).with_suffix(".test.yaml") for path, _ in files if path.endswith((".yaml", ".yml"))]
    return [place for place in found if place.is_file()]


def prove(files: Files, zones: Sequence[str] | None, equipment: Equipment) -> None:
    """Run the examples beside the files, if there are some. Raises Rejected with a line per failure."""
    if not tests_of(files):
        return
    told = {
        "files": [(path, text.decode("latin-1")) for path, text in files],
        "zones": zones,
        "equipment": equipment.plain(),
    }
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            [*PYTHON, "-m", "proxy.cli.selftest"],
            input=json.dumps(told).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Rejected(f"the tests beside the policy take longer than {SECONDS:.0f} seconds") from None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if done.returncode or lines:
        raise Rejected(*(lines or [f"the tests beside the policy could not be run (exit {done.returncode})"]))


def _lines(files: Sequence[PolicyFile], zones: Sequence[str] | None, equipment: Equipment) -> Iterator[str]:
    entities = equipment.entities()
    known = Known(entities, known_details(), zones)
    by_path = {os.path.normpath(file.path): file for file in files}
    for file in files:
        place = Path(file.path).with_suffix(".test.yaml")
        if not place.is_file():
            continue
        cases = load_cases(PolicyFile(str(place), place.read_bytes()[: MAX_BYTES + 1]), known)
        if cases.document.policy is not None:
            continue  # these are examples of another policy
        yield from _failures(cases, _with_included(file, by_path), known, equipment)


def _with_included(file: PolicyFile, by_path: Mapping[str, PolicyFile]) -> list[PolicyFile]:
    """A file and what it includes: examples are of their own file, also where a folder holds several."""
    chosen = [file]
    for each in chosen:
        more = (by_path.get(os.path.normpath(path)) for path in included(each))
        chosen += [one for one in more if one is not None and one not in chosen]
    return chosen


def _failures(cases: Cases, files: Sequence[PolicyFile], known: Known, equipment: Equipment) -> Iterator[str]:
    day = cases.document.today or today()
    policy = load_policy(files, known.entities, day, details=known.details, zones=known.zones)
    engine: Engine = Workbench.engine(equipment.scanner(policy.entities), policy, day, rows=policy.asks_rows)
    for index in range(len(cases.document.cases)):
        message = case_message(cases, index)
        yield from map(str, failures(cases, index, message, engine.inspect(message)))


def main() -> int:
    """Run what comes over standard input; a line for each failure goes to standard output. The exit code."""
    told = json.load(sys.stdin)
    files = [PolicyFile(path, text.encode("latin-1")) for path, text in told["files"]]
    equipment = Equipment.from_plain(told["equipment"], models=True)
    try:
        lines = list(_lines(files, told["zones"], equipment))
    except PolicyError as e:
        lines = [str(each) for each in e.problems]
    except OSError as e:
        lines = [f"{e.filename or 'the tests'}:1:1: {Code.UNREADABLE} {e.strerror or 'cannot be read'}"]
    for line in lines[:_MOST]:
        sys.stdout.write(f"{line}\n")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
