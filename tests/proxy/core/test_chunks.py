"""One coded text that stands in several words."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import chunks, signs
from proxy.core.message import Action
from tests.bench import bodies
from tests.proxy.core.gate import LOGGING, MASKING, RIC, inspected, message

SAID = f"身份证号：{RIC}"


def cut(written, width=10):
    return [written[at : at + width] for at in range(0, len(written), width)]


CODED = {
    "base64": base64.b64encode(SAID.encode()).decode(),
    "base64url": base64.urlsafe_b64encode(SAID.encode()).decode().rstrip("="),
}
FORMS = {
    "list": lambda pieces: json.dumps({"data": pieces}),
    "objects": lambda pieces: json.dumps([{"seq": at, "data": piece} for at, piece in enumerate(pieces)]),
    "from the last": lambda pieces: json.dumps([{"seq": at, "data": piece} for at, piece in enumerate(pieces)][::-1]),
    "keys": lambda pieces: json.dumps(dict(reversed([(str(at), piece) for at, piece in enumerate(pieces)]))),
    "joined": lambda pieces: json.dumps({"code": "x = " + " + ".join(f"'{piece}'" for piece in pieces)}),
    "tags": lambda pieces: json.dumps({"html": "".join(f"<i>{piece}</i>" for piece in pieces)}),
}


def found(body):
    return {one.entity for one in inspected(LOGGING, message(body, "application/json")).findings}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("coding", CODED)
def test_chunks_of_one_coded_text_are_read_together(coding, form):
    assert "CN_RESIDENT_ID" in found(FORMS[form](cut(CODED[coding], 12)))


def test_two_fields_of_any_length_may_be_one_text():
    assert "CN_RESIDENT_ID" in found(json.dumps({"a": CODED["base64"][:20], "b": CODED["base64"][20:]}))


def test_what_stands_in_chunks_cannot_be_masked_and_is_blocked():
    sent = message(FORMS["list"](cut(CODED["base64"])), "application/json")
    assert inspected(MASKING, sent).action is Action.BLOCK


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"data": cut(CODED["base64"])[::-1]}),  # no number says another order
        json.dumps({"data": cut(CODED["base64"])[1:]}),  # its head is missing, and with it every group of four letters
        json.dumps({"ids": [base64.b64encode(bytes(range(at, at + 9))).decode() for at in range(0, 90, 9)]}),
        bodies.machine_json(2000).decode(errors="ignore"),
    ],
    ids=["backwards", "without its head", "ids", "machines"],
)
def test_other_words_make_nothing(body):
    assert "CN_RESIDENT_ID" not in found(body)


@given(st.lists(st.text("aB3+/=Zz", max_size=14), max_size=9))
def test_any_words_are_read_without_an_error(words):
    text = json.dumps({"seq": 1, "data": words}).encode()
    seen = signs.look(text)
    for stretch in chunks.stretches(text, seen.tokens if seen else ()):
        assert 0 <= stretch.start < stretch.end <= len(text)
