import json
import os
import resource
import signal
import socket
import threading
from pathlib import Path

import pytest

from tests.e2e.rig import eventually

pytestmark = pytest.mark.xdist_group("e2e")

POLICY = """\
apiVersion: egress/v1
kind: Policy
metadata: {name: small, revision: %d}
rules:
  - id: T-0001
    title: {en: IDs do not leave}
    when:
      data: {entities: [CN_RESIDENT_ID]}
    then: %s
"""
ID = b"id=440106199003072170&label=%E8%BA%AB%E4%BB%BD%E8%AF%81"


BLOCKING = POLICY % (1, "block")


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(BLOCKING)
    return path


@pytest.fixture(scope="module")
def pair(start_gate, tmp_path_factory):
    """A gate of two workers, the policy it began with, and a file that keeps further workers from starting while it is
    there."""
    home = tmp_path_factory.mktemp("pair")
    policy, hold = home / "small.yaml", home / "hold"
    policy.write_text(BLOCKING)
    (home / "sitecustomize.py").write_text(
        f"import os, time\nwhile os.path.exists({str(hold)!r}):\n    time.sleep(0.05)\n"
    )
    return start_gate("--policy", str(policy), "--allow-weaken", workers=2, path=home), policy, hold


@pytest.fixture(scope="module")
def closed(start_gate, tmp_path_factory):
    """A gate of one worker that lets nothing pass that it cannot read, and the policy it began with."""
    path = tmp_path_factory.mktemp("closed") / "small.yaml"
    path.write_text(BLOCKING.replace("rules:", "defaults: {uninspected: {unsupported: block}}\nrules:"))
    return start_gate("--policy", str(path)), path


@pytest.fixture(scope="module")
def new(start_gate):
    """A gate of one worker, and the samples it had before anybody used it."""
    gate = start_gate()
    return gate, gate.metrics()


def test_a_reload_changes_what_happens_and_a_bad_file_keeps_the_old_policy(pair, plain):
    gate, policy, _ = pair
    assert gate.said("policy").startswith("small@")
    assert gate.curl(f"{plain.url}/", data=ID).status == 403

    policy.write_text(POLICY % (2, "{redact: {with: remove}}"))
    gate.process.send_signal(signal.SIGHUP)
    eventually(lambda: any('rev="2"' in name for name in gate.metrics()), "the new policy in the metrics")
    eventually(lambda: gate.errors.read_text().count("is in force"), "the word that it is in force")
    for _ in range(6):  # both workers, most likely
        assert gate.curl(f"{plain.url}/", data=ID).status == 200
    assert gate.audit()[-1]["policy"]["rev"] == 2

    policy.write_text(POLICY.replace("entities", "entites") % (3, "block"))
    gate.process.send_signal(signal.SIGHUP)
    eventually(lambda: gate.metrics()["egress_config_last_reload_successful"] == 0, "the metric of a failed reload")
    assert f"{policy}:8:" in gate.errors.read_text()
    assert "UNKNOWN_KEY" in gate.errors.read_text()
    assert gate.curl(f"{plain.url}/", data=ID).status == 200
    assert gate.audit()[-1]["policy"]["rev"] == 2
    assert gate.page("/readyz")[0] == 200


def test_a_killed_worker_is_replaced_and_its_counts_stay(closed, plain):
    gate, policy = closed
    assert gate.curl(f"{plain.url}/", data=ID).status == 403
    before = {name: value for name, value in gate.metrics().items() if name.startswith("egress_flows_total")}
    told = len(gate.audit())
    assert sum(before.values()) >= 1
    (pid,) = gate.workers()
    policy.write_text("nonsense")  # what is on disk now must not matter: the policy in force does
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: gate.metrics()["egress_worker_restarts_total"] == 1, "the restart")
    eventually(lambda: gate.page("/readyz")[0] == 200, "readiness")
    assert gate.workers() != [pid]
    after = gate.metrics()
    assert {name: after[name] for name in before} == before
    assert gate.curl(f"{plain.url}/", data=ID).status == 403
    assert sum(value for name, value in gate.metrics().items() if name.startswith("egress_flows_total")) == (
        sum(before.values()) + 1
    )
    assert len(gate.audit()) == told + 1


