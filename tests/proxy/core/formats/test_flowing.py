import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.formats import JSON
from proxy.core.formats.base import Node
from proxy.core.formats.flowing import reading, streamed
from tests.proxy.core.gate import HKID, HKID_MASK, MOBILE, RIC, RIC_MASK, entities, forwarded, found, message

EVENTS, LINES, TYPE = "text/event-stream", "application/x-ndjson", "application/json"
SAID = f"The HKID is {HKID}, and the mobile number {MOBILE}. "


def cut(text, size=3):
    return [text[at : at + size] for at in range(0, len(text), size)]


def events(text, wrap, **how):
    records = (json.dumps(wrap(each), **how) for each in cut(text))
    return "".join(f"data: {record}\n\n" for record in records) + "data: [DONE]\n\n"


def openai(text):
    return {"id": "chatcmpl-9f2", "created": 1712345678, "choices": [{"index": 0, "delta": {"content": text}}]}


def anthropic(text):
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


@pytest.mark.parametrize("wrap", [openai, anthropic, lambda text: {"event": "message", "answer": text}])
def test_an_answer_that_comes_word_by_word_is_read_as_one(wrap):
    assert {"HK_ID", "CN_MOBILE"} <= set(entities(events(SAID, wrap), EVENTS))


def test_what_is_masked_in_an_answer_goes_in_the_words_it_came_in():
    sent = events(f"no. {RIC} and {HKID}, ", openai)
    new = forwarded(message(sent, EVENTS)).body.decode()
    got = [json.loads(line[6:]) for line in new.splitlines() if line.startswith("data: {")]
    assert "".join(each["choices"][0]["delta"]["content"] for each in got) == f"no. {RIC_MASK} and {HKID_MASK}, "
    assert new.count("\n") == sent.count("\n")


def test_the_places_of_a_run_are_those_of_its_text():
    assert found(events(SAID, openai), EVENTS) == [("HK_ID", "body/text", HKID), ("CN_MOBILE", "body/text", MOBILE)]


def test_han_words_have_no_blanks_between():
    text = f"客户来信。香港身份證號碼：{HKID}，手机号码：{MOBILE}。"
    assert {"HK_ID", "CN_MOBILE"} <= set(entities(events(text, openai), EVENTS))


def test_a_record_a_line_may_hold_one_letter():
    sent = "".join(json.dumps({"at": at, "ch": sign}) + "\n" for at, sign in enumerate(SAID))
    assert {"HK_ID", "CN_MOBILE"} <= set(entities(sent, LINES))


@pytest.mark.parametrize(
    "document",
    [
        {"ops": [{"insert": "HKID: "}, {"insert": "A123", "attributes": {"bold": True}}, {"insert": "456(3)\n"}]},
        {"messages": [{"id": 1, "text": ["HKID: ", {"type": "bold", "text": "A123"}, "456(3)"]}]},
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "my HKID "},
                {"type": "text", "marks": [{"type": "bold"}], "text": "A123"},
                {"type": "text", "marks": [], "text": "456(3)"},
            ],
        },
    ],
)
def test_a_text_of_several_looks_is_one_text(document):
    assert entities(json.dumps(document), TYPE) == ["HK_ID"]
    assert "(3)" in forwarded(message(json.dumps(document), TYPE)).body.decode()
    assert "A123" not in forwarded(message(json.dumps(document), TYPE)).body.decode()


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ([{"text": "Phone"}, {"text": "1380"}, {"text": "0138000"}, {"text": "Total"}], TYPE),  # cells of a page
        ([{"content": [{"text": "mobile 1380 "}]}, {"content": [{"text": "0138000 pieces "}]}], TYPE),  # paragraphs
        ([{"text": "a mobile: "}, {"title": "1380"}, {"name": "0138000 "}], TYPE),  # other names
    ],
)
def test_what_stands_apart_stays_apart(document, kind):
    assert entities(json.dumps(document), kind) == []


def test_long_records_of_one_name_are_texts_of_their_own():
    long = "words of a text that goes on and on for more than a line of a page, "
    lines = [{"text": f"{long} mobile 1380"}, {"text": f"0138000 {long}"}, {"text": long}]
    assert entities("\n".join(map(json.dumps, lines)), LINES) == []


def test_events_are_known_by_their_first_word():
    assert all(map(streamed, (b"data: {}", b"event: x\ndata: {}")))
    assert not any(map(streamed, (b"database: x", b" data: {}")))


@given(st.lists(st.text('0123456789A (:\\"\n）', max_size=6), min_size=2, max_size=20))
def test_a_run_reads_as_its_strings_together(strings):
    node = Node(json.dumps([{"text": each} for each in strings], ensure_ascii=True).encode())
    for leaf in reading("body/json", node, JSON, 0, stream=False):
        joined = leaf.syntax.unescape(node.data)
        assert joined.text.decode() == "".join(strings)
        for start in range(len(joined.text)):
            first, last = joined.to_source(start, start + 1)
            assert 0 <= first < last <= len(node.data)
