import asyncio
import json
import socket

import pytest

from proxy.core.limits import INLINE_BYTES, Limits
from proxy.core.message import Action, Cause, Direction, Kind, Mode, Rewrite, RuleMatch, Verdict
from proxy.core.traces import digests
from proxy.edge.zones import Zones
from tests.e2e.rig import PATIENCE, eventually

BLOCK = Verdict(Action.BLOCK, (RuleMatch("T-1", 1, Action.BLOCK, Mode.ENFORCE),))


def post(origin, body=b"hello", path=b"/x", extra=b""):
    host = b"127.0.0.1:%d" % origin.port
    head = b"POST http://%s%s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\n\r\n" % (
        host,
        path,
        host,
        extra,
        len(body),
    )
    return head + body


def boom(_):
    raise ZeroDivisionError("440106199003072170")


def test_an_engine_that_raises_blocks_the_request_and_is_counted(proxy, plain, capfd):
    p = proxy(boom)
    answer = p.ask(post(plain))
    assert answer.startswith(b"HTTP/1.1 503")
    assert not plain.seen
    assert p.record.decisions[0][1].uninspected[0].cause is Cause.ENGINE_ERROR
    assert "440106" not in "".join(capfd.readouterr())


def test_an_engine_that_raises_blocks_the_response(proxy, plain):
    plain.answer = (200, [], b"secret")
    p = proxy(lambda m: boom(m) if m.kind is Kind.RESPONSE else Verdict(Action.LOG), wants=lambda *_: True)
    answer = p.ask(post(plain))
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"secret" not in answer


@pytest.mark.parametrize("name", ["wants", "judge", "responses"])
def test_a_policy_that_raises_blocks(proxy, plain, name):
    plain.answer = (200, [], b"secret")

    def wants(_, kind):
        if name == "wants" or kind is Kind.RESPONSE:
            raise ZeroDivisionError
        return True

    class Bad:
        def decide(self, *_):
            raise ZeroDivisionError

    judged = name == "judge"  # by what the edge asks of it itself
    p = proxy(wants=None if judged else wants, judge=Bad(), limits=Limits(body_bytes=1 if judged else 100))
    answer = p.ask(post(plain))
    assert b"secret" not in answer
    assert not answer or answer.startswith(b"HTTP/1.1 503")
    assert p.record.decisions[-1][1].uninspected[0].cause is Cause.ENGINE_ERROR


def test_a_redaction_without_its_rewrite_blocks(proxy, plain):
    p = proxy(lambda _: Verdict(Action.REDACT))
    assert p.ask(post(plain)).startswith(b"HTTP/1.1 503")
    assert not plain.seen


def test_a_rewrite_of_another_length_than_it_declares_blocks(proxy, plain):
    p = proxy(lambda _: Verdict(Action.REDACT, rewrite=Rewrite(b"/x", ((b"Content-Length", b"2"),), b"abc")))
    assert p.ask(post(plain)).startswith(b"HTTP/1.1 503")
    assert not plain.seen


def test_a_rewrite_is_forwarded_byte_for_byte(proxy, plain):
    host = b"127.0.0.1:%d" % plain.port
    headers = ((b"hOsT", host), (b"X-A", b"\xff  b"), (b"Content-Length", b"3"))
    p = proxy(lambda _: Verdict(Action.REDACT, rewrite=Rewrite(b"/y?q=%E4", headers, b"abc")))
    assert p.ask(post(plain)).startswith(b"HTTP/1.1 200")
    seen = plain.take()
    assert seen.head == b"POST /y?q=%%E4 HTTP/1.1\r\nhOsT: %s\r\nX-A: \xff  b\r\nContent-Length: 3\r\n\r\n" % host
    assert seen.body == b"abc"
    assert p.record.decisions[0][2].forwarded == b"abc"


def test_nothing_passes_when_the_record_cannot_be_written(proxy, plain):
    p = proxy()
    p.record.full = True
    answer = p.ask(post(plain))
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"Retry-After" in answer
    assert not plain.seen
    assert Cause.AUDIT in p.record.errors


def test_the_record_is_written_before_the_request_leaves(proxy, plain):
    p = proxy()
    plain.hold.clear()
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(post(plain))
        eventually(lambda: plain.seen, "the request")
        assert len(p.record.decisions) == 1
        plain.hold.set()


