"""`egress scan` as its users call it: a process, its output, its exit code."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from proxy.cli import main

RIC = "440106199003072170"


def scan(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from proxy.cli import main; main()", "scan", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def lines(done: subprocess.CompletedProcess[bytes]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def batch(*entries: dict) -> bytes:
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def test_batch_answers_in_order_with_the_fields_of_the_contract():
    body = base64.b64encode("身份证 ".encode("gb18030") + RIC.encode()).decode()
    done = scan(
        "--batch",
        "-",
        "--format",
        "jsonl",
        stdin=batch(
            {"id": "a", "text": "nothing here"},
            {"id": 7, "content_type": "application/json", "text": json.dumps({"data": {"idCard": RIC}})},
            {"id": "gb", "content_type": "text/plain; charset=gb18030", "body_base64": body},
        ),
    )
    assert done.returncode == 0, done.stderr
    first, second, third = lines(done)
    assert first == {"id": "a", "findings": [], "uninspected": []}
    assert second["id"] == 7
    assert second["findings"] == [
        {
            "entity": "CN_RESIDENT_ID",
            "class": "government_id",
            "score": 0.9,
            "band": "high",
            "part": "body/json:/data/idCard",
            "start": 0,
            "end": 18,
        }
    ]
    assert [(found["start"], found["end"]) for found in third["findings"]] == [(4, 22)]


def test_text_is_there_only_with_reveal():
    entry = batch({"id": 1, "text": f"id {RIC}"})
    assert RIC.encode() not in scan("--batch", "-", "--format", "jsonl", stdin=entry).stdout
    revealed = lines(scan("--batch", "-", "--format", "jsonl", "--reveal", stdin=entry))
    assert revealed[0]["findings"][0]["text"] == RIC


def test_url_and_headers_of_a_batch_item_are_scanned():
    entry = {
        "id": 1,
        "text": "",
        "method": "GET",
        "url": f"https://example.com/p?idCard={RIC}",
        "headers": {"X-User": f"id {RIC}", "Cookie": f"a=1; u={RIC}"},
    }
    parts = [
        found["part"] for found in lines(scan("--batch", "-", "--format", "jsonl", stdin=batch(entry)))[0]["findings"]
    ]
    assert parts == ["url:query:idCard", "header:X-User", "cookie:u"]


BAD_LINES = {
    b"{not json}": "2: not a JSON object on one line",
    b"[1]": "1: expected an object, found list",
    b'{"id":1}': '1: expected either "text" or "body_base64"',
    b'{"id":1,"body_base64":"***"}': '1: "body_base64" is not base64',
    b'{"id":1,"text":"x","direction":"up"}': '1: "direction" is one of export, import, internal',
}


def test_a_bad_line_is_named_and_the_rest_is_scanned():
    good = batch({"id": "next", "text": f"id {RIC}"})
    done = scan("--batch", "-", "--format", "jsonl", stdin=b"".join(line + b"\n" + good for line in BAD_LINES))
    assert done.returncode == 2
    said = done.stderr.decode().splitlines()
    assert len(said) == len(BAD_LINES)
    for number, (line, told) in enumerate(zip(said, BAD_LINES.values(), strict=True)):
        assert f"batch:{2 * number + 1}:{told}" in line
    results = lines(done)
    assert all(bad["uninspected"] and not bad["findings"] for bad in results[::2])
    assert [[found["entity"] for found in each["findings"]] for each in results[1::2]] == [["CN_RESIDENT_ID"]] * 5


def test_fail_on_a_band_exits_1(tmp_path: Path):
    sample = tmp_path / "a.txt"
    sample.write_text(f"resident id {RIC}")
    assert scan(str(sample), "--fail-on", "high").returncode == 1
    sample.write_text("order A1234563 shipped")
    assert scan(str(sample), "--fail-on", "medium").returncode == 0


def test_a_folder_a_raw_request_and_a_har_are_read(tmp_path: Path):
    (tmp_path / "b.csv").write_text(f"姓名,身份证号\n陈大文,{RIC}\n")
    (tmp_path / "r.http").write_bytes(
        f"POST /x?hkid=A123456(3) HTTP/1.1\r\nHost: example.com\r\nX-Id: {RIC}\r\n\r\nphone 13800138000".encode()
    )
    entry = {
        "request": {
            "method": "POST",
            "url": "https://example.com/",
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "postData": {"text": json.dumps({"mobile": "13800138000"})},
        },
        "response": {"status": 200, "headers": [], "content": {"text": f"id {RIC}"}},
    }
    (tmp_path / "t.har").write_text(json.dumps({"log": {"entries": [entry]}}))
    found = {
        Path(result["path"]).name: [(each["entity"], each["part"]) for each in result["findings"]]
        for result in lines(scan(str(tmp_path), "--format", "jsonl"))
    }
    assert found == {
        "b.csv": [("PERSON", "body/csv:2/姓名"), ("CN_RESIDENT_ID", "body/csv:2/身份证号")],
        "r.http": [("HK_ID", "url:query:hkid"), ("CN_RESIDENT_ID", "header:X-Id"), ("CN_MOBILE", "body/text")],
        "t.har": [("CN_MOBILE", "body/json:/mobile"), ("CN_RESIDENT_ID", "body/text")],
    }


def test_a_file_of_mitmproxy_flows_is_read(tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not ours to mend
        from mitmproxy.io import FlowWriter
        from mitmproxy.test import tflow
    flow = tflow.tflow(resp=True)
    flow.request.content = b'{"mobile":"13800138000"}'
    flow.response.content = f"id {RIC}".encode()
    saved = tmp_path / "a.flow"
    with saved.open("wb") as file:
        FlowWriter(file).add(flow)
    (result,) = lines(scan(str(saved), "--format", "jsonl"))
    assert [found["entity"] for found in result["findings"]] == ["CN_MOBILE", "CN_RESIDENT_ID"]
    saved.write_bytes(b"12:nonsense")
    done = scan(str(saved))
    assert (done.returncode, done.stderr.decode().count("not a file of mitmproxy flows")) == (2, 1)


def test_sarif_and_json_are_whole_documents(tmp_path: Path):
    sample = tmp_path / "a.txt"
    sample.write_text(f"id {RIC}")
    sarif = json.loads(scan(str(sample), "--format", "sarif").stdout)
    assert sarif["version"] == "2.1.0"
    assert sarif["runs"][0]["results"][0]["ruleId"] == "CN_RESIDENT_ID"
    assert len(json.loads(scan(str(sample), "--format", "json").stdout)) == 1


@pytest.mark.parametrize("arguments", [[], ["x", "--batch", "-"], ["/no/such/file"], ["--batch", "/no/such/file"]])
def test_wrong_use_is_one_line_and_exit_2(arguments, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["egress", "scan", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_what_cannot_be_read_is_said_with_its_cause(tmp_path: Path):
    sample = tmp_path / "a.bin"
    sample.write_bytes(bytes(range(256)) * 40)
    result = lines(scan(str(sample), "--format", "jsonl"))[0]
    assert result["uninspected"] == [{"part": "body", "cause": "unsupported"}]
