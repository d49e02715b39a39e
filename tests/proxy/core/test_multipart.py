import base64
import gzip
import quopri
import re
from email import message_from_bytes
from email.policy import HTTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core import codings
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.gate import (
    HKID,
    HKID_MASK,
    LOGGING,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    Redact,
    causes,
    engine,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

TYPE = "multipart/form-data; boundary=B"


def field(name, content, *more, line="\r\n"):
    return line.join([f'Content-Disposition: form-data; name="{name}"', *more, "", content])


def body(*parts, mark="B", line="\r\n", before="", after="\r\n"):
    return before + "".join(f"--{mark}{line}{part}{line}" for part in parts) + f"--{mark}--{after}"


@pytest.mark.parametrize("line", ["\r\n", "\n"])
@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("", "\r\n"), ("\r\n", "\r\n"), (f"preamble {RIC}\r\n", f"\r\nepilogue {RIC}"), ("\n", "\n\n")],
)
@pytest.mark.parametrize(
    "parts",
    [
        [field("a", RIC)],
        [field("a", "x"), field("b", f"y {RIC}\n"), field("c", "")],
        [field("a", f"{{'id': '{RIC}'}}", "Content-Type: application/json")],
        [field("a", "", 'X: "; filename="'), field("b", RIC)],
        [f"\r\n{RIC}", RIC, field("a", "")],
        [field(f'f"; filename="{RIC}.txt', "x")],
        [field(f"{RIC}", "x")],
    ],
)
def test_writes_the_mask_and_leaves_every_other_byte(parts, before, after, line):
    sent = body(*(part.replace("\r\n", line) for part in parts), line=line, before=before, after=after)
    assert forwarded(message(sent, TYPE)).body.decode() == sent.replace(RIC, RIC_MASK)


@pytest.mark.parametrize(
    ("part", "place"),
    [
        (field("idCard", RIC), "idCard/text"),
        (field("data", f'{{"a":{RIC}}}', "Content-Type: application/json"), "data/json:/a"),
        (field('f"; filename="a.csv', f"x,id\n1,{RIC}\n", "Content-Type: text/csv"), "f/csv:2/id"),
        (field('f"; filename="' + RIC, "x"), "f/headers"),
        ("X-Id: " + RIC + "\r\n\r\nx", "1/headers"),
        (field("a", RIC, "Content-Transfer-Encoding: 8bit"), "a/text"),
    ],
)
def test_names_places_by_field(part, place):
    assert found(body(part), TYPE) == [("CN_RESIDENT_ID", f"body/multipart:{place}", RIC)]


def test_a_field_name_is_evidence_and_does_not_leak():
    parts = field("phone", MOBILE), field("orderNo", MOBILE), field("x", MOBILE), field("手机", MOBILE)
    assert [part for _, part, _ in found(body(*parts), TYPE)] == [
        "body/multipart:phone/text",
        "body/multipart:手机/text",
    ]


@pytest.mark.parametrize("cut", ["--B--\r\n", "--\r\n", "\r\n--B--\r\n"])
def test_a_missing_last_boundary_hides_nothing(cut):
    sent = body(field("a", "1"), field("b", RIC)).removesuffix(cut)
    assert forwarded(message(sent, TYPE)).body.decode() == sent.replace(RIC, RIC_MASK)


@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/form-data; boundary="B"',
        "Multipart/Form-Data; charset=utf-8; BOUNDARY=B; x=y",
        "multipart/form-data; boundary=B; boundary=B",
        "multipart/form-data; boundary=other",
        "multipart/mixed",
        "multipart/form-data; boundary*0=B",
        "text/plain",
        "application/json",
        "",
    ],
)
def test_the_boundary_is_found_whatever_is_declared(content_type):
    sent = body(
        field("idCard", RIC), field("b", base64.b64encode(HKID.encode()).decode(), "Content-Transfer-Encoding: base64")
    )
    assert [part for _, part, _ in found(sent, content_type)] == [
        "body/multipart:idCard/text",
        "body/multipart:b/text",
    ]


