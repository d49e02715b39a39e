import base64
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import checksums, digests
from proxy.core.errors import Unscannable
from proxy.core.message import Cause

OLD = b'{"idCard": "440106199003072170"}'
NEW = b'{"idCard": "440106********2170"}'
SHORT = b'{"idCard": ""}'


def b64(algorithm, body):
    return base64.b64encode(hashlib.new(algorithm, body).digest())


def hexed(algorithm, body):
    return hashlib.new(algorithm, body).hexdigest().encode()


def refresh(headers, old=OLD, new=NEW, trailers=(), **options):
    return digests.refresh(tuple(headers), tuple(trailers), old, new, **options)


def refused(headers, **options):
    with pytest.raises(Unscannable) as caught:
        refresh(headers, **options)
    return caught.value.cause is Cause.REWRITE


def spelled(body):
    """Every digest field for a body, each as it is seen in the field."""
    crc = checksums.DIGESTS
    return [
        (b"Content-MD5", b64("md5", body)),
        (b"Digest", b"SHA-256=" + b64("sha256", body) + b",md5=" + b64("md5", body)),
        (b"Content-Digest", b"sha-256=:" + b64("sha256", body) + b":, sha-512=:" + b64("sha512", body) + b":;x=1"),
        (b"repr-digest", b"sha=:" + b64("sha1", body) + b":"),
        (b"X-Amz-Checksum-Sha256", b64("sha256", body)),
        (b"x-amz-checksum-sha1", b64("sha1", body)),
        (b"x-amz-checksum-crc32", base64.b64encode(crc["crc32"](body))),
        (b"x-amz-checksum-crc32c", base64.b64encode(crc["crc32c"](body))),
        (b"x-amz-checksum-crc64nvme", base64.b64encode(crc["crc64-nvme"](body))),
        (b"x-goog-hash", b"crc32c=" + base64.b64encode(crc["crc32c"](body)) + b",md5=" + b64("md5", body)),
        (b"x-ms-blob-content-md5", b64("md5", body)),
        (b"x-ms-content-sha256", b64("sha256", body)),
        (b"x-oss-hash-crc64ecma", b"%d" % int.from_bytes(crc["crc64-xz"](body), "big")),
        (b"x-amz-content-sha256", hexed("sha256", body)),
        (b"X-Checksum", hexed("sha512", body).upper()),
        (b"X-Content-Hash", b'"' + hexed("sha1", body) + b'"'),
        (b"X-Body-MD5", hexed("md5", body)),
        (b"Content-Length", b"%d" % len(body)),
        (b"X-Upload-Content-Length", b"%d" % len(body)),
    ]


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_what_was_right_stays_right(old, new):
    headers, trailers = refresh(spelled(old), old, new, spelled(old))
    assert headers == trailers == tuple(spelled(new))


@pytest.mark.parametrize("at", range(len(spelled(OLD))))
def test_each_field_by_itself(at):
    assert refresh([spelled(OLD)[at]], new=SHORT)[0] == (spelled(SHORT)[at],)


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=20), st.binary(max_size=40)), max_size=8))
def test_any_headers_are_refreshed_or_refused(headers):
    try:
        fresh, _ = refresh(headers)
    except Unscannable:
        return
    assert [name for name, _ in fresh] == [name for name, _ in headers]


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("crc32c", "e3069283"),
        ("crc64-nvme", "ae8b14860a799888"),
        ("crc64-xz", "995dc9bbdf1939fa"),
        ("crc32", "cbf43926"),
    ],
)
def test_crcs_give_the_published_check_values(name, check):
    assert checksums.DIGESTS[name](b"123456789").hex() == check


def test_everything_else_stays_as_it_was():
    headers = (
        (b"host", b"api.example.com"),
        (b"X-Dup", b" 1"),
        (b"content-length", b"99"),
        (b"X-Dup", b"2 "),
        (b"Content-MD5", b"not base64"),
        (b"Digest", b"sha-256=" + b64("sha256", b"of something else")),
        (b"x-amz-checksum-algorithm", b"SHA256"),
        (b"x-commit-sha1", hexed("sha1", b"commit")),
        (b"Last-Modified", b"Sat, 22 Nov 2025 15:34:00 GMT"),
        (b"ETag", b'"request"'),
        (b"Authorization", b"Bearer abc.def"),
        (b"Signature-Agent", b"x"),
    )
    fresh, _ = refresh(headers, new=SHORT)
    expected = list(headers)
    expected[2] = (b"content-length", b"%d" % len(SHORT))
    assert fresh == tuple(expected)


