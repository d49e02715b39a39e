import base64
import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import aws_chunked, codings
from proxy.core.errors import Unscannable
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause
from tests.proxy.core.gate import MASKING, RIC, RIC_MASK, causes, entities, forwarded, inspected, message

TEXT = f'{{"idCard": "{RIC}"}}'.encode()
UNSIGNED = (b"x-amz-content-sha256", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER")
SIGNED = (b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
CODED = (b"Content-Encoding", b"aws-chunked")


def crc(data):
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big"))


def unsigned(data, step=16):
    pieces = [b"%x\r\n%b\r\n" % (len(data[at : at + step]), data[at : at + step]) for at in range(0, len(data), step)]
    return b"".join(pieces) + b"0\r\nx-amz-checksum-crc32:" + crc(data) + b"\r\n\r\n"


def signed(data):
    mark = b";chunk-signature=" + b"a" * 64 + b"\r\n"
    return b"%x" % len(data) + mark + data + b"\r\n0" + mark + b"\r\n"


def length(data):
    return (b"x-amz-decoded-content-length", b"%d" % len(data))


@given(st.binary(max_size=300), st.integers(1, 40))
def test_a_framing_made_is_the_framing_read(data, step):
    framed = aws_chunked.parse(unsigned(data, step))
    assert (framed.data, framed.signed) == (data, False)
    assert aws_chunked.build(data, framed.chunk, framed.trailers) == unsigned(data, step)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_framing_or_unscannable(data):
    for body in (data, b"5\r\n" + data, unsigned(data)[:-3]):
        with suppress(Unscannable):
            aws_chunked.parse(body)


def test_a_number_cut_by_the_framing_is_found_and_masked_with_lengths_and_checksums_put_right():
    sent = message(unsigned(TEXT), headers=(CODED, UNSIGNED, length(TEXT)))
    new = forwarded(sent)
    masked = TEXT.replace(RIC.encode(), RIC_MASK.encode())
    assert new.body == unsigned(masked)
    assert length(masked) in new.headers


@pytest.mark.parametrize("names", [b"aws-chunked,gzip", b"gzip,aws-chunked"])
def test_the_framing_is_the_outermost_wherever_it_is_named(names):
    sent = message(unsigned(gzip.compress(TEXT)), headers=((b"Content-Encoding", names), UNSIGNED))
    new = aws_chunked.parse(forwarded(sent).body)
    assert RIC_MASK.encode() in gzip.decompress(new.data)
    assert new.trailers == ((b"x-amz-checksum-crc32", crc(new.data)),)


def test_a_framing_is_read_where_only_the_payload_hash_tells_of_it():
    assert entities(unsigned(TEXT), headers=(UNSIGNED,)) == ["CN_RESIDENT_ID"]


def test_signed_chunks_are_read_and_not_rewritten():
    verdict = inspected(MASKING, message(signed(TEXT), headers=(CODED, SIGNED)))
    assert verdict.action is Action.BLOCK
    assert [found.entity for found in verdict.findings] == ["CN_RESIDENT_ID"]
    assert causes(verdict) == {Cause.REWRITE}


def test_a_signed_length_lets_the_body_change_and_keep_its_length():
    sigv4 = b"AWS4-HMAC-SHA256 Credential=x/y, SignedHeaders=host;x-amz-decoded-content-length, Signature=abc"
    headers = (CODED, UNSIGNED, length(TEXT), (b"Authorization", sigv4))
    assert RIC_MASK.encode() in aws_chunked.parse(forwarded(message(unsigned(TEXT), headers=headers)).body).data


def test_a_checksum_that_nobody_knows_forbids_the_rewrite():
    body = unsigned(TEXT).replace(b"crc32", b"xxh3")
    assert causes(inspected(MASKING, message(body, headers=(CODED,)))) == {Cause.REWRITE}


@pytest.mark.parametrize(
    "body", [b"", b"zz\r\n", b"5\r\nabc", b"3\r\nabcX\r\n0\r\n\r\n", unsigned(TEXT) + b"more", b"1\r\na\r\n"]
)
def test_a_broken_framing_is_said_and_read_as_it_stands(body):
    with pytest.raises(Unscannable) as caught:
        aws_chunked.parse(body)
    assert caught.value.cause is Cause.DECODE_ERROR
    verdict = inspected(MASKING, message(RIC.encode() + b" " + body, headers=(CODED,)))
    assert Cause.DECODE_ERROR in causes(verdict)
    assert verdict.findings


def test_a_framing_of_crumbs_is_a_bomb_of_time():
    with pytest.raises(Unscannable) as caught:
        codings.decode(b"1\r\na\r\n" * 70_000, ["aws-chunked"], Limits())
    assert caught.value.cause is Cause.OVERSIZE