@pytest.mark.parametrize("content_type", ["multipart/mixed; boundary=B; boundary=C", "multipart/mixed; boundary=C"])
def test_parts_nobody_can_tell_apart_are_reported_and_read_as_they_stand(content_type):
    sent = message("x\r\n" + body(field("a", RIC)), content_type)
    verdict = inspected(MASKING, sent)
    assert causes(verdict) == {Cause.DECODE_ERROR}
    assert forwarded(sent).body.decode() == sent.body.decode().replace(RIC, RIC_MASK)


def test_a_value_in_the_boundary_blocks():
    verdict = inspected(MASKING, message(body(field("a", "1"), mark=RIC), f"multipart/mixed; boundary={RIC}"))
    assert verdict.action is Action.BLOCK
    assert causes(verdict) == {Cause.REWRITE}


def test_a_private_key_with_headers_is_not_a_part():
    label = "RSA PRIVATE " + "KEY"
    key = f"-----BEGIN {label}-----\nProc-Type: 4,ENCRYPTED\n\n{'MIIEpAIBAAKCAQEA7bq' * 9}\n-----END {label}-----\n"
    assert entities(key * 2) == ["CREDENTIAL"] * 2


def coded(content, width=76, line="\r\n"):
    text = base64.b64encode(content.encode()).decode()
    return line.join(text[at : at + width] for at in range(0, len(text), width))


@pytest.mark.parametrize("width", [76, 64, 4, 10_000])
@pytest.mark.parametrize("line", ["\r\n", "\n"])
def test_base64_is_opened_and_lines_without_a_change_stay(width, line):
    content = "x" * 200 + f" 身份证 {RIC} " + "y" * 200
    sent = body(field("a", coded(content, width, line), "Content-Transfer-Encoding: Base64"))
    want = body(field("a", coded(content.replace(RIC, RIC_MASK), width, line), "Content-Transfer-Encoding: Base64"))
    assert forwarded(message(sent, TYPE)).body.decode() == want


@pytest.mark.parametrize(
    "smuggled",
    [
        lambda text: f"!{text[:5]}*{text[5:]}",
        lambda text: text.rstrip("="),
        lambda text: "eCA=" + text,
        "\t".join,
        lambda text: text + "A",
        lambda text: text + "\xff",
    ],
)
def test_base64_is_read_as_a_lenient_receiver_reads_it(smuggled):
    sent = body(field("a", smuggled(coded(RIC)), "Content-Transfer-Encoding: base64"))
    assert entities(sent, TYPE) == ["CN_RESIDENT_ID"]
    assert inspected(MASKING, message(sent, TYPE)).action is not Action.LOG


def test_what_is_called_base64_and_is_not_is_read_as_it_stands():
    sent = body(field("a", RIC + " 0", "Content-Transfer-Encoding: base64"))
    assert forwarded(message(sent, TYPE)).body.decode() == sent.replace(RIC, RIC_MASK)


def test_quoted_printable_is_opened_and_only_the_mask_changes():
    content = quopri.encodestring(f"身份证 = {RIC} caf\u00e9 {'z' * 90}\n{RIC}".encode()).decode().replace("\n", "\r\n")
    sent = body(field("a", content, "Content-Transfer-Encoding: quoted-printable"))
    assert forwarded(message(sent, TYPE)).body.decode() == sent.replace(RIC, RIC_MASK)
    hidden = "".join(f"={ord(digit):02X}" for digit in RIC[:9]) + "=\r\n" + RIC[9:]
    sent = body(field("a", f"=E6=A0=A1 {hidden} =3D", "Content-Transfer-Encoding: quoted-printable"))
    assert RIC[6:14].encode() not in quopri.decodestring(forwarded(message(sent, TYPE)).body)
    assert forwarded(message(sent, TYPE)).body.endswith(b"2170 =3D\r\n--B--\r\n")


