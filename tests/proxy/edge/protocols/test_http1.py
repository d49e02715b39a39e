import contextlib
import json
import socket
import subprocess
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import connection, http
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http._events import RequestData, RequestEndOfMessage, RequestHeaders

from proxy.core.message import Action, Verdict
from proxy.edge.options import options
from proxy.edge.protocols.http1 import AHEAD_BYTES, GateHttp1Client, GateHttp1Server, _parse_line, fields, line
from proxy.edge.protocols.layer import GateHttpLayer
from tests.e2e.rig import PATIENCE, eventually, need_curl
from tests.proxy.edge.conftest import read_answer


def get(plain, number, body=b""):
    host = b"127.0.0.1:%d" % plain.port
    head = b"POST http://%s/%d HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (host, number, host, len(body)) + body


def answers(client, count):
    """So many whole answers: status and body."""
    file, found = client.makefile("rb"), []
    for _ in range(count):
        status, size = file.readline().split()[1], 0
        while (line := file.readline()) not in {b"\r\n", b""}:
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        found.append((int(status), file.read(size)))
    return found


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/3", "HTTP/1.1"])
def test_a_body_of_unknown_length_is_framed_for_a_server_that_speaks_http_1(tmp_path, version):
    client = connection.Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), timestamp_start=0.0)
    server = GateHttp1Client(Context(client, options(("127.0.0.1", 0), [], tmp_path, None)))
    request = http.Request.make("POST", "http://127.0.0.1/x", headers={"te": "trailers"})
    request.http_version = version
    del request.headers["content-length"]
    smuggled = b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n"
    list(server.handle_event(events.Start()))
    sent = b""
    for event in (RequestHeaders(1, request, end_stream=False), RequestData(1, smuggled), RequestEndOfMessage(1)):
        sent += b"".join(each.data for each in server.handle_event(event) if isinstance(each, commands.SendData))
    head, _, body = sent.partition(b"\r\n\r\n")
    assert (b"transfer-encoding: chunked" in head.lower()) is (version != "HTTP/1.1")
    if version != "HTTP/1.1":
        assert body == b"%x\r\n%b\r\n0\r\n\r\n" % (len(smuggled), smuggled)


@pytest.mark.parametrize(
    "line", [b"X-A: b\rTransfer-Encoding: chunked", b"X-A: b\0c", b" X-A: b"], ids=["cr", "nul", "fold"]
)
def test_a_head_that_ends_differently_for_different_readers_is_none(line):
    with pytest.raises(ValueError, match=r"Invalid|control"):
        fields([line, b"X-B: c"])


def test_fields_of_several_lines_become_one_line():
    assert fields([b"X-A: b", b" \t c", b"  d", b"X-B: e"]).fields == ((b"X-A", b"b c d"), (b"X-B", b"e"))


HOSTS = [
    b"a.example",
    b"A.example:8080",
    b"[2001:db8::1]:81",
    b"10.0.0.1",
    b"xn--bcher-kva.example",
    b"b\xc3\xbc.example",
]
WRONG = [b"", b":80", b"a:b", b"a:99999", b"a b", b"[::1", b"a?b", b"a#b", b"u@a.example", b"-" * 64, b"\xff"]


def told_by(parse, told):
    try:
        return parse(told)
    except ValueError:
        return None


@given(
    st.sampled_from([b"GET", b"POST", b"get", b"CONNECT", b"PROPFIND"]),
    st.sampled_from([b"http", b"https", b"HTTP", b"ftp"]),
    st.sampled_from(HOSTS + WRONG),
    st.one_of(
        st.sampled_from([b"", b"/", b"/?", b"//a", b"/#x", b"?x", b"/[", b"/a\x0cb"]),
        st.text("abc/;?#[]%@:=&.~\x7f\xe4", max_size=9).map(lambda each: b"/" + each.encode()),
    ),
    st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/x"]),
)
def test_a_request_line_is_read_as_upstream_reads_it(method, scheme, host, path, version):
    asked = b"%b %b://%b%b %b" % (method, scheme, host, path, version)
    assert told_by(line, asked) == told_by(_parse_line, asked)


@pytest.mark.parametrize("wrong", [host for host in WRONG if b" " not in host])
def test_a_host_that_is_none_stays_none_when_it_is_asked_for_again(wrong):
    for _ in range(2):
        with pytest.raises(ValueError, match="Bad HTTP request line"):
            line(b"GET http://%b/ HTTP/1.1" % wrong)


