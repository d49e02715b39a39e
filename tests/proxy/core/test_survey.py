import gzip
import json
import zlib
from dataclasses import replace
from datetime import date

import pytest

from detectors.api import EntityClass, PatternDetector
from detectors.scan import Scanner
from proxy.core.engine import Engine
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Uninspected
from proxy.core.surveyor import Surveyor
from tests.proxy.core.gate import (
    HKID,
    LOGGING,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    SCANNER,
    LogAll,
    causes,
    engine,
    forwarded,
    found,
    inspected,
    message,
)


def test_every_room_of_a_message_is_read():
    sent = {
        "path": f"/a/{RIC}?name={HKID}".encode(),
        "headers": ((b"X-User", RIC.encode()), (b"Cookie", f"a=1; id={HKID}".encode())),
        "trailers": ((b"X-Sum", RIC.encode()),),
    }
    assert [part for _, part, _ in found(f'{{"data":{{"idCard":"{RIC}"}}}}', "application/json", **sent)] == [
        "url:path",
        "url:query:name",
        "header:X-User",
        "cookie:id",
        "trailer:X-Sum",
        "body/json:/data/idCard",
    ]


def test_findings_of_one_value_share_a_subject_however_it_is_written():
    other = "440304198512310046"
    body = f'{{"a":"{RIC}","b":"440106 19900307 2170","c":"{other}","phone":"{MOBILE}","tel":"+86 138-0013-8000"}}'
    findings = inspected(LOGGING, message(body, "application/json", path=f"/{RIC}".encode())).findings
    ids = [f.subject for f in findings if f.entity == "CN_RESIDENT_ID"]
    phones = [f.subject for f in findings if f.entity == "CN_MOBILE"]
    assert ids[0] == ids[1] == ids[2] != ids[3]
    assert phones[0] == phones[1]
    assert not set(ids) & set(phones)


def test_text_is_revealed_only_where_asked():
    sent = message(RIC)
    assert [f.text for f in inspected(MASKING, sent).findings] == [None]
    assert [f.text for f in inspected(LOGGING, sent).findings] == [RIC]


def test_a_clean_message_is_complete_and_counts_its_bytes():
    sent = message(b"clean", "text/plain")
    verdict = inspected(LOGGING, sent)
    assert verdict.complete
    assert verdict.inspected == len(sent.path) + len(sent.body) + sum(len(n) + len(v) for n, v in sent.headers)


@pytest.mark.parametrize(
    ("coding", "body", "cause"),
    [
        ("gzip", b"not gzip " + RIC.encode(), Cause.DECODE_ERROR),
        ("unheard-of", RIC.encode(), Cause.UNSUPPORTED),
        ("gzip, gzip, gzip, gzip, gzip", RIC.encode(), Cause.DEPTH),
        ("gzip", gzip.compress(b"nothing", mtime=0)[:-3], Cause.DECODE_ERROR),
        ("gzip", gzip.compress(bytes(2_000_000), mtime=0), Cause.RATIO),
        ("br", b"\xff\xff", Cause.DECODE_ERROR),
    ],
)
def test_a_coding_that_cannot_be_undone_is_reported_and_the_bytes_are_read_as_they_stand(coding, body, cause):
    sent = message(body, "text/plain", headers=((b"Content-Encoding", coding.encode()),))
    verdict = inspected(LOGGING, sent)
    assert cause in causes(verdict)
    assert not verdict.complete
    assert ("CN_RESIDENT_ID" in [f.entity for f in verdict.findings]) == (RIC.encode() in body)


def test_a_body_over_the_cap_is_reported():
    gate = engine(limits=Limits(body_bytes=100))
    verdict = inspected(gate, message(b"x" * 101))
    assert causes(verdict) == {Cause.OVERSIZE}
    assert not causes(inspected(gate, message(b"x" * 100)))


def test_what_unpacks_over_the_cap_is_reported():
    gate = engine(limits=Limits(decoded_bytes=1 << 20))
    sent = message(gzip.compress(b"ab" * (1 << 19) + b"c"), headers=((b"Content-Encoding", b"gzip"),))
    assert Cause.OVERSIZE in causes(inspected(gate, sent))


def test_codings_on_many_lines_are_one_list():
    body = gzip.compress(zlib.compress(RIC.encode()))
    headers = ((b"content-encoding", b"deflate"), (b"Content-Encoding", b" identity , GZIP"))
    new = forwarded(message(body, "text/plain", headers=headers))
    assert zlib.decompress(gzip.decompress(new.body)).decode() == RIC_MASK


