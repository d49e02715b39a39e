"""The audit trail as authors ask it: the line of a decision, and what can be asked again of it."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from detectors.api import Band, EntityClass
from proxy.cli.inputs import InputError
from proxy.core.message import Action, Cause, Direction, Kind, Message, Mode, Party, RuleMatch
from proxy.core.traces import Group
from proxy.edge.ports import Refusal
from proxy.policy.past import Record

LONGEST = 4 * 1024 * 1024
"""Bytes of a line; the longest there is has a hundred groups of findings and some ten kilobytes."""
_NAME = re.compile(r".*\.jsonl(?:\.\d+)?(?:\.gz)?", re.DOTALL)
_SIGN = b'"prev_hash":"'
_NOTHING = sha256().hexdigest()
_BAD_FORM = "not of the form of this version"


@dataclass(frozen=True, slots=True)
class Line:
    """A decision of the trail: the record, and the policy that made it."""

    incident: str
    record: Record
    name: str
    hash: str
    state: Path


def is_trail(path: Path) -> bool:
    """Whether a file is one of an audit trail, whole, cut, rotated (`.jsonl.1`) or packed (`.jsonl.gz`)."""
    if _NAME.fullmatch(path.name) is None:
        return False
    with path.open("rb") as file:
        try:
            start = opened(path, file).read(1 << 16)
        except (OSError, EOFError, zlib.error):
            return True
    return not start or _SIGN in start


def opened(path: Path, file: BinaryIO) -> BinaryIO:
    """The lines of a file that may be packed."""
    return cast("BinaryIO", gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file


def lines(path: Path, file: BinaryIO) -> Iterator[tuple[str, Line | InputError | None]]:
    """Every line and its place; None for one that is not of a decision, such as a change of policy."""
    stream, number = opened(path, file), 0
    state = path.resolve().parent.parent
    try:
        while line := stream.readline(LONGEST):
            number += 1
            place = f"{path}:{number}"
            if len(line) == LONGEST:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(LONGEST)
                yield place, InputError(f"{place}:1: longer than any line of an audit trail")
            elif line.strip():
                yield place, _line(place, line, state)
    except (OSError, EOFError, zlib.error):
        yield str(path), InputError(f"{path}: damaged behind line {number}")


def _line(place: str, line: bytes, state: Path) -> Line | InputError | None:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        cut = "" if line.endswith(b"\n") else "; it is cut off"
        return InputError(f"{place}:{error.colno}: not a line of an audit trail{cut}")
    if isinstance(event, dict) and "event" in event:
        return None
    try:
        policy = event["policy"]
        return Line(str(event["incident"]), record(event), str(policy["name"]), str(policy["hash"]), state)
    except (KeyError, TypeError, ValueError, AttributeError):
        return InputError(f"{place}:1: {_BAD_FORM}")


def record(event: dict[str, Any]) -> Record:
    """What a line says of a decision. Raises KeyError, TypeError, ValueError, AttributeError."""
    inspection = event["inspection"]
    causes = tuple(Cause(cause) for cause in inspection["causes"] if cause not in set(Refusal))
    size, in_windows = int(inspection["bytes"]), "windows" in inspection
    whole = all(cause in {Cause.NAMES_SKIPPED, Cause.TYPE_MISMATCH} for cause in causes)
    empty = event["bodies"]["original_sha256"] == _NOTHING
    return Record(
        message=message(event),
        action=Action(event["action"]),
        rules=tuple(
            RuleMatch(str(r["id"]), int(r["rev"]), Action(r["action"]), Mode(r["mode"])) for r in event["rules"]
        ),
        groups=tuple(_group(each, in_windows=in_windows) for each in event["findings"]),
        causes=causes,
        least=size if in_windows and not empty else 0,
        most=0 if empty else size if whole else None,
    )


def message(event: dict[str, Any]) -> Message:
    """The message of a line: its path is the shape of a path, its header fields and its body are not there."""
    sender, receiver = _party(event["from"]), _party(event["to"])
    kind = Kind(event.get("kind", "request"))
    client = str(event.get("client") or "")
    return Message(
        kind=kind,
        direction=Direction(event["direction"]),
        method=str(event["method"]),
        scheme="https",
        host=str(event["host"]),
        port=(receiver if kind is Kind.REQUEST else sender).port,
        path=str(event["path_template"]).encode(),
        headers=(),
        body=b"",
        sender=sender,
        receiver=receiver,
        protocol=str(event["protocol"]),
        client="" if client in {sender.address, receiver.address} else client,  # who has not shown who it is
        at=datetime.fromisoformat(str(event["time"])).timestamp(),
    )


def _party(told: dict[str, Any]) -> Party:
    return Party(str(told["zone"]), str(told["address"]), str(told["host"]), int(told["port"]))


def _group(told: dict[str, Any], *, in_windows: bool) -> Group:
    count = int(told["count"])
    distinct = int(told["distinct"])
    if not 1 <= distinct <= 2 * count:
        raise ValueError("more values than findings")
    weaker = None if in_windows else int(told.get("weaker", 0))
    return Group(
        str(told["entity"]), EntityClass(told["class"]), Band(told["band"]), str(told["part"]), count, distinct,
        str(told.get("detail", "")), weaker,
    )  # fmt: skip


def find(incident: str, folder: Path) -> dict[str, Any]:
    """The line of an incident. Raises InputError."""
    wanted, passing = f'"incident":"{incident}"'.encode(), None
    try:
        logs = sorted((path for path in folder.glob("*.jsonl*") if _NAME.fullmatch(path.name)), reverse=True)
        for log in logs:
            with log.open("rb") as file:
                stream = opened(log, file)
                while line := stream.readline(LONGEST):
                    if wanted in line:
                        event = orjson.loads(line)
                        if event.get("incident") == incident and "event" not in event:
                            return dict(event)
                        passing = event if event.get("incident") == incident else passing
    except (OSError, EOFError, zlib.error, orjson.JSONDecodeError, AttributeError) as error:
        raise InputError(f"{folder}: the audit trail cannot be read ({type(error).__name__})") from None
    if passing is not None:  # of a body that was on its way when the gate ended
        return dict(passing)
    raise InputError(f"{folder}: no line of {incident} in {len(logs)} files; name the state folder with --state-dir")
