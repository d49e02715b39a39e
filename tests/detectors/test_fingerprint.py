import random
import textwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import fingerprint
from detectors.fingerprint import FEWEST, SHINGLE, WINDOW, Fingerprints, Marker, winnow
from detectors.fold import Folded
from detectors.hashset import SetError, seal
from tests.detectors.texts import GRID, GRID_ELSEWHERE, NOTICE, PHRASES, PLANT, PLANT_ELSEWHERE

KEY = bytes(range(32))
REGISTERED = [GRID, PLANT]


@pytest.fixture(scope="module")
def known():
    data, _ = fingerprint.build(KEY, [text.encode() for text in REGISTERED])
    return Fingerprints(KEY, [fingerprint.load(KEY, data)])


def seen(known, text):
    return {each.document: each for each in known.find(Folded(text.encode()))}


def paragraphs(text):
    return [part for part in text.split("\n\n") if part]


@pytest.mark.parametrize("document", [0, 1])
def test_the_whole_document_is_known_whole(known, document):
    (found,) = known.find(Folded(REGISTERED[document].encode()))
    assert (found.document, found.of_document, found.of_text) == (document, 1, 1)


@pytest.mark.parametrize("document", [0, 1])
@pytest.mark.parametrize("half", [0, 1])
def test_half_of_a_document_pasted_into_a_message_is_known(known, document, half):
    text = REGISTERED[document]
    middle = len(text) // 2
    pasted = "Dear all, 请看附件：" + (text[:middle], text[middle:])[half] + "\nBest regards"
    found = seen(known, pasted)[document]
    assert 0.4 < found.of_document < 0.6
    (passage,) = found.passages
    assert abs(passage.end - passage.start - len(text[:middle].encode())) < 160


@pytest.mark.parametrize("document", [0, 1])
def test_paragraphs_in_another_order_are_known(known, document):
    parts = paragraphs(REGISTERED[document])
    random.Random(7).shuffle(parts)
    assert seen(known, "\n\n".join(parts))[document].of_document > 0.85


@pytest.mark.parametrize("width", [17, 40, 78])
@pytest.mark.parametrize("document", [0, 1])
def test_lines_broken_anywhere_with_page_heads_and_hyphens_are_known(known, document, width):
    text = REGISTERED[document]
    lines = []
    for at in range(0, len(text), width):
        line = text[at : at + width]
        inside = line[-1:].isascii() and line[-1:].isalpha() and text[at + width : at + width + 1].isalpha()
        lines.append(line + "-" if inside else line)
        if len(lines) % 30 == 29:
            lines += [f"- {len(lines) // 30 + 1} -", "内部资料 2026 CONFIDENTIAL"]
    found = seen(known, "\r\n".join(lines))[document]
    assert found.of_document > 0.85


@pytest.mark.parametrize("altered", [
    lambda text: text.upper(),
    lambda text: text.replace("fi", "ﬁ").replace("fl", "ﬂ").replace("一", "⼀"),
    " ".join,
    lambda text: text.replace(" ", "\u00a0\u200b"),
    lambda text: "".join(f"<p class='x'><b>{part}</b></p>" for part in text.split("。")),
    lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
])  # fmt: skip
@pytest.mark.parametrize("document", [0, 1])
def test_the_way_a_text_is_set_does_not_matter(known, document, altered):
    assert seen(known, altered(REGISTERED[document]))[document].of_document > 0.95


def test_a_document_edited_here_and_there_is_known(known):
    words = PLANT.split(" ")
    for at in range(0, len(words), 25):
        words[at] = "altered"
    assert seen(known, " ".join(words))[1].of_document > 0.5


@pytest.mark.parametrize("text", [GRID_ELSEWHERE, PLANT_ELSEWHERE, GRID_ELSEWHERE + PLANT_ELSEWHERE, PHRASES, NOTICE])
def test_another_text_on_the_same_topic_is_not_known(known, text):
    assert not seen(known, text)


@pytest.mark.parametrize("size", [0, 1, 10, 30])
def test_a_short_phrase_is_not_known(known, size):
    assert not seen(known, GRID[100 : 100 + size])


def test_a_short_phrase_said_a_hundred_times_is_not_known(known):
    assert not seen(known, "\n".join([GRID[100:118]] * 100))


def test_text_to_ignore_counts_for_nothing():
    form = GRID + "\n" + NOTICE
    whole = Fingerprints(KEY, [fingerprint.load(KEY, fingerprint.build(KEY, [form.encode()])[0])])
    without = Fingerprints(KEY, [fingerprint.load(KEY, fingerprint.build(KEY, [form.encode()], [NOTICE.encode()])[0])])
    assert seen(whole, NOTICE)
    assert not seen(without, NOTICE)
    assert seen(without, GRID)


def test_rules_and_empty_tables_are_nobodys():
    text = "\n".join(["0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"] * 200) + "x" * 500
    assert fingerprint.build(KEY, [text.encode()])[1] == [0]


