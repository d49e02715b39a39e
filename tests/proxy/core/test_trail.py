"""What is put together over the messages of one conversation, and what is not."""

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core import trail
from proxy.core.message import Action, Cause
from tests.proxy.core.gate import LOGGING, MASKING, RIC, message

PIECES = ("440106", "19900307", "2170")


def one(said):
    body = said if isinstance(said, bytes) else said.encode()
    json_like = body[:1] + body[-1:] in (b"{}", b"[]")
    return message(body, "application/json" if json_like else "text/plain; charset=utf-8")


def verdicts(said, engine=LOGGING, content_type=""):
    """Of messages one after the other."""
    known = ()
    for each in said:
        told = one(each) if not content_type else message(each, content_type)
        verdict = engine.inspect(replace(told, trail=known))
        known = verdict.trail
        yield verdict


def found(said, **more):
    """The number of the message and the entity of each value that was put together over several."""
    return [
        (number, each.entity)
        for number, verdict in enumerate(verdicts(said, **more))
        for each in verdict.findings
        if each.part.endswith("/joined")
    ]


def framed(value):
    data = bytes((0x0A, len(value))) + value.encode()
    return b"\0" + len(data).to_bytes(4, "big") + data


@pytest.mark.parametrize(
    "said",
    [
        PIECES,
        PIECES[::-1],
        list(RIC),
        list(RIC[::-1]),
        ["44010619900307217", "0"],
        ["it begins with 440106", "and then", "1990-03-07", "I believe the end is 2170"],
        [json.dumps({"seq": at, "text": each}) for at, each in enumerate(PIECES)],
        [json.dumps({"at": 1764000000000 + at, "key": each}) for at, each in enumerate(RIC)],
        [f'42["chat","{each}"]' for each in PIECES],
        [f'42["chat",{{"id":{at},"text":"{each}"}}]' for at, each in enumerate(RIC)],
        [f'{{"frame":"{{\\"text\\":\\"{each}\\"}}"}}' for each in PIECES],
        [*PIECES[:2], "x" * 100_000, PIECES[2]],
        [*PIECES[:2], *["well"] * 500, PIECES[2]],
    ],
    ids=[
        "pieces", "backwards", "digits", "digits-backwards", "last-digit", "prose", "json", "keys", "socket-io",
        "socket-io-digits", "nested", "long-between", "many-between",
    ],
)  # fmt: skip
def test_a_resident_id_is_found_in_the_message_that_completes_it(said):
    assert found(said) == [(len(said) - 1, "CN_RESIDENT_ID")]


def test_strings_of_grpc_messages_are_put_together():
    assert found(map(framed, PIECES), content_type="application/grpc") == [(2, "CN_RESIDENT_ID")]


@pytest.mark.parametrize(
    ("entity", "said"),
    [
        ("CN_MOBILE", ["我的手机号是", "138", "0013", "8000"]),
        ("CN_MOBILE", ["my phone is 138", "0013", "8000"]),
        ("CN_MOBILE", ['{"mobile":"138"}', '{"mobile":"0013"}', '{"mobile":"8000"}']),
        ("HK_ID", ["my hkid is A123", "456(3)"]),
        ("PAYMENT_CARD", ["银行卡号", "6225", "8801", "2345", "6783"]),
    ],
    ids=["words", "words-with-it", "field", "hkid", "card"],
)
def test_any_other_number_counts_under_its_name(entity, said):
    assert found(said) == [(len(said) - 1, entity)]


@pytest.mark.parametrize(
    "said",
    [
        ["138", "0013", "8000"],
        ["how much is the phone?", "5600", "5800"],
        ["my phone is 138", "what do you sell?", "0013", "8000"],
        ['{"price":"138"}', '{"price":"0013"}', '{"price":"8000"}'],
        [json.dumps({"card_last4": each}) for each in ("6225", "8801", "2345", "6783")],
        ["440106", "19900307", "2171"],
        ["440106", "20190307", "2170"],
        ["110105197", "110105198", "110105199"],
        ["440106", "199003", "07", "2171", "440106", "19900307", "2170"],
    ],
    ids=["nameless", "prices", "other-words", "field", "last-four", "check-digit", "recent", "counter", "by-chance"],
)
def test_numbers_that_only_follow_one_another_are_nobody(said):
    assert found(said) == []


