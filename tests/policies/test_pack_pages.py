"""The page of each pack: it is there, true, and up to date, and what it tells to type in prints what it says."""

import re
import shutil
from pathlib import Path

import pytest

from proxy.cli.authoring.bench import Workbench
from proxy.policy.overview import overview
from proxy.policy.yamltree import PolicyFile, parse
from tests.policies.test_ten_minutes import pattern, steps, typed

FOLDER = Path(__file__).parents[2] / "policies"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml") if not path.name.endswith(".test.yaml"))
MARK = "<!-- written by: egress policy show -->\n\n"
SECTIONS = ["Before use", "Try it", "Roll it out", "What it does not do", "For counsel", "Its rules"]
PAGES = pytest.mark.parametrize("name", NAMES)


def page(name):
    return (FOLDER / "packs" / f"{name}.md").read_text("utf-8")


def plain(name):
    return parse(PolicyFile(name, (FOLDER / f"{name}.yaml").read_bytes()))[0].plain()


def test_every_pack_has_a_page_and_every_page_a_pack():
    assert sorted(path.stem for path in (FOLDER / "packs").glob("*.md")) == NAMES
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert [name for name in NAMES if f"[page](packs/{name}.md)" not in readme] == []


@PAGES
def test_its_rules_are_those_of_the_policy(name):
    assert page(name).partition(MARK)[2] == overview(plain(name)), "stale: run `make pages`"


@PAGES
def test_it_has_every_section_in_order(name):
    text = page(name)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith(f"# {name}\n\n**For whom.** ")
    assert "\n**What it does to a request.** " in text


@PAGES
def test_what_it_names_is_there(name):
    prose, tree = page(name).partition(MARK)[0], plain(name)
    ids = {rule["id"] for rule in tree["rules"]} | {"LAW-STATE-SECRET"}
    assert set(re.findall(r"`([A-Z]+-\d{4})`", prose)) <= ids
    assert set(tree.get("lists") or ()) <= set(re.findall(r"`(\w+)`", prose)) | {"never"}
    links = re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", prose)
    assert [link for link in links if not (FOLDER / "packs" / link).exists()] == []
    assert [line for line in prose.splitlines() if len(line) > 145 and line[0] not in "|$"] == []


@pytest.fixture(scope="module")
def scanner():
    """That of all entities, for all: it finds no less, and is compiled once."""
    return Workbench(FOLDER).scanner(None)


@PAGES
def test_what_it_tells_to_type_in_prints_what_it_says(name, scanner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Workbench, "scanner", lambda *_: scanner)
    shutil.copytree(FOLDER, "policies", ignore=shutil.ignore_patterns("*.md"))
    blocks = re.findall(r"```console\n(.*?)```", page(name), re.DOTALL)
    asked = [step for block in blocks for step in steps(block)]
    assert [command for command, _ in asked if f"policies/{name}" in command]
    for command, printed in asked:
        told = typed(command)
        assert re.fullmatch(pattern(printed), told), f"{command}\n{told}"
