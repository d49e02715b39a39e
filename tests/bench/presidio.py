"""How much of mainland, Hong Kong and Macao data each tool sees, and what it sees where there is none.

`python -m tests.bench.presidio` runs the engine, presidio-analyzer as it comes and with our pack, and any other
library named as `--peer NAME=PYTHON`, where PYTHON is the interpreter of an environment that has it installed. All
read the same texts in one run. A value counts as found if anything found overlaps it, whatever it is taken for; dates
and addresses of pages are nobody's false alarm.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from detectors.api import Band
from detectors.registry import DETECTORS
from detectors.scan import Scanner
from proxy.cli.cache import installed
from proxy.core.engine import Engine
from proxy.core.message import Message
from tests.bench.engines import LogAll, _message
from tests.detectors import made

Span = tuple[int, int]

_DIGITS = "0123456789"
_BODY = 10_000
_NOT_COUNTED = ("DATE_TIME", "URL", "DATE", "date", "self_reference", "PERSON", "person", "PERSON_NAME", "PER")
PEERS = {
    "argus-redact": """
from argus_redact import redact
def find(text):
    told = redact(text, mode="fast", lang=["zh", "en"], salt=b"0" * 32, report=True)
    return [(e["type"], e["start"], e["end"]) for e in told.entities]
""",
    "helan": """
from helan import recognize
def find(text):
    return [(e.type, e.start, e.end) for e in recognize(text)]
""",
    "privyscope": """
from privyscope import Privyscope
engines = [Privyscope.regex_only(lang=lang) for lang in ("zh-Hans", "zh-Hant")]
def find(text):
    return [(s.label, s.start, s.end) for engine in engines for s in engine.redact(text).detected_spans]
""",
}
"""How another library is asked, in its own interpreter: `find(text)` gives (type, start, end)."""
_LOOP = """
import json, sys, time
texts, bodies = json.load(sys.stdin)
found = [find(text) for text in texts]
start = time.process_time()
for body in bodies:
    find(body)
print()
print(json.dumps([time.process_time() - start, found]))
"""


class Labelled(NamedTuple):
    """A text, where its values stand, and what kind of body it is."""

    text: str
    spans: tuple[Span, ...]
    content_type: str


Find = Callable[[Labelled], Sequence[Span]]


class Row(NamedTuple):
    """What one tool did. `alarms` are texts of look-alikes in which it found something; `speed` is MB/s on bodies of
    10 KB made of all the texts."""

    name: str
    recall: float
    alarms: int
    speed: float


def _number(rng: random.Random, size: int) -> str:
    return "".join(rng.choices(_DIGITS, k=size))


def _unchecked(rng: random.Random) -> tuple[str, str]:
    body, check = made.hkid(rng)
    return body, made.other(rng, check, _DIGITS)


_VALUES: tuple[tuple[tuple[str, str, str], Callable[[random.Random], str]], ...] = (
    (("身份证号", "身份證號碼", "id_card"), made.ric),
    (("香港身份证", "香港身份證", "hkid"), lambda rng: "{}({})".format(*made.hkid(rng))),
    (("银行卡号", "銀行卡號", "card_no"), made.card),
    (("统一社会信用代码", "統一社會信用代碼", "uscc"), made.uscc),
    (("手机", "流動電話", "mobile"), lambda rng: f"13{_number(rng, 9)}"),
    (("香港电话", "香港電話", "hk_phone"), lambda rng: f"+852 {rng.choice('56')}1{_number(rng, 2)} {_number(rng, 4)}"),
    (("澳门电话", "澳門電話", "macau_phone"), lambda rng: f"+853 66{_number(rng, 2)} {_number(rng, 4)}"),
    (("护照号", "護照號碼", "passport_no"), lambda rng: f"E{_number(rng, 8)}"),
    (("回乡证号", "回鄉證號碼", "home_return_permit"), lambda rng: f"H{_number(rng, 8)}"),
    (("邮箱", "電郵", "email"), lambda rng: f"user{_number(rng, 4)}@example.com"),
)


def labelled(count: int = 300, seed: int = 7) -> list[Labelled]:
    """Texts with two or three values each, as JSON, a form, a table, a log line and a message, in three scripts."""
    rng = random.Random(seed)
    made_up: list[Labelled] = []
    for at in range(count):
        script = at % 3
        pairs = [(labels[script], make(rng)) for labels, make in rng.sample(_VALUES, rng.choice((2, 3)))]
        text, kind = _carried(pairs, at % 5)
        spans = tuple((start := text.index(value), start + len(value))[0:2] for _, value in pairs)
        made_up.append(Labelled(text, spans, kind))
    return made_up


def _carried(pairs: Sequence[tuple[str, str]], carrier: int) -> tuple[str, str]:
    if carrier == 0:
        return json.dumps(dict(pairs), ensure_ascii=False), "application/json"
    if carrier == 1:
        return "".join(f"<{name}>{value}</{name}>" for name, value in pairs).join(("<row>", "</row>")), "text/xml"
    if carrier == 2:
        return "\n".join(",".join(column) for column in zip(*pairs, strict=True)), "text/csv"
    if carrier == 3:
        return "2026-03-02T10:11:12Z INFO " + " ".join(f"{name}={value}" for name, value in pairs), "text/plain"
    return "，".join(f"{name}：{value}" for name, value in pairs) + "。", "text/plain"


def look_alikes(count: int = 400, seed: int = 8) -> list[Labelled]:
    """Texts that hold numbers of the same look and no identifier."""
    rng = random.Random(seed)
    kinds: tuple[Callable[[], str], ...] = (
        lambda: f"订单号 {_number(rng, 18)}，已发货",
        lambda: f"order_id={rng.getrandbits(63)} ts=17{_number(rng, 11)}",
        lambda: f"checksum {rng.getrandbits(128):032x}",
        lambda: f"单号 SF{_number(rng, 12)} 已签收",
        lambda: f"流水號 {_number(rng, 16)}",
        lambda: f"version {rng.randrange(9)}.{rng.randrange(30)}.{rng.randrange(99)}+build.{_number(rng, 8)}",
        lambda: f"合同编号 HT{_number(rng, 10)}，金额 {_number(rng, 8)}.00 元",
        lambda: "sku {}({}) qty 7".format(*_unchecked(rng)),
        lambda: f"航班 CZ{_number(rng, 4)} 于 2026{_number(rng, 4)} 起飞",
        lambda: f'{{"seq":{_number(rng, 11)},"size":{_number(rng, 8)}}}',
    )
    return [Labelled(kinds[at % len(kinds)](), (), "text/plain") for at in range(count)]


def ours() -> tuple[Find, Callable[[Labelled], object]]:
    """The engine at band medium and above, revealing what it found, and the engine as it runs."""
    scanner = Scanner(DETECTORS, cache=installed())
    revealing, plain = Engine(scanner, LogAll(), reveal=True), Engine(scanner, LogAll())

    def find(one: Labelled) -> list[Span]:  # offsets of findings are of the field they lie in
        verdict = revealing.inspect(_sent(one))
        found = {each.text or "" for each in verdict.findings if each.band is not Band.LOW}
        return [(one.text.find(value), one.text.find(value) + len(value)) for value in found if value in one.text]

    return find, lambda one: plain.inspect(_sent(one))


def _sent(one: Labelled) -> Message:
    return _message(one.text.encode(), one.content_type + "; charset=utf-8")


def presidio(*, packed: bool, least: float) -> Find:
    """presidio-analyzer with its default recognisers, for English and Chinese, without a model."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    from detectors.presidio import pack
    from detectors.recognizers import keep_inside

    class Blank(SpacyNlpEngine):
        def load(self) -> None:
            self.nlp = {model["lang_code"]: spacy.blank(model["lang_code"]) for model in self.models}

    keep_inside()
    languages = ["en", "zh"]
    nlp = Blank(models=[{"lang_code": language, "model_name": "blank"} for language in languages])
    analyzer = AnalyzerEngine(nlp_engine=nlp, supported_languages=languages)
    if packed:
        for recognizer in pack(languages=languages):
            analyzer.registry.add_recognizer(recognizer)

    def find(one: Labelled) -> list[Span]:
        results = [each for language in languages for each in analyzer.analyze(one.text, language)]
        return [(r.start, r.end) for r in results if r.score >= least and r.entity_type not in _NOT_COUNTED]

    return find


