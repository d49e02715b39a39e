import json

import pytest

pytestmark = pytest.mark.xdist_group("e2e")

ID = "440106199003072170"
PERSON = json.dumps({"name": "test", "idCard": ID, "n": 1.50, "a": [1, 2]}, separators=(" ,", " : ")).encode()
HTTP = {"--http1.1": "HTTP/1.1", "--http2": "HTTP/2.0"}


@pytest.mark.parametrize("flag", HTTP)
def test_a_resident_id_leaves_masked_and_every_other_byte_unchanged(gate, secure, flag):
    reply = gate.curl(flag, f"{secure.url}/v1/people", "-H", "Content-Type: application/json", data=PERSON)
    assert (reply.status, reply.body) == (200, b'{"ok":true}')
    seen = secure.take()
    assert seen.protocol == HTTP[flag]
    assert ID.encode() not in seen.body
    assert len(seen.body) == len(PERSON)
    start = PERSON.index(ID.encode())
    assert seen.body[:start] == PERSON[:start]
    assert seen.body[start + 18 :] == PERSON[start + 18 :]
    assert b"content-length: %d" % len(seen.body) in seen.head.lower()


@pytest.mark.parametrize("flag", HTTP)
def test_a_clean_body_arrives_identical(gate, secure, flag):
    body = b'{"x" : 1,\r\n "y":[ 1.0, 2e3 ] }'
    assert gate.curl(flag, f"{secure.url}/clean", "-H", "Content-Type: application/json", data=body).status == 200
    assert secure.take().body == body


def test_an_hkid_in_a_form_and_in_gb18030_leaves_masked(gate, plain):
    gate.curl(f"{plain.url}/form", data="name=x&hkid=A123456%283%29&note=身份證".encode())
    seen = plain.take().body
    assert b"A123456" not in seen
    assert seen.startswith(b"name=x&hkid=A")
    assert seen.endswith("&note=身份證".encode())
    text = "姓名：陈大文 香港身份证号码：A123456(3)".encode("gb18030")
    gate.curl(f"{plain.url}/text", "-H", "Content-Type: text/plain; charset=gb18030", data=text)
    seen = plain.take().body
    assert b"A123456" not in seen
    assert seen.decode("gb18030").startswith("姓名：陈大文 香港身份证号码：A")


@pytest.mark.parametrize("flag", HTTP)
def test_a_private_key_is_blocked_in_the_words_of_the_contract(gate, secure, flag):
    key = (
        b"-----BEGIN "
        b"PRIVATE KEY-----\n" + b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" * 8 + b"\n-----END " + b"PRIVATE KEY-----\n"
    )
    reply = gate.curl(flag, f"{secure.url}/upload", "-H", "Content-Type: text/plain", data=key)
    assert reply.status == 403
    assert not secure.seen
    problem = json.loads(reply.body)
    assert set(problem) == {"type", "title", "status", "detail", "incident", "rules", "findings"}
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["egress-incident"] == problem["incident"]
    assert reply.headers["egress-rule"].split(", ") == problem["rules"]
    assert problem["findings"] == [{"entity": "CREDENTIAL", "count": 1, "part": problem["findings"][0]["part"]}]
    assert b"MIIE" not in reply.body


def test_a_browser_gets_a_page_in_three_scripts(gate, plain):
    key = b"-----BEGIN " + b"PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END " + b"PRIVATE KEY-----\n"
    reply = gate.curl(
        f"{plain.url}/up", "-H", "Accept: text/html,*/*;q=0.8", "-H", "Content-Type: text/plain", data=key
    )
    assert reply.status == 403
    assert reply.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    page = reply.body.decode()
    assert len(reply.body) > 512
    assert all(word in page for word in ("攔截", "拦截", "may not leave", reply.headers["egress-incident"]))


def test_audit_and_metrics_tell_the_same_story_and_hold_no_value(gate, secure):
    gate.curl(f"{secure.url}/people/{ID}?id={ID}", "-H", "Content-Type: application/json", data=PERSON)
    events, samples = gate.audit(), gate.metrics()
    assert samples["egress_audit_written_total"] == len(events)
    for action in ("log", "redact", "block"):
        flows = sum(v for k, v in samples.items() if k.startswith("egress_flows_total{") and f'action="{action}"' in k)
        assert flows == sum(event["action"] == action for event in events)
    found = sum(v for k, v in samples.items() if k.startswith("egress_entities_total{"))
    assert found == sum(group["count"] for event in events for group in event["findings"])
    everything = json.dumps(events) + gate.page("/metrics")[1] + gate.errors.read_text()
    assert ID not in everything
    assert "A123456" not in everything
    last = events[-1]
    assert last["action"] == "redact"
    assert last["host"] == "127.0.0.1"
    assert "?" not in last["path_template"]
    assert last["bodies"]["original_sha256"] != last["bodies"]["forwarded_sha256"]


