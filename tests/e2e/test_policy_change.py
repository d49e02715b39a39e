import base64
import itertools
import json
import signal
import socket
import threading
import time
from collections import defaultdict

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.e2e.rig import PATIENCE, egress, eventually

pytestmark = pytest.mark.xdist_group("e2e")

HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: small, revision: %d}\nrules:\n"
RULE = "  - {id: %s, title: {en: IDs do not leave}, when: {data: {entities: [%s]}}, then: %s}\n"
ID = b"id=440106199003072170&label=%E8%BA%AB%E4%BB%BD%E8%AF%81"


def text(revision, *rules):
    return HEAD % revision + "".join(RULE % rule for rule in rules)


MILD = text(1, ("T-0001", "CN_RESIDENT_ID", "{redact: {with: mask}}"))
STRICT = text(2, ("T-0001", "CN_RESIDENT_ID", "block"))


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "policies" / "small.yaml"
    path.parent.mkdir()
    path.write_text(MILD)
    return path


@pytest.fixture
def start(start_gate):
    """The same; each gate ends with its test."""
    started = []

    def begin(*args, **more):
        started.append(start_gate(*args, **more))
        return started[-1]

    yield begin
    for gate in started:
        gate.stop()


class Changing:
    """A gate of one worker with `MILD` in force, whatever it had before; what it says and records counts from now."""

    def __init__(self, gate, policy):
        self.gate, self.policy = gate, policy
        self._heard, self._recorded = len(gate.errors.read_text()), len(gate.audit())

    def said(self, words, times=1):
        return said(self.gate, words, times, self._heard)

    def audit(self):
        return self.gate.audit()[self._recorded :]


@pytest.fixture(scope="module")
def _changing(start_gate, tmp_path_factory):
    policy = tmp_path_factory.mktemp("policies") / "small.yaml"
    policy.write_text(MILD)
    return start_gate("--policy", str(policy), "--allow-weaken"), policy


@pytest.fixture
def changing(_changing):
    gate, policy = _changing
    if policy.read_text() != MILD:
        before = Changing(gate, policy)
        policy.with_suffix(".test.yaml").unlink(missing_ok=True)
        put(policy, MILD)
        before.said(f"{gate.said('policy')} is in force")  # others may come into force before it
    return Changing(gate, policy)


def put(path, content):
    """As careful people do: no reader sees half a file."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(content)
    beside.rename(path)


def said(gate, words, times=1, since=0):
    eventually(lambda: gate.errors.read_text()[since:].count(words) >= times, f"the words: {words}")
    return gate.errors.read_text()[since:]


class Clients:
    """Threads that send until told to stop, and the statuses they are answered with."""

    def __init__(self, number):
        self.statuses = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(number)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def more(self, number=100):
        """Wait for so many answers from now on."""
        wanted = len(self.statuses) + number
        eventually(lambda: len(self.statuses) >= wanted, "further answers")


class Stream(Clients):
    """Clients that send one request after another, each in one piece, until told to stop."""

    def __init__(self, gate, origin, body, clients=2):
        super().__init__(clients)
        self._gate, self._origin = gate, origin
        self._request = request(origin, body)

    def _run(self):
        host, port = self._gate.listen.split(":")
        while not self._stop.is_set():
            try:  # a new connection now and then, so that both workers are asked
                with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
                    for _ in range(20):
                        client.sendall(self._request)
                        self.statuses.append(answer(client))
            except OSError as e:
                self.statuses.append(type(e).__name__)


def request(origin, body):
    head = f"POST http://127.0.0.1:{origin.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{origin.port}\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def answer(client):
    got = b""
    while b"\r\n\r\n" not in got:
        piece = client.recv(65536)
        if not piece:
            return "closed"
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(int(n.split(b":")[1]) for n in head.lower().split(b"\r\n") if n.startswith(b"content-length:"))
    while len(body) < length:
        body += client.recv(65536)
    return int(head.split()[1])


def hashes_by_worker(gate):
    """For each worker's file the hashes in the order of its lines, repetitions left out."""
    found = defaultdict(list)
    for file in (gate.state / "audit").glob("*-w*.jsonl"):
        for line in file.read_text().splitlines():
            digest = json.loads(line)["policy"]["hash"]
            if found[file.name][-1:] != [digest]:
                found[file.name].append(digest)
    return list(found.values())


