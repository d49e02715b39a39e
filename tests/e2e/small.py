"""A policy that loads fast: resident IDs leave masked, and no names are looked for."""

from __future__ import annotations


def small(rules: str = "", top: str = "") -> str:
    """Its text, with more rules, and more keys at the top."""
    return _TEXT.format(rules=rules, top=top)


_TEXT = """\
apiVersion: egress/v1
kind: Policy
metadata: {{name: small, revision: 1, owner: a@example.com}}
{top}rules:
  - id: R-1
    rev: 1
    title: {{en: Resident IDs leave masked}}
    status: stable
    mode: enforce
    severity: high
    when: {{data: {{entities: [CN_RESIDENT_ID], band: medium}}}}
    then: {{redact: {{with: mask}}}}
{rules}"""
