"""`egress eval` as its users call it: labelled documents in, a score out, an exit code."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from functools import cache

import pytest

from detectors.api import Band, EntityClass, Finding
from proxy.cli import eval as evaluation
from proxy.cli import scorecard
from proxy.cli.eval import sample, samples
from proxy.cli.inputs import InputError
from proxy.cli.scan import observing
from proxy.cli.scoring import Label, Rules, Score, count
from proxy.core.engine import Engine

RIC, MOBILE = "440106199003072170", "13800138000"


def egress_eval(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from proxy.cli import main; main()", "eval", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=300, check=False)


def lines(*entries: dict) -> bytes:
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


@cache
def engine() -> Engine:
    """Seconds to compile: once for all tests."""
    return observing(1, reveal=True)


def evaluated(*entries: dict, **rules) -> Score:
    documents = [sample(line, f"-:{number}") for number, line in enumerate(lines(*entries).splitlines(), 1)]
    return evaluation.scored(documents, engine(), Rules(**rules))


def scored(*entries: dict, reveal: bool = False, **rules) -> dict:
    """The JSON form of the score of some lines."""
    return json.loads(scorecard.as_json(evaluated(*entries, **rules), reveal=reveal))


def written(*entries: dict, reveal: bool = False, listed: int = 9) -> str:
    """Its text form."""
    out = io.StringIO()
    scorecard.write(evaluated(*entries), out, listed=listed, reveal=reveal)
    return out.getvalue()


def test_found_missed_and_false_are_counted_by_entity_and_named_without_their_values():
    whole = scored(
        {"id": "a", "text": f"身份证 {RIC}", "labels": [{"entity": "CN_RESIDENT_ID", "text": RIC}]},
        {"id": "b", "text": "nothing", "labels": [{"entity": "CN_MOBILE", "text": MOBILE}]},
        {"id": "c", "text": f"手机 {MOBILE}", "labels": []},
    )
    figures = {row["entity"]: (row["labels"], row["found"], row["false"]) for row in whole["entities"]}
    assert figures == {"CN_RESIDENT_ID": (1, 1, 0), "CN_MOBILE": (1, 0, 1)}
    assert whole["total"] == {"labels": 2, "found": 1, "false": 1, "precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert whole["misses"] == [{"id": "b", "entity": "CN_MOBILE", "label": "labels[0]", "instead": []}]
    (alarm,) = whole["false_alarms"]
    assert (alarm["id"], alarm["entity"], alarm["part"]) == ("c", "CN_MOBILE", "body/text")
    assert MOBILE not in json.dumps(whole)
    assert RIC not in json.dumps(whole)


def test_values_are_shown_when_asked_for():
    entry = {"id": "c", "text": f"手机 {MOBILE}", "labels": []}
    missed = {"id": "d", "text": "", "labels": [{"entity": "CN_MOBILE", "text": MOBILE}]}
    assert scored(entry, reveal=True)["false_alarms"][0]["text"] == MOBILE
    assert written(entry, missed, reveal=True).count(MOBILE) == 2
    assert MOBILE not in written(entry, missed)


def coded(body: str, charset: str = "utf-8") -> str:
    return base64.b64encode(body.encode(charset)).decode()


@pytest.mark.parametrize(
    "entry",
    [
        {"content_type": "application/json", "text": json.dumps({"sfzh": "\u200b" + RIC})},
        {"content_type": "application/json", "text": '{"sfzh": "\\u0034' + RIC[1:] + '"}'},
        {"content_type": "application/x-www-form-urlencoded", "text": "id=440106+19900307+2170"},
        {"content_type": "text/plain; charset=gb18030", "body_base64": coded(f"证{RIC}", "gb18030")},
        {"content_type": "text/csv", "body_base64": coded(f"身份证号\n{RIC}\n")},
        {"text": "", "url": f"https://example.com/?id={RIC}"},
    ],
    ids=["hidden", "escaped", "spaced form", "gb18030", "csv", "url"],
)  # fmt: skip
def test_a_value_is_recognised_however_the_document_writes_it(entry):
    assert scored({**entry, "labels": [{"entity": "CN_RESIDENT_ID", "text": RIC}]})["total"]["f1"] == 1


@pytest.mark.parametrize(
    ("content_type", "text", "written"),
    [
        ("text/plain", f"证 {RIC}", RIC),
        ("application/json", '{"id": "\\u0034' + RIC[1:] + '"}', "\\u0034" + RIC[1:]),
        ("application/x-www-form-urlencoded", "a=1&mail=li%40example.cn", "li%40example.cn"),
        ("application/xml", "<mail>li&#64;example.cn</mail>", "li&#64;example.cn"),
    ],
)
def test_offsets_point_into_the_document_as_it_is_written(content_type, text, written):
    start = text.index(written)
    entity = "CN_RESIDENT_ID" if RIC[1:] in text else "EMAIL_ADDRESS"
    label = {"entity": entity, "start": start, "end": start + len(written)}
    assert scored({"content_type": content_type, "text": text, "labels": [label]})["total"]["f1"] == 1


def test_a_value_labelled_at_two_places_must_be_found_twice():
    text = f"手机 {MOBILE}；订单号 {MOBILE}"
    first, second = text.index(MOBILE), text.rindex(MOBILE)
    both = [{"entity": "CN_MOBILE", "start": at, "end": at + 11} for at in (first, second)]
    whole = scored({"text": text, "labels": both})
    assert (whole["total"]["labels"], whole["total"]["found"]) == (2, 1)
    assert whole["misses"][0]["label"] == f"{second}:{second + 11}"


def test_other_readings_and_whole_documents():
    either = {"entity": "HK_PASSPORT", "text": "H12345678", "or": ["CN_HOME_RETURN_PERMIT"]}
    whole = scored(
        {"text": "回乡证 H12345678", "labels": [either]},
        {"text": f"手机 {MOBILE}", "labels": [{"entity": "CN_MOBILE"}]},
    )
    assert whole["total"]["f1"] == 1


def test_part_of_an_address_answers_it_but_half_a_name_no_other_name():
    finding = Finding("X", EntityClass.LOCATION, 0.9, "body", 0, 9, 1, text="南山区科技南路18号2栋305室，女")
    score = Score()
    count(
        score, "a", 1, [Label("X", "广东省深圳市南山区科技南路18号2栋305室"), Label("X", "李大文")], [finding], Rules()
    )
    assert (score.total.found, score.total.false) == (1, 0)
    name = finding._replace(text="陈大文")
    count(score, "b", 1, [Label("X", "李大文")], [name], Rules())
    assert (score.total.found, score.total.false) == (1, 1)


def test_exact_match_and_a_higher_band_ask_for_more():
    entry = {"text": f"手机 {MOBILE}", "labels": [{"entity": "CN_MOBILE", "text": f"手机 {MOBILE}"}]}
    assert scored(entry)["total"]["recall"] == 1
    assert scored(entry, exact=True)["total"]["recall"] == 0
    bare = {"text": "A1234563", "labels": [{"entity": "HK_ID", "text": "A1234563"}]}
    assert scored(bare, band=Band.LOW)["total"]["recall"] == 1
    assert scored(bare)["misses"][0]["instead"] == ["HK_ID low"]


def test_entity_looks_at_nothing_else():
    entry = {"text": f"手机 {MOBILE}，身份证 {RIC}", "labels": [{"entity": "CN_RESIDENT_ID", "text": RIC}]}
    whole = scored(entry, only=frozenset(["CN_RESIDENT_ID"]))
    assert [row["entity"] for row in whole["entities"]] == ["CN_RESIDENT_ID"]


def test_the_table_has_a_row_for_each_entity_and_one_for_all():
    labels = [{"entity": "CN_MOBILE", "text": MOBILE}, {"entity": "HK_ID", "text": "A1"}]
    entry = {"id": "x", "text": f"手机 {MOBILE}", "labels": labels}
    said = written(entry).splitlines()
    assert [line.split() for line in said[:4]] == [
        ["entity", "labels", "found", "false", "precision", "recall", "F1"],
        ["CN_MOBILE", "1", "1", "0", "1.0000", "1.0000", "1.0000"],
        ["HK_ID", "1", "0", "0", "1.0000", "0.0000", "0.0000"],
        ["all", "2", "1", "0", "1.0000", "0.5000", "0.6667"],
    ]
    assert said[5:] == ["missed x: HK_ID labels[1]"]
    assert written(entry, listed=0).splitlines()[5].startswith("missed: 1 more")


def test_the_command_prints_no_value_and_fails_below_a_floor(tmp_path):
    entry = {"id": "x", "text": f"手机 {MOBILE}", "labels": [{"entity": "HK_ID", "text": "A123456(3)"}]}
    (tmp_path / "a.jsonl").write_bytes(lines(entry))
    done = egress_eval(str(tmp_path / "a.jsonl"), "--fail-under-recall", "0.5")
    assert done.returncode == 1
    assert MOBILE.encode() not in done.stdout
    assert b"A123456" not in done.stdout
    done = egress_eval("-", "--format", "json", "--fail-under-precision", "0", stdin=lines(entry))
    assert done.returncode == 0
    assert json.loads(done.stdout)["total"]["recall"] == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "not a JSON object"),
        (b"[]", "expected an object, found list"),
        (b'{"text": "a"}', 'expected "labels", a list'),
        (b'{"labels": []}', 'expected either "text" or "body_base64"'),
        (b'{"text": "a", "labels": ["x"]}', 'labels[0]: expected an object with "entity"'),
        (b'{"text": "a", "labels": [{"entity": "X", "value": "a"}]}', "labels[0]: unknown key value"),
        (b'{"text": "a", "labels": [{"entity": "X", "text": ""}]}', 'labels[0]: "text" is the value'),
        (b'{"text": "a", "labels": [{"entity": "X", "start": 0, "end": 9}]}', "0 <= start < end <= 1"),
        (b'{"text": "ab", "labels": [{"entity": "X", "start": 0, "end": 1, "text": "b"}]}', "is not what stands at"),
        (b'{"text": "a", "labels": [{"entity": "X", "or": "Y"}]}', '"or" is a list'),
        (b'{"body_base64": "/w==", "labels": [{"entity": "X", "start": 0, "end": 1}]}', "offsets need"),
        (b'{"text": "a", "url": "http://[", "labels": []}', "a value is not of the expected form"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named_in_one_message(line, told, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n" + line + b"\n")
    with pytest.raises(InputError) as raised:
        list(samples([str(path)]))
    assert str(raised.value).startswith(f"{path}:2:")
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("path", "told"), [("none.jsonl", b"none.jsonl: No such file or directory"), ("-", b"-:1:1: not a JSON object")]
)
def test_what_cannot_be_read_ends_with_2_and_prints_nothing_but_why(path, told, tmp_path):
    done = egress_eval(path if path == "-" else str(tmp_path / path), stdin=b"{\n")
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert told in done.stderr