class Steady(Clients):
    """Requests sent on time, `RATE` a second whatever becomes of the ones before, until told to stop."""

    RATE, CLIENTS, EACH = 200, 8, 25

    def __init__(self, gate, origin, body):
        super().__init__(self.CLIENTS)
        self._address = gate.listen.split(":")
        self._request = request(origin, body)
        self._turns = itertools.count()

    def __enter__(self):
        self._start = time.monotonic()
        return super().__enter__()

    def _run(self):
        while not self._stop.is_set():
            try:  # a new connection now and then, so that both workers are asked
                with socket.create_connection(self._address, timeout=PATIENCE) as client:
                    for turn in itertools.islice(self._turns, self.EACH):
                        if self._stop.wait(max(self._start + turn / self.RATE - time.monotonic(), 0)):
                            return
                        client.sendall(self._request)
                        self.statuses.append(answer(client))
            except OSError as e:
                self.statuses.append(type(e).__name__)


def test_changes_under_200_requests_a_second_lose_none_and_come_at_one_point_in_each_worker(start, plain, policy):
    gate = start("--policy", str(policy), "--allow-weaken", workers=2)
    actions = {gate.said("policy").partition("@")[2]: "redact"}
    with Steady(gate, plain, ID) as steady:
        for times in (1, 2):
            steady.more(100)
            then, action = ("block", "block") if times % 2 else ("{redact: {with: mask}}", "redact")
            put(policy, text(times + 1, ("T-0001", "CN_RESIDENT_ID", then)))  # seen without a signal
            told = said(gate, "is in force", times=times)
            actions[told.rpartition("small@")[2].split()[0]] = action
        steady.more(100)
    assert set(steady.statuses) == {200, 403}
    lines = [line for line in gate.audit() if "event" not in line]
    assert len(lines) == len(steady.statuses)
    assert {(line["policy"]["hash"], line["action"]) for line in lines} == set(actions.items())
    assert sum(line["action"] == "block" for line in lines) == steady.statuses.count(403)
    by_worker = hashes_by_worker(gate)
    assert len(by_worker) == 2
    assert all(hashes == [each for each in actions if each in hashes] for hashes in by_worker)


def test_a_bad_file_changes_nothing_and_is_named_once_with_its_place(start, plain, policy):
    gate = start("--policy", str(policy), workers=2)
    first = gate.said("policy").partition("@")[2]
    with Stream(gate, plain, ID) as stream:
        stream.more()
        put(policy, STRICT.replace("entities", "entites"))
        told = said(gate, "stays in force")
        stream.more()
    assert f"{policy}:5:63: UNKNOWN_KEY" in told
    assert set(stream.statuses) == {200}
    assert {line["policy"]["hash"] for line in gate.audit()} == {first}
    assert gate.metrics()["egress_config_last_reload_successful"] == 0
    assert gate.page("/readyz")[0] == 200
    put(policy, STRICT)
    said(gate, "is in force")
    assert gate.metrics()["egress_config_last_reload_successful"] == 1
    assert gate.errors.read_text().count("UNKNOWN_KEY") == 1


def test_a_policy_whose_own_examples_fail_does_not_come_into_force(changing, plain):
    gate, policy = changing.gate, changing.policy
    case = "apiVersion: egress/v1\nkind: PolicyTest\ncases:\n  - name: blocked\n"
    case += "    request: {text: 'ID 440106199003072170'}\n"
    policy.with_suffix(".test.yaml").write_text(f"{case}    expect: {{action: log}}\n")
    put(policy, STRICT)
    told = changing.said("stays in force")
    assert f"{policy.with_suffix('.test.yaml')}:6:22: FAILED blocked: action is " in told
    assert "440106" not in told
    assert gate.curl(f"{plain.url}/", data=ID).status == 200
    put(policy.with_suffix(".test.yaml"), f"{case}    expect: {{action: block}}\n")
    changing.said("is in force")
    assert gate.curl(f"{plain.url}/", data=ID).status == 403