def test_nested_multipart_is_opened_to_the_cap():
    inner = body(field("deep", RIC), mark="C")
    sent = body("Content-Type: multipart/mixed; boundary=C\r\n\r\n" + inner, field("b", "1"))
    assert found(sent, TYPE) == [("CN_RESIDENT_ID", "body/multipart:1/multipart:deep/text", RIC)]
    assert forwarded(message(sent, TYPE)).body.decode() == sent.replace(RIC, RIC_MASK)
    for level in range(12):
        sent = body(f"Content-Type: multipart/mixed; boundary=B{level}\r\n\r\n{sent}", mark=f"B{level + 1}")
    assert causes(inspected(MASKING, message(sent, "multipart/mixed; boundary=B12"))) == {Cause.DEPTH}


def test_parts_beyond_the_cap_are_reported():
    sent = message(body(*[field("a", "1")] * 8), TYPE)
    assert causes(inspected(engine(limits=Limits(parts=4)), sent)) == {Cause.OVERSIZE}


def test_percent_encoded_file_names_are_read():
    name = "".join(f"%{ord(digit):02x}" for digit in RIC)
    sent = body(field(f"f\"; filename*=UTF-8''{name}.txt; x=\"", "1"))
    assert RIC not in forwarded(message(sent, TYPE)).body.decode()
    assert entities(sent, TYPE) == ["CN_RESIDENT_ID"]


LIES = field("a", base64.b64encode(f"x {RIC} y".encode()).decode(), "Content-Transfer-Encoding: base64")


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ('multipart/form-data; boundary="a\\"b"', body(LIES, mark='a"b')),
        ('multipart/form-data; boundary="a\\"b"', body(LIES, mark='a\\"b')),
        ("multipart/form-data; boundary=B x", body(LIES, mark="B x")),
        ("multipart/form-data; boundary=B x", body(LIES, mark="B")),
        ("multipart/form-data; boundary=B, y", body(LIES)),
        ("multipart/form-data; boundary='B'", body(LIES, mark="'B'")),
        ("multipart/form-data; boundary='B'", body(LIES)),
        ('multipart/form-data; boundary="B "', body(LIES)),
        ("multipart/form-data; boundary*0=B; boundary*1=C", body(LIES, mark="BC")),
        ("multipart/form-data; boundary*1=C; boundary*0=B", body(LIES, mark="BC")),
        ("multipart/form-data; boundary*=utf-8''B%20C", body(LIES, mark="B C")),
        ("multipart/form-data; BOUNDARY = B", body(LIES)),
        ("multipart/form-data; boundary=B; boundary=C", body(field("x", "1")) + body(LIES, mark="C")),
        ("multipart/form-data; boundary=C; boundary=B", body(field("x", "1")) + body(LIES, mark="C")),
        (TYPE, "--B \t\r\n" + LIES + "\r\n--B--"),
        (TYPE, body(field("x", "1")) + body(LIES)),
        (TYPE, body("Content-Type: multipart/mixed; boundary=B\r\n\r\n" + body(field("x", "1")), LIES)),
        (TYPE, body(LIES).replace("\r\n", "\r")),
        (TYPE, body(LIES).replace("\r\n", "\n")),
        (TYPE, body(LIES).removesuffix("\r\n--B--\r\n")),
        (TYPE, "--B\r\n" + LIES),
        (TYPE, body(LIES.replace("Content-Transfer-Encoding", "cONTENT-tRANSFER-eNCODING"))),
        (TYPE, body(LIES.replace("base64\r\n", "7bit\r\nContent-Transfer-Encoding: base64\r\n"))),
        (TYPE, body(LIES.replace("base64\r\n", "base64\r\nContent-Transfer-Encoding: 7bit\r\n"))),
        (TYPE, body(LIES.replace("base64\r\n", "\r\n base64\r\n"))),
        (TYPE, body(LIES.replace("base64\r\n", "base64; x=y\r\n"))),
        ("text/plain, multipart/form-data; boundary=B", "preamble\r\n" + body(LIES)),
    ],
)
def test_whichever_way_the_boundary_is_read_the_part_is_decoded(content_type, sent):
    assert "CN_RESIDENT_ID" in entities(sent, content_type)
    verdict = inspected(MASKING, message(sent, content_type))
    assert verdict.action is not Action.LOG
    if verdict.rewrite:
        assert coded(RIC)[:20] not in verdict.rewrite.body.decode()


