"""The laws of the gate that its core can show, one test each. Those of the edge and the record are tested there.

1 fails closed · 2 not scanned is a verdict · 3 no value leaves · 4 untouched bytes stay · 5 redacted means gone ·
6 one engine · 7 strictest wins · 8 a state-secret mark blocks · 9 the policy in force is known · 10 bounded everything
"""

from __future__ import annotations

import ast
import gzip
import json
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.registry import ENTITIES
from proxy.core.engine import Engine
from proxy.core.limits import Limits
from proxy.core.message import LAW_STATE_SECRET, Action, Cause, Decision, Mode, Operator
from proxy.policy.load import PolicyFile, load_policy
from tests.proxy.core.gate import (
    HKID,
    LOGGING,
    MASKING,
    RIC,
    RIC_MASK,
    SCANNER,
    LogAll,
    Redact,
    causes,
    engine,
    forwarded,
    inspected,
    message,
)

ROOT = Path(__file__).parents[1]


def policy(*rules, uninspected=""):
    text = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: p, revision: 1, owner: o@example.com}\n"
    text += f"defaults: {{action: log{uninspected}}}\nrules:\n" + "".join(f"  - {json.dumps(rule)}\n" for rule in rules)
    return load_policy([PolicyFile("p.yaml", text.encode())], ENTITIES, date(2026, 11, 22))


def rule(number, then, entity="CN_RESIDENT_ID", **more):
    return {
        "id": f"T-{number:04}",
        "title": {"en": "t"},
        "severity": "low",
        "when": {"data": {"entities": [entity]}},
        "then": then,
        **more,
    }


class Fails:
    def scan(self, *_):
        raise RuntimeError(RIC)

    decide = scan


@pytest.mark.parametrize(("scanner", "judge"), [(Fails(), LogAll()), (SCANNER, Fails()), (None, None)])
def test_law_1_whatever_goes_wrong_blocks_and_is_named(scanner, judge):
    verdict = Engine(scanner, judge).inspect(message(RIC))
    assert verdict.action is Action.BLOCK
    assert causes(verdict) == {Cause.ENGINE_ERROR}


def test_law_1_a_second_look_that_fails_blocks():
    class Once(Redact):
        def decide(self, sent, findings, uninspected, *_):
            if RIC_MASK.encode() in sent.body:
                raise RuntimeError(RIC)
            return super().decide(sent, findings, uninspected)

    assert Engine(SCANNER, Once()).inspect(message(RIC)).action is Action.BLOCK


@pytest.mark.parametrize(
    ("body", "headers", "cause"),
    [
        (b"x", ((b"Content-Encoding", b"unheard-of"),), Cause.UNSUPPORTED),
        (b"x", ((b"Content-Encoding", b"gzip"),), Cause.DECODE_ERROR),
        (gzip.compress(bytes(1 << 22)), ((b"Content-Encoding", b"gzip"),), Cause.RATIO),
        (b"x" * 200, (), Cause.OVERSIZE),
        (bytes(range(128, 256)) + bytes(32), (), Cause.UNSUPPORTED),
        (b"x", ((b"Content-Type", b"multipart/mixed; boundary=A; boundary=B"),), Cause.DECODE_ERROR),
        (b"\xff\xfe\xfd plain otherwise, and quite long for that", (), Cause.DECODE_ERROR),
    ],
)
def test_law_2_not_scanned_is_a_verdict_and_the_policy_decides(body, headers, cause):
    limits = Limits(body_bytes=160) if cause is Cause.OVERSIZE else None
    sent = message(body, headers=headers)
    logged = inspected(engine(LogAll(), limits=limits), sent)
    assert cause in causes(logged)
    assert not logged.complete
    assert logged.inspected < 400
    blocking = Engine(
        SCANNER, policy(rule(1, "log"), uninspected=f", uninspected: {{{cause.value}: block}}"), limits=limits
    )
    assert inspected(blocking, sent).action is Action.BLOCK


@given(st.binary(max_size=80), st.sampled_from(["", "application/json", "multipart/mixed; boundary=B", "text/csv"]))
def test_law_2_every_byte_is_read_or_accounted_for(noise, content_type):
    verdict = inspected(LOGGING, message(noise + b"\n " + RIC.encode() + b" \n", content_type))
    assert not verdict.complete or any(finding.entity == "CN_RESIDENT_ID" for finding in verdict.findings)


def test_law_3_no_value_in_anything_the_engine_gives():
    sent = message(
        f'{{"{RIC}":"{HKID}"}}', "application/json", path=f"/{RIC}".encode(), headers=((b"X", HKID.encode()),)
    )
    for gate in (MASKING, engine(LogAll()), engine(Redact({"HK_ID": Operator.TOKEN}), token_key=b"k")):
        verdict = inspected(gate, sent)
        assert verdict.findings
        assert all(finding.text is None for finding in verdict.findings)
        for shown in (repr(verdict), str(verdict), repr(verdict.findings), repr(sent), str(verdict.rewrite)):
            assert RIC not in shown
            assert HKID not in shown


