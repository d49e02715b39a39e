"""A number in pieces that a program or a reader of arrays puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proxy.cli.evasions.families.splitting import SPLIT, json_body, pieces
from proxy.cli.evasions.model import Place, Request, Secret, Technique, Way, placed
from proxy.cli.evasions.ways import digits


def _code(pattern: str, joint: str, content_type: str = "text/plain") -> Way:
    """Source text whose pieces the language itself joins; `pattern` holds them."""

    def send(secret: Secret) -> Request:
        return Request(
            pattern.format(key=secret.key, joined=joint.join(pieces(secret.value, 3))).encode(), content_type
        )

    def receive(request: Request) -> str:
        before, _, after = pattern.partition("{joined}")
        tail = after.split("{")[0]
        inner = (
            request.text.partition(before.partition("{key}")[2])[2]
            if "{key}" in before
            else request.text.removeprefix(before)
        )
        return inner[: inner.rfind(tail)].replace(joint, "")

    return send, receive


def _numbers(convert: Callable[[str], list[int]], revert: Callable[[list[int]], str]) -> Way:
    return json_body(lambda secret: {secret.field: convert(secret.value)}, lambda got: revert(next(iter(got.values()))))


def _ordered(count: int) -> Place:
    """Pieces out of order, each with its number."""

    def build(secret: Secret) -> object:
        return {secret.key: [{"n": at, "v": piece} for at, piece in enumerate(pieces(secret.value, count))][::-1]}

    def read(got: dict[str, Sequence[dict[str, str]]]) -> str:
        held = next(iter(got.values()))
        return "".join(each["v"] for each in sorted(held, key=lambda each: each["n"]))

    return Place(f"{count} numbered pieces, last first", *json_body(build, read))


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "each character an element",
        SPLIT,
        "joins the array",
        [Place("strings", *json_body(lambda s: {s.key: list(s.value)}, lambda got: "".join(next(iter(got.values())))))],
    ),
    placed(
        "digits as numbers in an array",
        SPLIT,
        "joins the numbers",
        [Place("JSON", *_numbers(lambda v: [int(c) for c in v], lambda got: "".join(map(str, got))))],
        digits,
    ),
    placed(
        "character codes in an array",
        SPLIT,
        "chr() of each",
        [
            Place("ASCII", *_numbers(lambda v: [ord(c) for c in v], lambda got: "".join(map(chr, got)))),
            Place("negative", *_numbers(lambda v: [-ord(c) for c in v], lambda got: "".join(chr(-n) for n in got))),
        ],
    ),
    placed("numbered pieces out of order", SPLIT, "sorts by number, joins", [_ordered(3)]),
    placed(
        "string literals joined in source text",
        SPLIT,
        "runs or reads the program",
        [
            Place("+", *_code('const {key} = "{joined}";\n', '" + "', "text/javascript")),
            Place("adjacent", *_code('{key} = "{joined}"\n', '" "', "text/x-python")),
            Place(". of PHP", *_code("<?php ${key} = '{joined}';\n", "' . '")),
            Place("& of VBA", *_code('{key} = "{joined}"\n', '" & "')),
            Place("|| of SQL", *_code("INSERT INTO t ({key}) VALUES ('{joined}');\n", "' || '", "application/sql")),
            Place("lines", *_code('String {key} = "{joined}";\n', '"\n    + "')),
            Place("join", *_code('{key} = "".join(["{joined}"])\n', '", "')),
            Place("concat", *_code("{key} = CONCAT('{joined}')\n", "', '")),
        ],
    ),
)
