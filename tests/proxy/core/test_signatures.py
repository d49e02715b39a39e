import pytest

from proxy.core.signatures import Signed, covered

BODY, PATH, HEADERS, LENGTH = Signed
ALL = set(Signed)
SIGV4 = b"AWS4-HMAC-SHA256 Credential=x/20250101/cn-north-1/s3/aws4_request, SignedHeaders=%b, Signature=abc"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], set()),
        ([("Authorization", "Bearer AKIA.hmac.rsa")], set()),
        ([("Authorization", "Basic aG1hYzpzaGEyNTY=")], set()),
        ([("Authorization", "hmacsha256token")], set()),
        ([("authorization", SIGV4 % b"host;x-amz-date")], ALL),
        ([("Authorization", "AWS4-ECDSA-P256-SHA256 Credential=x, SignedHeaders=host, Signature=a")], ALL),
        ([("Authorization", "AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo==")], ALL),
        ([("Authorization", "TC3-HMAC-SHA256 Credential=x, SignedHeaders=content-type;host, Signature=a")], ALL),
        ([("Authorization", "ACS3-HMAC-SHA256 Credential=x,SignedHeaders=host,Signature=a")], ALL),
        ([("Authorization", "acs3-rsa-sha256 Credential=x")], ALL),
        ([("Authorization", "SDK-HMAC-SHA256 Access=x, SignedHeaders=host, Signature=a")], ALL),
        ([("Authorization", "OSS LTAIexample:abc=")], ALL),
        ([("Authorization", "OBS x:abc=")], ALL),
        ([("Authorization", "q-sign-algorithm=sha1&q-ak=x")], ALL),
        ([("Authorization", "bce-auth-v1/x/2015/1800/host/abc")], ALL),
        ([("Authorization", "WECHATPAY2-SHA256-RSA2048 mchid=x")], ALL),
        ([("Authorization", "SharedKey account:abc=")], ALL),
        ([("Authorization", "GOOG4-RSA-SHA256 Credential=x")], ALL),
        ([("Authorization", "HMAC-SHA256 Credential=x")], ALL),
        ([("Authorization", 'hmac id="x", algorithm="hmac-sha1"')], ALL),
        ([("Authorization", "EG1-HMAC-SHA256 client_token=x")], ALL),
        ([("Authorization", 'Hawk id="x", hash="y", mac="z"')], ALL),
        ([("Authorization", 'OAuth realm="x", oauth_signature="y"')], ALL),
        ([("Authorization", 'Digest username="x", uri="/", qop=auth')], {PATH}),
        ([("Authorization", 'Digest username="x", uri="/", qop=auth-int')], {PATH, BODY}),
        ([("DPoP", "eyJ")], {PATH}),
        ([("X-Hub-Signature", "sha1=a")], ALL),
        ([("X-Hub-Signature-256", "sha256=a")], ALL),
        ([("Stripe-Signature", "t=1,v1=a")], ALL),
        ([("x-jws-signature", "eyJ..a")], ALL),
        ([("X-Shopify-Hmac-Sha256", "a")], ALL),
        ([("X-Ca-Signature", "a")], ALL),
        ([("Wechatpay-Signature", "a")], ALL),
        ([("sign", "a")], ALL),
        ([("X-Sign", "a")], ALL),
        ([("Paypal-Transmission-Sig", "a")], ALL),
        ([("Accept-Signature", "a"), ("X-Design", "b"), ("X-Signed-In", "no")], set()),
        ([("Signature", "opaque")], ALL),
        ([("Signature", 'keyId="a",signature="b"')], {HEADERS}),
        ([("Signature", 'keyId="a",headers="(request-target) host",signature="b"')], {PATH, HEADERS}),
        ([("Signature", 'keyId="a",headers="(created) digest",signature="b"')], {BODY, HEADERS}),
        ([("Authorization", 'Signature keyId="a",headers="(request-target)",signature="b"')], {PATH}),
        (
            [
                ("Signature", "s=:a:"),
                ("Signature-Input", 's=("@method" "@authority");created=1;keyid="content-digest"'),
            ],
            set(),
        ),
        ([("Signature", "s=:a:"), ("Signature-Input", 's=("@target-uri")')], {PATH}),
        ([("Signature", "s=:a:"), ("Signature-Input", 's=("@query-param";name="x")')], {PATH}),
        ([("Signature", "s=:a:"), ("Signature-Input", 's=("content-digest")')], {BODY, HEADERS}),
        ([("Signature", "s=:a:"), ("Signature-Input", 's=("x-user"), t=("@path" "Content-Length")')], ALL - {LENGTH}),
    ],
)
def test_what_a_signature_covers(headers, expected):
    fields = tuple(tuple(part if isinstance(part, bytes) else part.encode() for part in field) for field in headers)
    assert covered(fields) == expected


@pytest.mark.parametrize(
    ("signed", "payload", "expected"),
    [
        (b"host;x-amz-content-sha256;x-amz-date", b"UNSIGNED-PAYLOAD", {PATH, HEADERS}),
        (b"content-length;host", b"UNSIGNED-PAYLOAD", {PATH, HEADERS, LENGTH}),
        (b"host;x-amz-decoded-content-length", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER", {PATH, HEADERS, LENGTH}),
        (b"host;x-amz-sdk-checksum-algorithm;x-amz-trailer", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER", {PATH, HEADERS}),
        (b"host", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", ALL),
        (b"content-md5;host", b"UNSIGNED-PAYLOAD", ALL),
        (b"host;x-amz-checksum-crc32", b"UNSIGNED-PAYLOAD", ALL),
        (b"host", b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", ALL),
    ],
)
def test_a_payload_left_unsigned_may_change_unless_a_signed_header_follows_from_it(signed, payload, expected):
    assert covered(((b"Authorization", SIGV4 % signed), (b"X-Amz-Content-Sha256", payload))) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/a?X-Amz-Algorithm=x&X-Amz-Signature=abc", {PATH}),
        (b"/a?x-oss-signature=abc", {PATH}),
        (b"/a?sig=abc", {PATH}),
        (b"/a?appid=1&sign=abc", {PATH}),
        (b"/a?q-signature=abc", {PATH}),
        (b"/a?design=abc&signal=x", set()),
        (b"/a/sign=abc", set()),
    ],
)
def test_a_signed_link_covers_its_path(path, expected):
    assert covered((), path) == expected
