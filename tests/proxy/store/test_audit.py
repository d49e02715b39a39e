import hashlib
import json
import os
import resource
import signal

import pytest

from proxy.store.audit import GENESIS, AuditLog


@pytest.fixture
def log(tmp_path):
    log = AuditLog(tmp_path / "audit", "w0")
    yield log
    log.close()


def lines(log):
    return log.path.read_bytes().splitlines()


def test_lines_are_chained_and_only_ours_to_read(log):
    for number in range(3):
        log.append({"n": number})
    previous = GENESIS
    for number, line in enumerate(lines(log)):
        event = json.loads(line)
        assert (event["n"], event["seq"], event["prev_hash"]) == (number, number, previous)
        assert event["time"].endswith("Z")
        previous = hashlib.sha256(line).hexdigest()
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert log.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_line_feed_in_a_field_cannot_start_a_line(log):
    log.append({"host": 'a\n{"forged": true}\u2028'})
    assert len(lines(log)) == 1


def test_a_torn_line_is_cut_off_and_the_chain_goes_on(log):
    log.append({"n": 0})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.path.stat().st_size + 20, hard))
        for _ in range(2):
            with pytest.raises(OSError, match=r"."):
                log.append({"n": 1})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    log.append({"n": 2})
    first, second = lines(log)
    assert json.loads(second)["prev_hash"] == hashlib.sha256(first).hexdigest()
    assert [json.loads(line)["n"] for line in (first, second)] == [0, 2]


def test_a_device_that_is_full_is_an_error(log):
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, log._fd)
    os.close(full)
    with pytest.raises(OSError, match="No space"):
        log.append({})


def test_two_logs_never_share_a_file(tmp_path):
    logs = [AuditLog(tmp_path, "w0") for _ in range(2)]
    assert logs[0].path != logs[1].path
    for log in logs:
        log.close()