def test_too_many_bytes_in_flight_are_turned_away_with_a_date_to_come_back(proxy, plain):
    p = proxy()
    p.edge.shares.capacity = 1000
    answer = p.ask(post(plain, b"x" * 2000))
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"Retry-After: 5" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"].endswith("busy")
    assert not plain.seen
    assert p.record.decisions[0][1].uninspected[0].cause is Cause.OVERLOAD
    eventually(lambda: p.record.in_flight == 0, "the bytes to be let go")
    assert p.ask(post(plain, b"x" * 500)).startswith(b"HTTP/1.1 200")
    eventually(lambda: p.edge.active == 0, "the flow to end")


@pytest.mark.parametrize("chunked", [False, True])
def test_an_oversize_body_is_refused_or_streamed_as_the_policy_says(proxy, plain, chunked):
    from tests.proxy.edge.conftest import Judge

    body = b"y" * 5000
    raw = post(plain, body)
    if chunked:
        raw = post(plain, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        raw += b"1388\r\n" + body + b"\r\n0\r\n\r\n"
    p = proxy(limits=Limits(body_bytes=1000))
    answer = p.ask(raw)
    assert answer.startswith(b"HTTP/1.1 413")
    assert not plain.seen
    p.edge.gate = type(p.edge.gate)(p.edge.gate.inspect, Judge(Action.LOG), p.edge.gate.wants, p.edge.gate.facts)
    assert p.ask(raw).startswith(b"HTTP/1.1 200")
    assert plain.take().body == body
    _, verdict, entry = p.record.decisions[-1]
    assert (verdict.action, verdict.uninspected[0].cause, entry.whole) == (Action.LOG, Cause.OVERSIZE, False)
    recorded = verdict.uninspected[0].size + sum(
        size for reason, _, size in p.record.unread if reason is Cause.OVERSIZE
    )
    assert recorded == 5000


def test_a_response_nobody_looks_at_is_not_inspected_and_is_counted(proxy, plain):
    plain.answer = (200, [], b"z" * 70_000)
    seen = []
    p = proxy(lambda m: seen.append(m.kind) or Verdict(Action.LOG))
    assert p.ask(post(plain)).endswith(b"z" * 70_000)
    assert seen == [Kind.REQUEST]
    eventually(lambda: p.record.unread, "the count")
    assert p.record.unread == [(Cause.NOT_SELECTED, "mainland", 70_000)]


def test_an_oversize_response_export_is_refused(proxy, plain):
    plain.answer = (200, [], b"z" * 70_000)
    zones = Zones(default_client="outside", default_server="mainland")
    p = proxy(zones=zones, limits=Limits(body_bytes=1000))
    answer = p.ask(post(plain))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"zzz" not in answer


def test_a_servers_nonsense_is_not_quoted_to_the_client(proxy, plain):
    zones = Zones(default_client="outside", default_server="mainland")
    with socket.create_server(("127.0.0.1", 0)) as server:
        plain.port, port = server.getsockname()[1], plain.port
        p = proxy(zones=zones)
        with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
            client.sendall(post(plain))
            conn, _ = server.accept()
            conn.recv(65536)
            conn.sendall(b"440106199003072170 is not HTTP\r\n\r\n")
            conn.close()
            answer = client.recv(65536)
        plain.port = port
    assert answer.startswith(b"HTTP/1.1 502")
    assert b"440106" not in answer


def test_what_takes_long_does_not_hold_up_others(proxy, plain):
    release = asyncio.Event()

    async def slow(message, _known):
        await release.wait()
        return Verdict(Action.LOG, inspected=len(message.body))

    p = proxy(slow=slow)
    big = post(plain, b"b" * 300_000)
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(big)
        eventually(lambda: p.edge.active == 1, "the big flow")
        assert p.ask(post(plain)).startswith(b"HTTP/1.1 200")
        assert len(plain.seen) == 1
        release._loop.call_soon_threadsafe(release.set) if release._loop else release.set()
        assert client.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("action", Action)
def test_a_long_body_has_the_digests_of_what_came_and_of_what_left(proxy, plain, action):
    body, clean = b"%PDF-1.7".ljust(INLINE_BYTES + 1), b"b" * 7
    head = ((b"Host", b"127.0.0.1:%d" % plain.port), (b"Content-Length", b"7"))
    rewrite = Rewrite(b"/x", head, clean) if action is Action.REDACT else None

    async def slow(_message, _known):
        return Verdict(action, BLOCK.rules if action is Action.BLOCK else (), rewrite=rewrite)

    p = proxy(slow=slow)
    p.ask(post(plain, body))
    p.ask(post(plain, b"short"))
    left = {Action.LOG: body, Action.REDACT: clean, Action.BLOCK: None}[action]
    (_, _, entry), (_, _, short) = p.record.decisions
    assert entry.digests == digests(body, left)
    assert short.digests is None, "what is reckoned for one message is not told of the next"


def test_a_slow_lane_that_breaks_blocks(proxy, plain):
    async def slow(_message, _known):
        raise EOFError

    p = proxy(slow=slow)
    assert p.ask(post(plain, b"b" * 300_000)).startswith(b"HTTP/1.1 503")
    assert not plain.seen


def test_a_client_that_leaves_frees_what_it_held(proxy, plain):
    p = proxy()
    with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
        client.sendall(post(plain, b"x" * 5000)[:-1000])
        eventually(lambda: p.record.in_flight, "bytes held")
    eventually(lambda: p.record.in_flight == 0 and p.edge.active == 0, "bytes let go")
    assert not plain.seen
    assert not p.record.decisions


def test_with_zones_the_address_decides_and_is_pinned(proxy, plain):
    zones = Zones.of({"hong_kong": ["127.0.0.0/8", "::1/128"]}, "mainland", "outside")
    seen = []
    p = proxy(lambda m: seen.append(m) or Verdict(Action.LOG), zones=zones, wants=lambda *_: True)
    raw = post(plain).replace(b"127.0.0.1:", b"localhost:")
    answer = p.ask(raw)
    assert seen, answer

    assert seen[0].receiver.zone == "hong_kong"
    assert seen[0].receiver.address in {"127.0.0.1", "::1"}
    assert seen[0].host == "localhost"


def test_a_name_that_leads_nowhere_is_refused_where_zones_depend_on_it(proxy, plain):
    zones = Zones.of({"mainland": ["10.0.0.0/8"]}, "mainland", "outside")
    p = proxy(zones=zones)
    raw = post(plain).replace(b"127.0.0.1:", b"nowhere.invalid:")
    assert p.ask(raw).startswith(b"HTTP/1.1 502")


def test_a_blocked_head_request_has_no_body(proxy, plain):
    p = proxy(lambda _: BLOCK)
    host = b"127.0.0.1:%d" % plain.port
    answer = p.ask(b"HEAD http://%s/ HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (host, host), whole=False)
    assert answer.startswith(b"HTTP/1.1 403")
    assert answer.endswith(b"\r\n\r\n")


def test_a_direction_nobody_asks_about_is_recorded_as_not_selected(proxy, plain):
    p = proxy(boom, zones=Zones(default_client="outside", default_server="mainland"), wants=lambda *_: False)
    assert p.ask(post(plain)).startswith(b"HTTP/1.1 200")
    message, verdict, _ = p.record.decisions[0]
    assert (message.direction, verdict.uninspected[0].cause) == (Direction.IMPORT, Cause.NOT_SELECTED)


@pytest.mark.parametrize("head", [b"440106199003072170\r\n\r\n", b"GET http://a/ HTTP/1.1\r\nX: " + b"a" * 300_000])
def test_a_head_that_never_ends_or_is_none_is_refused_unquoted(proxy, head):
    p = proxy()
    answer = p.ask(head)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"440106" not in answer
    ((_, verdict, entry),) = p.record.decisions
    assert (verdict.action, entry.refusal) == (Action.BLOCK, "malformed")


def test_a_protocol_switch_nobody_asked_for_is_cut_off(proxy, plain):
    p = proxy()
    with socket.create_server(("127.0.0.1", 0)) as server:
        plain.port, port = server.getsockname()[1], plain.port
        with socket.create_connection(("127.0.0.1", p.port), timeout=PATIENCE) as client:
            client.sendall(post(plain))
            conn, _ = server.accept()
            with conn:
                conn.recv(65536)
                conn.sendall(b"HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n")
                assert client.recv(65536) == b""
        plain.port = port
    assert p.record.decisions[-1][2].refusal == "upgrade"
