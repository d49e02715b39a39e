"""The result of a replay as one page: charts drawn as SVG in it, nothing fetched, every word escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from proxy.core.message import Action
from proxy.policy.replay import Count, Example, Replay, largest

_MOST = 200
_PEOPLE = "People are counted message by message."
_BAR, _ROW, _LABEL = 520, 22, 260
_COLOURS = {"stricter": "#b3541e", "looser": "#1f6f8b", "otherwise": "#8a8a8a", "untold": "#9a86b8", "log": "#4c8c4a",
            "redact": "#c99a2e", "block": "#a23b3b"}  # fmt: skip
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.key span { display: inline-block; width: .8em; height: .8em; margin: 0 .35em 0 1em; }
.big { display: flex; gap: 2rem; flex-wrap: wrap; }
.big div { min-width: 8rem; }
.big b { display: block; font-size: 1.8rem; }
svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
"""


def page(result: Replay, in_force: str, candidate: str, unreadable: int, notes: Sequence[str] = ()) -> str:
    """The whole page."""
    total = result.total
    share = 100 * total.changed / total.messages if total.messages else 0.0
    numbers = [
        (total.messages, "messages"), (total.changed, f"change ({share:.2f} %)"), (total.stricter, "stricter"),
        (total.looser, "looser"), (total.otherwise, "redacted otherwise"),
        (total.people_stricter, "people in stricter messages"), (total.people_looser, "people in looser messages"),
    ]  # fmt: skip
    if result.recalled:
        numbers.append((total.untold, "untold"))
    if unreadable:
        numbers.append((unreadable, "could not be read"))
    body = [
        "<h1>Policy replay</h1>",
        f"<p>In force <b>{escape(in_force)}</b>, candidate <b>{escape(candidate)}</b>. {_PEOPLE}</p>",
        *(f"<p>{escape(note)}</p>" for note in notes),
        f'<div class="big">{"".join(f"<div><b>{number:,}</b>{escape(text)}</div>" for number, text in numbers)}</div>',
        "<h2>Verdicts</h2>",
        _verdicts(result),
        *_counts("Rules", _rules(result)),
        *_counts("Destinations", largest(result.destinations)),
        *_counts("Entities", largest(result.entities)),
        *_doubts(result),
        *_examples(f"The first {len(result.examples)} that change", result.examples),
        *_examples(f"The first {len(result.doubts)} of which the record does not tell", result.doubts),
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>Policy replay</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _rules(result: Replay) -> list[tuple[str, Count]]:
    rows = [
        (name, Count(max(each.in_force, each.candidate), each.stricter, each.looser, untold=each.untold))
        for name, each in result.rules.items()
    ]
    return sorted(rows, key=lambda row: (-row[1].changed, row[0]))


def _verdicts(result: Replay) -> str:
    """Two bars, one for each policy, parted by action."""
    rows = []
    for label, side in (("in force", 0), ("candidate", 1)):
        told = {action.value: 0 for action in Action} | {"untold": 0}
        for pair, number in result.actions.items():
            told[pair[side] if pair[side] in told else "untold"] += number
        parts = list(told.items())
        rows.append((label, parts))
    return _bars(rows, result.total.messages)


def _bars(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]], most: int) -> str:
    """Stacked bars in one drawing."""
    height = _ROW * len(rows)
    drawn = []
    for number, (label, parts) in enumerate(rows):
        y, x = number * _ROW, float(_LABEL)
        shown = label if len(label) <= 36 else f"{label[:35]}…"
        drawn.append(f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(shown)}</text>')
        for name, value in parts:
            width = _BAR * value / most if most else 0.0
            if value:
                title = f"<title>{escape(f'{label}: {name} {value:,}')}</title>"
                drawn.append(
                    f'<rect x="{x:.1f}" y="{y + 3}" width="{max(width, 1):.1f}" height="{_ROW - 7}" '
                    f'fill="{_COLOURS[name]}">{title}</rect>'
                )
            x += width
        said = ", ".join(f"{value:,} {name}" for name, value in parts if value)
        drawn.append(f'<text x="{x + 6:.1f}" y="{y + 15}">{escape(said)}</text>')
    size = f'viewBox="0 0 {_LABEL + _BAR + 240} {height}" width="{_LABEL + _BAR + 240}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>{"".join(drawn)}</svg>'


def _counts(heading: str, counts: Sequence[tuple[str, Count]]) -> Iterable[str]:
    changing = [(name, count) for name, count in counts if count.changed or count.untold]
    yield f"<h2>{heading}</h2>"
    if not changing:
        yield "<p>Nothing changes.</p>"
        return
    names = ("stricter", "looser", "otherwise", *(("untold",) if any(count.untold for _, count in changing) else ()))
    key = "".join(f'<span style="background:{_COLOURS[name]}"></span>{name}' for name in names)
    yield f'<p class="key">{key}</p>'
    top = [(name, [(kind, getattr(count, kind)) for kind in names]) for name, count in changing[:20]]
    yield _bars(top, max(count.changed + count.untold for _, count in changing))
    columns = ("messages", *names, "people_stricter", "people_looser")
    head = "".join(f'<th class="n">{name.replace("_", " ")}</th>' for name in columns)
    rows = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(f'<td class="n">{getattr(count, key):,}</td>' for key in columns)}</tr>"
        for name, count in changing[:_MOST]
    )
    yield f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _doubts(result: Replay) -> Iterable[str]:
    """What the record would have to tell, rule by rule."""
    rules = [(name, each) for name, each in sorted(result.rules.items()) if each.untold]
    if not rules:
        return
    yield "<h2>What the record does not tell</h2>"
    cells = ((escape(name), each.untold, escape(", ".join(sorted(each.why)))) for name, each in rules[:_MOST])
    rows = "".join(f'<tr><td>{name}</td><td class="n">{n:,}</td><td>{why}</td></tr>' for name, n, why in cells)
    yield f'<table><tr><th>rule</th><th class="n">messages</th><th>turns on</th></tr>{rows}</table>'


def _examples(heading: str, examples: Sequence[Example]) -> Iterable[str]:
    if not examples:
        return
    yield f"<h2>{heading}</h2>"
    cells = (
        (e.source, e.what, f"{e.before} → {e.after}", ", ".join([*e.gained, *(f"−{rule}" for rule in e.lost)]),
         ", ".join(e.entities))
        for e in examples
    )  # fmt: skip
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
    yield f"<table><tr><th>where</th><th>message</th><th>verdict</th><th>rules</th><th>found</th></tr>{rows}</table>"
