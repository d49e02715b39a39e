"""Where values stand in what people write: forms on paper, chat, mail, letters; one labelled value after another."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.corpus.carriers import Cell
from tests.corpus.tables import table

Writer = Callable[[random.Random, list[Cell]], str]

_T = table("tables")


def chat(rng, cells, script):
    lines = []
    for cell in cells:
        lines += [
            rng.choice(_T["said"][script]).format(name=cell.name, text=cell.text),
            rng.choice(_T["between"][script]),
        ]
    return "\n".join(lines)


def sentence(rng, cells, script):
    """All in one breath."""
    comma = ", " if script == "en" else "，"
    between = rng.choice((" ", "", "：", ": ")) if script != "en" else rng.choice((" ", ": "))
    opening = {"hans": "现提交客户资料如下，", "hant": "現提交客戶資料如下，", "en": "Customer details: "}[script]
    if between == "":
        between = "为" if script == "hans" else "為"
    return (
        opening
        + comma.join(f"{c.name}{between}{c.text}" for c in cells)
        + (". Thanks." if script == "en" else "。谢谢。")
    )


def paper_form(rng, cells, script):
    colon = ":" if script == "en" else rng.choice(("：", "："))
    gap = rng.choice((" ", "", "　", "____ "))
    return "\n".join(f"{i}. {c.name}{colon}{gap}{c.text}" for i, c in enumerate(cells, 1))


def spread_form(rng, cells, script):
    """Labels drawn out to one width, as Chinese forms do: 姓　名：…"""

    def wide(name: str) -> str:
        return "　".join(name) if len(name) == 2 and not name.isascii() else name

    return "\n".join(f"{wide(c.name)}：{c.text}" if script != "en" else f"{c.name}\t: {c.text}" for c in cells)


def mail(rng, cells, script):
    subject, opening, closing = _T["mail"][script]
    colon = ": " if script == "en" else "："
    return f"Subject: {subject}\n\n{opening}" + "\n".join(f"- {c.name}{colon}{c.text}" for c in cells) + closing


def one_line(rng, cells, script):
    between = rng.choice((" | ", "; ", " / ", "　")) if script == "en" else rng.choice(("；", " / ", "　", "|", " "))
    colon = ": " if script == "en" else rng.choice((":", "："))
    return between.join(f"{c.name}{colon}{c.text}" for c in cells)


def label_above(_rng, cells, _script):
    """What a copied page or a scanned card gives: label and value on lines of their own."""
    return "\n".join(f"{c.name}\n{c.text}" for c in cells)


PROSE: dict[str, Writer] = {
    "chat": chat, "sentence": sentence, "paper_form": paper_form, "spread_form": spread_form, "mail": mail,
    "one_line": one_line, "label_above": label_above,
}  # fmt: skip
