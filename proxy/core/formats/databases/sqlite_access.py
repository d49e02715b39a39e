"""A SQLite database from bytes, opened so that nothing in it can do anything, and what tables it has."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

WRONG = (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError, ValueError, MemoryError)
"""What SQLite and its binding raise on a hostile file."""

_STEPS = 10_000
_STEPS_PER_BYTE = 100
_WAL = slice(18, 20)
_LEAST_LENGTH = 1 << 20
_READING = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ))
_PRAGMAS = frozenset(("table_xinfo", "integrity_check", "quick_check"))
_CONFIG = {
    sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER: False,
    sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW: False,
    sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA: False,
    sqlite3.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION: False,
    sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY: False,
}
_LIMITS = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_VIRTUAL = re.compile(rb"\s*CREATE\s+VIRTUAL\s", re.IGNORECASE)
_GENERATED = (2, 3)


class Text(bytes):
    """What SQLite calls TEXT, in UTF-8 if the file keeps to the rules; BLOB comes as plain bytes."""

    __slots__ = ()


class Table(NamedTuple):
    """A table: its columns, those that are computed from others, and the ones that tell its rows apart."""

    name: str
    columns: tuple[str, ...]
    computed: frozenset[str]
    key: tuple[str, ...]
    by_rowid: bool

    @property
    def query(self) -> str:
        """All rows: the key's values, then all columns. Never from an index: it may hold others than the table."""
        wanted = ", ".join(map(quoted, (*self.key, *self.columns)))
        return f"SELECT {wanted} FROM {quoted(self.name)} NOT INDEXED"  # noqa: S608


def quoted(name: str) -> str:
    """A name as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'


def connected(data: bytes, *, writing: bool = False) -> sqlite3.Connection:
    """The database in memory. Raises what `WRONG` lists."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        copy = bytearray(data)
        if copy[_WAL] == b"\x02\x02":
            copy[_WAL] = b"\x01\x01"  # its log lies in another file; without one it opens in the other mode
        db.text_factory = Text
        for limit, most in _LIMITS.items():
            db.setlimit(limit, most)
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, max(len(data) * 2, _LEAST_LENGTH))
        for option, on in _CONFIG.items():
            db.setconfig(option, on)
        steps = iter(range(len(data) * _STEPS_PER_BYTE // _STEPS + 1000))
        db.set_progress_handler(lambda: next(steps, None) is None, _STEPS)
        db.deserialize(copy)
        db.execute("PRAGMA cell_size_check = ON")
        if writing:
            db.execute("PRAGMA secure_delete = ON")
        else:
            db.execute("PRAGMA query_only = ON")
            db.set_authorizer(_authorised)
    except BaseException:
        db.close()
        raise
    return db


def _authorised(action: int, first: str | None, *_: object) -> int:
    if action == sqlite3.SQLITE_PRAGMA:
        return sqlite3.SQLITE_OK if first in _PRAGMAS else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def integrity(db: sqlite3.Connection) -> bool:
    """Whether SQLite finds nothing wrong; the order of an index sorted in a way unknown here is not looked at."""
    for check in ("integrity_check(1)", "quick_check(1)"):
        try:
            return db.execute(f"PRAGMA {check}").fetchall() == [(b"ok",)]
        except sqlite3.OperationalError:
            continue
    return False


def first_pages(db: sqlite3.Connection) -> list[int]:
    """The numbers of the pages that the trees of tables and indices begin with."""
    return [page for (page,) in db.execute("SELECT rootpage FROM sqlite_schema WHERE rootpage > 0")]


def tables(db: sqlite3.Connection) -> Iterator[Table]:
    """The tables that have pages of their own; what a virtual table holds lies in others."""
    found = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").fetchall()
    for name, sql in found:
        if sql is None or not _VIRTUAL.match(sql):
            yield _table(db, name.decode())


def _table(db: sqlite3.Connection, name: str) -> Table:
    described = db.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()
    columns = tuple(column[1].decode() for column in described)
    computed = frozenset(column[1].decode() for column in described if column[6] in _GENERATED)
    primary = [(column[5], column[1].decode()) for column in described if column[5]]
    key, by_rowid = tuple(column for _, column in sorted(primary)), False
    taken = {column.lower() for column in columns}
    alias = next((each for each in ("rowid", "oid", "_rowid_") if each not in taken), None)
    if alias is not None:
        try:
            db.execute(f"SELECT {alias} FROM {quoted(name)} LIMIT 0")  # noqa: S608
            key, by_rowid = (alias,), True
        except sqlite3.OperationalError:
            pass  # WITHOUT ROWID: its key is the primary one
    return Table(name, columns, computed, key, by_rowid)
