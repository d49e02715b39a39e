import json
from types import SimpleNamespace

import pytest

from proxy.policy.yamltree import PolicyFile
from proxy.store.archive import Archive
from proxy.store.policies import PolicyStore, hash_of


def adopted(text=b"a: 1\n", weaker=(), allowed=""):
    digest = hash_of([PolicyFile("p.yaml", text)])
    facts = SimpleNamespace(name="p", revision=2, hash=digest, rules=(), entities=())
    return SimpleNamespace(files=(("p.yaml", text),), facts=facts, weaker=weaker, allowed=allowed)


def lines(state):
    return [json.loads(line) for file in (state / "audit").glob("*.jsonl") for line in file.read_text().splitlines()]


def test_what_comes_into_force_is_kept_and_nothing_is_recorded_of_it(tmp_path):
    Archive(tmp_path, "0.1.0").adopt(adopted(), None)
    (kept,) = PolicyStore(tmp_path / "policies").all()
    assert (kept.hash, kept.files) == (adopted().facts.hash, (PolicyFile("p.yaml", b"a: 1\n"),))
    assert not (tmp_path / "audit").exists()


def test_what_is_weaker_has_a_line_each_in_one_chain(tmp_path):
    archive = Archive(tmp_path, "0.1.0")
    archive.adopt(adopted(weaker=("A: the rule is removed",), allowed="--allow-weaken"), None)
    archive.adopt(adopted(b"b: 1\n", ("B: mode was enforce, is off",), "signed by 00"), adopted().facts)
    first, second = lines(tmp_path)
    assert (first["event"], first["replaced"], first["allowed"]) == ("policy_weakened", None, "--allow-weaken")
    assert first["policy"] == second["replaced"] == {"name": "p", "rev": 2, "hash": adopted().facts.hash}
    assert (second["weaker"], second["seq"]) == (["B: mode was enforce, is off"], 1)


def test_what_is_weaker_and_cannot_be_recorded_is_not_adopted(tmp_path):
    (tmp_path / "audit").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="exists"):
        Archive(tmp_path, "0.1.0").adopt(adopted(weaker=("A: …",)), None)
    assert PolicyStore(tmp_path / "policies").all() == ()


def test_one_that_cannot_be_kept_comes_into_force_and_it_is_said(tmp_path, capsys):
    (tmp_path / "policies").write_text("a file where the folder should be")
    Archive(tmp_path, "0.1.0").adopt(adopted(), None)
    assert "cannot be kept for a rollback" in capsys.readouterr().err
