"""GraphQL over HTTP and JSON-RPC 2.0: JSON with names of its own."""

import json

import pytest

from tests.proxy.core.gate import MOBILE, RIC, RIC_MASK, forwarded, found, message


def filled(query):
    return query.replace("PHONE", MOBILE).replace("PAPER", RIC)


MUTATION = filled('mutation Add { addUser(input: {phone: "PHONE", idCard: "PAPER", tags: ["a"]}) { id } }')
VARIABLES = {
    "operationName": "Add",
    "query": "mutation Add($u: UserInput!) { addUser(input: $u) { id } }",
    "variables": {"u": {"mobile": MOBILE, "papers": [{"idCard": RIC}]}},
}


def masked(body, content_type):
    new = forwarded(message(body, content_type)).body
    assert new == body.replace(RIC, RIC_MASK).encode()


def parts(body, content_type="application/json"):
    return [(entity, part) for entity, part, _ in found(body, content_type)]


@pytest.mark.parametrize("content_type", ["application/json", "application/graphql-response+json", ""])
def test_variables_are_placed_and_masked(content_type):
    body = json.dumps(VARIABLES)
    assert parts(body, content_type) == [
        ("CN_MOBILE", "body/json:/variables/u/mobile"),
        ("CN_RESIDENT_ID", "body/json:/variables/u/papers/0/idCard"),
    ]
    masked(body, content_type)


def test_arguments_in_a_query_are_found_by_their_names_and_masked():
    body = json.dumps({"query": MUTATION})
    assert parts(body) == [("CN_MOBILE", "body/json:/query"), ("CN_RESIDENT_ID", "body/json:/query")]
    masked(body, "application/json")
    assert not parts(json.dumps({"query": filled('mutation { pay(orderNo: "PHONE") { id } }')}))


@pytest.mark.parametrize(
    "query",
    [
        MUTATION,
        'query {\n  user(phone: "PHONE", idCard: "PAPER") {\n    id\n  }\n}\n',
        '{user(phone:"PHONE",idCard:"PAPER"){id}}',
        '# find one\nquery Q { user(phone: """PHONE""", idCard: "PAPER") { id } }',
        "query Q { user(phone: PHONE, idCard: PAPER) { id } }",
    ],
)
@pytest.mark.parametrize("content_type", ["application/graphql", ""])
def test_a_body_that_is_a_query_is_read(query, content_type):
    query = filled(query)
    assert [entity for entity, _ in parts(query, content_type)] == ["CN_MOBILE", "CN_RESIDENT_ID"]
    masked(query, content_type)


def test_a_batch_of_operations_is_read():
    body = json.dumps([VARIABLES, {"query": MUTATION}])
    assert [part for _, part in parts(body)] == [
        "body/json:/0/variables/u/mobile",
        "body/json:/0/variables/u/papers/0/idCard",
        "body/json:/1/query",
        "body/json:/1/query",
    ]
    masked(body, "application/json")


def test_a_query_in_the_target_is_read():
    sent = message(path=b"/graphql?query=%7Buser(phone%3A%22" + MOBILE.encode() + b"%22)%7Bid%7D%7D")
    assert [entity for entity, *_ in found(b"", path=sent.path)] == ["CN_MOBILE"]


def call(params, method="addUser"):
    return {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (call({"phone": MOBILE, "idCard": RIC}), ["/params/phone", "/params/idCard"]),
        (call([RIC, 5]), ["/params/0"]),
        (call([{"phone": MOBILE}, RIC]), ["/params/0/phone", "/params/1"]),
        (call([f"phone: {MOBILE}"]), ["/params/0"]),
        (call([MOBILE], "setPhone"), []),
        ([call({"idCard": RIC}), call([RIC])], ["/0/params/idCard", "/1/params/0"]),
        ({"jsonrpc": "2.0", "error": {"code": -1, "message": f"no user {RIC}"}, "id": 1}, ["/error/message"]),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "application/json-rpc", ""])
def test_parameters_of_calls_are_placed_and_masked(sent, expected, content_type):
    body = json.dumps(sent)
    assert [part for _, part in parts(body, content_type)] == [f"body/json:{path}" for path in expected]
    if RIC in body:
        masked(body, content_type)