def test_damaged_text_is_read_and_reported():
    body = f'{{"a":"\xff{RIC}"}}'.encode("latin-1")
    verdict = inspected(LOGGING, message(body, "application/json"))
    assert [f.part for f in verdict.findings] == ["body/json:/a"]
    assert causes(verdict) == {Cause.DECODE_ERROR}
    assert inspected(MASKING, message(body, "application/json")).rewrite.body == body.replace(
        RIC.encode(), RIC_MASK.encode()
    )


def test_two_content_types_are_both_believed():
    part = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + RIC.encode() + b"\r\n--B--\r\n"
    headers = ((b"Content-Type", b"text/plain"), (b"content-type", b"multipart/form-data; boundary=B"))
    assert [p for _, p, _ in found(part, headers=headers)] == ["body/multipart:a/text"]


def test_places_in_one_long_text_are_counted_from_its_start():
    text = f"身份证 {RIC}，" * 200
    findings = inspected(LOGGING, message(text, "text/plain")).findings
    assert [f.start for f in findings] == [4 + 23 * n for n in range(200)]
    assert inspected(LOGGING, message(text, "text/plain")).action is Action.LOG


def test_bytes_behind_a_coding_that_failed_are_counted_once():
    body = bytes(range(256)) * 8
    verdict = inspected(LOGGING, message(body, headers=((b"Content-Encoding", b"gzip"),)))
    assert [(left_out.part, left_out.cause, left_out.size) for left_out in verdict.uninspected] == [
        ("body", Cause.DECODE_ERROR, len(body))
    ]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("身份证 440106201211230014", "minor"),
        ("身份证 440106201211220019", ""),
        ("出生日期：2012-11-23", "minor"),
        ("出生日期：2012-11-22", ""),
        ("居住证 810000201603140021", "minor"),
        ("身份证 440106199003072170", ""),
    ],
)
def test_somebody_under_fourteen_on_the_day_is_a_minor(text, detail):
    looking = engine(LogAll(), today=lambda: date(2026, 11, 22))
    (found,) = looking.inspect(message(text)).findings
    assert found.detail == detail


def test_without_a_day_nobody_is_held_to_be_a_minor():
    (found,) = engine(LogAll()).inspect(message("身份证 440106201605010030")).findings
    assert found.detail == ""


class Greedy:
    """A finder that takes all of a text out of the allowance."""

    detectors = (PatternDetector("PERSON", EntityClass.ATTRIBUTE, (), "test"),)

    def find(self, text, _hits, _locate, _name, allowance):
        allowance.take("names", len(text))
        return []

    def idle(self, _text):
        return True


def test_what_models_had_no_time_for_is_told_and_still_counted_as_read():
    reading = Engine(Scanner((), (Greedy(),)), LogAll(), limits=replace(Limits(), model_bytes=10))
    short, long = reading.inspect(message("x" * 10)), reading.inspect(message("x" * 11))
    assert (short.skipped, short.uninspected) == ((), ())
    assert long.skipped == ("names",)
    assert long.uninspected == (Uninspected("body", Cause.NAMES_SKIPPED, 11),)
    assert long.inspected == short.inspected + 1


def test_values_beyond_the_cap_are_said_to_be_unread():
    body = json.dumps({"id": [RIC] * 5})
    verdict = inspected(engine(LogAll(), limits=Limits(findings=5)), message(body, "application/json"))
    assert (len(verdict.findings), verdict.uninspected) == (5, ())
    for most in (0, 4):
        verdict = inspected(engine(LogAll(), limits=Limits(findings=most)), message(body, "application/json"))
        assert len(verdict.findings) == most
        assert causes(verdict) == {Cause.OVERSIZE}


def test_what_was_masked_is_not_wanted_when_the_rest_is_read_again():
    surveyor = Surveyor(SCANNER, Limits(), reveal=False)
    whole, empty = (message(f'{{"id_card":"{RIC}","note":{more}}}', "application/json") for more in ("1", '"hkid"'))
    masked = message('{"id_card":"[gone]","note":1}', "application/json")
    first = surveyor.survey(whole)
    assert not first.wanting
    assert surveyor.survey(masked).wanting
    assert not surveyor.survey(masked, first).wanting
    assert surveyor.survey(masked, surveyor.survey(empty)).wanting