def test_pipelined_requests_are_each_judged_and_answered_in_order(proxy, plain):
    seen = []

    def inspect(message):
        seen.append(message.path)
        return Verdict(Action.BLOCK if message.path == b"/2" else Action.LOG)

    p = proxy(inspect)
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(b"".join(get(plain, number, b"x" * number) for number in range(5)))
        told = answers(client, 5)
    assert [status for status, _ in told] == [200, 200, 403, 200, 200]
    assert json.loads(told[2][1])["status"] == 403
    assert seen == [b"/%d" % number for number in range(5)]
    assert [each.body for each in plain.seen] == [b"", b"x", b"xxx", b"xxxx"]
    assert p.edge.active == p.record.in_flight == 0


def test_what_is_sent_ahead_waits_in_the_senders_buffers_and_is_answered_later(proxy, plain):
    p = proxy()
    plain.hold.clear()
    count, body = 50, b"x" * 60_000
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        thread = threading.Thread(target=client.sendall, args=(b"".join(get(plain, n, body) for n in range(count)),))
        thread.start()

        def unread():
            return next((each for each in p.master.server.connections.values() if each._held), None)

        handler = eventually(unread, "the connection to be left unread")
        http = next(each for each in handler.layer.context.layers if isinstance(each, GateHttpLayer))
        assert AHEAD_BYTES < len(http.connections[handler.client].buf) <= AHEAD_BYTES + 65535
        plain.hold.set()
        assert [status for status, _ in answers(client, count)] == [200] * count
        thread.join(PATIENCE)
    assert len(plain.seen) == count


@pytest.mark.parametrize("blocked", [False, True])
def test_curl_may_expect_to_be_told_to_continue(proxy, plain, blocked):
    p = proxy(lambda _: Verdict(Action.BLOCK if blocked else Action.LOG))
    command = [
        need_curl(),
        "-sS",
        "-o",
        "-",
        "-w",
        "%{http_code}",
        "--max-time",
        "30",
        "-x",
        f"http://127.0.0.1:{p.port}",
    ]
    command += ["-H", "Expect: 100-continue", "--expect100-timeout", "25", "--data-binary", "@-", f"{plain.url}/up"]
    done = subprocess.run(command, input=b"x" * 2_000_000, capture_output=True, timeout=PATIENCE, check=True)
    assert done.stdout.endswith(b"403" if blocked else b"200")
    assert [len(each.body) for each in plain.seen] == ([] if blocked else [2_000_000])


def test_trailers_hold_nothing_back(proxy, plain):
    p = proxy()
    host = b"127.0.0.1:%d" % plain.port
    raw = b"POST http://%s/ HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n" % (host, host)
    raw += b"5\r\nhello\r\n0\r\nX-Sum: 440106199003072170\r\n\r\n"
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(raw + get(plain, 2, b"next"))
        assert [status for status, _ in answers(client, 2)] == [200, 200]
    assert [each.body for each in plain.seen] == [b"hello", b"next"]
    assert not any(b"440106" in each.head for each in plain.seen)


@contextlib.contextmanager
def asked(port):
    """A client that has asked for something through the gate at a port, and its server's side of the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = b"127.0.0.1:%d" % server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(b"GET http://%s/ HTTP/1.1\r\nHost: %s\r\n\r\n" % (host, host))
            conn, _ = server.accept()
            with conn:
                conn.recv(65536)
                yield client, conn


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"]
)
def test_what_a_server_says_before_its_answer_does_not_get_in_the_way(proxy, interim):
    with asked(proxy().port) as (client, server):
        server.sendall(interim + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        assert read_answer(client) == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_head_of_a_server_that_never_ends_is_given_up(proxy):
    with asked(proxy().port) as (client, server):
        with contextlib.suppress(ConnectionError):
            server.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000)
        assert read_answer(client).startswith(b"HTTP/1.1 502")


def test_a_layer_that_fails_ends_its_connection(proxy, plain, monkeypatch, capfd):
    def fails(self, event):
        raise ZeroDivisionError(bytes(self.buf))
        yield

    p = proxy()
    monkeypatch.setattr(GateHttp1Server, "read_headers", fails)
    assert p.ask(get(plain, 1)) == b""
    assert not plain.seen
    assert p.edge.active == 0
