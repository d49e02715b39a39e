"""`python -m tests.corpus`: what the engine finds of the corpus and what it misses, for those who write detectors.
With `--write` it brings detectors/README.md up to date."""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from detectors.registry import ENTITIES
from tests.corpus import build
from tests.corpus.contents import contents
from tests.corpus.lookalikes import lookalikes
from tests.corpus.measure import Alarm, Measured, Missed, known, measure

_SHOWN = 14


def corpora(seed: int, rounds: int) -> dict[str, list[build.Document]]:
    """The corpora of labelled documents."""
    made: dict[str, list[build.Document]] = {"structured": [], "prose": [], "ways": [], "contents": []}
    for at in range(rounds):
        rng = random.Random(seed * 1000 + at)
        made["structured"] += build.structured(rng, known())
        made["prose"] += build.written(rng, known())
        made["ways"] += build.ways(rng, known())
        made["contents"] += contents(rng, sorted(ENTITIES))
    return made


def report(name: str, documents: list[build.Document], measured: Measured) -> Iterator[str]:
    """A corpus in lines of Markdown: figures, then misses and false alarms by entity."""
    score, whole = measured.score, measured.score.total
    yield f"\n# {name}: {score.documents} documents, {whole.labels} labels, "
    yield f"recall {whole.recall:.4f}, precision {whole.precision:.4f}\n"
    for entity, tally in sorted(score.entities.items(), key=lambda item: (item[1].recall, item[0])):
        missed = tally.labels - tally.found
        yield f"- {entity}: recall {tally.recall:.4f} ({missed} of {tally.labels} missed), false {tally.false}"
    total = Counter((one.value.entity, place(one, each)) for each in documents for one in each.labels)
    everywhere, lost = Counter[str](), Counter(place(each.one, each.document) for each in measured.missed)
    for (_, where), number in total.items():
        everywhere[where] += number
    ranked = sorted(everywhere.items(), key=lambda item: -lost[item[0]] / item[1])
    yield "\nby carrier or way: " + ", ".join(f"{where} {1 - lost[where] / number:.3f}" for where, number in ranked)
    for entity, misses in _grouped((each.one.value.entity, each) for each in measured.missed):
        yield f"\n## MISSED {entity} ({name}): {len(misses)}\n"
        yield from _misses(entity, misses, total)
    for entity, alarms in _grouped((each.finding.entity, each) for each in measured.alarms):
        yield f"\n## FALSE {entity} ({name}): {len(alarms)}\n"
        yield from (alarm_line(each) for each in _spread(alarms))


def place(one: build.Labelled, document: build.Document) -> str:
    return one.way or document.carrier


def _grouped(pairs):
    groups = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    return sorted(groups.items(), key=lambda item: -len(item[1]))


def _misses(entity: str, misses: list[Missed], total: Counter) -> Iterator[str]:
    where = Counter(place(each.one, each.document) for each in misses)
    yield "by carrier or way: " + ", ".join(f"{w} {n}/{total[entity, w]}" for w, n in where.most_common(20))
    yield "by name: " + ", ".join(f"{n!r} {c}" for n, c in Counter(m.one.name for m in misses).most_common(40))
    for each in _spread(misses):
        where = f"[{each.document.carrier}/{each.document.script}] {each.one.name!r} = {each.one.written!r}"
        yield f"  - {where} instead {each.miss.instead} in: {excerpt(each.document, each.one.written)}"


def alarm_line(alarm: Alarm) -> str:
    finding, document = alarm
    what = f"{finding.entity} {finding.text!r} {finding.band.value} {finding.score:.2f} at {finding.part}"
    reason = f" ({document.reason})" if document.reason else ""
    return f"  - [{document.carrier}] {what} in: {excerpt(document, finding.text or '')}{reason}"


def _spread(found):
    """A few examples, of as many carriers as there are."""
    seen: set[str] = set()
    first, rest = [], []
    for item in found:
        (rest if item.document.carrier in seen else first).append(item)
        seen.add(item.document.carrier)
    return (first + rest)[:_SHOWN]


def excerpt(document: build.Document, text: str) -> str:
    charset = "gb18030" if "gb18030" in document.content_type else "utf-8"
    body = document.body.decode(charset, "replace")
    at = max(body.find(text), 0)
    return repr(body[max(0, at - 60) : at + 90])


def everything(seed: int, rounds: int, only: Iterable[str]) -> Iterator[str]:
    for name, documents in corpora(seed, rounds).items():
        yield from report(name, documents, measure(documents, only))
    negatives = list(lookalikes(seed))
    measured = measure(negatives, only)
    yield f"\n# look-alikes: {len(negatives)} texts, {len(measured.alarms)} false\n"
    yield from sorted(alarm_line(each) for each in measured.alarms)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    arguments.add_argument("--seed", type=int, default=1, help="another seed, another corpus")
    arguments.add_argument("--rounds", type=int, default=1, help="how many times as much of it")
    arguments.add_argument("--entity", action="append", choices=sorted(ENTITIES), help="look at this entity alone")
    arguments.add_argument("--write", action="store_true", help="write detectors/README.md")
    arguments.add_argument("--hiding", action="store_true", help="write its part about hiding alone")
    chosen = arguments.parse_args()
    path = Path(__file__).parents[2] / "detectors" / "README.md"
    if chosen.hiding:
        from tests.corpus import hiding, page

        path.write_text(hiding.refreshed(path.read_text(), page.KEPT, hiding.section()))
        return
    if chosen.write:
        from tests.corpus import page

        path.write_text(page.render(chosen.seed, chosen.rounds, path.read_text() if path.exists() else ""))
        return
    for line in everything(chosen.seed, chosen.rounds, chosen.entity or ()):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
