import socket
import subprocess
import threading

import pytest

from tests.e2e.rig import PATIENCE, need_curl

pytestmark = pytest.mark.xdist_group("e2e")

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
EVENTS = [b'data: {"token": %d}\n\n' % number for number in range(4)]


def test_curl_sees_each_event_before_the_next_one_is_sent(gate):
    seen = threading.Semaphore(0)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            conn, _ = server.accept()
            with conn:
                conn.recv(65536)
                conn.sendall(HEAD)
                for event in EVENTS:
                    conn.sendall(event)
                    assert seen.acquire(timeout=PATIENCE)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/events"
        command = [need_curl(), "-sSN", "--max-time", "30", "-x", f"http://{gate.listen}", url]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as curl:
            for event in EVENTS:
                assert curl.stdout.readline() + curl.stdout.readline() == event
                seen.release()
            assert curl.stdout.read() == b""
        assert curl.returncode == 0
        thread.join(PATIENCE)
