#!/bin/sh
# Prepares .venv from uv.lock: finds a Python by itself, installs wheels by hash, builds nothing but this project.
# Safe to run again, to interrupt, to run twice at once, and in a checkout that was moved or copied with its .venv.
# --find only prints the Python it would use.
set -eu

# Versions of CPython that uv.lock has wheels for, the best tried first.
VERSIONS='3.12 3.13 3.14'

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$root"
venv=$root/.venv
stamp=$venv/.bootstrap
half_built=$venv/.incomplete

# Whatever is exported by the caller's shell must not decide what is installed here.
unset PYTHONHOME PYTHONPATH VIRTUAL_ENV CONDA_PREFIX UV_PYTHON UV_PROJECT UV_WORKING_DIR UV_PROJECT_ENVIRONMENT

say() { printf 'bootstrap: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

fingerprint() {
    printf '%s\n' "$root"
    cksum uv.lock pyproject.toml deploy/bootstrap.sh deploy/uv-requirements.txt
}

ready() {
    [ -f "$stamp" ] && [ ! -e "$half_built" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ] &&
        "$venv/bin/python" -I -S -c '' 2>/dev/null
}

# A version manager's shim may be on PATH and refuse to run, and a Python may lack modules: ask it, do not trust its
# name. Free-threaded builds have no wheels in the lock. Releases of 3.13 such as 3.13.0 cannot start mitmproxy's eager
# tasks on uvloop, which passes eager_start from 3.13 on.
usable() {
    "$1" -I -c '
import asyncio, ctypes, ensurepip, inspect, sqlite3, ssl, sys, sysconfig, venv, zlib
wanted = sys.argv[1].split()
version = "%d.%d" % sys.version_info[:2]
fits = version in wanted and sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
eager = version == "3.12" or "eager_start" in inspect.signature(asyncio.eager_task_factory).parameters
sys.exit(0 if fits and eager else 1)' "$VERSIONS" </dev/null >/dev/null 2>&1
}

from_path() {
    for name in $(for v in $VERSIONS; do echo "python$v"; done) python3 python; do
        path=$(command -v "$name") || continue
        usable "$path" || continue
        printf '%s\n' "$path"
        return 0
    done
    return 1
}

# Where pyenv, asdf, mise, uv, Homebrew and the python.org installer keep what they do not put on PATH.
from_version_managers() {
    data=${XDG_DATA_HOME:-${HOME:-/nonexistent}/.local/share}
    for v in $VERSIONS; do
        for path in \
            "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$v"*/bin/python3 \
            "${ASDF_DATA_DIR:-${HOME:-}/.asdf}/installs/python/$v"*/bin/python3 \
            "${MISE_DATA_DIR:-$data/mise}/installs/python/$v"*/bin/python3 \
            "${UV_PYTHON_INSTALL_DIR:-$data/uv/python}/cpython-$v"*/bin/python3 \
            "/opt/homebrew/opt/python@$v/bin/python$v" "/usr/local/opt/python@$v/bin/python$v" \
            "/usr/local/bin/python$v" "/opt/python/$v"*/bin/python3 \
            "/Library/Frameworks/Python.framework/Versions/$v/bin/python3"; do
            usable "$path" || continue
            printf '%s\n' "$path"
            return 0
        done
    done
    return 1
}

from_uv() {
    command -v uv >/dev/null || return 1
    say 'no suitable Python found; asking uv for one'
    uv python install --no-progress 3.12 >&2 || return 1
    path=$(uv python find --no-project --managed-python 3.12) && usable "$path" && printf '%s\n' "$path"
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        path=$(command -v "$PYTHON") && usable "$path" && { printf '%s\n' "$path"; return 0; }
        say "PYTHON=$PYTHON is not a CPython 3.12 (or 3.14, or a late 3.13) with ssl, ctypes, sqlite3 and venv; looking further"
    fi
    from_path || from_version_managers || from_uv
}

must_find_python() {
    find_python || die "no usable Python found. Needed: CPython 3.12 (or 3.14, or a late 3.13) with ssl," \
        "ctypes, sqlite3 and venv. Install one (Debian/Ubuntu: apt-get install python3.12 python3.12-venv; pyenv: pyenv" \
        "install 3.12; uv: uv python install 3.12), or name one: PYTHON=/path/to/python3 make venv"
}

create() {
    python=$(must_find_python)
    say "making .venv with $("$python" -I -c 'import sys; print("Python %d.%d.%d" % sys.version_info[:3])') ($python)"
    rm -rf -- "$venv"
    mkdir -- "$venv"
    : >"$half_built"
    "$python" -I -m venv "$venv" || die "$python could not make a virtual environment"
}

install() {
    uv=$venv/uv/bin/uv
    if ! "$uv" --version >/dev/null 2>&1; then
        "$venv/bin/python" -I -m ensurepip >/dev/null 2>&1 || die 'this Python cannot set up pip (ensurepip failed)'
        rm -rf -- "$venv/uv"
        "$venv/bin/python" -I -m pip install -qq --disable-pip-version-check --no-warn-script-location \
            --require-hashes --only-binary :all: --target "$venv/uv" -r deploy/uv-requirements.txt ||
            die 'could not install uv: is the package index reachable (HTTPS_PROXY, PIP_INDEX_URL, PIP_CERT)?'
    fi
    say 'installing from uv.lock'
    locked="sync --python .venv/bin/python --frozen --no-build --no-install-project --no-progress --quiet"
    # shellcheck disable=SC2086 # words, on purpose
    if ! "$uv" $locked || ! "$uv" $locked --inexact --check; then
        die 'could not install from uv.lock: see above; what was downloaded is kept for the next try'
    fi
    "$uv" pip install --python .venv/bin/python --offline --no-deps --no-build-isolation --no-progress --quiet \
        --reinstall-package gba-egress --editable . || die 'could not install the project itself'
}

main() {
    ready && return 0
    # Two first runs at once would build into the same folder; the script itself serves as the lock file.
    if command -v flock >/dev/null; then
        exec 9<"$root/deploy/bootstrap.sh"
        flock 9
        ready && return 0
    fi
    # bin/activate knows where the environment was made: one that was moved or copied points elsewhere.
    if [ -e "$half_built" ] || ! usable "$venv/bin/python" || ! grep -qF -- "$venv" "$venv/bin/activate" 2>/dev/null; then
        create
    fi
    : >"$half_built"
    install
    fingerprint >"$stamp"
    rm -f -- "$half_built"
    say 'ready'
}

case ${1:-} in
    '') main ;;
    --find) must_find_python ;;
    *) die "unknown argument $1; there is only --find" ;;
esac
