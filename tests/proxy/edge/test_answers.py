import html.parser
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.api import EntityClass, Finding
from proxy.core.message import Action, Mode, RuleMatch, Verdict
from proxy.edge.answers import WORDS, Reason, answer, for_verdict

RULES = (
    RuleMatch("B-2", 1, Action.BLOCK, Mode.ENFORCE),
    RuleMatch("L-1", 1, Action.LOG, Mode.ENFORCE),
    RuleMatch("S-1", 1, Action.BLOCK, Mode.SHADOW),
)


def finding(part="body/json:/idCard", subject=1, entity="CN_RESIDENT_ID"):
    return Finding(entity, EntityClass.GOVERNMENT_ID, 0.9, part, 0, 18, subject)


VERDICT = Verdict(Action.BLOCK, RULES, (finding(), finding(subject=2), finding("body/json:/other")))


def headers(reply):
    return {name.decode().lower(): value.decode() for name, value in reply.headers}


def test_machines_get_problem_json():
    reply = answer(Reason.POLICY, "E-1", VERDICT, ((b"Accept", b"*/*"),))
    assert (reply.status, headers(reply)["content-type"]) == (403, "application/problem+json")
    assert headers(reply)["egress-incident"] == "E-1"
    assert headers(reply)["egress-rule"] == "B-2"  # the rule that blocks, not those that only saw or would have
    problem = json.loads(reply.body)
    assert (problem["status"], problem["incident"], problem["rules"]) == (403, "E-1", ["B-2"])
    assert problem["findings"] == [
        {"entity": "CN_RESIDENT_ID", "count": 2, "part": "body/json:/idCard"},
        {"entity": "CN_RESIDENT_ID", "count": 1, "part": "body/json:/other"},
    ]
    assert headers(reply)["content-length"] == str(len(reply.body))
    assert headers(reply)["cache-control"] == "no-store"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_page_a_browser_shows(reason):
    reply = answer(reason, "E-1", VERDICT, ((b"accept", b"text/html,application/xhtml+xml,*/*;q=0.8"),))
    page = reply.body.decode()
    assert len(reply.body) > 512
    assert "<script" not in page
    assert "http" not in page.replace("HTTP", "")
    words = WORDS[reason]
    assert words.hans in page
    assert words.hant in page
    assert reply.status == words.status
    assert "default-src 'none'" in headers(reply)["content-security-policy"]
    assert ("retry-after" in headers(reply)) == (reply.status == 503)


def test_a_legal_bar_is_451():
    law = Verdict(Action.BLOCK, (RuleMatch("LAW", 1, Action.BLOCK, Mode.ENFORCE, law=True),))
    assert for_verdict(law) is Reason.LAW
    assert answer(for_verdict(law), "E-1", law, ()).status == 451


def test_grpc_gets_a_status_and_no_body():
    reply = answer(
        Reason.POLICY, "E-1", VERDICT, ((b"content-type", b"application/grpc+proto"), (b"accept", b"text/html"))
    )
    assert (reply.status, reply.body, headers(reply)["grpc-status"]) == (200, b"", "7")
    assert headers(reply)["egress-rule"] == "B-2"


def test_a_client_that_prefers_problem_json_to_html_gets_it():
    reply = answer(Reason.POLICY, "E-1", None, ((b"accept", b"application/problem+json, text/html"),))
    assert headers(reply)["content-type"] == "application/problem+json"


@given(st.text(max_size=80))
def test_field_names_cannot_break_out_of_the_page(name):
    reply = answer(
        Reason.POLICY, "E-1", Verdict(Action.BLOCK, (), (finding(f"body/json:/{name}"),)), ((b"accept", b"text/html"),)
    )
    tags = []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, _: tags.append(tag)
    parser.feed(reply.body.decode())
    assert set(tags) <= {"html", "head", "meta", "title", "style", "body", "h1", "p", "code", "table", "tr", "td", "th"}


@pytest.mark.parametrize("name", ["440106199003072170", "li.ming@example.cn", "13800138000", "a%20b", "x" * 60])
def test_a_field_name_that_may_be_a_value_is_not_repeated(name):
    verdict = Verdict(Action.BLOCK, (), (finding(f"body/json:/people/{name}/id"),))
    for accept in (b"*/*", b"text/html"):
        assert name.encode() not in answer(Reason.POLICY, "E-1", verdict, ((b"accept", accept),)).body


def test_long_lists_are_summed_up():
    verdict = Verdict(
        Action.BLOCK, (), tuple(finding(f"body/json:/f{chr(97 + i // 26)}{chr(97 + i % 26)}", i) for i in range(300))
    )
    listed = json.loads(answer(Reason.POLICY, "E-1", verdict, ()).body)["findings"]
    assert len(listed) == 21
    assert sum(item["count"] for item in listed) == 300
