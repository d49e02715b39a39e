"""One page per kind of mistake, as `egress policy codes` shows it and policies/codes.md has it."""

from __future__ import annotations

from proxy.policy.errors import Code, Level, Problem
from proxy.policy.mistakes import PAGES

_HEAD = "apiVersion: egress/v1\nkind: Policy\nmetadata: {name: example, revision: 1, owner: me@example.com}\n"
_LEVELS = {
    Level.ERROR: "An error: the policy cannot be used, and a gate keeps the one it has.",
    Level.FAILURE: "A failure: a gate loads the policy, `egress policy check` exits with 2.",
    Level.WARNING: "A warning: the policy can be used.",
}


def whole(example: str) -> str:
    """An example as a file."""
    if example.startswith("#"):
        return example
    if example.startswith("-"):
        return f"{_HEAD}rules:\n{example}\n"
    keys = example if "apiVersion" in example else _HEAD + example
    return f"{keys}\n" if "rules:" in keys or "kind: L" in keys else f"{keys}\nrules: []\n"


def page(code: Code) -> str:
    """The page of a code, in Markdown."""
    told = PAGES[code]
    text = f"## {code.value}\n\n{told.what}\n\n{told.why}\n\n{_LEVELS[Problem('', 1, 1, code, '').level]}\n"
    for name, example in (("Wrong", told.wrong), ("Right", told.right)):
        if example:
            text += f"\n{name}:\n\n```yaml\n{example}\n```\n"
    return text


def document() -> str:
    """All pages: policies/codes.md."""
    head = (
        "# Codes of `egress policy check`\n\n<!-- written by: egress policy codes -->\n\n"
        "Every line of `check` is `path:line:col: CODE message`. `egress policy codes CODE` prints one of these "
        "pages.\n\n"
    )
    table = "".join(f"- [{code.value}](#{code.value.lower()}): {PAGES[code].what}\n" for code in Code)
    return "\n".join((head + table, *(page(code) for code in Code)))
