"""Files with secrets: who may read them, and what is in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from proxy.edge.entry.access import Access, AccessFiles
from proxy.edge.ports import Rejected
from proxy.edge.settings import Settings

PLAIN = Settings(("127.0.0.1", 0), ("127.0.0.1", 0), Path("s"), Path("p"))


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text("ann:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=\n")
    path.chmod(0o640)
    return path


def test_files_travel_to_a_worker_and_are_the_same_there(secret):
    told = replace(PLAIN, proxy_auth=secret, upstream_auth=secret)
    files = AccessFiles.read(told)
    access = Access.from_plain(files.plain(), told)
    assert access.users is not None
    assert access.users.verify("ann", "pw")
    assert access.upstream.startswith(b"Basic ")
    assert "SHA" not in repr(files) + repr(access)


@pytest.mark.parametrize("mode", [0o604, 0o660, 0o644])
def test_a_file_others_can_reach_is_refused(mode, secret):
    secret.chmod(mode)
    with pytest.raises(Rejected, match="chmod 640"):
        AccessFiles.read(replace(PLAIN, proxy_auth=secret))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Rejected, match=r"nowhere: No such file.*htpasswd file"):
        AccessFiles.read(replace(PLAIN, proxy_auth=tmp_path / "nowhere"))


@pytest.mark.parametrize("text", ["", "ann\n", ":pw\n", "a:b\nc:d\n"], ids=["empty", "no-colon", "no-name", "two"])
def test_an_upstream_secret_is_one_line(text, secret):
    secret.write_text(text)
    with pytest.raises(Rejected, match="one line NAME:PASSWORD"):
        AccessFiles.read(replace(PLAIN, upstream_auth=secret))
