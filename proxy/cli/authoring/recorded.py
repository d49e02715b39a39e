"""Recorded traffic as a stream of messages: one is held at a time, however much there is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import ijson  # type: ignore[import-untyped]

from proxy.cli.authoring.trail import Line, is_trail, lines
from proxy.cli.inputs import InputError, exchange, files
from proxy.core.message import Kind, Message, Party
from proxy.edge.zones import Zones, direction

LARGEST = 64 * 1024 * 1024
_FLOWS = (".flow", ".flows", ".mitm")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A message and the place it was recorded in; of one in the audit trail its line; or why it cannot be read."""

    source: str
    message: Message | Line | InputError


class Traffic:
    """Files and folders of recordings: HAR, mitmproxy flow files, raw HTTP messages, audit trails.

    Of a gate's state folder only the audit trail is read. `size` is the bytes of all files, `recalls` says that all are
    of audit trails; `moved` is told of bytes as they are read. `passed_over` counts lines that are of no decision.
    """

    def __init__(self, paths: Sequence[Path], zones: Zones) -> None:
        """Raises InputError for a path that is not there."""
        self._zones = zones
        self._files: list[Path] = []
        for path in paths:
            if not path.exists():
                raise InputError(f"{path}: no such file or folder")
            folder = path / "audit" if (path / "audit").is_dir() else path
            self._files += (
                sorted(each for each in folder.rglob("*") if each.is_file() and not each.is_symlink())
                if path.is_dir()
                else [path]
            )
        self.size = sum(path.stat().st_size for path in self._files)
        self.recalls = all(path.is_file() and os.access(path, os.R_OK) and is_trail(path) for path in self._files)
        self.passed_over = 0

    def read(self, moved: Callable[[int], None]) -> Iterator[Recorded]:
        """Every message, in the order of the files."""
        for path in self._files:
            try:
                for each in self._of(path, moved):
                    told = each.message
                    yield replace(each, message=placed(told, self._zones)) if isinstance(told, Message) else each
            except OSError as error:
                yield Recorded(str(path), InputError(f"{path}: {error.strerror or 'cannot be read'}"))

    def _of(self, path: Path, moved: Callable[[int], None]) -> Iterator[Recorded]:
        name = str(path)
        if is_trail(path):
            with path.open("rb") as file:
                yield from _told(file, moved, self._lines(path, file))
        elif path.suffix == ".har":
            with path.open("rb") as file:
                yield from _told(file, moved, _har(name, file))
        elif path.suffix in _FLOWS:
            with path.open("rb") as file:
                yield from _told(file, moved, _flows(name, file))
        else:
            for item in files([path], LARGEST):
                found = (item.message,) if isinstance(item.message, InputError) else item.message
                yield from (Recorded(name, each) for each in found)
            moved(path.stat().st_size)

    def _lines(self, path: Path, file: BinaryIO) -> Iterator[Recorded]:
        for place, line in lines(path, file):
            if line is None:
                self.passed_over += 1
            else:
                yield Recorded(place if isinstance(line, InputError) else f"{place} {line.incident}", line)


def _told(file: BinaryIO, moved: Callable[[int], None], found: Iterator[Recorded]) -> Iterator[Recorded]:
    """The same, with how far the file was read told."""
    last = 0
    for each in found:
        here = file.tell()
        if here > last:
            moved(here - last)
            last = here
        yield each


def _har(name: str, file: BinaryIO) -> Iterator[Recorded]:
    """The exchanges of an HTTP Archive 1.2, entry by entry."""
    number = 0
    try:
        for number, entry in enumerate(ijson.items(file, "log.entries.item", use_float=True), 1):
            source = f"{name}#{number}"
            try:
                at = _moment(entry)
                for half in list(exchange(entry)):
                    if half.kind is Kind.REQUEST or half.body:
                        yield Recorded(source, replace(half, at=at))
            except (KeyError, TypeError, AttributeError, ValueError):
                yield Recorded(source, InputError(f"{source}: not an entry of an HTTP Archive"))
    except (ijson.JSONError, ValueError, RecursionError):
        note = f"damaged behind entry {number}" if number else "not an HTTP Archive (expected log.entries[])"
        yield Recorded(name, InputError(f"{name}: {note}"))
        return
    if not number:
        yield Recorded(name, InputError(f"{name}: not an HTTP Archive (expected log.entries[])"))


def _moment(entry: dict[str, Any]) -> float:
    try:
        return datetime.fromisoformat(str(entry.get("startedDateTime", ""))).timestamp()
    except ValueError:
        return 0.0


def _flows(name: str, file: BinaryIO) -> Iterator[Recorded]:
    from proxy.edge.flowfile import stream  # noqa: PLC0415 - half a second that only flow files are worth

    number = 0
    try:
        for number, message in enumerate(stream(file), 1):
            yield Recorded(f"{name}#{number}", message)
    except ValueError:
        note = f"damaged behind message {number}" if number else "not a file of mitmproxy flows"
        yield Recorded(name, InputError(f"{name}: {note}"))


def placed(message: Message, zones: Zones) -> Message:
    """A message with the zones of its ends, and so the way it goes, as a gate with this configuration takes it."""
    sender, receiver = message.sender, message.receiver
    if message.kind is Kind.REQUEST:
        ends = zones.client(sender.address), zones.server(receiver.address)
    else:
        ends = zones.server(sender.address), zones.client(receiver.address)
    server_sends = message.kind is Kind.RESPONSE
    return replace(
        message,
        direction=direction(*ends),
        sender=_named(sender, ends[0], message, server=server_sends),
        receiver=_named(receiver, ends[1], message, server=not server_sends),
    )


def _named(party: Party, zone: str, message: Message, *, server: bool) -> Party:
    if not server:
        return replace(party, zone=zone)
    return replace(party, zone=zone, host=party.host or message.host, port=party.port or message.port)
