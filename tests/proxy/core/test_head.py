import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Unscannable
from proxy.core.formats.head import from_text, to_text
from proxy.core.message import Action, Cause
from tests.proxy.core.gate import MASKING, MOBILE, RIC, RIC_MASK, causes, forwarded, found, inspected, message

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"  # RFC 7515 style


def field(name, value, **more):
    return message(headers=((name.encode(), value.encode()),), **more)


@pytest.mark.parametrize(
    ("name", "before", "after", "part"),
    [
        ("X-User", RIC, RIC_MASK, "header:X-User"),
        ("X-User", f"  a {RIC};b ", f"  a {RIC_MASK};b ", "header:X-User"),
        ("Referer", f"https://a.example/?id={RIC}&b=%41", f"https://a.example/?id={RIC_MASK}&b=%41", "header:Referer"),
        ("Cookie", f"a=b; uid={RIC}; c=%3B", f"a=b; uid={RIC_MASK}; c=%3B", "cookie:uid"),
        ("Set-Cookie", f"uid={RIC}; Path=/; HttpOnly", f"uid={RIC_MASK}; Path=/; HttpOnly", "cookie:uid"),
        ("cookie", f"uid=%34{RIC[1:]}", f"uid=%34{RIC_MASK[1:]}", "cookie:uid"),
        ("Cookie", f"{RIC}", f"{RIC_MASK}", "cookie#name"),
        ("Content-Disposition", f'attachment; filename="{RIC}.pdf"', f'attachment; filename="{RIC_MASK}.pdf"', None),
        ("X-Name", f"身份证 {RIC}", f"身份证 {RIC_MASK}", "header:X-Name"),
    ],
)
def test_masks_values_and_leaves_every_other_byte(name, before, after, part):
    sent = field(name, before)
    new = forwarded(sent)
    assert new.headers == field(name, after).headers
    if part:
        assert found("", headers=((name.encode(), before.encode()),)) == [("CN_RESIDENT_ID", part, RIC)]


def test_values_of_other_charsets_and_old_folds_stay_as_they_are():
    headers = ((b"X-A", b"\xd6\xd0\xff"), (b"X-Id", RIC.encode()), (b"X-B", b"a\n b"), (b"X-A", b"\x80"))
    new = forwarded(message(headers=headers))
    assert new.headers[1:5] == (headers[0], (b"X-Id", RIC_MASK.encode()), headers[2], headers[3])


def test_duplicate_fields_are_each_read():
    headers = ((b"X-Id", RIC.encode()), (b"x-id", b"1"), (b"X-Id", RIC.encode()))
    assert [part for _, part, _ in found("", headers=headers)] == ["header:X-Id", "header:X-Id"]
    masked = RIC_MASK.encode()
    assert forwarded(message(headers=headers)).headers[1:4] == ((b"X-Id", masked), (b"x-id", b"1"), (b"X-Id", masked))


def test_trailers_are_read_and_rewritten():
    sent = message("x", trailers=((b"X-Checked", b"1"), (b"X-Id", RIC.encode())))
    assert forwarded(sent).trailers == ((b"X-Checked", b"1"), (b"X-Id", RIC_MASK.encode()))
    assert found("x", trailers=sent.trailers) == [("CN_RESIDENT_ID", "trailer:X-Id", RIC)]


def test_a_value_in_a_field_name_blocks():
    verdict = inspected(MASKING, field(f"X-{RIC}", "1"))
    assert verdict.action is Action.BLOCK
    assert causes(verdict) == {Cause.REWRITE}
    assert verdict.findings[0].part == "header#name"


@pytest.mark.parametrize(
    ("name", "phone"), [("X-Phone", True), ("X-User-Mobile", True), ("X-Order-No", False), ("X-A", False)]
)
def test_a_field_name_is_evidence(name, phone):
    assert [entity for entity, *_ in found("", headers=((name.encode(), MOBILE.encode()),))] == ["CN_MOBILE"] * phone


def test_evidence_does_not_leak_between_fields_and_cookies():
    assert found("", headers=((b"X-Phone", b"1"), (b"X-A", MOBILE.encode()))) == []
    assert found("", headers=((b"Cookie", f"phone=1; order={MOBILE}; a=2".encode()),)) == []
    assert len(found("", headers=((b"Cookie", f"a=1; phone={MOBILE}; order=2".encode()),))) == 1


@pytest.mark.parametrize("name", ["Authorization", "authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"])
def test_a_bearer_of_a_token_may_show_it(name):
    value = f"session={TOKEN}" if "ookie" in name else f"Bearer {TOKEN}"
    assert found("", headers=((name.encode(), value.encode()),)) == []


def test_a_token_elsewhere_is_reported():
    assert [entity for entity, *_ in found("", headers=((b"X-Debug", TOKEN.encode()),))] == ["CREDENTIAL"]
    assert [entity for entity, *_ in found(f'{{"token":"{TOKEN}"}}')] == ["CREDENTIAL"]
    assert [entity for entity, *_ in found("", path=f"/?t={TOKEN}".encode())] == ["CREDENTIAL"]


FIELDS = st.lists(
    st.tuples(
        st.from_regex(rb"[A-Za-z-]{1,9}", fullmatch=True), st.binary(max_size=20).filter(lambda v: b"\n" not in v)
    ),
    max_size=6,
).map(tuple)


@given(FIELDS)
def test_text_and_back_is_the_same(headers):
    assert from_text(to_text(headers), headers) == headers


def test_an_edit_of_a_name_is_refused():
    headers = ((b"A", b"1"), (b"B", b"2"))
    for text in (b"A: 1\nX: 2", b"A: 1", b"A: 1\nB: 2\nC: 3", b""):
        with pytest.raises(Unscannable):
            from_text(text, headers)


def test_a_hundred_thousand_fields_give_a_verdict():
    headers = tuple((b"X-%d" % number, b"1") for number in range(20_000))
    assert inspected(MASKING, message(headers=headers)).action is Action.LOG