def test_two_boundaries_are_told():
    sent = message(body(field("x", "1")) + body(LIES, mark="C"), "multipart/form-data; boundary=B; boundary=C")
    assert Cause.DECODE_ERROR in causes(inspected(LOGGING, sent))


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('Content-Disposition: form-data; name="x"; name="phone"', "x"),
        ('Content-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="phone"', "x"),
        ("content-disposition:form-data;name=phone", "phone"),
        ("Content-Disposition: form-data; name*=utf-8''phone", "phone"),
        ('Content-Disposition: form-data; name*0="ph"; name*1="one"', "phone"),
        ('Content-Disposition: form-data; name="a\\"; phone"', 'a"; phone'),
    ],
)
def test_every_name_of_a_part_is_evidence(head, name):
    sent = body(f"{head}\r\n\r\n{MOBILE}")
    assert found(sent, TYPE) == [("CN_MOBILE", f"body/multipart:{name}/text", MOBILE)]


@pytest.mark.parametrize("order", [1, -1])
def test_both_file_names_are_read(order):
    names = [f'filename="{RIC}.txt"', "filename*=utf-8''other.txt"][::order]
    sent = body(f"Content-Disposition: form-data; name=f; {'; '.join(names)}\r\n\r\nx")
    assert forwarded(message(sent, TYPE)).body.decode() == sent.replace(RIC, RIC_MASK)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, br"])
def test_a_part_with_a_content_coding_is_opened(coding):
    packed = codings.encode(f"身份证 {RIC}".encode(), codings.parse([coding.encode()]))
    head = f'Content-Disposition: form-data; name="a"\r\nContent-Encoding: {coding}\r\n\r\n'.encode()
    sent = b"--B\r\n" + head + packed + b"\r\n--B--\r\n"
    new = forwarded(message(sent, TYPE)).body
    packed = new.removeprefix(b"--B\r\n" + head).removesuffix(b"\r\n--B--\r\n")
    assert codings.decode(packed, codings.parse([coding.encode()]), Limits()).decode() == f"身份证 {RIC_MASK}"
    broken = message(sent.replace(packed[:4] if packed[:4] in sent else sent[-20:-16], b"????"), TYPE)
    assert inspected(LOGGING, broken).action is Action.LOG


def test_an_unknown_encoding_is_told_and_the_part_is_read():
    verdict = inspected(LOGGING, message(body(field("a", RIC, "Content-Transfer-Encoding: x-secret")), TYPE))
    assert causes(verdict) == {Cause.UNSUPPORTED}
    assert verdict.findings


REQUEST = (
    f"POST /users?id={RIC} HTTP/1.1\r\nHost: example.com\r\nX-User: {HKID}\r\nContent-Type: application/json\r\n"
    f'Content-Length: 31\r\n\r\n{{"idCard":"{RIC}"}}'
)


@pytest.mark.parametrize("end", ["\r\n", ""])
def test_the_requests_of_a_batch_are_read_and_their_lengths_put_right(end):
    part = f"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{REQUEST}{end}"
    changes = body(part, mark="changeset_1")
    sent = body(part, f"Content-Type: multipart/mixed; boundary=changeset_1\r\n\r\n{changes}", mark="batch_1")
    content_type = "multipart/mixed; boundary=batch_1"
    inside = ["http:url:query:id", "http:X-User", "http/json:/idCard"]
    assert [where for _, where, _ in found(sent, content_type)] == [
        *(f"body/multipart:1/{each}" for each in inside), *(f"body/multipart:2/multipart:1/{each}" for each in inside)
    ]  # fmt: skip
    assert forwarded(message(sent, content_type)).body.decode() == sent.replace(RIC, RIC_MASK).replace(HKID, HKID_MASK)
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.TOKEN}), token_key=b"k" * 32)
    new = forwarded(message(sent, content_type), gate).body.decode()
    (length,) = {len(each) for each in re.findall(r'\{"idCard":"tok_\w+"\}', new)}
    assert new.count(f"Content-Length: {length}\r\n") == 2


