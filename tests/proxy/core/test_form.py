from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proxy.core.gate import (
    HKID,
    HKID_MASK,
    LOGGING,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    causes,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

FORM = "application/x-www-form-urlencoded"


def every_byte(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"a=1&id={RIC}&b=%41+c", f"a=1&id={RIC_MASK}&b=%41+c"),
        (f"{RIC}=1", f"{RIC_MASK}=1"),
        (f"{RIC}", f"{RIC_MASK}"),
        (f"a&{RIC}&b", f"a&{RIC_MASK}&b"),
        ("id=A123456%283%29&x=%zz%2", "id=A******%283%29&x=%zz%2"),
        ("id=%41123456(3)", "id=%41******(3)"),
        (f"id=%34{RIC[1:]}", f"id=%34{RIC_MASK[1:]}"),
        (f"id={every_byte(RIC)}", f"id={every_byte('440106')}********{every_byte('2170')}"),
        (f"id=+{RIC}+&=&&==", f"id=+{RIC_MASK}+&=&&=="),
        ("id=440106+19900307+2170", "id=440106+********+2170"),
        (
            f"id={quote('４４０１０６１９９００３０７２１７０')}",
            f"id={quote('４４０１０６')}********{quote('２１７０')}",
        ),
        (f"{quote_plus('身份 证')}={RIC}", f"{quote_plus('身份 证')}={RIC_MASK}"),
        (f"id={RIC}&id={RIC}", f"id={RIC_MASK}&id={RIC_MASK}"),
    ],
)
def test_writes_the_mask_and_leaves_every_other_byte(before, after):
    assert forwarded(message(before, FORM)).body.decode() == after
    assert forwarded(message(path=f"/p?{before}".encode())).path.decode() == f"/p?{after}"


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (f"a=1&user%20id={RIC}", "user id"),
        (f"%E8%BA%AB={RIC}", "身"),
        (f"a={RIC}", "a"),
        (f"={RIC}", ""),
        (f"{RIC}=x", "#name"),
        (f"a=b={RIC}", "a"),
    ],
)
def test_names_places_by_field(body, part):
    assert found(body, FORM) == [("CN_RESIDENT_ID", f"body/form:{part}" if part else "body/form", RIC)]
    assert found(path=f"/?{body}".encode(), body="") == [("CN_RESIDENT_ID", f"url:query:{part}", RIC)]


@pytest.mark.parametrize(
    ("path", "after"),
    [
        (f"/p/{RIC}/x?a=1", f"/p/{RIC_MASK}/x?a=1"),
        (f"/p/{every_byte(RIC)}", f"/p/{every_byte('440106')}********{every_byte('2170')}"),
        (f"/p/{HKID}.pdf", f"/p/{HKID_MASK}.pdf"),
    ],
)
def test_the_path_is_read_and_rewritten(path, after):
    assert forwarded(message(path=path.encode())).path.decode() == after
    assert found("", path=path.encode())[0][1] == "url:path"


@pytest.mark.parametrize(
    "body",
    ["phone={}", "user%5Bphone%5D={}", "mobile_no={}", "%E6%89%8B%E6%9C%BA={}", "x=phone%3A+{}", "PHONE={}&orderNo=1"],
)
def test_a_field_name_is_evidence(body):
    assert entities(body.format(MOBILE), FORM) == ["CN_MOBILE"]


@pytest.mark.parametrize(
    "body", ["phone=&orderNo={}", "orderNo={}&phone=", "a={}&b=phone", "phone={}1", "x={}", "{}=phone"]
)
def test_evidence_does_not_leak_between_fields(body):
    assert entities(body.format(MOBILE), FORM) == []


@pytest.mark.parametrize("target", ["/?tel=+85291234567", "/?tel=%2B85291234567", "/+85291234567?a=1", "/+85291234567"])
def test_a_plus_in_front_of_a_number_is_a_plus(target):
    assert entities("", path=target.encode()) == ["HK_PHONE"]


@pytest.mark.parametrize("declared", ["", "text/plain", "application/octet-stream", "application/json"])
@pytest.mark.parametrize("filler", [0, 10_000])
def test_a_form_is_a_form_whatever_it_is_called(declared, filler):
    body = f"id=%34{RIC[1:]}&a=" + "x" * filler + "&b=1"
    assert found(body, declared)[0] == ("CN_RESIDENT_ID", "body/form:id", RIC)


PLANTED = st.sampled_from([RIC, HKID])
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("N", "Cs", "Cc", "Cf", "L")), max_size=8)


@settings(max_examples=100)
@given(st.lists(st.tuples(WORDS.filter(bool), st.one_of(WORDS, PLANTED)), min_size=1, max_size=6), st.booleans())
def test_what_a_library_writes_reads_the_same_but_for_the_plants(pairs, plus):
    body = urlencode(pairs, quote_via=quote_plus if plus else quote)
    sent = message(body, FORM)
    plants = [value for _, value in pairs if value in (RIC, HKID)]
    assert [text for _, _, text in found(body, FORM)] == plants
    if plants:
        after = parse_qsl(forwarded(sent).body.decode(), keep_blank_values=True)
        assert after == [(n, {RIC: RIC_MASK, HKID: HKID_MASK}.get(v, v)) for n, v in pairs]


def test_many_names_and_signs_give_a_verdict():
    for body in ("%" * 3000, "&" * 3000, "=" * 3000, "+" * 3000, "%3" * 3000, "a=1&" * 3000, "%00" * 3000):
        for gate in (MASKING, LOGGING):
            assert not causes(inspected(gate, message(body, FORM, path=f"/?{body}".encode())))
