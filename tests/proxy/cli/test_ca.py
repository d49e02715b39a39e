import datetime as dt
import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from proxy.cli.ca import app
from proxy.edge.tls import ca

PEM = serialization.Encoding.PEM


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def egress_ca(*args, state):
    return CliRunner().invoke(app, [*map(str, args), "--state-dir", str(state)])


def pem_of(key):
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def authority(key, *, is_ca=True, days=30, sign=True):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Enterprise CA")])
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(False, False, False, False, False, sign, False, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=100))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
        .add_extension(usage, critical=True)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(PEM)


def test_init_makes_a_key_only_we_can_read(state):
    assert egress_ca("init", state=state).exit_code == 0
    key = ca.ca_dir(state) / ca.KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o777 == 0o700
    ca.check(state)
    again = egress_ca("init", state=state)
    assert again.exit_code == 2
    assert "there is an authority already" in again.stderr


def test_export_gives_the_certificate_in_each_form_and_never_the_key(state):
    egress_ca("init", state=state)
    pem = egress_ca("export", state=state).stdout_bytes
    assert b"PRIVATE" not in pem
    certificate = x509.load_pem_x509_certificate(pem)
    assert certificate.subject.rfc4514_string().count("gba-egress CA")
    der = egress_ca("export", "--format", "der", state=state).stdout_bytes
    assert x509.load_der_x509_certificate(der) == certificate
    p12 = pkcs12.load_pkcs12(egress_ca("export", "--format", "p12", state=state).stdout_bytes, None)
    assert p12.key is None
    assert [entry.certificate for entry in p12.additional_certs] == [certificate]


def test_export_without_an_authority_says_what_to_do(state):
    result = egress_ca("export", state=state)
    assert (result.exit_code, result.stdout_bytes) == (2, b"")
    assert "egress ca init" in result.stderr


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())])
def test_an_enterprise_authority_can_be_brought(state, tmp_path, key):
    (tmp_path / "c.pem").write_bytes(authority(key))
    (tmp_path / "k.pem").write_bytes(pem_of(key))
    args = ("import", "--cert", tmp_path / "c.pem", "--key", tmp_path / "k.pem", "--chain", tmp_path / "c.pem")
    result = egress_ca(*args, state=state)
    assert result.exit_code == 0, result.stderr
    ca.check(state)
    assert egress_ca("export", state=state).stdout_bytes == authority_pem(tmp_path)


def authority_pem(tmp_path):
    return (tmp_path / "c.pem").read_bytes()


@pytest.mark.parametrize(
    ("options", "other_key", "words"),
    [
        ({}, True, "does not belong"),
        ({"is_ca": False}, False, "not an authority's"),
        ({"sign": False}, False, "keyCertSign"),
        ({"days": -1}, False, "not now"),
    ],
)
def test_what_cannot_sign_is_refused(state, tmp_path, options, other_key, words):
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    (tmp_path / "c.pem").write_bytes(authority(key, **options))
    (tmp_path / "k.pem").write_bytes(pem_of(other if other_key else key))
    result = egress_ca("import", "--cert", tmp_path / "c.pem", "--key", tmp_path / "k.pem", state=state)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (ca.ca_dir(state) / ca.KEY_FILE).exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_others_can_read_is_refused(state, mode):
    ca.create(state)
    key = ca.ca_dir(state) / ca.KEY_FILE
    key.chmod(mode)
    with pytest.raises(ca.CaError, match="chmod 600"):
        ca.ensure(state)


def test_a_key_of_somebody_else_is_refused(state, monkeypatch):
    ca.create(state)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(ca.CaError, match="another user"):
        ca.ensure(state)


def test_extra_roots_are_added_to_the_usual_ones(state, tmp_path):
    ca.create(state)
    extra = tmp_path / "extra.pem"
    extra.write_bytes(authority(ec.generate_private_key(ec.SECP256R1())))
    bundle = ca.trusted_bundle(state, extra).read_bytes()
    assert extra.read_bytes() in bundle
    assert bundle.count(b"BEGIN CERTIFICATE") > 50
    assert ca.trusted_bundle(state, None) is None
