import pytest

from proxy.core.errors import Unscannable
from proxy.core.formats.base import Node
from proxy.core.message import Action, Cause, Operator
from proxy.core.surveyor import Surveyor
from proxy.core.text import View
from tests.proxy.core.gate import (
    HKID,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    Redact,
    causes,
    engine,
    forwarded,
    inspected,
    message,
)

CARD = "6217000000000006"


@pytest.mark.parametrize(
    ("content_type", "before", "after"),
    [
        ("application/json", '{"a":"%s","b":%s}', '{"a":"<CN_RESIDENT_ID:1>","b":"<CN_RESIDENT_ID:1>"}'),
        ("application/x-www-form-urlencoded", "a=%s&b=%s", "a=%3CCN_RESIDENT_ID:1%3E&b=%3CCN_RESIDENT_ID:1%3E"),
        ("text/html", "<a b='%s'>%s</a>", "<a b='&lt;CN_RESIDENT_ID:1&gt;'>&lt;CN_RESIDENT_ID:1&gt;</a>"),
        ("text/csv", "a,b\n%s,%s\n", "a,b\n<CN_RESIDENT_ID:1>,<CN_RESIDENT_ID:1>\n"),
        ("text/plain", "%s and %s", "<CN_RESIDENT_ID:1> and <CN_RESIDENT_ID:1>"),
    ],
)
def test_a_placeholder_is_written_as_the_format_writes_it(content_type, before, after):
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.REPLACE}))
    assert forwarded(message(before % (RIC, RIC), content_type), gate).body.decode() == after


def test_placeholders_number_the_distinct_values():
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.REPLACE}))
    other = "440304198512310046"
    body = f"{RIC} {other} {RIC} 440106 19900307 2170"
    assert forwarded(message(body), gate).body.decode() == " ".join(
        f"<CN_RESIDENT_ID:{number}>" for number in (1, 2, 1, 1)
    )


def test_the_same_value_gives_the_same_token_however_it_is_written_and_none_without_the_key():
    def tokens(key):
        gate = engine(Redact({"CN_RESIDENT_ID": Operator.TOKEN}), token_key=key)
        return forwarded(message(f"{RIC},440106-19900307-2170"), gate).body.decode().split(",")

    first, second = tokens(b"k" * 32)
    assert first == second
    assert first.startswith("tok_")
    assert tokens(b"j" * 32)[0] != first


@pytest.mark.parametrize(("body", "after"), [('{"a":%s}', '{"a":""}'), ('{"a":"x%s y"}', None), ("[%s]", '[""]')])
def test_removed_numbers_leave_valid_json(body, after):
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.REMOVE}))
    if after:
        assert forwarded(message(body % RIC, "application/json"), gate).body.decode() == after


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_readings_of_the_same_bytes_the_stricter_operator_wins(order):
    operators = dict([("CN_HOME_RETURN_PERMIT", Operator.MASK), ("HK_PASSPORT", Operator.REMOVE)][::order])
    gate = engine(Redact(operators))
    body = '{"证件号码":"H12345678"}'
    verdict = inspected(gate, message(body, "application/json"))
    assert {f.entity for f in verdict.findings} == {"CN_HOME_RETURN_PERMIT", "HK_PASSPORT"}
    assert verdict.rewrite.body.decode() == body.replace("H12345678", "")


def test_a_mask_keeps_separators_and_what_hides_between_digits_outside_it():
    assert forwarded(message("440106\u200b19900307\u200b2170")).body.decode() == "440106\u200b********\u200b2170"
    assert forwarded(message("440106-19900307-2170")).body.decode() == "440106-********-2170"


def test_many_findings_in_many_containers_are_all_written():
    parts = "".join(f'--B\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{RIC}\r\n' for n in range(300))
    new = forwarded(message(parts + "--B--", "multipart/form-data; boundary=B")).body.decode()
    assert new == (parts + "--B--").replace(RIC, RIC_MASK)


