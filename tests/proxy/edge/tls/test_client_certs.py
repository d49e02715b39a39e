"""Which certificate is for which server, and which files are refused."""

from __future__ import annotations

import pytest

from proxy.edge.ports import Rejected
from proxy.edge.tls.client_certs import ClientCerts
from tests.e2e.authority import Authority


def test_the_name_that_says_most_wins():
    certs = ClientCerts.of({"*.example": "wide", "*.bank.example": "bank", "www.bank.example": "www", "10.0.0.1": "ip"})
    names = ("a.example", "A.Bank.Example.", "www.bank.example", "10.0.0.1", "other.test", "")
    assert [certs.path(name) for name in names] == ["wide", "bank", "www", "ip", "", ""]


def test_a_file_must_hold_a_key_and_its_certificate_for_us_alone(tmp_path):
    pem = Authority(tmp_path).leaf()
    certs = ClientCerts.of({"a.example": str(pem)})
    pem.chmod(0o644)
    with pytest.raises(Rejected, match="chmod 640"):
        certs.check()
    pem.chmod(0o600)
    certs.check()
    key, _, certificate = pem.read_text().partition("-----BEGIN CERTIFICATE")
    for text in ("", key, f"-----BEGIN CERTIFICATE{certificate}"):
        pem.write_text(text)
        with pytest.raises(Rejected, match="unencrypted private key"):
            certs.check()
    other = Authority(tmp_path).leaf().read_text().partition("-----BEGIN CERTIFICATE")
    pem.write_text(key + other[1] + other[2])
    with pytest.raises(Rejected, match="not that of the first certificate"):
        certs.check()


def test_a_host_that_is_none_is_refused():
    with pytest.raises(Rejected, match="no scheme"):
        ClientCerts.of({"https://a.example": "f"})
