"""What the papers say is so: commands, targets, flags, metrics, links, versions."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from proxy.cli import config
from proxy.cli.bounds import LOAD, TIMEOUTS
from proxy.edge.ports import Refusal, Upstream

ROOT = Path(__file__).parent.parent
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "deploy").glob("*.md"), *(ROOT / "policies").glob("*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())


@cache
def egress(*words: str) -> str:
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    command = [sys.executable, "-c", "from proxy.cli import main; main()", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def flags(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - {"--help"}


@pytest.fixture(scope="module")
def targets():
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def shell_blocks(paper: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", paper.read_text(), re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.split("#")[0].strip()]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_make_targets_in_the_papers_exist(paper, targets):
    assert set(re.findall(r"`make ([a-z]+)", paper.read_text())) <= targets
    assert {line.split()[1] for line in shell_blocks(paper) if line.startswith("make ")} <= targets


def test_the_contracts_targets_exist(targets):
    assert {"venv", "run", "demo", "test", "check", "bench"} <= targets


def test_help_lists_every_target(targets):
    said = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make (\w+) ", said, re.MULTILINE)) == targets


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(paper):
    links = re.findall(r"\]\(([^)#]+)\)", paper.read_text())
    assert [link for link in links if "://" not in link and not (paper.parent / link).exists()] == []


def test_commands_in_the_papers_exist():
    """Each `egress` line of a shell block: its verb, its subcommand and its flags."""
    for paper in PAPERS:
        for line in shell_blocks(paper):
            found = re.match(r"(?:\.venv/bin/)?egress ((?:[a-z]+ ?)+)(.*)", line)
            if found is None:
                continue
            words = tuple(found[1].split())
            words = words if words[0] in {"ca", "policy"} else words[:1]
            assert flags(found[2]) <= flags(egress(*words, "--help")), line


def test_flags_and_defaults_of_run_are_those_in_the_operators_table():
    said = egress("run", "--help")
    paper = (ROOT / "deploy/README.md").read_text()
    rows = re.findall(r"^\| `(--[a-z-]+)[^`]*` \| `(\w+)` \|[^|]*\| ([^|]*) \|", paper, re.MULTILINE)
    assert {flag for flag, _, _ in rows} == flags(said)
    for _, variable, default in rows:
        assert variable in said
        assert default.strip("` ") == "none" or default.strip("` ") in said


def test_flags_in_the_readme_exist():
    paper = (ROOT / "README.md").read_text()
    args = " ".join(re.findall(r'ARGS="([^"]*)"', paper))
    assert flags(args) <= flags(egress("run", "--help"))


def test_metrics_in_the_operators_table_exist_and_none_is_missing():
    from proxy.store import metrics

    paper = (ROOT / "deploy/README.md").read_text()
    rows = re.findall(r"^\| `(egress_\w+)` \| ([^|]*)\|", paper, re.MULTILINE)
    table = {name: tuple(filter(None, re.split(r",\s*", labels.strip()))) for name, labels in rows}
    assert len(table) == len(rows)
    source = Path(metrics.__file__).read_text()
    assert [name for name in table if re.sub("_(info|total)$", "", name) not in source] == []
    counted = {name: family.labels for name, family in metrics.FAMILIES.items()}
    assert {name: labels for name, labels in table.items() if name in counted} == counted


def test_reasons_and_causes_of_the_edge_are_all_in_the_operators_paper():
    paper = (ROOT / "deploy/README.md").read_text()
    table = paper.partition("| refused as |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(Refusal)
    (row,) = re.findall(r"^\| `egress_upstream_errors_total` \| cause \| (.*) \|$", paper, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == set(Upstream)


def test_each_key_of_the_configuration_is_in_the_operators_paper():
    paper = (ROOT / "deploy/README.md").read_text()
    keys = (*config._KEYS, *LOAD, *TIMEOUTS, "window", "spool_cap", "stream_cap")
    told = re.compile(rf"(?:^|[{{,`] ?|# )({'|'.join(keys)})(?:`|: )", re.MULTILINE)
    assert set(keys) == set(told.findall(paper))


def test_the_changelog_knows_this_version():
    versions = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == PROJECT["project"]["version"]


def test_the_licence_is_apache_2_unchanged():
    text = (ROOT / "LICENSE").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_the_lock_covers_what_the_project_asks_for():
    locked = next(package for package in LOCK["package"] if package["name"] == PROJECT["project"]["name"])
    assert locked["version"] == PROJECT["project"]["version"]

    def names(requirements: list[str]) -> set[str]:
        return {re.sub(r"[._]", "-", re.match(r"[A-Za-z0-9._-]+", each)[0].lower()) for each in requirements}

    assert {each["name"] for each in locked["metadata"]["requires-dist"]} == names(PROJECT["project"]["dependencies"])
    development = locked["metadata"]["requires-dev"]["dev"]
    assert {each["name"] for each in development} == names(PROJECT["dependency-groups"]["dev"])


def test_everything_locked_has_a_hash():
    files = [file for package in LOCK["package"] for file in [*package.get("wheels", ()), package.get("sdist")] if file]
    assert len(files) > len(LOCK["package"])
    assert [file["url"] for file in files if not file.get("hash", "").startswith("sha256:")] == []


def test_nothing_that_the_gate_or_its_tools_leave_behind_is_tracked():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    for leftover in (".venv/x", ".egress/x", ".coverage", ".hypothesis/x", "proxy/__pycache__/x.pyc", "dist/x"):
        done = subprocess.run(["git", "check-ignore", "-q", leftover], cwd=ROOT, check=False)
        assert done.returncode == 0, leftover