def test_a_weaker_policy_is_refused_and_it_is_said_what_would_be_weaker(start, plain, policy):
    put(policy, STRICT)
    gate = start("--policy", str(policy))
    for times, (weaker, words) in enumerate(
        (
            (HEAD % 3 + "  []\n", ":4:1: WEAKENS T-0001: the rule is removed"),
            (text(3, ("T-0001", "CN_RESIDENT_ID", "log")), ":5:6: WEAKENS T-0001: action was block, is log"),
            (text(3, ("T-0001", "HK_ID", "block")), ":5:6: WEAKENS T-0001: may match less: when.data was "),
        ),
        1,
    ):
        put(policy, weaker)
        told = said(gate, "stays in force", times)
        assert f"{policy}{words}" in told
        assert told.count("nothing allows this: neither --allow-weaken nor a signature") == times
    assert gate.curl(f"{plain.url}/", data=ID).status == 403
    assert gate.metrics()["egress_config_last_reload_successful"] == 0


def test_a_signed_policy_may_be_weaker_and_that_is_recorded(start, plain, policy, tmp_path):
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    config = tmp_path / "gate.yaml"
    config.write_text(f"policy_keys: [{public}]\n")
    put(policy, STRICT)
    gate = start("--policy", str(policy), "--config", str(config))
    first = gate.said("policy").partition("@")[2]
    signature = policy.with_name("small.yaml.sig")
    signature.write_bytes(Ed25519PrivateKey.generate().sign(MILD.encode()))  # somebody else's
    put(policy, MILD)
    assert f"{signature}: is not a signature" in said(gate, "stays in force")
    signature.write_bytes(key.sign(MILD.encode()))
    said(gate, "is in force")
    assert gate.curl(f"{plain.url}/", data=ID).status == 200
    (event,) = [line for line in gate.audit() if line.get("event") == "policy_weakened"]
    assert event["replaced"]["hash"] == first
    assert event["policy"]["hash"] == gate.audit()[-1]["policy"]["hash"]
    assert event["weaker"] == ["T-0001: action was block, is redact"]
    assert event["allowed"].startswith("signed by ")


def test_a_flow_ends_under_the_policy_it_began_with(changing, plain):
    gate = changing.gate
    first = gate.said("policy").partition("@")[2]
    host, port = gate.listen.split(":")
    head = (
        f"POST http://127.0.0.1:{plain.port}/ HTTP/1.1\r\nHost: 127.0.0.1:{plain.port}\r\nContent-Length: {len(ID)}\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
        client.sendall(head.encode() + b"Expect: 100-continue\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 100")  # the gate has begun with it
        put(changing.policy, STRICT)
        changing.said("is in force")
        client.sendall(ID)
        assert answer(client) == 200
    assert b"440106199003072170" not in plain.take().body
    (line,) = changing.audit()
    assert (line["policy"]["hash"], line["action"]) == (first, "redact")
    assert gate.curl(f"{plain.url}/", data=ID).status == 403


def test_an_earlier_policy_can_be_had_back_while_the_gate_runs(changing, plain):
    gate, policy = changing.gate, changing.policy
    first = gate.said("policy").partition("@")[2]
    put(policy, STRICT)
    changing.said("is in force")
    assert gate.curl(f"{plain.url}/", data=ID).status == 403
    done = egress("policy", "rollback", first, "--policy", str(policy), "--state-dir", str(gate.state))
    assert done.returncode == 0, done.stderr
    changing.said("is in force", times=2)
    assert gate.curl(f"{plain.url}/", data=ID).status == 200
    assert changing.audit()[-1]["policy"]["hash"] == first
    assert [line["allowed"] for line in changing.audit() if "event" in line] == ["--allow-weaken"]


def test_sighup_reads_again_what_has_not_changed(changing):
    gate = changing.gate
    before = gate.metrics()["egress_config_last_reload_success_timestamp_seconds"]
    gate.process.send_signal(signal.SIGHUP)
    changing.said("is in force")
    assert gate.metrics()["egress_config_last_reload_success_timestamp_seconds"] > before
