"""`egress policy rollback`: one of the last ten policies again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.authoring.bench import Workbench, stop, told
from proxy.cli.authoring.fmt import write
from proxy.cli.equipment import DEFAULT_POLICY
from proxy.cli.policy import read_policy
from proxy.policy.errors import PolicyError
from proxy.policy.yamltree import PolicyFile
from proxy.store.policies import DamagedError, Kept, PolicyStore, hash_of


def rollback(
    digest: Annotated[str, typer.Argument(metavar="[HASH]", help="The hash, or its beginning; none lists them.")] = "",
    policy: Annotated[
        Path, typer.Option("--policy", envvar="EGRESS_POLICY", help="The policy to replace, a file or a folder.")
    ] = DEFAULT_POLICY,
    state_dir: Annotated[
        Path, typer.Option(envvar="EGRESS_STATE_DIR", help="Where the gate keeps its policies.")
    ] = Path(".egress"),
    config: Annotated[
        Path | None, typer.Option(envvar="EGRESS_CONFIG", help="The gate's YAML: zones, recognizers, important_data.")
    ] = None,
) -> None:
    """Put one of the last ten policies back in place of the one on disk; a running gate then loads it.

    The one on disk is kept first, so that this can be undone. Exit 0; 2 for a hash nobody knows or a policy that can
    no longer be used; 3 for one that was changed where it is kept.
    """
    store = PolicyStore(state_dir / "policies")
    if not digest:
        _list(store, policy)
        return
    with told():
        kept = _kept(store, digest, state_dir)
        places = _places(kept, policy)
        Workbench(policy, config).compile(kept.files)
        _keep_current(store, policy, config)
        for place, file in zip(places, kept.files, strict=True):
            place.parent.mkdir(parents=True, exist_ok=True)
            write(place, file.text)
        for stray in _strays(policy, places):
            typer.echo(f"{stray}: not part of that policy; remove it, or the folder holds another one", err=True)
    typer.echo(f"{policy}: {kept.name}@{kept.hash} (revision {kept.revision}) again", err=True)


def _kept(store: PolicyStore, digest: str, state: Path) -> Kept:
    try:
        kept = store.find(digest)
    except DamagedError as error:
        typer.echo(f"{state / 'policies'}: {error}", err=True)
        raise typer.Exit(3) from None
    if kept is None:
        known = ", ".join(each.hash for each in store.all()) or "none"
        stop(f'{state / "policies"}: no policy "{digest[:64]}" is kept; there are: {known}')
    return kept


def _list(store: PolicyStore, policy: Path) -> None:
    try:
        current = hash_of(read_policy(policy))
    except PolicyError:
        current = ""
    found = store.all()
    if not found:
        typer.echo("no policy is kept; a gate keeps those it takes over in its state folder (--state-dir)", err=True)
    for kept in found:
        mark = "  (on disk)" if kept.hash == current else ""
        files = ", ".join(Path(file.path).name for file in kept.files)
        typer.echo(f"{kept.hash}  {kept.at:%Y-%m-%d %H:%M:%SZ}  {kept.name} revision {kept.revision}  {files}{mark}")


def _places(kept: Kept, policy: Path) -> list[Path]:
    """Where the files go: the first to the policy named, the others as they lay beside it; never above its folder."""
    folder = policy if policy.is_dir() else policy.parent
    base = Path(kept.files[0].path).parent
    places = []
    for number, file in enumerate(kept.files):
        path = Path(file.path)
        inside = path.relative_to(base) if path.is_relative_to(base) else Path(path.name)
        place = policy if number == 0 and not policy.is_dir() else folder / inside
        if ".." in inside.parts or inside.is_absolute() or place.is_symlink():
            stop(f"{place}: would be written outside the folder of the policy, or through a link")
        places.append(place)
    return places


def _strays(policy: Path, places: list[Path]) -> list[Path]:
    if not policy.is_dir():
        return []
    here = [path for path in sorted(policy.glob("[!.]*.yaml")) if not path.name.endswith(".test.yaml")]
    return [path for path in here if path not in places]


def _keep_current(store: PolicyStore, policy: Path, config: Path | None) -> None:
    """Keep what is on disk now, if it is a policy."""
    try:
        files: tuple[PolicyFile, ...] = read_policy(policy)
        current = Workbench(policy, config).compile(files)
    except PolicyError:
        return
    if current.hash == hash_of(files):
        store.keep(current.hash, current.name, current.revision, files)
