"""Who may use the gate, and the ways to it: sign-in, SOCKS5, a proxy behind it, in front of one server."""

from __future__ import annotations

import asyncio
import base64
import signal
import subprocess

import pytest

from tests.e2e.peers import free_port
from tests.e2e.rig import Reply, eventually, need, need_curl
from tests.e2e.small import small

ID = b'{"id":"11010519491231002X"}'
JSON = ("-H", "Content-Type: application/json")
CLOSED = """\
  - id: R-2
    rev: 1
    title: {en: Bob sends nothing to the closed path}
    status: stable
    mode: enforce
    severity: low
    when: {clients: [bob], paths: [/closed]}
    then: block
"""
PASSWORDS = {"ann": "s3:cret", "bob": "pw-bob", "cat": "pw-cat"}


@pytest.fixture(scope="module")
def passwords(tmp_path_factory):
    """What Apache's tool writes in its three ways."""
    tool = need("htpasswd")
    path = tmp_path_factory.mktemp("access") / "htpasswd"
    path.touch(mode=0o600)
    for (name, password), form in zip(PASSWORDS.items(), ("-bB", "-bs", "-bm"), strict=True):
        subprocess.run([tool, form, str(path), name, password], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    """One rule and no names to find: it loads fast."""
    path = tmp_path_factory.mktemp("policy") / "small.yaml"
    path.write_text(small(CLOSED))
    return str(path)


@pytest.fixture(scope="module")
def socks_port():
    return free_port()


@pytest.fixture(scope="module")
def guarded(start_gate, authority, passwords, policy, socks_port):
    modes = ("--mode", "regular", "--mode", f"socks5@{socks_port}")
    extra = ("--policy", policy, "--proxy-auth", str(passwords), "--upstream-ca", str(authority.path))
    return start_gate(*modes, *extra)


@pytest.fixture(scope="module")
def chained(start_gate, guarded, policy, plain_port, tmp_path_factory):
    """A gate that sends everything on to the guarded one, and stands in front of one server."""
    secret = tmp_path_factory.mktemp("chained") / "upstream"
    secret.write_text(f"bob:{PASSWORDS['bob']}\n")
    secret.chmod(0o600)
    front = free_port()
    first = guarded.listen.split(",")[0]
    modes = ("--mode", f"upstream:http://{first}", "--mode", f"reverse:http://127.0.0.1:{plain_port}@{front}")
    gate = start_gate(*modes, "--policy", policy, "--upstream-auth", str(secret), "--upstream-ca", guarded.ca())
    return gate, front


@pytest.fixture(scope="module")
def plain_port(_plain_origin):
    return _plain_origin.port


def ask(gate, url, *args, proxy: str | None, data: bytes = ID) -> Reply:
    """curl as a user calls it."""
    command = [need_curl(), "-sS", "-i", "--max-time", "30", "--cacert", gate.ca(), "--suppress-connect-headers"]
    command += ["--data-binary", "@-", *JSON, *(("-x", proxy) if proxy else ()), *args, url]
    return Reply.of(subprocess.run(command, input=data, capture_output=True, timeout=60, check=False))


def http_proxy(gate, user: str = "", password: str = "") -> str:
    who = f"{user}:{password.replace(':', '%3A')}@" if user else ""
    return f"http://{who}{gate.listen.split(',')[0]}"


@pytest.mark.parametrize("name", PASSWORDS)
def test_each_form_of_password_opens_the_gate_and_names_the_client(name, guarded, secure, plain):
    for origin in (secure, plain):
        reply = ask(guarded, f"{origin.url}/in", proxy=http_proxy(guarded, name, PASSWORDS[name]))
        assert reply.status == 200, reply
        seen = origin.take()
        assert b"11010519491231002X" not in seen.body
        assert b"proxy-authorization" not in seen.head.lower()
        mine = [event for event in guarded.audit() if event["to"]["port"] == origin.port and event["method"] == "POST"]
        assert {event["client"] for event in mine} >= {name}


@pytest.mark.parametrize("who", [(), ("ann", "wrong"), ("nobody", "s3:cret"), ("ann", "")], ids=str)
def test_without_its_password_nobody_passes(who, guarded, secure, plain):
    before = len(guarded.audit())
    reply = ask(guarded, f"{plain.url}/out", proxy=http_proxy(guarded, *who))
    assert (reply.status, reply.headers["proxy-authenticate"].split()[0]) == (407, "Basic")
    reply = ask(guarded, f"{secure.url}/out", proxy=http_proxy(guarded, *who))
    assert reply.code == 56, reply
    assert "407" in reply.error
    assert not plain.seen
    assert not secure.seen
    lines = guarded.audit()[before:]
    assert [event["inspection"]["causes"] for event in lines] == [["unauthenticated"]] * 2


def test_a_rule_can_be_about_who_sends(guarded, secure):
    for name, status in (("bob", 403), ("ann", 200)):
        reply = ask(guarded, f"{secure.url}/closed", proxy=http_proxy(guarded, name, PASSWORDS[name]))
        assert reply.status == status, reply
    secure.take()


def test_a_client_that_waits_for_the_challenge_gets_in(guarded, plain):
    reply = ask(guarded, f"{plain.url}/x", "--proxy-anyauth", proxy=http_proxy(guarded, "bob", PASSWORDS["bob"]))
    assert reply.body.endswith(b'{"ok":true}')
    assert len(plain.seen) == 1


def test_socks5_asks_for_the_same_passwords(guarded, socks_port, secure, plain):
    for origin in (plain, secure):
        reply = ask(guarded, f"{origin.url}/", proxy=f"socks5h://ann:s3%3Acret@127.0.0.1:{socks_port}")
        assert reply.status == 200, reply
        assert b"11010519491231002X" not in origin.take().body
    assert [event["client"] for event in guarded.audit()][-1] == "ann"
    for who in ("ann:wrong@", ""):
        assert ask(guarded, plain.url, proxy=f"socks5h://{who}127.0.0.1:{socks_port}").code == 97  # CURLE_PROXY
    assert not plain.seen


def test_a_name_given_by_socks_is_judged_as_that_of_a_connect(guarded, socks_port, plain):
    proxy = f"socks5h://bob:pw-bob@127.0.0.1:{socks_port}"
    reply = ask(guarded, f"http://11010519491231002x.localhost:{plain.port}/", proxy=proxy)
    assert reply.code == 97, reply
    assert not plain.seen
    assert guarded.audit()[-1]["action"] == "block"
    assert guarded.audit()[-1]["client"] == "bob"


def test_guesses_do_not_hold_up_those_who_are_known(guarded, plain):
    """Many wrong passwords, each a slow bcrypt check, while a client that was let in before goes on."""
    assert ask(guarded, plain.url, proxy=http_proxy(guarded, "ann", PASSWORDS["ann"])).status == 200
    plain.seen.clear()
    host, _, port = guarded.listen.split(",")[0].partition(":")

    async def guess(number: int) -> bytes:
        reader, writer = await asyncio.open_connection(host, int(port))
        coded = base64.b64encode(b"ann:guess%d" % number)
        writer.write(b"GET %s/ HTTP/1.1\r\nProxy-Authorization: Basic %s\r\n\r\n" % (plain.url.encode(), coded))
        try:
            return await reader.read(12)
        finally:
            writer.close()

    async def flood() -> list[bytes]:
        return await asyncio.gather(*map(guess, range(12)))

    answers = asyncio.run(flood())
    assert set(answers) <= {b"HTTP/1.1 407", b"HTTP/1.1 503"}
    assert not plain.seen


def test_a_gate_behind_a_gate_signs_in_by_itself(chained, guarded, secure, plain):
    gate, _ = chained
    for origin in (plain, secure):
        reply = ask(gate, f"{origin.url}/chain", proxy=f"http://{gate.listen.split(',')[0]}")
        assert reply.status == 200, reply
        seen = origin.take()
        assert b"11010519491231002X" not in seen.body
        assert b"proxy-authorization" not in seen.head.lower()
    assert guarded.audit()[-1]["client"] == "bob"


def test_in_front_of_one_server_requests_are_inspected(chained, plain):
    gate, front = chained
    reply = ask(gate, f"http://127.0.0.1:{front}/front", proxy=None)
    assert reply.status == 200, reply
    seen = plain.take()
    assert b"/front" in seen.head
    assert b"11010519491231002X" not in seen.body


def test_a_password_taken_away_no_longer_opens(guarded, passwords, plain):
    """SIGHUP; last in this file, because cat does not come back."""
    lines = passwords.read_text().splitlines(keepends=True)
    passwords.write_text("".join(line for line in lines if not line.startswith("cat:")))
    guarded.process.send_signal(signal.SIGHUP)
    proxy = http_proxy(guarded, "cat", PASSWORDS["cat"])
    eventually(lambda: ask(guarded, plain.url, proxy=proxy).status == 407, "cat to be turned away")
    passwords.write_text("ann\n")
    guarded.process.send_signal(signal.SIGHUP)
    eventually(lambda: "not a line of an htpasswd file" in guarded.errors.read_text(), "the mistake to be named")
    assert ask(guarded, plain.url, proxy=http_proxy(guarded, "bob", PASSWORDS["bob"])).status == 200