def test_edits_of_path_headers_body_and_trailers_are_made_together():
    sent = message(
        f'{{"a":"{HKID}"}}',
        path=f"/{RIC}".encode(),
        headers=((b"X-A", RIC.encode()),),
        trailers=((b"X-B", RIC.encode()),),
    )
    new = forwarded(sent)
    assert (new.path, new.body) == (f"/{RIC_MASK}".encode(), b'{"a":"A******(3)"}')
    assert (b"X-A", RIC_MASK.encode()) in new.headers
    assert new.trailers == ((b"X-B", RIC_MASK.encode()),)


@pytest.mark.parametrize(
    "headers",
    [
        ((b"Authorization", b"AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y"),),
        ((b"X-Hub-Signature-256", b"sha256=00"),),
    ],
)
def test_what_is_signed_is_blocked_rather_than_broken(headers):
    verdict = inspected(MASKING, message(RIC, headers=headers))
    assert verdict.action is Action.BLOCK
    assert causes(verdict) == {Cause.REWRITE}
    assert verdict.rewrite is None


def test_what_cannot_be_said_in_the_charset_is_blocked():
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.REPLACE}))
    assert inspected(
        gate, message("caf\u00e9 \u00e0 ".encode("latin-1") + RIC.encode(), "text/plain; charset=latin-1")
    ).rewrite


def test_edits_that_overlap_are_refused_and_the_same_edit_twice_is_one():
    node = Node(b"abcdef")
    node.edits += [(1, 3, b"X"), (1, 3, b"X"), (4, 5, b"")]
    assert node.spliced() == b"aXdf"
    node.edits.append((2, 4, b"Y"))
    with pytest.raises(Unscannable):
        node.spliced()
    assert Node(b"abc").spliced() == b"abc"


def test_a_locked_node_is_never_changed():
    node = Node(b"abc").locked(0, 2)
    assert node.spliced() == b"ab"
    node.edits.append((0, 1, b""))
    with pytest.raises(Unscannable):
        node.spliced()


def test_edits_travel_up_through_slices_codings_and_layers():
    import re

    root = Node(b"<%61%62cd>[dc]")
    viewed = root.child(1, 9).viewed(
        View(b"%61%62cd", re.compile(b"%(..)"), lambda m: bytes.fromhex(m[1].decode())), bytes.upper
    )
    assert viewed.data == b"abcd"
    viewed.edits += [(0, 1, b"x"), (3, 4, b"yz")]
    opened = root.child(11, 13).opened(b"cd", lambda new: new[::-1])
    opened.edits.append((0, 1, b"z"))
    for node in (viewed, viewed.parent, opened, opened.parent):
        node.lift()
    assert root.spliced() == b"<X%62cYZ>[dz]"


def test_phones_without_evidence_are_not_touched():
    gate = engine(Redact({"CN_MOBILE": Operator.MASK, "PAYMENT_CARD": Operator.MASK}))
    body = f'{{"phone":{MOBILE},"orderNo":{MOBILE},"card":"{CARD}"}}'
    assert forwarded(message(body, "application/json"), gate).body.decode() == (
        f'{{"phone":"138****8000","orderNo":{MOBILE},"card":"621700******0006"}}'
    )


def test_what_was_read_is_let_go_before_the_rest_is_read_again(monkeypatch):
    kept = []
    survey = Surveyor.survey

    def noted(self, message, *before):
        kept.append(sum(len(group.text.leaf.node.data) for seen in surveys for group in seen.groups))
        surveys.append(survey(self, message, *before))
        return surveys[-1]

    surveys = []
    monkeypatch.setattr(Surveyor, "survey", noted)
    verdict = MASKING.inspect(message(b"id " + RIC.encode(), "text/plain"))
    assert verdict.action is Action.REDACT
    assert RIC.encode() not in verdict.rewrite.body
    assert kept == [0, 0]
