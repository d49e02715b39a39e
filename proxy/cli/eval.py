"""`egress eval`: the engine scored on labelled documents: precision, recall and F1 by entity, every miss, every false
alarm. Values are shown with --reveal alone."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import typer

from detectors.api import Band
from proxy.cli import scorecard
from proxy.cli.inputs import InputError, entry_message
from proxy.cli.scan import observing
from proxy.cli.scoring import Label, Rules, Score, count
from proxy.core.engine import Engine
from proxy.core.message import Message

_LABEL_KEYS = frozenset(("entity", "text", "start", "end", "or"))


class Format(StrEnum):
    """What the score is written as."""

    TEXT = "text"
    JSON = "json"


class Match(StrEnum):
    """When a finding answers a label of its entity."""

    OVERLAP = "overlap"
    EXACT = "exact"


class Sample(NamedTuple):
    """A labelled document. `name` is its id, or where it stands."""

    name: str
    message: Message
    labels: tuple[Label, ...]


def evaluate(  # noqa: PLR0913, PLR0917 - every option is a parameter
    paths: Annotated[list[str], typer.Argument(metavar="FILE.jsonl…", help="Labelled documents; - is standard input.")],
    output: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.TEXT,
    min_band: Annotated[Band, typer.Option("--min-band", help="Findings below this band do not count.")] = Band.MEDIUM,
    match: Annotated[
        Match, typer.Option("--match", help="Whether a finding must be the labelled value or only overlap it.")
    ] = Match.OVERLAP,
    entity: Annotated[
        list[str] | None, typer.Option("--entity", help="Look at this entity only; may be given again.")
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the values: personal data on your screen.")] = False,
    listed: Annotated[
        int, typer.Option("--list", help="How many misses and false alarms the text form lists.", min=0)
    ] = 100,
    fail_under_recall: Annotated[
        float, typer.Option("--fail-under-recall", help="Exit 1 below this recall over all.", min=0, max=1)
    ] = 0.0,
    fail_under_precision: Annotated[
        float, typer.Option("--fail-under-precision", help="Exit 1 below this precision over all.", min=0, max=1)
    ] = 0.0,
    max_mib: Annotated[int, typer.Option("--max-mib", help="Largest body read, in MiB.", min=1)] = 64,
    config: Annotated[
        Path | None, typer.Option(envvar="EGRESS_CONFIG", help="The gate's YAML: recognizers, important_data.")
    ] = None,
) -> None:
    """Score the engine on labelled documents: precision, recall and F1 by entity, misses and false alarms.

    A line of a FILE is a JSON object: {"id", "content_type", "text" or "body_base64", "labels": […]}, with "method",
    "url" and "headers" as in `egress scan --batch`. A label is {"entity", "text"} for a value wherever it stands,
    {"entity", "start", "end"} for one place in the document (characters), or {"entity"} for a document that holds
    the entity as a whole; "or": […] names other entities that are right as well. A document without anything to
    find has "labels": [].

    Exit 0; 1 below a --fail-under figure; 2 on a line that cannot be read.
    """
    rules = Rules(min_band, match is Match.EXACT, frozenset(entity or ()))
    try:
        documents = list(samples(paths))  # all read before seconds are spent on compiling detectors
        # values are compared here; they are shown only with --reveal
        score = scored(documents, observing(max_mib, reveal=True, config=config), rules)
    except InputError as error:
        typer.echo(f"egress eval: {error}", err=True)
        raise typer.Exit(2) from None
    if output is Format.JSON:
        sys.stdout.write(scorecard.as_json(score, reveal=reveal) + "\n")
    else:
        scorecard.write(score, sys.stdout, listed=listed, reveal=reveal)
    total = score.total
    if total.recall < fail_under_recall or total.precision < fail_under_precision:
        raise typer.Exit(1)


def scored(documents: Iterable[Sample], engine: Engine, rules: Rules) -> Score:
    """What an engine that reveals makes of labelled documents."""
    score = Score()
    for document in documents:
        verdict = engine.inspect(document.message)
        count(score, document.name, len(document.message.body), document.labels, verdict.findings, rules)
        score.unread += not verdict.complete
    return score


def samples(paths: Iterable[str]) -> Iterator[Sample]:
    """The documents of the files, in order. Raises InputError at the first line that is none."""
    for path in paths:
        for number, line in enumerate(_lines(path), 1):
            if not line.strip():
                continue
            try:
                yield sample(line, f"{path}:{number}")
            except orjson.JSONDecodeError as error:
                raise InputError(f"{path}:{number}:{error.colno}: not a JSON object on one line") from None
            except InputError as error:
                raise InputError(f"{path}:{number}: {error}") from None
            except ValueError:
                raise InputError(f"{path}:{number}: a value is not of the expected form") from None


def _lines(path: str) -> Iterator[bytes]:
    if path == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(path).open("rb") as stream:
            yield from stream
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'cannot be read'}") from None


def sample(line: bytes, place: str) -> Sample:
    """One labelled document. Raises InputError, ValueError."""
    entry = orjson.loads(line)
    if not isinstance(entry, dict):
        raise InputError(f"expected an object, found {type(entry).__name__}")
    given = entry.get("labels")
    if not isinstance(given, list):
        raise InputError('expected "labels", a list; [] for a document that holds nothing')
    message = entry_message(entry)
    labels = tuple(_label(each, f"labels[{at}]", entry, message) for at, each in enumerate(given))
    return Sample(str(entry.get("id", place)), message, labels)


def _label(given: object, place: str, entry: dict[str, Any], message: Message) -> Label:
    if not isinstance(given, dict) or not isinstance(given.get("entity"), str) or not given["entity"]:
        raise InputError(f'{place}: expected an object with "entity"')
    unknown = sorted(str(key) for key in given.keys() - _LABEL_KEYS)
    if unknown:
        raise InputError(f"{place}: unknown key {unknown[0]}; expected {', '.join(sorted(_LABEL_KEYS))}")
    either = given.get("or", [])
    if not isinstance(either, list) or any(not isinstance(each, str) for each in either):
        raise InputError(f'{place}: "or" is a list of entities')
    text, start, end = given.get("text"), given.get("start"), given.get("end")
    if start is None and end is None:
        if text is not None and (not isinstance(text, str) or not text):
            raise InputError(f'{place}: "text" is the value as it stands in the document')
        return Label(given["entity"], text, frozenset(either), place)
    whole = entry["text"] if isinstance(entry.get("text"), str) else _decoded(message.body, place)
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(whole):
        raise InputError(f'{place}: "start" and "end" are character offsets with 0 <= start < end <= {len(whole)}')
    if text is not None and text != whole[start:end]:
        raise InputError(f'{place}: "text" is not what stands at "start" to "end"')
    return Label(given["entity"], whole[start:end], frozenset(either), f"{start}:{end}", once=True)


def _decoded(body: bytes, place: str) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise InputError(f'{place}: offsets need a document in UTF-8; label by "text" instead') from None