def test_who_connects_is_heard_by_another_worker_until_the_dead_one_has_its_successor(pair, plain):
    gate, _, hold = pair
    hold.touch()
    os.kill(gate.workers()[0], signal.SIGKILL)
    eventually(lambda: gate.metrics()["egress_worker_restarts_total"] == 1, "the restart")
    replies = [gate.curl("--max-time", "5", f"{plain.url}/", data=b"x") for _ in range(12)]
    assert {(reply.status, reply.error) for reply in replies} == {(200, "")}
    hold.unlink()
    eventually(lambda: gate.page("/readyz")[0] == 200, "readiness")


def test_sigterm_lets_the_flow_in_flight_finish_and_takes_no_new_one(start_gate, plain):
    gate = start_gate()
    host, port = gate.listen.split(":")
    plain.hold.clear()
    replies = []
    client = threading.Thread(target=lambda: replies.append(gate.curl(f"{plain.url}/slow", data=b"x")))
    client.start()
    eventually(lambda: plain.seen, "the request at the server")
    gate.process.send_signal(signal.SIGTERM)
    eventually(lambda: gate.page("/readyz")[0] == 503, "readiness to turn red")
    eventually(lambda: not _accepts(host, int(port)), "the port to close")
    assert gate.process.poll() is None
    plain.hold.set()
    client.join(30)
    assert replies[0].status == 200
    assert gate.stop() == 0


def _accepts(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_request_whose_audit_line_cannot_be_written_is_blocked(new, plain):
    gate, _ = new
    assert gate.curl(f"{plain.url}/", data=b"fine").status == 200
    plain.take()
    (pid,) = gate.workers()
    before = gate.metrics()
    size = len(next((gate.state / "audit").glob("*.jsonl")).read_bytes())
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size + 100, hard))  # the disk is full in the middle of a line
    for _ in range(2):
        reply = gate.curl(f"{plain.url}/", data=b"fine")
        assert reply.status == 503
        assert reply.headers["retry-after"]
    assert not plain.seen
    samples = gate.metrics()
    assert samples["egress_audit_dropped_total"] - before["egress_audit_dropped_total"] == 2
    assert samples['egress_engine_errors_total{cause="audit"}'] == 2
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert gate.curl(f"{plain.url}/", data=b"fine").status == 200
    written = [event["seq"] for event in gate.audit()]
    assert written == list(range(len(written)))  # no torn line between them
    assert gate.metrics()["egress_audit_written_total"] == before["egress_audit_written_total"] + 1 == len(written)


def test_a_response_with_peoples_data_to_an_outside_client_is_an_export(start_gate, plain, policy, tmp_path):
    config = tmp_path / "egress.yaml"
    config.write_text(
        "zones:\n  mainland: [10.0.0.0/8]\n  hong_kong: [203.0.113.0/24]\n"
        "default_client_zone: outside\ndefault_server_zone: mainland\n"
    )
    policy.write_text(POLICY % (1, "{redact: {with: mask}}"))
    gate = start_gate("--policy", str(policy), "--config", str(config))
    body = b'{"list": [{"idCard": "440106199003072170"}], "n": 1.50}'
    plain.answer = (200, [("content-type", "application/json")], body)
    reply = gate.curl(f"{plain.url}/people")
    assert reply.status == 200
    assert b"440106199003072170" not in reply.body
    assert len(reply.body) == len(body)
    assert reply.body.endswith(b'"n": 1.50}')
    response = next(event for event in gate.audit() if event["kind"] == "response")
    assert (response["direction"], response["action"]) == ("export", "redact")
    assert (response["from"]["zone"], response["to"]["zone"]) == ("mainland", "outside")

    policy.write_text(POLICY % (2, "block"))
    gate.process.send_signal(signal.SIGHUP)
    eventually(lambda: gate.errors.read_text().count("is in force"), "the new policy")
    blocked = gate.curl(f"{plain.url}/people")
    assert blocked.status == 403
    assert b"440106" not in blocked.body
    assert json.loads(blocked.body)["rules"] == ["T-0001"]


