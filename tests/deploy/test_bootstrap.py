"""Which Python the bootstrap takes. What it then installs is shown by every other test's running at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BOOTSTRAP = ROOT / "deploy/bootstrap.sh"
BASE = Path(sys.base_prefix) / "bin" / "python3"


@pytest.fixture
def machine(tmp_path):
    """A home and a PATH of their own: the usual tools, no Python."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("dirname", "cat", "cksum"):
        found = next(p for p in (Path("/usr/bin") / name, Path("/bin") / name) if p.exists())
        (tools / name).symlink_to(found)
    return tmp_path


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def python(path: Path) -> Path:
    return script(path, f'exec "{BASE}" "$@"')


def refusing(path: Path) -> Path:
    return script(path, 'echo "pyenv: $0: command not found" >&2; exit 127')


def find(machine: Path, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["/bin/sh", str(BOOTSTRAP), "--find"],
        env={"PATH": str(machine / "bin"), "HOME": str(machine), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_on_the_path_is_taken(machine):
    good = python(machine / "bin/python3")
    assert find(machine).stdout.strip() == str(good)


def test_a_shim_that_refuses_to_run_is_passed_over(machine):
    for name in ("python3.13", "python3.12", "python"):
        refusing(machine / "bin" / name)
    good = python(machine / "bin/python3")
    assert find(machine).stdout.strip() == str(good)


@pytest.mark.parametrize(
    "folder",
    [
        ".pyenv/versions/3.13.99",
        ".asdf/installs/python/3.13.99",
        ".local/share/mise/installs/python/3.13.99",
        ".local/share/uv/python/cpython-3.13.99-linux-x86_64-gnu",
    ],
)
def test_one_hidden_in_a_version_managers_folder_is_found(machine, folder):
    refusing(machine / "bin/python3.13")
    script(machine / "bin/python3", "exit 1")  # too old
    good = python(machine / folder / "bin/python3")
    assert find(machine).stdout.strip() == str(good)


def test_a_folder_with_spaces_is_no_hindrance(machine):
    good = python(machine / "my versions/versions/3.13.99/bin/python3")
    assert find(machine, PYENV_ROOT=str(machine / "my versions")).stdout.strip() == str(good)


def test_the_one_named_comes_first(machine):
    python(machine / "bin/python3")
    named = python(machine / "elsewhere/mine")
    assert find(machine, PYTHON=str(named)).stdout.strip() == str(named)


def test_one_named_that_cannot_be_used_is_said_so(machine):
    good = python(machine / "bin/python3")
    found = find(machine, PYTHON=str(refusing(machine / "elsewhere/mine")))
    assert found.stdout.strip() == str(good)
    assert "elsewhere/mine is not a CPython" in found.stderr


def test_exported_python_variables_do_not_matter(machine):
    good = python(machine / "bin/python3")
    assert find(machine, PYTHONHOME="/nonexistent", PYTHONPATH=str(machine)).stdout.strip() == str(good)


def test_an_argument_it_does_not_know_is_refused():
    done = subprocess.run(["/bin/sh", str(BOOTSTRAP), "--fnd"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "--find" in done.stderr


def test_scripts_can_be_executed_and_parsed():
    for path in (BOOTSTRAP, ROOT / ".ci/run"):
        assert os.access(path, os.X_OK)
    subprocess.run(["/bin/sh", "-n", str(BOOTSTRAP)], check=True)
