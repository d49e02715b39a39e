"""`egress policy replay` over the audit trail of a gate."""

from __future__ import annotations

import gzip
import json

import pytest
from typer.testing import CliRunner

from proxy.cli.authoring import app
from proxy.cli.authoring.bench import Workbench
from proxy.cli.authoring.pair import Pair
from proxy.cli.build import facts
from proxy.cli.inputs import message
from proxy.edge.ports import Entry
from proxy.store.audit import AuditLog
from proxy.store.metrics import Cells, Layout, declare
from proxy.store.policies import PolicyStore
from proxy.store.recorder import Recorder, closed_series

RIC, HKID = "440106199003072170", "A123456(3)"
HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: shop, revision: 1}\nrules:\n"
RULE = "  - {{id: {}, title: {{en: x}}, when: {}, then: {}}}\n"
IDS = "{data: {entities: [CN_RESIDENT_ID]}}"
CARDS = "{data: {entities: [HK_ID]}}"
OLD = HEAD + RULE.format("A-1", IDS, "redact") + RULE.format("A-2", CARDS, "log")
BODIES = [{"id": RIC}, {"name": "x", "hkid": HKID}, {"note": "hello"}, {"id": RIC, "hkid": HKID}]


def run(*words: object):
    return CliRunner().invoke(app, ["replay", *map(str, words)], catch_exceptions=False)


def told(*words: object):
    return json.loads(run(*words, "--format", "json").stdout)


def sent(body, host="api.example.com"):
    return message(json.dumps(body).encode(), content_type="application/json", url=f"https://{host}/v1/x")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with the policy in force, `old.yaml`, and the state of a gate that has judged four messages by it."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "old.yaml").write_text(OLD)
    bench = Workbench(folder / "old.yaml").bench(folder / "old.yaml")
    known, layout = facts(bench.policy, {}), Layout()
    declare(layout, closed_series(known, ("mainland", "outside"), (), ()))
    log = AuditLog(folder / "state" / "audit", "w0")
    recorder = Recorder(log, layout, Cells(Cells.open(folder)), known, "0.1.0")
    for number, body in enumerate(BODIES):
        one = sent(body)
        recorder.decision(one, bench.engine.inspect(one), Entry(f"E-ABCDEFGHIJKLMNO{number + 2}", one.sender.address))
    log.close()
    PolicyStore(folder / "state" / "policies").keep(bench.policy.hash, "shop", 1, bench.files)
    return folder


def candidate(shop, *rules):
    path = shop / "new.yaml"
    path.write_text(HEAD + "".join(RULE.format(*rule) for rule in rules))
    return path


def test_a_trail_is_compared_with_what_it_records(shop):
    new = candidate(shop, ("A-1", IDS, "block"), ("A-2", CARDS, "log"))
    found = told(new, shop / "state")
    assert (found["messages"], found["stricter"], found["looser"], found["untold"]) == (4, 2, 0, 0)
    assert found["in_force"].startswith("as recorded (shop@")
    assert {(each["in_force"], each["candidate"]): each["messages"] for each in found["actions"]} == {
        ("log", "log"): 2, ("redact", "block"): 2,
    }  # fmt: skip
    first = found["examples"][0]
    assert first["source"].endswith(".jsonl:1 E-ABCDEFGHIJKLMNO2")
    assert first["what"] == "The POST to api.example.com/v1/x (mainland to outside)"


def test_it_does_not_matter_whether_the_folder_or_the_file_is_named(shop):
    new = candidate(shop, ("A-1", IDS, "log"))
    (file,) = (shop / "state" / "audit").glob("*.jsonl")
    assert [told(new, place)["looser"] for place in (shop / "state", shop / "state" / "audit", file)] == [2, 2, 2]


def test_what_the_lines_do_not_tell_is_counted_and_named(shop):
    new = candidate(
        shop, ("A-1", IDS, "redact"), ("A-3", "{headers: {X-Purpose: [ads]}, data: {entities: [HK_ID]}}", "block"),
        ("A-4", "{data: {entities: [CN_MOBILE]}}", "redact"),
    )  # fmt: skip
    found = told(new, shop / "state")
    assert (found["changed"], found["untold"], found["perhaps_stricter"], found["perhaps_looser"]) == (0, 3, 3, 0)
    assert {each["id"]: (each["untold"], each["why"]) for each in found["rules"] if each["untold"]} == {
        "A-3": (2, ["headers.x-purpose"]), "A-4": (4, ["not looked for then: CN_MOBILE"]),
    }  # fmt: skip
    text = run(new, shop / "state", "--html", shop / "page.html").stdout
    for words in (
        "4 messages are told from the audit trail. It holds counts",
        "Of 3 of them the trail does not tell the verdict for sure: 3 may be stricter, 0 may be looser.",
        "log -> log to redact",
        "headers.x-purpose",
    ):
        assert words in text
    page = (shop / "page.html").read_text()
    assert "What the record does not tell" in page
    assert "does not tell the verdict for sure" in page
    assert RIC not in text + page


