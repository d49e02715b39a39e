import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from proxy.cli.signatures import public_key, signed

OURS, OTHER = Ed25519PrivateKey.from_private_bytes(b"\1" * 32), Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
KEYS = (OTHER.public_key(), OURS.public_key())


def written(key):
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def files(tmp_path):
    """A policy and what it includes, both signed by us."""
    made = [(str(tmp_path / name), name.encode()) for name in ("main.yaml", "lists.yaml")]
    for path, text in made:
        (tmp_path / f"{path}.sig").write_bytes(OURS.sign(text))
    return made


def test_a_signature_on_every_file_counts_raw_or_in_base64(files, tmp_path):
    by, why_not = signed(files, KEYS)
    assert (by[:10], why_not) == ("signed by ", "")
    (tmp_path / "lists.yaml.sig").write_bytes(base64.encodebytes(OURS.sign(b"lists.yaml")))
    assert signed(files, KEYS) == (by, "")
    (tmp_path / "lists.yaml.sig").write_bytes(OTHER.sign(b"lists.yaml"))
    assert len(signed(files, KEYS)[0]) > len(by)  # both are named


@pytest.mark.parametrize(
    "signature",
    [b"", b"x" * 64, b"not base64 \xff", OURS.sign(b"main.yaml"), Ed25519PrivateKey.generate().sign(b"lists.yaml")],
    ids=["empty", "junk", "text", "of another file", "of another key"],
)
def test_one_bad_signature_spoils_all(files, tmp_path, signature):
    (tmp_path / "lists.yaml.sig").write_bytes(signature)
    assert signed(files, KEYS) == ("", f"{files[1][0]}.sig: is not a signature of lists.yaml by a key of policy_keys")


def test_a_missing_signature_is_named(files, tmp_path):
    (tmp_path / "main.yaml.sig").unlink()
    assert signed(files, KEYS) == ("", f"{files[0][0]}.sig: No such file or directory")


def test_a_key_is_what_stands_between_the_lines_of_its_pem_file():
    assert public_key(base64.b64encode(written(OURS)).decode()) == OURS.public_key()


@pytest.mark.parametrize(
    "text",
    ["", "x", "-----BEGIN PUBLIC KEY-----", base64.b64encode(b"\1" * 32).decode(),
     base64.b64encode(written(generate_private_key(SECP256R1()))).decode()],
    ids=["empty", "junk", "pem", "raw", "of another kind"],
)  # fmt: skip
def test_what_is_no_such_key_is_refused(text):
    with pytest.raises(ValueError, match="no Ed25519 public key"):
        public_key(text)
