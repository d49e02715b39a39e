"""Servers that are not HTTP, for tests with real sockets: a mailbox, a server of lines, an MQTT broker."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
from pathlib import Path

from tests.e2e.rig import PATIENCE, environment, need


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port nobody listens on now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class _Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A client that went away is no failure."""


class Listener:
    """A server in a thread; `talk` has one connection until it returns."""

    def __init__(self) -> None:
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    outer.talk(self.request)

        self._server = _Threads(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def talk(self, sock: socket.socket) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Lines(Listener):
    """Greets, then answers each read with what it read; `got` is all of it."""

    def __init__(self) -> None:
        self.got = bytearray()
        super().__init__()

    def talk(self, sock: socket.socket) -> None:
        sock.sendall(b"* OK ready\r\n")
        while data := sock.recv(65536):
            self.got += data
            sock.sendall(data)


class Mailbox(Listener):
    """An SMTP server with STARTTLS; `mails` are envelope and content as they came, dots taken off."""

    def __init__(self, cert: Path) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.commands: list[str] = []
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(cert)
        super().__init__()

    def talk(self, sock: socket.socket) -> None:
        sock.sendall(b"220-mail.test\r\n220 ready\r\n")
        if (upgraded := self._session(sock)) is not None:
            with upgraded:
                self._session(upgraded)

    def _session(self, sock: socket.socket) -> socket.socket | None:
        envelope: list[str] = []
        with sock.makefile("rwb") as stream:
            for line in stream:
                command = line.decode("latin-1").strip()
                self.commands.append(command)
                verb = command.partition(" ")[0].upper()
                answer = b"250 OK"
                if verb == "EHLO":
                    answer = (
                        b"250-mail.test\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-SIZE 0\r\n250-8BITMIME\r\n250 STARTTLS"
                    )
                elif verb in ("MAIL", "RCPT"):
                    envelope.append(command)
                elif verb == "DATA":
                    stream.write(b"354 go on\r\n")
                    stream.flush()
                    content = []
                    while (text := stream.readline()) not in (b".\r\n", b""):
                        content.append(text.removeprefix(b"."))
                    self.mails.append((envelope, b"".join(content)))
                    envelope = []
                stream.write({"STARTTLS": b"220 go", "QUIT": b"221 bye"}.get(verb, answer) + b"\r\n")
                stream.flush()
                if verb == "QUIT":
                    return None
                if verb == "STARTTLS":
                    return self._tls.wrap_socket(sock, server_side=True)
        return None


class NameServer(Listener):
    """A DNS server over TCP and UDP that has an address, a text, and an HTTPS record (ALPN h3) for every name; `asked`
    are the queries as they came."""

    HTTPS = b"\0\1\0\0\1\0\3\2h3"

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        super().__init__()
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        threading.Thread(target=self._datagrams, daemon=True).start()

    def talk(self, sock: socket.socket) -> None:
        while len(size := sock.recv(2, socket.MSG_WAITALL)) == 2:
            answer = self._answer(sock.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL))
            sock.sendall(len(answer).to_bytes(2, "big") + answer)

    def _datagrams(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                query, client = self._udp.recvfrom(65535)
                self._udp.sendto(self._answer(query), client)

    def _answer(self, query: bytes) -> bytes:
        self.asked.append(query)
        end = query.index(b"\0", 12) + 5
        kind = int.from_bytes(query[end - 4 : end - 2], "big")
        data = {1: b"\xc0\0\2\1", 16: b"\5hello", 65: self.HTTPS}.get(kind, b"")
        answers = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data if data else b""
        more = b"\xc0\x0c" + struct.pack("!HHIH", 65, 1, 60, len(self.HTTPS)) + self.HTTPS
        return query[:2] + struct.pack("!5H", 0x8180, 1, bool(data), 0, 1) + query[12:end] + answers + more

    def close(self) -> None:
        super().close()
        self._udp.close()


class Broker:
    """A mosquitto that anybody may use; at `secure` over TLS."""

    def __init__(self, home: Path, cert: Path) -> None:
        self.port, self.secure = free_port(), free_port()
        config = home / "mosquitto.conf"
        tls = f"listener {self.secure} 127.0.0.1\ncertfile {cert}\nkeyfile {cert}\n"
        config.write_text(f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n{tls}")
        command = [need("mosquitto"), "-c", str(config)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment())

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