def row(name: str, find: Find, texts: Sequence[Labelled], work: Callable[[Labelled], object] | None = None) -> Row:
    """Ask a tool in this process. `work` is what is timed, where finding says more than the tool would."""
    found = [find(one) for one in texts]
    bodies = [Labelled(body, (), "text/plain") for body in _bodies(texts)]
    start = time.process_time()
    for body in bodies:
        (work or find)(body)
    return _row(name, texts, found, time.process_time() - start)


def peer(name: str, python: str, texts: Sequence[Labelled]) -> Row:
    """Ask a library in an interpreter of its own."""
    done = subprocess.run(
        [python, "-W", "ignore", "-c", PEERS[name] + _LOOP],
        input=json.dumps([[one.text for one in texts], _bodies(texts)]),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, told = json.loads(done.stdout.splitlines()[-1])
    found = [[(start, end) for kind, start, end in each if kind not in _NOT_COUNTED] for each in told]
    return _row(name, texts, found, seconds)


def _bodies(texts: Sequence[Labelled]) -> list[str]:
    whole = "\n".join(one.text for one in texts)
    return [whole[at : at + _BODY] for at in range(0, len(whole), _BODY)]


def _row(name: str, texts: Sequence[Labelled], found: Iterable[Sequence[Span]], seconds: float) -> Row:
    hits = total = alarms = 0
    for one, spans in zip(texts, found, strict=True):
        total += len(one.spans)
        hits += sum(any(start < right and left < end for left, right in spans) for start, end in one.spans)
        alarms += bool(spans) and not one.spans
    size = sum(len(body.encode()) for body in _bodies(texts))
    return Row(name, hits / total, alarms, size / seconds / 1e6)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.presidio", description=__doc__)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON", help=f"NAME: {', '.join(PEERS)}")
    peers = [one.partition("=")[::2] for one in parser.parse_args(arguments).peer]
    texts = [*labelled(), *look_alikes()]
    warnings.simplefilter("ignore")
    seen, work = ours()
    rows = [
        row("gba-egress engine, medium and above", seen, texts, work),
        row("presidio-analyzer, any score", presidio(packed=False, least=0), texts),
        row("presidio-analyzer, score ≥ 0.5", presidio(packed=False, least=0.5), texts),
        row("presidio-analyzer with our pack, score ≥ 0.5", presidio(packed=True, least=0.5), texts),
        *(peer(name, python, texts) for name, python in peers),
    ]
    table = Table(title=f"{len(labelled())} labelled texts, {len(look_alikes())} look-alikes", title_justify="left")
    for heading in ("tool", "values found", "look-alikes flagged", "MB/s"):
        table.add_column(heading, justify="left" if heading == "tool" else "right")
    for one in rows:
        table.add_row(one.name, f"{one.recall:.1%}", str(one.alarms), f"{one.speed:.3f}")
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
