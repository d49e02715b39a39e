"""`make fuzz`: the engine under atheris (libFuzzer), guided by what of our code is reached.

Takes libFuzzer's own options (`-max_total_time=600`, `-jobs=2`, a folder for what is found). Without a folder the
corpus begins with one file of every kind, in a temporary one.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["proxy.core"]):
    from tests.fuzz.budgeted import any_bytes_with_any_content_type_end_in_a_verdict_within_the_budget as checked

from tests.fuzz.samples import SAMPLES, TEXT, multipart

TYPES = sorted({kind.encode() for kind, _ in SAMPLES.values()} | {b"", b"text/plain", b"application/json"})


def one(data: bytes) -> None:
    """The first byte chooses the declared type; beyond the types, it is taken from the data."""
    if len(data) < 2:
        return
    if data[0] < len(TYPES):
        checked(data[1:], TYPES[data[0]])
    else:
        checked(data[12:] or b"x", data[1:12])


def seeds(folder: Path) -> None:
    """One input for every kind of file."""
    files = {name: (kind.encode(), make()) for name, (kind, make) in SAMPLES.items()}
    files["text"] = (b"text/plain", TEXT.encode())
    files["multipart"] = (b"", multipart("a.zip", files["zip"][1])[1])
    for name, (kind, data) in files.items():
        (folder / name).write_bytes(bytes((TYPES.index(kind),)) + data)


def main() -> None:
    """Fuzz until told to stop, or until something breaks."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        arguments = [*sys.argv, "-timeout=20", "-max_len=65536"]
        if all(each.startswith("-") for each in sys.argv[1:]):
            seeds(Path(name))
            arguments.append(name)
        atheris.Setup(arguments, one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
