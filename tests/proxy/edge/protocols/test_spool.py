import os
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from proxy.edge.protocols.spool import Spool


def raw(spooled) -> bytes:
    return os.pread(spooled._fd, 1 << 20, 0)


def test_a_body_comes_back_as_it_was(tmp_path):
    spooled = Spool(tmp_path / "spool").file()
    pieces = [b"a" * 1000, b"", b"b" * 70_000]
    for piece in pieces:
        spooled.append(piece)
    assert spooled.size == 71_000
    assert spooled.take() == b"".join(pieces)
    assert spooled.size == 0


def test_on_the_disk_nobody_finds_or_reads_it(tmp_path):
    spooled = Spool(tmp_path / "spool").file()
    spooled.append(b"secret " * 1000)
    assert list((tmp_path / "spool").iterdir()) == []
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700
    assert stat.S_IMODE(os.fstat(spooled._fd).st_mode) == 0o600
    assert b"secret" not in raw(spooled)
    spooled.close()


def test_no_two_pieces_look_alike(tmp_path):
    spool = Spool(tmp_path)
    one, other = spool.file(), spool.file()
    for spooled in (one, other):
        spooled.append(b"the same")
    assert raw(one) != raw(other)
    one.close()
    other.close()


def test_what_was_changed_or_cut_off_is_refused(tmp_path):
    spooled = Spool(tmp_path).file()
    spooled.append(b"x" * 100)
    os.pwrite(spooled._fd, b"?", 50)
    with pytest.raises(InvalidTag):
        spooled.take()
    os.ftruncate(spooled._fd, 20)
    with pytest.raises(OSError, match="shorter"):
        spooled.take()
    spooled.close()
    spooled.close()


def test_a_file_that_is_let_go_is_closed(tmp_path):
    spooled = Spool(tmp_path).file()
    link = Path(f"/proc/self/fd/{spooled._fd}")
    del spooled
    assert not link.exists() or "spool" not in str(link.readlink())