def test_sets_under_one_key_are_looked_for_together(known):
    sets = [
        fingerprint.load(KEY, fingerprint.build(KEY, [text.encode()])[0]) for text in (PLANT_ELSEWHERE, *REGISTERED)
    ]
    assert set(seen(Fingerprints(KEY, sets), GRID + PLANT)) == {1, 2}


def test_a_hundred_drafts_of_one_document_cost_no_more_than_a_few():
    drafts = [f"{GRID}\n第{number}稿".encode() for number in range(100)]
    known = Fingerprints(KEY, [fingerprint.load(KEY, fingerprint.build(KEY, drafts)[0])])
    found = known.find(Folded(GRID.encode()))
    assert 0 < len(found) <= 16
    assert found[0].of_document > 0.9


def test_a_set_holds_no_text_and_another_key_gives_other_hashes():
    one, other = (fingerprint.build(key, [GRID.encode(), PLANT.encode()])[0] for key in (KEY, KEY[::-1]))
    for data in (one, other):
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert not any(GRID[at : at + 4].encode(encoding) in data for at in range(len(GRID) - 4))
        assert not any(word.encode() in data for word in PLANT.split() if len(word) > 6)
    ours, theirs = fingerprint.load(KEY, one), fingerprint.load(KEY[::-1], other)
    assert not np.isin(ours.quick, theirs.quick).any()


def test_a_set_made_another_way_is_refused():
    arrays = {name: np.arange(4, dtype=np.uint32) for name in ("quick", "proof", "owner")}
    facts = {"documents": 4, "shingle": SHINGLE, "window": WINDOW}
    assert len(fingerprint.load(KEY, seal(KEY, "documents", "", facts, arrays)).quick) == 4
    for wrong in (
        seal(KEY, "documents", "", {**facts, "shingle": 9}, arrays),
        seal(KEY, "documents", "", {**facts, "documents": 3}, arrays),
        seal(KEY, "documents", "", {**facts, "documents": "many"}, arrays),
        seal(KEY, "documents", "", {}, arrays),
        seal(KEY, "documents", "", facts, {**arrays, "quick": arrays["quick"][::-1]}),
        seal(KEY, "documents", "", facts, {**arrays, "owner": arrays["owner"][:2]}),
        seal(KEY, "documents", "", facts, {}),
    ):
        with pytest.raises(SetError, match="build it again"):
            fingerprint.load(KEY, wrong)


hashes = st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 3), max_size=200).map(
    lambda each: np.array(each, np.uint32)
)


@given(hashes)
def test_winnowing_keeps_the_least_of_every_window_and_nothing_else(values):
    windows = [
        range(at, min(at + WINDOW, len(values))) for at in range(max(len(values) - WINDOW + 1, min(len(values), 1)))
    ]
    least = {at for window in windows for at in window if values[at] == min(values[other] for other in window)}
    assert set(winnow(values).tolist()) == least


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(min_size=SHINGLE + WINDOW - 1, max_size=120))
def test_what_two_texts_share_gives_both_a_mark(before, behind, shared):
    marker = Marker(KEY)
    one, other = set(marker.marks(before + shared)[1].tolist()), set(marker.marks(shared + behind)[1].tolist())
    assert one & other


@pytest.mark.parametrize("size", [SHINGLE - 1, SHINGLE, SHINGLE + WINDOW, (1 << 16) + 500, 2 * (1 << 16) + SHINGLE - 1])
def test_marks_do_not_depend_on_where_a_text_is_cut_for_the_cache(size):
    data = random.Random(size).randbytes(size)
    marker = Marker(KEY)
    places, quick = marker.marks(data)
    every = marker.quick(data, 0, size - SHINGLE + 1) if size >= SHINGLE else np.zeros(0, np.uint32)
    assert places.tolist() == winnow(every).tolist()
    assert quick.tolist() == every[places].tolist()


@given(st.text(max_size=400))
def test_any_text_can_be_looked_at(known, text):
    for each in known.find(Folded(text.encode("utf-8", "surrogatepass"))):
        assert each.passages


@given(st.integers(0, len(GRID)), st.integers(0, len(GRID)), st.text(max_size=30), st.text(max_size=30))
def test_passages_lie_in_the_text_and_hold_what_was_pasted(known, start, end, before, behind):
    text = (before + "。" + GRID[start:end] + "。" + behind).encode("utf-8", "replace")
    for found in known.find(Folded(text)):
        for passage in found.passages:
            text[passage.start : passage.end].decode()
            assert passage.size <= passage.end - passage.start
    if end - start > 200:
        assert known.find(Folded(text))


def test_few_marks_are_not_enough(known):
    cut = next(size for size in range(20, 200) if seen(known, GRID[200 : 200 + size]))
    assert cut >= FEWEST * (WINDOW // 2) // 3 - 8


def test_english_wrapped_for_a_terminal_is_known(known):
    assert seen(known, textwrap.indent(textwrap.fill(PLANT, 60), "> "))[1].of_document > 0.95
