"""Codings inside texts, formats inside codings: found where they stand, masked all the way back up."""

import base64
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.limits import Limits
from proxy.core.message import Cause
from tests.proxy.core.gate import RIC, RIC_MASK, LogAll, causes, engine, entities, forwarded, found, inspected, message

JSON = "application/json"


def b64(data):
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def test_json_in_a_string_is_read_by_its_own_keys():
    inner = {"idCard": RIC, "note": 'said "yes"'}
    sent = json.dumps({"payload": json.dumps(inner), "n": 1})
    assert found(sent, JSON) == [("CN_RESIDENT_ID", "body/json:/payload/json:/idCard", RIC)]
    new = json.loads(forwarded(message(sent, JSON)).body)
    assert new == {"payload": json.dumps(inner | {"idCard": RIC_MASK}), "n": 1}


def test_json_in_json_in_json():
    sent = json.dumps({"a": json.dumps({"b": json.dumps([{"id": int(RIC)}])})})
    new = json.loads(forwarded(message(sent, JSON)).body)
    assert json.loads(json.loads(new["a"])["b"]) == [{"id": RIC_MASK}]


def test_a_label_inside_the_inner_json_is_evidence():
    assert entities(json.dumps({"p": json.dumps({"mobile": "13800138000"})}), JSON) == ["CN_MOBILE"]


@pytest.mark.parametrize(
    ("wrap", "unwrap"),
    [
        (lambda data: json.dumps({"x": b64(data)}).encode(), lambda data: base64.b64decode(json.loads(data)["x"])),
        (base64.encodebytes, base64.b64decode),
        (gzip.compress, gzip.decompress),
        (lambda data: data.hex().encode(), lambda data: bytes.fromhex(data.decode())),
        (
            lambda data: b"x=" + base64.urlsafe_b64encode(data),
            lambda data: base64.urlsafe_b64decode(data[2:].replace(b"%3D", b"=")),
        ),
        (lambda data: b'<a b="' + b64(data).encode() + b'"/>', lambda data: base64.b64decode(data[6:-3])),
    ],
    ids=["json", "lines", "gzip", "hex", "form", "xml"],
)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_value_deep_inside_is_masked_all_the_way_up(wrap, unwrap, depth):
    def nest(data, way, levels):
        for _ in range(levels):
            data = way(data)
        return data

    core = json.dumps({"who": "Chan", "id": RIC, "n": 7}).encode()
    new = forwarded(message(nest(core, wrap, depth), "application/octet-stream")).body
    assert nest(new, unwrap, depth) == core.replace(RIC.encode(), RIC_MASK.encode())


def test_a_file_in_base64_in_json_is_opened():
    packed = gzip.compress(json.dumps({"id": RIC}).encode())
    sent = json.dumps({"file": b64(packed)})
    assert found(sent, JSON) == [("CN_RESIDENT_ID", "body/json:/file/base64/gzip/json:/id", RIC)]
    new = json.loads(forwarded(message(sent, JSON)).body)
    assert json.loads(gzip.decompress(base64.b64decode(new["file"]))) == {"id": RIC_MASK}


def test_codings_in_cookies_queries_and_headers_are_read():
    coded = b64(f"id {RIC}").encode()
    for more in (
        {"path": b"/a?x=" + coded},
        {"headers": ((b"X-A", coded),)},
        {"headers": ((b"Cookie", b"s=" + coded),)},
    ):
        assert entities("", **more) == ["CN_RESIDENT_ID"], more


def test_a_token_is_not_searched_where_it_is_shown_to_its_issuer():
    claims = ".".join(b64(json.dumps(each)).rstrip("=") for each in ({"alg": "ES256"}, {"sub": RIC}))
    signed = f"{claims}.{'aB3-' * 16}"
    assert "CN_RESIDENT_ID" in entities(json.dumps({"t": signed}), JSON)
    assert entities("", headers=((b"Authorization", b"Bearer " + signed.encode()),)) == []
    for made in (f"{claims}.", f"{claims}.c2ln"):  # nobody issued these
        assert "CN_RESIDENT_ID" in entities("", headers=((b"Authorization", b"Bearer " + made.encode()),))


def test_codings_upon_codings_end_at_the_cap():
    data = f"id {RIC} id".encode()
    for _ in range(12):
        data = base64.b64encode(data)
    verdict = inspected(engine(LogAll()), message(data, "text/plain"))
    assert Cause.DEPTH in causes(verdict)


def test_many_codings_are_counted():
    body = " ".join([b64(f"id {RIC} id")] * 50)
    assert Cause.OVERSIZE in causes(inspected(engine(LogAll(), limits=Limits(parts=10)), message(body, "text/plain")))


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.text(max_size=8), st.text(max_size=40) | st.integers() | st.lists(st.text(max_size=5)), max_size=5
    )
)
def test_whatever_stands_beside_it_is_left_as_it_was(beside):
    core = json.dumps(beside | {"id": RIC})
    new = json.loads(forwarded(message(json.dumps({"p": core}), JSON)).body)
    assert json.loads(new["p"])["id"] == RIC_MASK
    assert new["p"].replace(RIC_MASK, RIC) == core
