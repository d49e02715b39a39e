"""Many short coded texts in one: read together, and none of what they hold is lost."""

import base64
import json

import pytest

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause
from tests.proxy.core.gate import LOGGING, MASKING, RIC, RIC_MASK, LogAll, causes, engine, forwarded, inspected, message

FEW = Limits(parts=100)
NARROW = engine(LogAll(), limits=FEW)


def coded(text):
    return base64.b64encode(text.encode()).decode()


def lines(special, number=3000, at=1234, wrap=coded):
    rows = [{"key": wrap(f"item-{n} of the list"), "value": "ordinary"} for n in range(number)]
    rows[at]["key"] = wrap(special)
    return "\n".join(map(json.dumps, rows)).encode()


@pytest.mark.parametrize("wrap", [coded, lambda text: json.dumps({"note": text})])
def test_more_short_texts_than_parts_are_read_when_they_hold_nothing(wrap):
    body = lines("nothing at all here", wrap=wrap)
    verdict = inspected(NARROW, message(body, "application/x-ndjson"))
    assert not causes(verdict)
    assert not verdict.findings


@pytest.mark.parametrize("wrap", [coded, lambda text: json.dumps({"note": text})])
@pytest.mark.parametrize("at", [0, 1023, 1024, 2999])
def test_the_one_among_them_that_holds_a_value_is_found_and_written_back(wrap, at):
    sent = message(lines(f"holder {RIC} end", at=at, wrap=wrap), "application/x-ndjson")
    (finding,) = inspected(LOGGING, sent).findings
    assert finding.text == RIC
    assert f":{at + 1}:/key" in finding.part
    new = forwarded(sent).body
    lines_of = zip(sent.body.splitlines(), new.splitlines(), strict=True)
    assert [number for number, (old, changed) in enumerate(lines_of) if old != changed] == [at]
    assert json.loads(new.splitlines()[at])["key"] == wrap(f"holder {RIC_MASK} end")


def test_what_a_short_text_is_called_counts_among_many():
    rows = [{"note": coded(f"item {n} of a list")} for n in range(500)]
    rows[77] = {"passport_no": coded("E12345678")}
    body = json.dumps(rows)
    assert any("/77/passport_no" in found.part for found in LOGGING.inspect(message(body, "application/json")).findings)


def test_a_coding_within_a_short_text_is_opened_as_before():
    sent = message(lines("see: " + coded(f'{{"id":"{RIC}"}}')), "application/x-ndjson")
    assert [finding.text for finding in LOGGING.inspect(sent).findings] == [RIC]
    assert MASKING.inspect(sent).action is Action.REDACT


def test_texts_that_hold_something_each_are_still_capped():
    body = "\n".join(json.dumps({"id": coded(f"holder {RIC} number {n}")}) for n in range(300)).encode()
    assert causes(inspected(NARROW, message(body, "application/x-ndjson"))) == {Cause.OVERSIZE}
