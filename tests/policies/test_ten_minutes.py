"""The commands of policies/README.md, typed in as they are printed, in the order of the page."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from proxy.cli.authoring import app

POLICIES = Path(__file__).parents[2] / "policies"
README = (POLICIES / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
SENT = (
    ("https://www.example.com/orders", '{"hkid":"A123456(3)"}'),
    ("https://claims.example.com/v2", '{"hkid":"A123456(3)"}'),
    ("https://www.example.com/search", '{"q":"umbrella"}'),
)


def steps(block):
    """(command, what is printed for it) of each `$` line; a here-document belongs to its command."""
    found, document = [], False
    for line in block.splitlines():
        if document:
            found[-1][0].append(line)
            document = line != "END"
        elif line.startswith("$ "):
            found.append(([line[2:]], []))
            document = line.endswith("<<'END'")
        else:
            found[-1][1].append(line)
    return [("\n".join(command), "\n".join(printed).strip()) for command, printed in found]


def typed(command):
    """What a command prints, and its exit code where that is not 0."""
    if not command.startswith("egress policy "):
        return subprocess.run(["sh", "-ec", command], check=True, capture_output=True, text=True).stdout.strip()
    result = CliRunner().invoke(app, shlex.split(command)[2:], catch_exceptions=False)
    code = f"\nexit {result.exit_code}" if result.exit_code else ""
    return re.sub(r"[ ]+$", "", result.output, flags=re.MULTILINE).strip() + code


def recording():
    entries = [
        {
            "request": {
                "method": "POST",
                "url": url,
                "httpVersion": "HTTP/1.1",
                "headers": [{"name": "Content-Type", "value": "application/json"}],
                "postData": {"mimeType": "application/json", "text": body},
            },
            "response": {"status": 200, "httpVersion": "HTTP/1.1", "headers": [], "content": {"text": ""}},
        }
        for url, body in SENT
    ]
    return json.dumps({"log": {"version": "1.2", "entries": entries}})


def pattern(printed):
    """`…` in what is printed stands for a hash, or anything else within a line; alone in a line, for any lines."""
    lines = (re.escape(line).replace("…", ".*") if line != "…" else "(?s:.*)" for line in printed.split("\n"))
    return "\n".join(lines)


def test_every_command_prints_what_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    shutil.copytree(POLICIES, "policies", ignore=shutil.ignore_patterns("*.md"))
    Path("traffic.har").write_text(recording())
    for command, printed in (step for block in BLOCKS for step in steps(block)):
        told = typed(command)
        assert re.fullmatch(pattern(printed), told), f"{command}\n{told}"
    page = Path("changes.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "A123456(3)" not in page


def test_every_verb_has_been_used():
    used = set(re.findall(r"^\$ egress policy (\w+)", README, re.MULTILINE))
    assert used == {"new", "check", "test", "explain", "diff", "replay"}


def test_every_file_named_is_there():
    named = set(re.findall(r"\]\(([\w./-]+)\)", README))
    assert [name for name in sorted(named) if not (POLICIES / name).exists()] == []