def test_a_response_in_a_batch_and_a_request_without_a_body():
    parts = (
        f"Content-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n{RIC}",
        f"Content-Type: application/http\r\n\r\nGET /x?id={RIC}\r\n",
    )
    assert [where for _, where, _ in found(body(*parts), "multipart/mixed; boundary=B")] == [
        "body/multipart:1/http/text", "body/multipart:2/http:url:query:id"
    ]  # fmt: skip


def test_byte_ranges_are_read_part_by_part():
    parts = [f"Content-Type: text/plain\r\nContent-Range: bytes {n}-{n + 9}/900\r\n\r\nid {RIC}" for n in (0, 500)]
    sent = body(*parts)
    assert forwarded(message(sent, "multipart/byteranges; boundary=B")).body.decode() == sent.replace(RIC, RIC_MASK)


@pytest.mark.parametrize("kind", ["application/offset+octet-stream", "application/octet-stream", "binary/octet-stream"])
def test_a_piece_of_an_upload_is_read_for_what_it_is(kind):
    more = ((b"Content-Range", b"bytes 100-200/900"), (b"Upload-Offset", b"100"))
    assert [where for _, where, _ in found(f"a,id\n1,{RIC}\n", kind, headers=more)] == ["body/csv:2/id"]
    packed = gzip.compress(f"身份证 {RIC}".encode())
    assert "CN_RESIDENT_ID" in entities(packed, kind, headers=more)


def test_the_form_of_an_upload_to_storage():
    parts = [field("key", "a.csv"), field("x-amz-meta-id", RIC), field('file"; filename="a.csv', f"a,id\n1,{RIC}\n")]
    assert [where for _, where, _ in found(body(*parts), TYPE)] == [
        "body/multipart:x-amz-meta-id/text", "body/multipart:file/csv:2/id"
    ]  # fmt: skip


CONTENT = st.one_of(
    st.sampled_from([RIC, HKID, f"a {RIC} b", "", "\r\n", "--", "-", "--B", "\n--C\n"]), st.text("ab=%\n-", max_size=12)
)


@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), CONTENT.filter(lambda c: "--B" not in c)), min_size=1, max_size=5
    )
)
def test_a_library_reads_the_same_but_for_the_plants(fields):
    raw = body(*(field(name, content) for name, content in fields))
    plants = [plant for _, content in fields for plant in (RIC, HKID) if plant in content]
    assert [text for _, _, text in found(raw, TYPE)] == plants
    if not plants:
        return
    head = f"Content-Type: {TYPE}\r\n\r\n".encode()
    before, after = (
        message_from_bytes(head + each, policy=HTTP).get_payload()
        for each in (raw.encode(), forwarded(message(raw, TYPE)).body)
    )
    assert [part.get_payload() for part in after] == [
        part.get_payload().replace(RIC, RIC_MASK).replace(HKID, HKID_MASK) for part in before
    ]


@pytest.mark.parametrize("tail", ["", " " + RIC])
@pytest.mark.parametrize(
    "text",
    [
        each * 3000
        for each in (
            "--B",
            "\r\n--B\r\n",
            "--B--",
            "\r\n--B",
            "\r\n--B--\r\n",
            "\n--B \n",
            "\r",
            "--B\r\n\r\n",
            "--",
            "-",
        )
    ],
)
def test_boundaries_without_parts_give_a_verdict(text, tail):
    for prefix in ("", "--B\r\n", "--B\r\nA:"):
        assert causes(inspected(LOGGING, message(prefix + text + tail, TYPE))) <= {Cause.DECODE_ERROR}
        assert (entities(prefix + text + tail, TYPE) == ["CN_RESIDENT_ID"]) == bool(tail)