def test_a_message_that_is_one_of_no_conversation_has_no_trail():
    assert LOGGING.inspect(one("440106")).trail is None


def test_what_was_found_before_is_not_found_again():
    assert found([RIC, "hello", *RIC[:5]]) == []
    assert found([*PIECES, "2170", "thanks"]) == [(2, "CN_RESIDENT_ID")]


def test_pieces_in_one_message_are_found_once():
    said = [f"440106, {PIECES[1]}", "0", " ".join(PIECES)]
    assert [len(each.findings) for each in verdicts(said)] == [0, 0, 1]


def test_what_would_have_to_be_masked_is_blocked_for_the_rest_has_left():
    *before, last = verdicts(PIECES, MASKING)
    assert [each.action for each in before] == [Action.LOG, Action.LOG]
    assert (last.action, last.rewrite) == (Action.BLOCK, None)
    assert [each.cause for each in last.uninspected] == [Cause.REWRITE]
    assert last.findings[0].entity == "CN_RESIDENT_ID"
    assert last.inspected >= len(PIECES[2])


def test_a_number_in_one_message_is_still_masked():
    *_, last = verdicts(["440106", "hello", f"id {RIC}"], MASKING)
    assert last.action is Action.REDACT


@settings(max_examples=60)
@given(st.data())
def test_a_resident_id_cut_anywhere_is_found(data):
    cuts = sorted(data.draw(st.sets(st.integers(1, 17), min_size=1)))
    said = [RIC[start:end] for start, end in zip([0, *cuts], [*cuts, 18], strict=True)]
    chatter = st.sampled_from(["ok", "no, wait", "你好", '{"typing":true}', ""])
    spread = [each for piece in said for each in (data.draw(chatter), piece)]
    assert found(spread) == [(len(spread) - 1, "CN_RESIDENT_ID")]


ANYTHING = st.one_of(
    st.text(max_size=300),
    st.text("0123456789 X(){}\"':,=&\n", max_size=300),
    st.dictionaries(st.text(max_size=80), st.integers() | st.text("0123456789", max_size=20), max_size=40).map(
        lambda each: json.dumps(each, ensure_ascii=False)
    ),
)


@settings(max_examples=60)
@given(st.lists(ANYTHING, max_size=12))
def test_a_trail_stays_within_its_bounds_whatever_is_said(said):
    for verdict in verdicts([each.encode("utf-8", "surrogatepass") for each in said]):
        assert verdict.trail is None or trail.is_trail(verdict.trail)
        assert verdict.action is Action.LOG
        assert sum(len(name) + len(row) for name, row in verdict.trail or ()) <= 2048


def test_a_trail_shows_nothing():
    *_, last = verdicts(["440106", "19900307"])
    assert last.trail
    shown = repr(last) + repr(replace(one("2170"), trail=last.trail))
    assert "440106" not in shown
    assert "19900307" not in shown


def streams(seed):
    """Each what a service may send by the thousand."""
    rng = random.Random(seed)
    talk = [
        "the",
        "order",
        "call",
        "about",
        "your phone",
        "card",
        "number",
        "price",
        "发货",
        "手机",
        "多少钱",
        "身份证",
    ]
    for at in range(1500):
        price, size = f"{rng.uniform(60000, 70000):.2f}", rng.randint(1, 9999)
        yield "ticker", {"seq": at, "ts": 1764000000000 + at * 37, "symbol": "BTCUSDT", "price": price, "qty": size}
        yield "counter", {"seq": 110104800 + at}
        yield "position", {"lat": round(rng.uniform(22, 24), 6), "speed": rng.randint(0, 120)}
        yield "order", {"id": rng.randint(100000, 700000), "on": f"2026{rng.randint(1, 12):02}{rng.randint(1, 28):02}"}
        yield "digit", str(rng.randint(0, 9))
        yield "code", f"{rng.randint(0, 9999):04}"
        yield "chat", " ".join([*rng.choices(talk, k=rng.randint(0, 4)), rng.choice(["", "ok", str(size), price])])


def test_ten_thousand_messages_of_tickers_and_chats_hold_nobody():
    by_name = {}
    for name, said in streams(1):
        by_name.setdefault(name, []).append(said if isinstance(said, str) else json.dumps(said))
    assert {name: found(said) for name, said in by_name.items() if found(said)} == {}
