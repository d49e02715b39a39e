"""What the supervisor executes: `python -m proxy.cli.worker serve|inspect STATE ZONES EQUIPMENT … CONTROL CELLS`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from proxy.cli.build import PYTHON, Workshop, token_key
from proxy.cli.equipment import Equipment


def main(arguments: list[str]) -> int:
    """Run a worker or an inspector; the exit code."""
    role, state, zones, equipment, *descriptors = arguments
    told = Equipment.from_plain(json.loads(equipment), models=role == "inspect")
    workshop = Workshop(Path(state), token_key(Path(state)), tuple(zones.split(",")) if zones else None, told)
    if role == "inspect":
        from proxy.edge.slowlane import inspector  # noqa: PLC0415 - an inspector needs no proxy

        return inspector(workshop)
    from proxy.edge.worker import run  # noqa: PLC0415

    command = [*PYTHON, "-m", "proxy.cli.worker", "inspect", state, zones, equipment]
    return run(workshop, int(descriptors[0]), int(descriptors[1]), command)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
