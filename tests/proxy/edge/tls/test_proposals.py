"""Clients that reject our certificate, written down for people."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from proxy.edge.tls import proposals
from proxy.edge.tls.proposals import Gathered, Proposals, Rejection, rejection
from proxy.policy.yamltree import PolicyFile, parse

NOW = "2026-06-01T00:00:00Z"


def failed(error: str, host: str = "a.example", sni: str | None = None):
    client = SimpleNamespace(error=error, sni=sni, peername=("10.0.0.1", 5000))
    server = SimpleNamespace(address=(host, 443) if host else None)
    return SimpleNamespace(conn=client, context=SimpleNamespace(client=client, server=server))


@pytest.mark.parametrize(
    ("data", "host"),
    [
        (failed("The client does not trust the proxy's certificate (tlsv1 alert unknown ca)"), "a.example"),
        (failed("x (ssl/tls alert bad certificate)", "10.0.0.9", "B.example"), "b.example"),
        (failed("x ssl/tls alert certificate unknown", "10.0.0.9"), "10.0.0.9"),
        (failed("x (ssl/tls alert bad certificate)", "", 'b"\n'), None),
        (failed("The client disconnected during the handshake."), None),
        (failed("x for unknown-ca.example (connection closed)"), None),
        (failed("no application protocol alert"), None),
    ],
    ids=["name", "sni", "literal", "no-name", "closed", "named-so", "other"],
)
def test_only_alerts_about_the_certificate_count(data, host):
    found = rejection(data)
    assert (found.host if found else None) == host


def test_the_file_counts_on_after_a_restart_and_forgets_what_people_remove(tmp_path):
    row = ["a.example", "unknown ca", 2, ["10.0.0.1"], NOW, NOW]
    Proposals(tmp_path).add([row, ["b.example", "bad certificate", 1, ["10.0.0.2"], NOW, NOW]])
    again = Proposals(tmp_path)
    again.add([[*row[:3], ["10.0.0.3"], NOW, NOW]])
    path = tmp_path / "proposals" / "passthrough.yaml"
    root, problems = parse(PolicyFile("p", path.read_bytes()))
    assert not problems
    first, second = root.plain()["entries"]
    assert (first["host"], first["seen"]["count"], first["seen"]["clients"]) == (
        "a.example",
        4,
        ["10.0.0.1", "10.0.0.3"],
    )
    assert (second["host"], second["reason"], second["owner"], second["expires"]) == ("b.example", "", "", "")
    path.write_text("apiVersion: egress/v1\nkind: Passthrough\nentries: []\n")
    again.add([row])
    assert "b.example" not in path.read_text()
    assert "count: 2" in path.read_text()


def test_the_file_is_bounded_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(proposals, "MAX_HOSTS", 2)
    Proposals(tmp_path).add([[f"h{i}.example", "unknown ca", 1, [], NOW, NOW] for i in range(5)])
    text = (tmp_path / "proposals" / "passthrough.yaml").read_text()
    assert text.count("- host:") == 2
    assert "further ones are left out" in text


def test_what_somebody_wrote_into_the_file_is_no_harm(tmp_path):
    path = tmp_path / "proposals" / "passthrough.yaml"
    path.parent.mkdir()
    path.write_text('entries: [1, {host: "x\\n", seen: {count: 1, alert: unknown ca}}, {host: y, seen: {count: z}}]\n')
    Proposals(tmp_path).add([["a.example", "unknown ca", 1, [], NOW, NOW]])
    assert path.read_text().count("- host:") == 1


def test_a_worker_reports_once_for_many():
    reports = []

    async def run():
        gathered = Gathered(reports.append)
        for i in range(5):
            gathered.add(Rejection("a.example", "unknown ca", 1, (f"10.0.0.{i}",), NOW, NOW))
        gathered._tell()

    asyncio.run(run())
    ((host, alert, count, clients, _, _),) = reports[0]
    assert (host, alert, count, len(clients)) == ("a.example", "unknown ca", 5, 5)
