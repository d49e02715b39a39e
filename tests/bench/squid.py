"""Squid with TLS bump: what a network team deploys to open TLS without looking into it. Debian: squid-openssl."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from mitmproxy.certs import CertStore

from deploy import local
from tests.bench.sides import Side, connect, free_port

_CERTGEN = Path("/usr/lib/squid/security_file_certgen")
_USER = "proxy"
"""Whom Squid becomes when root starts it, which it insists on; Debian's package makes this user."""

_CONFIG = """\
http_port {host}:{port} ssl-bump generate-host-certificates=on dynamic_cert_mem_cache_size=4MB tls-cert={folder}/ca.pem
sslcrtd_program {certgen} -s {folder}/certificates -M 4MB
sslcrtd_children 1 startup=1 idle=1
ssl_bump bump all
tls_outgoing_options cafile={folder}/roots.pem
http_access allow localhost
cache deny all
server_pconn_for_nonretriable allow all
access_log daemon:{folder}/access.log squid
cache_log {folder}/cache.log
cache_effective_user {user}
pid_filename none
netdb_filename none
pinger_enable off
shutdown_lifetime 1 second
coredump_dir {folder}
"""
# server_pconn_for_nonretriable: without it Squid opens a connection to the server for every POST.


def program() -> str | None:
    """Where Squid is; None where it is not, or cannot open TLS."""
    found = shutil.which("squid", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return found if found and _CERTGEN.exists() else None


def version() -> str:
    """As it says itself."""
    squid = program()
    if squid is None:
        return "not installed"
    said = subprocess.run([squid, "-v"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"Version (\S+)", said)
    return found[1] if found else "unknown"


@contextmanager
def squid(authority: local.Authority) -> Iterator[Side | None]:
    """Squid with an access log, as it comes, and nothing kept; None where it is not installed. One process, and a CA
    of its own. It verifies servers, but none by address: ask for `localhost`."""
    binary = program()
    if binary is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bench-squid-") as name:
        folder, port = Path(name), free_port()
        ca = CertStore.from_store(folder, "throwaway", 2048).default_ca.to_pem()
        (folder / "ca-cert.pem").write_bytes(ca)
        (folder / "throwaway-ca.pem").rename(folder / "ca.pem")
        shutil.copy(authority.roots, folder / "roots.pem")
        certificates = [str(_CERTGEN), "-c", "-s", str(folder / "certificates"), "-M", "4MB"]
        subprocess.run(certificates, check=True, capture_output=True)
        config = folder / "squid.conf"
        config.write_text(
            _CONFIG.format(host=local.HOST, port=port, folder=folder, certgen=_CERTGEN, user=_USER), encoding="utf-8"
        )
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, _USER)
        log = folder / "squid.log"
        # -n: names of shared memory of its own, so that it meets no other Squid
        with local.running([binary, "-N", "-n", f"bench{os.getpid()}", "-f", str(config)], log) as process:
            connect(process, log, port)
            yield Side("squid", port, folder / "ca-cert.pem", psutil.Process(process.pid))
