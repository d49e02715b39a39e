"""Text that programs send in runs: word by word as a model says it, letter by letter as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import short

_EVENTS, _LINES, _JSON = "text/event-stream", "application/x-ndjson", "application/json"


def _said(secret: Secret) -> str:
    return f"As you asked, the {secret.label}: {secret.value} and no more."


def _heard(text: str) -> str:
    return text.partition(": ")[2].partition(" and")[0]


def _events(name: str, wrap: Callable[[str], object], read: Callable[[Any], str], size: int) -> Place:
    def send(secret: Secret) -> Request:
        text = _said(secret)
        records = (json.dumps(wrap(text[at : at + size])) for at in range(0, len(text), size))
        return Request("".join(f"data: {each}\n\n" for each in records).encode(), _EVENTS)

    return Place(
        name, send, lambda sent: _heard("".join(read(json.loads(line[6:])) for line in sent.text.split("\n\n") if line))
    )


def _typed(secret: Secret) -> Request:
    lines = (json.dumps({"at": at, "ch": sign}) for at, sign in enumerate(_said(secret)))
    return Request("\n".join(lines).encode() + b"\n", _LINES)


def _looks(secret: Secret) -> Request:
    half = len(secret.value) // 2
    runs = [f"{secret.label}: ", {"type": "bold", "text": secret.value[:half]}, secret.value[half:]]
    return Request(json.dumps({"messages": [{"id": 3, "text": runs}]}).encode(), _JSON)


def _in_looks(sent: Request) -> str:
    runs = json.loads(sent.body)["messages"][0]["text"][1:]
    return "".join(each if isinstance(each, str) else each["text"] for each in runs)


def _cues(secret: Secret) -> Request:
    half = len(secret.value) // 2
    times = "00:00:0{0},000 --> 00:00:0{0},900"
    first = f"1\n{times.format(1)}\n{secret.key}: {secret.value[:half]}\n"
    return Request(f"{first}\n2\n{times.format(2)}\n{secret.value[half:]}\n".encode(), "application/x-subrip")


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "an answer word by word",
        Family.SPLITTING,
        "puts the words together as they come",
        (
            _events(
                "choices",
                lambda text: {"choices": [{"index": 0, "delta": {"content": text}}]},
                lambda got: str(got["choices"][0]["delta"]["content"]),
                4,
            ),
            _events(
                "deltas",
                lambda text: {"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}},
                lambda got: str(got["delta"]["text"]),
                5,
            ),
        ),
        short,
    ),
    placed(
        "typed letter by letter",
        Family.SPLITTING,
        "reads what was typed",
        (
            Place(
                "lines",
                _typed,
                lambda sent: _heard("".join(json.loads(line)["ch"] for line in sent.text.splitlines())),
            ),
        ),
        short,
    ),
    placed(
        "half of it in bold",
        Family.SPLITTING,
        "shows the message",
        (Place("message of a chat", _looks, _in_looks),),
        short,
    ),
    placed(
        "over the cues of a film",
        Family.SPLITTING,
        "reads what is said",
        (Place("SubRip", _cues, lambda sent: "".join(sent.text.splitlines()[at] for at in (2, 6)).rpartition(" ")[2]),),
        short,
    ),
)
