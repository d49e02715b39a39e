"""What the supervisor executes: `python -m proxy.cli.worker serve STATE ZONES EQUIPMENT SIZES CONTROL CELLS LISTENERS`.

The last three are numbers of descriptors, with commas between where there are several.

And what a worker executes for its inspectors: `texts` or `documents` in place of `serve`, without the descriptors.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from proxy.edge.inspection import models, sandbox

if __name__ == "__main__":  # before all that takes a second: whoever inherits a port must not hold it alone
    sandbox.die_with_parent(os.getppid())


def main(arguments: list[str]) -> int:
    """Run a worker or an inspector; the exit code."""
    role, state, zones, equipment, sizes, *descriptors = arguments
    asked = models.started(documents=role == "documents") if role != "serve" else models.Models()
    from proxy.cli.build import PYTHON, Workshop, token_key  # noqa: PLC0415 - models hold nothing of this
    from proxy.cli.equipment import Equipment  # noqa: PLC0415
    from proxy.edge.settings import Sizes  # noqa: PLC0415

    told = Equipment.from_plain(json.loads(equipment), models=role != "serve")
    named, documents = tuple(zones.split(",")) if zones else None, role == "documents"
    most = Sizes(**json.loads(sizes))
    workshop = Workshop(Path(state), token_key(Path(state)), named, told, documents, most)
    if role != "serve":
        from proxy.edge.inspection.inspector import serve  # noqa: PLC0415 - an inspector needs no proxy

        return serve(workshop, documents=documents, body_bytes=most.spool_cap, models=asked)
    from proxy.edge.processes.worker import Inherited, run  # noqa: PLC0415

    inspectors = (
        [*PYTHON, "-m", "proxy.cli.worker", kind, state, zones, equipment, sizes] for kind in ("texts", "documents")
    )
    control, cells, listeners = ([int(each) for each in several.split(",")] for several in descriptors)
    return run(workshop, Inherited(control[0], cells, listeners), *inspectors)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
