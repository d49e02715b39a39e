import os
import stat

import pytest

from proxy.policy.yamltree import PolicyFile
from proxy.store.policies import KEPT, DamagedError, PolicyStore, hash_of


def files(number):
    return (PolicyFile("a.yaml", f"a: {number}\n".encode()), PolicyFile("lists/b.yaml", "b: 名单\n".encode()))


def keep(store, number):
    store.keep(hash_of(files(number)), "shop", number, files(number))
    return hash_of(files(number))


def test_a_policy_comes_back_as_it_was_given(tmp_path):
    store = PolicyStore(tmp_path / "policies")
    digest = keep(store, 1)
    kept = store.find(digest)
    assert (kept.files, kept.hash, kept.name, kept.revision) == (files(1), digest, "shop", 1)
    assert store.find(digest[:6]) == kept


def test_only_its_owner_can_read_it(tmp_path):
    store = PolicyStore(tmp_path / "policies")
    keep(store, 1)
    assert stat.S_IMODE((tmp_path / "policies").stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "policies").iterdir()] == [0o600]


def test_the_last_ten_are_kept_and_one_kept_again_is_new(tmp_path):
    store = PolicyStore(tmp_path)
    digests = [keep(store, number) for number in range(KEPT)]
    for number, digest in enumerate(digests):
        os.utime(tmp_path / f"{digest}.policy.json", (number, number))
    keep(store, 0)
    last = keep(store, 99)
    assert [kept.hash for kept in store.all()] == [last, digests[0], *reversed(digests[2:])]


def test_a_hash_that_is_not_that_of_the_files_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not that of the files"):
        PolicyStore(tmp_path).keep("0" * 12, "shop", 1, files(1))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", ["", "..", "../../etc/passwd", "zzzzzzzzzzzz", "abc", "*", "0" * 13])
def test_what_is_no_hash_finds_nothing(tmp_path, asked):
    store = PolicyStore(tmp_path)
    keep(store, 1)
    assert store.find(asked) is None


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"hash": 1}', b"\xff"])
def test_a_damaged_file_is_told_and_left_out_of_the_list(tmp_path, text):
    store = PolicyStore(tmp_path)
    digest = keep(store, 1)
    (tmp_path / f"{digest}.policy.json").write_bytes(text)
    with pytest.raises(DamagedError):
        store.find(digest)
    assert store.all() == ()


def test_another_policy_under_its_name_is_told(tmp_path):
    store = PolicyStore(tmp_path)
    one, two = keep(store, 1), keep(store, 2)
    (tmp_path / f"{one}.policy.json").write_bytes((tmp_path / f"{two}.policy.json").read_bytes())
    with pytest.raises(DamagedError, match="does not hold the policy"):
        store.find(one)


def test_a_link_is_not_followed(tmp_path):
    store = PolicyStore(tmp_path / "policies")
    digest = keep(store, 1)
    place = tmp_path / "policies" / f"{digest}.policy.json"
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    assert store.find(digest) is None


def test_no_folder_is_an_empty_store(tmp_path):
    assert PolicyStore(tmp_path / "none").all() == ()
