"""Long bodies through a real gate: they arrive redacted and complete, in bounded memory, or not at all."""

import contextlib
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import threading
from pathlib import Path

import psutil
import pytest

from tests.e2e.rig import PATIENCE, eventually, need, need_curl
from tests.e2e.traffic import chains_are_whole

POLICY = """
apiVersion: egress/v1
kind: Policy
metadata: {name: streams, revision: 1, owner: tests@example.com}
defaults: {action: log}
rules:
  - id: T-1
    rev: 1
    title: {en: Identity cards of Hong Kong leave masked}
    severity: high
    basis: [PIPL-38]
    when: {data: {entities: [HK_ID]}}
    then: {redact: {with: mask}}
  - id: T-2
    rev: 1
    title: {en: No five mainland identity cards at once}
    severity: high
    basis: [PIPL-38]
    when: {data: {entities: [CN_RESIDENT_ID], distinct: {at_least: 5}}}
    then: block
"""
HK_ID = re.compile(rb"[A-Z]\d{6}\([\dA]\)")
MOST_MEMORY = 150 << 20


class Sink(http.server.BaseHTTPRequestHandler):
    """Reads a body without keeping it: how long, which rows, what was not masked, whether it ended."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_): ...

    def do_PUT(self):
        told = {"size": 0, "rows": 0, "masked": 0, "clear": 0, "ended": False}
        self.server.told.append(told)
        rest = b""
        while (size := int(self.rfile.readline() or b"x", 16)) > 0:
            *lines, rest = (rest + self.rfile.read(size)).split(b"\n")
            self.rfile.readline()
            told["size"] += size
            told["rows"] += len(lines)
            told["masked"] += sum(line.count(b"***") > 0 for line in lines)
            told["clear"] += sum(HK_ID.search(line) is not None for line in lines)
        told["ended"] = True
        self.send_response(204)
        self.end_headers()


@pytest.fixture(scope="module")
def sink():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    server.handle_error = lambda *_: None  # a body that is cut off
    server.told = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


@pytest.fixture(scope="module")
def gate(start_gate, authority, tmp_path_factory):
    policy = tmp_path_factory.mktemp("policy") / "streams.yaml"
    policy.write_text(POLICY)
    config = policy.with_name("egress.yaml")
    config.write_text("inspect: {window: 128KB, spool_cap: 1MB}\n")
    return start_gate("--policy", str(policy), "--config", str(config), "--upstream-ca", str(authority.path))


def hk_id(number: int) -> str:
    digits = f"{(number * 7919 + 123_457) % 1_000_000:06}"
    rest = -(9 * 36 + 8 * 10 + sum(w * int(d) for w, d in zip(range(7, 1, -1), digits, strict=True))) % 11
    return f"A{digits}({'A' if rest == 10 else rest})"


def resident_id(number: int) -> str:
    body = f"11010119900307{number:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]


FILLER = "a blue parcel on the counter,signed for and paid,,2024\n" * 520


def table(blocks: int):
    """A table that now and then tells of somebody."""
    yield "remark,state,身份證號碼,year\n".encode()
    for number in range(blocks):
        yield f"{FILLER}a red parcel,open,{hk_id(number)},2025\n".encode()


def upload(gate, url, pieces, *args, seconds=PATIENCE):
    """curl, fed piece by piece: its status and what it printed."""
    command = [need_curl(), "-sS", "-x", f"http://{gate.listen}", "--cacert", gate.ca(), "-T", "-", *args, url]
    with subprocess.Popen(
        [*command, "-w", "\n%{http_code}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as curl:
        try:
            for piece in pieces:
                curl.stdin.write(piece)
        except BrokenPipeError:  # it has its answer
            pass
        out, _ = curl.communicate(timeout=seconds)
    body, _, status = out.rpartition(b"\n")
    return int(status), body


def memory(gate) -> int:
    """Bytes of the supervisor and all its children, what they share counted once."""
    supervisor = psutil.Process(gate.process.pid)
    return sum(process.memory_full_info().pss for process in [supervisor, *supervisor.children(recursive=True)])


def test_a_long_table_arrives_masked_and_complete_in_bounded_memory(gate, sink):
    url = f"http://127.0.0.1:{sink.server_port}/people.csv"
    upload(gate, url, table(40))  # the inspectors have started
    sink.told.clear()
    idle = peak = memory(gate)
    blocks = 400  # 11 MB

    def watched():
        nonlocal peak
        for number, piece in enumerate(table(blocks)):
            if number % 100 == 0:
                peak = max(peak, memory(gate))
            yield piece

    status, _ = upload(gate, url, watched(), "-H", "Content-Type: text/csv")
    assert status == 204
    ((told),) = sink.told
    assert (told["rows"], told["masked"], told["clear"]) == (1 + blocks * 521, blocks, 0)
    assert told["ended"]
    assert peak - idle < MOST_MEMORY
    event = gate.audit()[-1]
    assert [(each["entity"], each["count"]) for each in event["findings"]] == [("HK_ID", blocks)]
    assert event["inspection"]["left"] == told["size"]
    assert event["inspection"]["windows"] > 80
    assert None not in event["bodies"].values()


def test_rules_that_count_count_over_all_windows(gate, sink):
    sink.told.clear()

    def rows():
        yield "remark,state,身份证号,year\n".encode()
        for number in range(5):
            yield (FILLER * 12 + f"a,b,{resident_id(100 + number)},2024\n").encode()
        yield FILLER.encode() * 50

    url = f"http://127.0.0.1:{sink.server_port}/bulk.csv"
    status, body = upload(gate, url, rows(), "-H", "Content-Type: text/csv")
    assert status == 403
    assert json.loads(body)["rules"] == ["T-2"]
    event = gate.audit()[-1]
    assert event["action"] == "block"
    assert 0 < event["inspection"]["left"] < 12 * 5 * len(FILLER)
    assert not any(told["ended"] for told in sink.told)


def test_http2_passes_in_windows_too(gate, secure):
    lines = "".join(json.dumps({"hkid": hk_id(n), "text": "blue parcel " * 60}) + "\n" for n in range(1500))
    status, _ = upload(gate, secure.url + "/x", [lines.encode()], "--http2", "-H", "Content-Type: application/x-ndjson")
    assert status == 200
    seen = secure.take()
    assert seen.protocol == "HTTP/2.0"
    assert seen.body.count(b"\n") == 1500
    assert not HK_ID.search(seen.body)
    assert all(json.loads(line)["text"] for line in seen.body.splitlines())


def test_a_file_in_a_form_passes_in_windows(gate, plain, tmp_path):
    file = tmp_path / "people.csv"
    file.write_bytes(b"".join(table(40)))
    reply = gate.curl("-F", f"name={hk_id(7)}", "-F", f"file=@{file};type=text/csv", plain.url + "/form")
    assert reply.status == 200
    seen = plain.take()
    assert not HK_ID.search(seen.body)
    assert seen.body.count(b"\n") == file.read_bytes().count(b"\n") + 10
    assert seen.body.endswith(b"--\r\n")


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A table of people as a gzip file, too long in every way to be seen whole."""
    folder = tmp_path_factory.mktemp("packed")
    rows = [f"{n},{n * n * 7919 % 99_991:x},{hk_id(n) if n % 100 == 0 else n % 977},{n % 7}\n" for n in range(130_000)]
    (folder / "people.csv").write_text("id,code,身份證號碼,state\n" + "".join(rows))
    subprocess.run([need("gzip"), "-1k", folder / "people.csv"], check=True)
    assert (folder / "people.csv.gz").stat().st_size > 1 << 20  # it unpacks to more than twice the cap
    return folder


