"""The same identifiers without any hiding, in the same carriers: what misses one of these says nothing of hiding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proxy.cli.evasions.carriers import CARRIERS
from proxy.cli.evasions.model import Case, Family, Secret, Technique


def _make(secrets: Sequence[Secret]) -> Iterator[Case]:
    for secret in secrets:
        for carrier in CARRIERS:
            if carrier.fits(secret.value):
                sent = carrier.write(secret.field, secret.value)
                yield Case(carrier.name, secret, (sent,), lambda requests, read=carrier.read: read(requests[0]))


CONTROL = Technique("no hiding", Family.PLAIN, "reads it as it stands", _make)
