"""What a policy that can be used should not be like: one problem per doubt, at its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from proxy.policy.errors import Code, Problem
from proxy.policy.model import Document
from proxy.policy.names import unused_conditions

if TYPE_CHECKING:
    from proxy.policy.load import Loaded


def lint(loaded: Loaded, tested: Collection[str] | None) -> Iterator[Problem]:  # noqa: ARG001
    """Every doubt about checked files."""
    yield from loaded.lists.unused()
    yield from unused_conditions(loaded.trees)
    for (file, root), document in zip(loaded.trees, loaded.documents, strict=True):
        if not isinstance(document, Document):
            continue
        for i, rule in enumerate(document.rules):
            for j, exemption in enumerate(rule.exceptions):
                if exemption.expires < loaded.today:
                    _, node = root.at(["rules", i, "exceptions", j, "expires"])
                    note = f"this exception of {rule.id} ended on {exemption.expires} and no longer applies; remove it"
                    yield Problem(file.path, node.line, node.col, Code.EXPIRED_EXCEPTION, note)