def test_a_download_nobody_looks_at_is_passed_on_and_accounted_for(new, plain):
    gate, _ = new
    told = len(gate.audit())
    plain.answer = (200, [("content-type", "application/json")], b"y" * 3_000_000)
    reply = gate.curl(f"{plain.url}/download")
    assert reply.body == b"y" * 3_000_000
    name = 'egress_uninspected_bytes_total{reason="not_selected",zone="mainland"}'
    eventually(lambda: gate.metrics()[name] >= 3_000_000, "the count of uninspected bytes")
    assert [event["kind"] for event in gate.audit()[told:]] == ["request"]


def test_a_big_body_is_inspected_in_the_slow_lane_and_its_verdict_is_kept(closed, plain):
    gate, _ = closed
    filler = b"lorem ipsum dolor sit amet\n" * 20_000
    assert gate.curl(f"{plain.url}/", "-H", "Content-Type: text/plain", data=filler).status == 200
    assert plain.take().body == filler
    secret = filler + "身份证号 440106199003072170\n".encode() + filler
    assert gate.curl(f"{plain.url}/", "-H", "Content-Type: text/plain; charset=utf-8", data=secret).status == 403
    assert not plain.seen
    (worker,) = gate.workers()
    assert _children(worker), "the inspector is a process of its own"


def _children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_bytes_that_are_not_http_do_not_pass_when_the_policy_blocks_what_it_cannot_read(closed, plain):
    gate, _ = closed
    told = len(gate.audit())
    host, port = gate.listen.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % plain.port)
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        client.sendall(b"SSH-2.0-anything\r\n")
        assert client.recv(65536) == b""
    event = eventually(lambda: gate.audit()[told:], "an audit line")[-1]
    assert (event["action"], event["protocol"], event["inspection"]["causes"]) == ("block", "tcp", ["unsupported"])
    assert not plain.seen


@pytest.mark.parametrize(
    "smuggled",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"Content-Length: +5\r\n\r\nhello",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Host: 127.0.0.1\r\n\r\n",
    ],
    ids=["both", "twice", "sign", "coding", "hosts"],
)
def test_a_message_two_parsers_may_read_differently_is_refused(gate, plain, smuggled):
    host, port = gate.listen.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        target = b"127.0.0.1:%d" % plain.port
        client.sendall(b"POST http://%s/x HTTP/1.1\r\nHost: %s\r\n%s" % (target, target, smuggled))
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"mitmproxy" not in answer.lower()
    assert not plain.seen
    event = gate.audit()[-1]
    assert (event["action"], event["inspection"]["causes"]) == ("block", ["malformed"])
    assert event["incident"].encode() in answer


def test_workers_end_when_their_supervisor_is_killed(start_gate):
    gate = start_gate(workers=2)
    pids = gate.workers()
    gate.stop(signal.SIGKILL)
    eventually(lambda: not any(_alive(pid) for pid in pids), "the workers to end")


def _alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_every_series_exists_from_the_start(new):
    _, samples = new
    for name in (
        'egress_flows_total{action="block",direction="export",zone="outside"}',
        'egress_rule_matches_total{action="redact",mode="enforce",rule_id="PI-0001"}',
        'egress_entities_total{band="high",entity="HK_ID"}',
        'egress_engine_errors_total{cause="timeout"}',
        'egress_uninspected_bytes_total{reason="oversize",zone="outside"}',
        'egress_stage_duration_seconds_count{stage="inspect"}',
        "egress_added_latency_seconds_sum",
        "egress_inflight_bytes",
        "egress_audit_dropped_total",
    ):
        assert samples[name] == 0
    assert samples["egress_config_last_reload_successful"] == 1
    assert samples["egress_config_last_reload_success_timestamp_seconds"] > 1_700_000_000


def test_the_gates_other_pages(gate):
    assert gate.page("/livez") == (200, "ok\n")
    assert gate.page("/readyz") == (200, "ok\n")
    assert gate.page("/else")[0] == 404
