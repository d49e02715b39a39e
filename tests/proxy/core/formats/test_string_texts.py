import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.formats import JSON
from proxy.core.formats.base import Node
from proxy.core.formats.string_texts import reading
from tests.proxy.core.gate import HKID, MOBILE, RIC, RIC_MASK, entities, forwarded, message

TYPE = "application/json"
A, B = RIC[:9], RIC[9:]


@pytest.mark.parametrize(
    "text",
    [
        "let s = '%s' + '%s';",
        "<p>no. <b>%s</b>%s</p>",
        "see **%s****%s** here",
        "A='%s'\nB='%s'\nvalue=$A$B\n",
    ],
)
def test_what_a_text_in_a_string_breaks_is_masked_there(text):
    sent = {"role": "user", "content": text % (A, B), "n": 1}
    new = json.loads(forwarded(message(json.dumps(sent), TYPE)).body)
    assert new == sent | {"content": text % (RIC_MASK[:9], RIC_MASK[9:])}


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("const mobile = '%s' + '%s'", "CN_MOBILE"),
        ("const mobile = [%s].join('')", "CN_MOBILE"),
        ("the mobile number is %s", "CN_MOBILE"),
        ("hkid = '%s' . '%s'", "HK_ID"),
    ],
)
def test_the_words_before_a_value_in_its_string_say_what_it_is(text, entity):
    words = dict(zip("0138", ("zero", "one", "three", "eight"), strict=True))
    value = HKID if entity == "HK_ID" else MOBILE
    pieces = {2: (value[:4], value[4:]), 1: (", ".join(f"'{sign}'" for sign in value),)}[text.count("%s")]
    if "number is" in text:
        pieces = (" ".join(words[sign] for sign in value),)
    assert entity in entities(json.dumps({"content": text % pieces}), TYPE)


def test_strings_side_by_side_are_not_one_text():
    assert entities(json.dumps({"mobile": "see '138' +", "note": "'00138000' is it"}), TYPE) == []


@given(st.dictionaries(st.text(), st.text() | st.lists(st.text()) | st.integers()), st.text("0123456789'+ \n<b>\\"))
def test_strings_are_read_as_they_are_meant(rest, text):
    node = Node(json.dumps(rest | {"key": text}).encode())
    for leaf in reading("body/json", node, JSON, 0):
        joined = leaf.syntax.unescape(node.data)
        for start in range(len(joined.text)):
            first, last = joined.to_source(start, start + 1)
            assert 0 <= first <= last <= len(node.data)
            if joined.text[start : start + 1].isdigit() and last - first == 1:
                assert node.data[first:last] == joined.text[start : start + 1]
