"""The engine alone on one core, beside presidio-analyzer on the same text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from proxy.cli.equipment import Equipment
from proxy.cli.policy import compile_policy, read_policy
from proxy.core.engine import Engine
from proxy.core.limits import Limits
from proxy.core.message import Action, Decision, Direction, Judge, Kind, Message, Party
from proxy.edge.processes.worker import settle_memory
from tests.bench import bodies

POLICY = Path(__file__).parent.parent.parent / "policies/default.yaml"
SLICE = 10 * bodies.KB
"""How much presidio is given: its time grows faster than the text."""


@dataclass(frozen=True, slots=True)
class Speed:
    """MB (10^6 bytes) a second on one text. `presidio` is 0 where it was not asked. `findings` per KB."""

    text: str
    size: int
    engine: float
    findings: float
    action: str
    target: float
    presidio: float = 0.0


class LogAll:
    """A policy that only records: what is left is the cost of inspection."""

    def decide(self, *_: object) -> Decision:
        """Log."""
        return Decision(Action.LOG)


def _message(body: bytes, content_type: str) -> Message:
    headers = ((b"Host", b"api.example.com"), (b"Content-Type", content_type.encode()))
    here, there = Party("mainland", "10.0.0.5"), Party("outside", "203.0.113.9", "api.example.com", 443)
    return Message(
        Kind.REQUEST,
        Direction.EXPORT,
        "POST",
        "https",
        "api.example.com",
        443,
        b"/v1/orders",
        headers,
        body,
        here,
        there,
    )


def _rate(work: Callable[[], object], size: int, seconds: float) -> float:
    """MB/s as the median of CPU-time samples, of 10 ms or more each, that take about `seconds` together."""
    work()
    start = time.process_time()
    work()
    repeats = max(1, int(0.01 / max(time.process_time() - start, 1e-6)))
    samples: list[float] = []
    while sum(samples) < seconds:
        start = time.process_time()
        for _ in range(repeats):
            work()
        samples.append(time.process_time() - start)
    return size * repeats / median(samples) / 1e6


_TEXTS: tuple[tuple[str, Callable[[int], bytes], str, float], ...] = (
    ("ordinary JSON", bodies.ordinary_json, "application/json", 40),
    ("JSON between machines", bodies.machine_json, "application/json", 40),
    ("source text", bodies.source_text, "text/x-python; charset=utf-8", 40),
    ("customer records", bodies.customer_records, "application/json", 10),
    ("identifiers back to back", bodies.dense_personal, "application/x-ndjson", 10),
)
THROUGHPUT = 100 * bodies.KB
"""Bodies from this size on show a speed; smaller ones show the cost of a message as such, which `proxies` weighs."""
_SIZES = (bodies.KB, SLICE, 100 * bodies.KB, 1024 * bodies.KB)


def measure(*, quick: bool, report: Callable[[str], None]) -> list[Speed]:
    """Each text in each size: inspection alone, then under the default policy, which masks or blocks personal data."""
    seconds = 0.2 if quick else 2.0
    scanner = Equipment(models=False).scanner(None)
    settle_memory()  # as a worker does
    speeds: list[Speed] = []
    peer = None
    for name, make, content_type, target in _TEXTS:
        report(f"engine: {name}")
        peer = peer or presidio()
        sample = make(SLICE).decode()
        theirs = _rate(lambda peer=peer, sample=sample: peer(sample), len(sample.encode()), seconds)  # type: ignore[misc]
        for label, judge in _judges(name):
            engine = Engine(scanner, judge, limits=replace(Limits(), model_bytes=0))  # as a worker has it
            for size in _SIZES:
                message = _message(make(size), content_type)
                verdict = engine.inspect(message)
                rate = _rate(lambda: engine.inspect(message), len(message.body), seconds)  # noqa: B023 - called here
                per_kb = len(verdict.findings) * bodies.KB / len(message.body)
                shown = theirs if size == SLICE else 0.0
                speeds.append(
                    Speed(name + label, size, rate, per_kb, verdict.action, target * (size >= THROUGHPUT), shown)
                )
    return speeds


def _judges(name: str) -> Iterable[tuple[str, Judge]]:
    default = compile_policy(read_policy(POLICY))
    if name in {"customer records", "identifiers back to back"}:
        return (", inspected", LogAll()), (", default policy", default)
    return (("", default),)


def presidio() -> Callable[[str], object]:
    """presidio-analyzer with its default recognisers and spaCy's blank English: no model, so patterns only."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        def load(self) -> None:
            self.nlp: Any = {"en": spacy.blank("en")}

    # Its e-mail recogniser would fetch a list over the network; the list inside the package does.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # type: ignore[assignment]
    nlp = Blank(models=[{"lang_code": "en", "model_name": "blank"}])
    nlp.load()
    analyzer = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
    return lambda text: analyzer.analyze(text, "en")