@pytest.mark.parametrize("way", ["--data-binary", "-F"])
def test_a_gzip_file_arrives_masked_and_opens(gate, plain, packed, way):
    body = f"@{packed}/people.csv.gz"
    reply = gate.curl(way, body if way == "--data-binary" else f"file={body}", plain.url + "/files")
    assert reply.status == 200
    seen = plain.take().body
    new = packed / "new.csv.gz"
    new.write_bytes(seen if way == "--data-binary" else seen[seen.index(b"\x1f\x8b") : seen.rindex(b"\r\n--")])
    assert subprocess.run([need("gzip"), "-t", new], capture_output=True, check=True).stderr == b""
    text = subprocess.run([need("zcat"), new], capture_output=True, check=True).stdout
    before = (packed / "people.csv").read_bytes()
    assert re.sub(rb",[^,\n]*\*[^,\n]*,", b",?,", text) == re.sub(rb"," + HK_ID.pattern + b",", b",?,", before)
    event = gate.audit()[-1]
    inside = "body/gzip:people.csv" if way == "--data-binary" else "body/multipart:file/gzip:people.csv.gz!people.csv"
    part = f"{inside}/csv:*/身份證號碼"
    assert [(each["entity"], each["count"], each["part"]) for each in event["findings"]] == [("HK_ID", 1300, part)]


@pytest.mark.parametrize("args", [[], ["-H", "Transfer-Encoding: chunked"]], ids=["of known length", "in chunks"])
def test_an_archive_of_two_gigabytes_is_refused(gate, plain, tmp_path, args):
    file = tmp_path / "big.zip"
    with file.open("wb") as out:
        out.write(b"PK\x03\x04")
        out.truncate(2 << 30)  # a hole: it takes no room
    idle = memory(gate)
    reply = gate.curl("-T", str(file), *args, plain.url + "/big.zip")
    assert reply.status == 413
    assert gate.audit()[-1]["inspection"]["causes"] == ["oversize"]
    assert memory(gate) - idle < MOST_MEMORY
    assert not plain.seen
    assert not list((Path(gate.state) / "spool").glob("*"))


def test_a_worker_killed_in_the_middle_of_a_body_leaves_lines_for_what_had_left(gate, sink):
    sink.told.clear()
    (worker,) = gate.workers()
    host, port = gate.listen.split(":")
    server = f"127.0.0.1:{sink.server_port}"
    head = f"PUT http://{server}/cut.csv HTTP/1.1\r\nHost: {server}\r\n"
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
        client.sendall(f"{head}Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for piece in table(120):
            client.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        eventually(lambda: sink.told and sink.told[0]["size"] > 2 << 20, "some of the body")
        os.kill(worker, signal.SIGKILL)
        with contextlib.suppress(ConnectionResetError):
            assert not client.recv(65536)
    eventually(lambda: gate.workers() not in ([], [worker]), "another worker")
    (told,) = sink.told
    assert (told["ended"], told["clear"]) == (False, 0)
    lines = [line for line in gate.audit() if line["path_template"] == "/cut.csv"]
    assert {line["event"] for line in lines} == {"body_passing"}
    assert len({line["incident"] for line in lines}) == 1
    assert lines[-1]["findings"][0]["entity"] == "HK_ID"
    assert told["size"] < 2 * lines[-1]["inspection"]["left"]
    chains_are_whole(gate)