def test_every_worker_chains_its_lines(gate):
    import hashlib

    for file in (gate.state / "audit").glob("*.jsonl"):
        previous = "0" * 64
        for number, line in enumerate(file.read_bytes().splitlines()):
            event = json.loads(line)
            assert (event["seq"], event["prev_hash"]) == (number, previous)
            previous = hashlib.sha256(line).hexdigest()
        assert file.stat().st_mode & 0o777 == 0o600


def test_an_untrusted_server_certificate_is_an_error_the_client_understands(start_gate, secure):
    gate = start_gate()  # without --upstream-ca
    for flag in HTTP:
        reply = gate.curl(flag, f"{secure.url}/x", data=b"hello")
        assert reply.status == 502
        assert json.loads(reply.body)["type"].endswith("certificate")
        assert b"mitmproxy" not in reply.body.lower()
    assert not secure.seen
    assert gate.metrics()['egress_upstream_errors_total{cause="certificate"}'] == 2
    event = gate.audit()[-1]
    assert event["action"] == "block"
    assert event["inspection"]["causes"] == ["upstream_certificate"]
    assert event["bodies"]["forwarded_sha256"] is None


def test_a_server_that_is_not_there_is_an_error_the_client_understands(gate):
    reply = gate.curl("http://127.0.0.1:1/x", data=b"hello")
    assert reply.status == 502
    assert json.loads(reply.body)["title"] == "The server cannot be reached"


def test_host_headers_must_name_the_host_connected_to(gate, plain, secure):
    for server in (plain, secure):
        reply = gate.curl(f"{server.url}/x", "-H", "Host: elsewhere.example", data=b"hello")
        assert reply.status == 403
        assert json.loads(reply.body)["type"].endswith("host")
        assert not server.seen


def test_what_is_between_client_and_proxy_stays_there(gate, plain):
    gate.curl(f"{plain.url}/x", "-H", "Proxy-Authorization: Basic eDp5", data=b"hello")
    head = plain.take().head.lower()
    assert b"proxy-" not in head


def test_http3_is_not_advertised(gate, secure):
    secure.answer = (200, [("alt-svc", 'h3=":443"; ma=86400'), ("x-a", "1")], b"ok")
    reply = gate.curl(f"{secure.url}/x")
    assert reply.status == 200
    assert "alt-svc" not in reply.headers
    assert reply.headers["x-a"] == "1"


def test_expect_100_continue_works(gate, plain):
    body = b'{"a": "' + b"x" * 2_000_000 + b'"}'
    reply = gate.curl(f"{plain.url}/big", "-H", "Expect: 100-continue", data=body)
    assert reply.status == 200
    assert plain.take().body == body


def test_a_body_beyond_the_cap_is_refused_unless_the_policy_says_otherwise(gate, plain):
    body = b"x" * (33 * 1024 * 1024)
    for extra in ((), ("-H", "Transfer-Encoding: chunked")):
        reply = gate.curl(f"{plain.url}/huge", *extra, data=body)
        assert reply.status == 413
        assert not plain.seen
    assert gate.audit()[-1]["inspection"]["causes"] == ["oversize"]


def test_grpc_is_refused_in_its_own_terms(gate, secure):
    key = b"-----BEGIN " + b"PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END " + b"PRIVATE KEY-----\n"
    reply = gate.curl("--http2", f"{secure.url}/s.S/M", "-H", "Content-Type: application/grpc", data=key)
    assert (reply.status, reply.headers["grpc-status"]) == (200, "7")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_number_in_a_host_name_is_blocked_before_it_is_looked_up_and_not_written_down(gate, scheme):
    before = gate.metrics().get('egress_upstream_errors_total{cause="connect"}', 0)
    reply = gate.curl(f"{scheme}://{ID}.example.com/", data=b"x=1")
    assert "403" in f"{reply.status} {reply.error}"
    event = gate.audit()[-1]
    assert (event["action"], event["host"], event["to"]["host"]) == ("block", "{}.example.com", "{}.example.com")
    assert {found["part"] for found in event["findings"]} <= {"url:host", "header:Host"}
    assert ID not in json.dumps(gate.audit())
    assert gate.metrics().get('egress_upstream_errors_total{cause="connect"}', 0) == before
