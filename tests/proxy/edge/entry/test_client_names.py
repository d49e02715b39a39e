"""Certificates that clients show the gate, over real TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl

import pytest

from proxy.edge.entry.htpasswd import Users
from proxy.edge.ports import Rejected
from proxy.edge.tls import ca
from proxy.edge.tls.client_certs import check_authorities
from tests.e2e.authority import Authority
from tests.e2e.rig import PATIENCE, eventually
from tests.proxy.edge.conftest import read_answer


@pytest.fixture(scope="module")
def staff(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("staff"))
    return authority, authority.leaf("ann")


@pytest.fixture
def guarded(proxy, staff):
    """A proxy that asks for certificates of the staff's authority."""
    p = proxy()
    p.call(lambda: p.edge.door.admit(None, str(staff[0].path)))
    return p


def ask(p, state, origin, leaf=None, extra: bytes = b"") -> bytes:
    """A request over TLS to the proxy."""
    context = ssl.create_default_context(cafile=ca.ca_dir(state) / ca.CERT_FILE)
    if leaf:
        context.load_cert_chain(leaf)
    host = b"127.0.0.1:%d" % origin.port
    with (
        socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as raw,
        context.wrap_socket(raw, server_hostname="gate.test") as client,
    ):
        client.sendall(b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\n%sContent-Length: 1\r\n\r\nx" % (host, host, extra))
        return read_answer(client)


def test_a_client_is_known_by_its_certificate(guarded, ca_state, plain, staff):
    assert ask(guarded, ca_state, plain, staff[1]).startswith(b"HTTP/1.1 200")
    assert [message.client for message, _, _ in guarded.record.decisions] == ["ann"]


@pytest.mark.parametrize("whose", ["nobody", "stranger"])
def test_a_client_without_the_right_certificate_gets_no_further_than_tls(
    whose, guarded, ca_state, plain, tmp_path_factory
):
    leaf = Authority(tmp_path_factory.mktemp("strangers")).leaf("ann") if whose == "stranger" else None
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        assert ask(guarded, ca_state, plain, leaf) == b""
    (message, verdict, entry) = eventually(lambda: guarded.record.decisions[:1], "the record")[0]
    assert (message.client, verdict.action, entry.refusal) == ("", "block", "unauthenticated")
    assert not plain.seen


def test_our_own_authority_certifies_no_client(guarded, ca_state, plain):
    """ATTACK: what issued the gate's certificates is known to OpenSSL, and must not count as the staff's authority."""
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        assert b"200" not in ask(guarded, ca_state, plain, ca.ca_dir(ca_state) / ca.KEY_FILE)
    assert not plain.seen


def test_a_proxy_reached_by_tls_speaks_http_1(proxy, ca_state):
    """Browsers would use HTTP/2 otherwise, in which mitmproxy opens no tunnels."""
    context = ssl.create_default_context(cafile=ca.ca_dir(ca_state) / ca.CERT_FILE)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", proxy().port), timeout=PATIENCE) as raw,
        context.wrap_socket(raw, server_hostname="gate.test") as client,
    ):
        assert client.selected_alpn_protocol() == "http/1.1"


def test_a_client_without_tls_is_told_what_to_do(guarded, plain):
    answer = guarded.ask(b"GET %s/ HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (plain.url.encode(), plain.port))
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"client-certificate" in answer
    assert not plain.seen


def test_with_passwords_as_well_both_are_needed_and_the_name_is_that_of_the_password(guarded, ca_state, plain, staff):
    users = Users.parse(b"bob:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=", "f")
    guarded.call(lambda: guarded.edge.door.admit(users, str(staff[0].path)))
    assert ask(guarded, ca_state, plain, staff[1]).startswith(b"HTTP/1.1 407")
    plain.seen.clear()
    answer = ask(guarded, ca_state, plain, staff[1], b"Proxy-Authorization: Basic Ym9iOnB3\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert guarded.record.decisions[-1][0].client == "bob"


def test_a_file_of_authorities_is_checked(tmp_path, staff):
    check_authorities(staff[0].path)
    (tmp_path / "empty").touch()
    for path, said in ((tmp_path / "none", "No such file"), (tmp_path / "empty", "expected certificates")):
        with pytest.raises(Rejected, match=said):
            check_authorities(path)