def test_law_3_tokens_are_keyed():
    bodies = {
        forwarded(message(RIC), engine(Redact({"CN_RESIDENT_ID": Operator.TOKEN}), token_key=key)).body
        for key in (b"a" * 32, b"b" * 32)
    }
    assert len(bodies) == 2


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{ "a" : 1.0e2,\t"a":"%s" , "a": "\\u0041\\/" }\r\n'),
        ("application/x-www-form-urlencoded", "b=%%41&a=%s&&b=+"),
        ("text/xml", "<a  b='1'\n>%s<!-- x --></a >"),
        ("text/csv", '"a" ,b\r\n1,"%s"\r\n'),
        ("multipart/form-data; boundary=B", "--B \r\nA:b\r\n\r\n%s\r\n--B--"),
        ("text/plain", "\ufeff é %s\x00"),
    ],
)
def test_law_4_untouched_bytes_stay_identical(content_type, body):
    assert forwarded(message(body % RIC, content_type)).body == (body % RIC_MASK).encode()
    clean = inspected(MASKING, message(body % "clean", content_type))
    assert clean.rewrite is None


def test_law_4_what_is_signed_is_not_broken_but_blocked():
    verdict = inspected(MASKING, message(RIC, headers=((b"X-Signature", b"abc"),)))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})


def test_law_5_redacted_means_gone():
    class Greedy(Redact):
        """Wants the mask itself gone: whatever is sent, something is left."""

        def decide(self, sent, findings, uninspected, *_):
            decision = super().decide(sent, findings, uninspected)
            return Decision(Action.REDACT) if b"*" in sent.body else decision

    verdict = inspected(Engine(SCANNER, Greedy()), message(RIC))
    assert (verdict.action, verdict.rewrite) == (Action.BLOCK, None)


def test_law_6_nobody_else_scans():
    """Only the survey asks the scanner, and what makes up values: no second scan path in the program."""
    users = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "proxy").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("scanner.scan")
    ]
    assert set(users) == {"proxy/core/surveyor.py", "proxy/cli/authoring/samples.py"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_law_7_strictest_wins_whatever_the_order_and_says_why(order):
    rules = [
        rule(1, "log"),
        rule(2, {"redact": {"with": "mask"}}),
        rule(3, "block", mode="shadow"),
    ]
    verdict = inspected(Engine(SCANNER, policy(*(rules[at] for at in order))), message(RIC))
    assert verdict.action is Action.REDACT
    assert {(match.id, match.mode) for match in verdict.rules} == {
        ("T-0001", Mode.ENFORCE),
        ("T-0002", Mode.ENFORCE),
        ("T-0003", Mode.SHADOW),
    }
    assert verdict.shadow is Action.BLOCK


def test_law_7_of_two_operators_the_one_that_leaves_less_wins():
    rules = [rule(1, {"redact": {"with": "mask"}}), rule(2, {"redact": {"with": "remove"}})]
    for each in permutations(rules):
        assert inspected(Engine(SCANNER, policy(*each)), message(f"a {RIC} b")).rewrite.body == b"a  b"


@pytest.mark.parametrize(
    "body", ["机密★20年", '{"x":"绝密★"}', "<p>秘密★<b>长期</b></p>", "a=%E6%9C%BA%E5%AF%86%E2%98%85"]
)
def test_law_8_a_state_secret_mark_blocks_under_any_policy(body):
    log_all = policy(*(rule(number, "log", entity) for number, entity in enumerate(sorted(ENTITIES), 1)))
    for gate in (LOGGING, Engine(SCANNER, log_all), engine(Redact({"STATE_SECRET_MARK": Operator.REMOVE}))):
        verdict = inspected(gate, message(body))
        assert verdict.action is Action.BLOCK
        assert (verdict.rules[0].id, verdict.rules[0].law) == (LAW_STATE_SECRET, True)


def test_law_9_the_same_file_has_the_same_hash_and_another_another():
    one, same, other = policy(rule(1, "log")), policy(rule(1, "log")), policy(rule(1, "block"))
    assert one.hash == same.hash != other.hash


def test_law_10_every_cap_of_the_core_has_its_cause():
    nested = b"x"
    for level in range(10):
        nested = b"--B%d\r\nContent-Type: multipart/mixed; boundary=B%d\r\n\r\n%b\r\n--B%d--" % (
            level,
            level - 1,
            nested,
            level,
        )
    many = b"".join(b"--B\r\n\r\nx\r\n" for _ in range(20)) + b"--B--"
    gzipped = ((b"Content-Encoding", b"gzip"),)
    noise = bytes(range(256)) * 8192
    for limits, sent, cause in [
        (Limits(body_bytes=10), message(b"x" * 11), Cause.OVERSIZE),
        (Limits(decoded_bytes=1 << 20), message(gzip.compress(noise), headers=gzipped), Cause.OVERSIZE),
        (Limits(ratio=2), message(gzip.compress(bytes(1 << 21)), headers=gzipped), Cause.RATIO),
        (Limits(depth=4), message(nested, "multipart/mixed; boundary=B9"), Cause.DEPTH),
        (Limits(parts=10), message(many, "multipart/mixed; boundary=B"), Cause.OVERSIZE),
        (Limits(codings=1), message(b"x", headers=((b"Content-Encoding", b"gzip, gzip"),)), Cause.DEPTH),
    ]:
        assert cause in causes(inspected(engine(LogAll(), limits=limits), sent)), (limits, cause)
