"""The same identifiers without any hiding, in the same carriers: what misses one of these says nothing of hiding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proxy.cli.evasions.carriers import CARRIERS
from proxy.cli.evasions.model import Case, Family, Secret, Technique, first


def _make(secrets: Sequence[Secret]) -> Iterator[Case]:
    for secret in secrets:
        for carrier in CARRIERS:
            if (carrier.says or secret.proves) and carrier.fits(secret.value):
                sent = carrier.write(secret.field, secret.value)
                yield Case(carrier.name, secret, (sent,), first(carrier.read))


CONTROL = Technique("no hiding", Family.PLAIN, "reads it as it stands", _make)
