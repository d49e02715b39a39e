"""What the operator reads."""

from __future__ import annotations

import sys


def say(*lines: str) -> None:
    """Write lines to stderr, in one piece: other processes write there too."""
    sys.stderr.write("".join(f"{line}\n" for line in lines))