def test_nothing_changed_is_the_very_same():
    headers = ((b"Authorization", b"AWS4-HMAC-SHA256 x"), (b"Content-Length", b"1"), (b"Digest", b"sha3=x"))
    assert digests.refresh(headers, (), OLD, OLD) == (headers, ())


def test_no_length_is_added_to_a_message_framed_otherwise():
    headers = ((b"Transfer-Encoding", b"chunked"), (b"Trailer", b"Content-Digest"))
    assert refresh(headers, new=SHORT)[0] == headers
    assert refresh([], new=SHORT)[0] == ()


@pytest.mark.parametrize("tag", [b'"33a64df5"', b'W/"33a64df5"', b'"' + hexed("md5", OLD) + b'"'])
def test_a_response_gets_a_tag_of_what_is_sent(tag):
    ((name, value),), _ = refresh([(b"ETag", tag)], status=200)
    assert name == b"ETag"
    assert re.fullmatch(rb'(?:W/)?"[0-9a-f]{32}"', value)
    assert value.startswith(b"W/") == tag.startswith(b"W/")
    assert hexed("md5", OLD) not in value
    assert refresh([(b"ETag", tag)], status=200) == refresh(
        [(b"ETag", b"W/" * value.startswith(b"W/") + b'"x"')], status=200
    )


def test_what_is_not_computed_here_is_refused():
    for name, value in [
        (b"Digest", b"unixsum=30637"),
        (b"Content-Digest", b"sha3-256=:AAAA:"),
        (b"Repr-Digest", b"sha-256=:" + b64("sha256", OLD) + b":, id-sha-256=:AAAA:"),
        (b"x-amz-checksum-xxhash64", b"AAAAAAAAAAA="),
        (b"x-ms-content-crc64", b"AAAAAAAAAAA="),
        (b"x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    ]:
        assert refused([(name, value)])
        assert refused([], trailers=[(name, value)])
    big = b"x" * (5 << 20)
    assert refused([(b"x-amz-checksum-crc32c", b"AAAAAA==")], old=big, new=big + b"y")


@pytest.mark.parametrize(
    ("header", "status"),
    [((b"Content-Range", b"bytes 0-31/100"), 0), ((b"X", b"y"), 206), ((b"Upload-Offset", b"0"), 0)],
)
def test_a_part_of_a_whole_keeps_its_length(header, status):
    assert refused([header], new=SHORT, status=status)
    assert refresh([header], new=NEW, status=status)[0] == (header,)


def test_a_digest_of_the_whole_cannot_follow_from_a_part():
    digest = (b"Repr-Digest", b"sha-256=:" + b64("sha256", OLD * 2) + b":")
    assert refused([(b"Content-Range", b"bytes 0-31/64"), digest])
    content = (b"Content-Digest", b"sha-256=:" + b64("sha256", OLD) + b":")
    fresh, _ = refresh([(b"Content-Range", b"bytes 0-31/64"), content])
    assert fresh[1] == (b"Content-Digest", b"sha-256=:" + b64("sha256", NEW) + b":")


def test_a_signature_over_what_changed_is_refused_and_one_over_something_else_is_not():
    signed = [(b"Signature-Input", b'sig=("content-digest");created=1'), (b"Signature", b"sig=:AA==:")]
    assert refused(signed)
    assert refused([], trailers=signed)
    assert refresh(signed, new=OLD, path_changed=True)[0] == tuple(signed)
    assert refused([], path=b"/o?X-Amz-Signature=abc", path_changed=True)
    assert refresh([], path=b"/o?X-Amz-Signature=abc")[0] == ()
    assert refused([(b"X-Hub-Signature-256", b"sha256=abc")], new=OLD, headers_changed=True)