def test_what_may_be_looser_fails_a_pipeline_too(shop):
    new = candidate(shop, ("A-1", "{headers: {X-Purpose: [ads]}, data: {entities: [CN_RESIDENT_ID]}}", "redact"))
    assert run(new, shop / "state", "--fail-on", "looser").exit_code == 1
    assert run(new, shop / "state", "--fail-on", "stricter").exit_code == 0
    assert run(shop / "old.yaml", shop / "state", "--fail-on", "changed").exit_code == 0


def test_another_policy_may_be_named_as_the_one_in_force(shop):
    new = candidate(shop, ("A-1", IDS, "block"))
    found = told(new, shop / "state", "--in-force", new)
    assert (found["messages"], found["changed"], found["in_force"]) == (4, 0, found["candidate"])


def test_without_the_policy_that_decided_only_what_was_found_is_sure(shop, tmp_path):
    (tmp_path / "audit").mkdir()
    (file,) = (shop / "state" / "audit").glob("*.jsonl")
    (tmp_path / "audit" / file.name).write_bytes(file.read_bytes())
    found = told(candidate(shop, ("A-1", IDS, "block")), tmp_path)
    assert (found["stricter"], found["untold"]) == (2, 2)


def test_lines_that_cannot_be_read_are_named_and_the_others_are_counted(shop, tmp_path):
    (file,) = (shop / "state" / "audit").glob("*.jsonl")
    lines = file.read_bytes().splitlines(keepends=True)
    audit = tmp_path / "audit"
    AuditLog(audit, "policy").append({"event": "policy_weakened", "weaker": ["A-1: gone"]})
    (audit / "a.jsonl").write_bytes(b"".join([lines[0], b'{"x": nope}\n', b"\n", b"[]\n", lines[1], lines[2][:-40]]))
    (audit / "b.jsonl.1").write_bytes(b"}}\n" + lines[0])
    with gzip.open(audit / "c.jsonl.gz", "wb") as out:
        out.writelines(lines)
    (audit / "d.jsonl").touch()
    (audit / "e.jsonl.gz").write_bytes((audit / "c.jsonl.gz").read_bytes()[:200])
    (audit / "f.jsonl").write_bytes(lines[0].replace(b'"high"', b'"grand"') + lines[1].rstrip() + b"\r\n")
    done = run(shop / "old.yaml", tmp_path, "--format", "json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["messages"], found["unreadable"]) == (2, 8, 6)
    assert found["notes"][0].startswith("1 lines of the audit trail are of no decision")
    said = done.stderr.splitlines()
    assert said == [
        f"{audit}/a.jsonl:2:7: not a line of an audit trail",
        f"{audit}/a.jsonl:4:1: not of the form of this version",
        f"{audit}/a.jsonl:6:{len(lines[2]) - 39}: not a line of an audit trail; it is cut off",
        f"{audit}/b.jsonl.1:1:1: not a line of an audit trail",
        f"{audit}/e.jsonl.gz: damaged behind line 0",
        f"{audit}/f.jsonl:1:1: not of the form of this version",
    ]


def test_where_there_is_nothing_to_compare_nothing_is_said_to_be_the_same(shop, tmp_path):
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "a.jsonl").touch()
    done = run(shop / "old.yaml", tmp_path, "--fail-on", "looser")
    assert (done.exit_code, done.stderr) == (2, f"{tmp_path}: no message in there; nothing was compared\n")


def test_lines_of_another_kind_are_a_body_like_any_other(shop, tmp_path):
    (tmp_path / "people.jsonl").write_text(f'{{"id": "{RIC}"}}\n')
    found = told(candidate(shop, ("A-1", IDS, "block")), tmp_path, "--in-force", shop / "old.yaml")
    assert (found["messages"], found["stricter"], found["recalled"]) == (1, 1, 0)


@pytest.mark.parametrize(
    "then", ["log", "block", "redact", "{redact: {with: remove}}"], ids=["log", "block", "redact", "remove"]
)
def test_searched_once_or_twice_both_policies_say_the_same(shop, then):
    """What a pair says is what an engine for each says, where a rewrite fails, too."""
    new = candidate(shop, ("A-1", IDS, then), ("A-2", CARDS, "redact"))
    pair = Pair(new, shop / "old.yaml", None, recalls=False)
    bench = Workbench(new)
    engines = [bench.bench(path).engine for path in (shop / "old.yaml", new)]
    signed = message(
        json.dumps({"id": RIC}).encode(), content_type="application/jose+json", url="https://a.example.com/"
    )
    marked = sent({"note": "机密★10年", "id": RIC})
    for one in (*map(sent, BODIES), signed, marked, message(b"\xff" * 99, content_type="application/gzip")):
        assert pair.inspect(one) == tuple(engine.inspect(one) for engine in engines)
