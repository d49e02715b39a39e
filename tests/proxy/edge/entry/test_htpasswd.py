"""Password files: what is read, what is refused, and that nobody's secret is in a message."""

from __future__ import annotations

import pytest

from proxy.edge.entry.htpasswd import Users
from proxy.edge.ports import Rejected

# made by Apache's htpasswd 2.4 with -B -C 4, -m, -s, -2, -5
WRITTEN = {
    "bcrypt": "$2y$04$8k8sY4w2rsyknodqKcnYaOZnxWuyRL7tOmm7T9yxgnHZtPF4X7nua",
    "apr1": "$apr1$PBV0di30$hZJLPijos0XCyRkvrWuCU.",
    "sha1": "{SHA}Iz4kQNUYy3QNLZ2L0oz9F85xiAE=",
    "sha256": "$5$tuJmWbkphWkaEsIT$FN6CD8TpWQiPKGFoezXVxIiGZLOo3d01K5ZE1qHixo7",
    "sha512": "$6$/0oZGsAZC5SqMqre$ndX19kZ5vPwj7SD.li/CFmV5IT4rQijKdWzYa2Y1"
    "82JWUIi9Hxlye7BjcQeeXF7POfwWgvqDSxZzE4Cg1x0e/0",
}

LONG = "$2y$04$T3VopWqsgijwhdxP59qs/ueyrWOIH2SEUzN8RR0gO7WMrwAOgR1Pe"
"""`x` 72 times: as far as bcrypt reads."""


@pytest.mark.parametrize("form", WRITTEN)
def test_what_apache_writes_is_verified(form):
    users = Users.parse(f"# staff\n\nann:{WRITTEN[form]}\n".encode(), "f")
    assert users.verify("ann", "a passphrase")
    assert not users.verify("ann", "a passphrasf")
    assert not users.verify("bob", "a passphrase")
    assert not users.verify("ann", "")
    assert not users.verify("ann", "\0")


def test_a_password_longer_than_bcrypt_reads_is_cut_as_htpasswd_cuts_it():
    users = Users.parse(f"ann:{LONG}\n".encode(), "f")
    assert users.verify("ann", "x" * 80)
    assert not users.verify("ann", "x" * 71)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "f: no user in it"),
        (b"ann\n", "f:1: not a line"),
        (b"# x\n:hash\n", "f:2: not a line"),
        (b"ann:secret\n", 'f:1: user "ann" has a password in a form'),
        (b"ann:e9SrcOOyOC4TM\n", 'f:1: user "ann" has a password in a form'),
        (b"ann:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=\nann:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=\n", 'f:2: user "ann" is there'),
    ],
    ids=["empty", "no-colon", "no-name", "plain", "des", "twice"],
)
def test_a_mistake_is_named_with_its_line_and_without_the_secret(text, said):
    with pytest.raises(Rejected) as raised:
        Users.parse(text, "f")
    assert raised.value.lines[0].startswith(said)
    assert "secret" not in str(raised.value)
    assert "SHA" not in repr(Users.parse(b"ann:{SHA}GpHWL3ymc5liWkNopqtdSjuqYHM=", "f"))
