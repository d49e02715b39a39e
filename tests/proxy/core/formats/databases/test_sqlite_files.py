import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.gate import (
    HKID,
    HKID_MASK,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    Redact,
    causes,
    engine,
    forwarded,
    found,
    inspected,
    message,
)

OTHER = "440304198512310046"


def made(script, *rows, page=1024, encoding="UTF-8", **pragmas):
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f"PRAGMA page_size = {page}")
        db.execute(f"PRAGMA encoding = '{encoding}'")
        db.execute("PRAGMA secure_delete = OFF")  # as most builds have it
        for name, value in pragmas.items():
            db.execute(f"PRAGMA {name} = {value}")
        db.executescript(script)
        for sql, *values in rows:
            db.execute(sql, values)
        db.commit()
        return db.serialize()


def read(data):
    """Every table, row by row with its rowid, as SQLite itself sees them; the file must be sound."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(data)
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")]
        return {name: rows(db, name) for name in names}


def rows(db, name):
    name = '"' + name.replace('"', '""') + '"'
    try:
        return db.execute(f"SELECT rowid, * FROM {name}").fetchall()
    except sqlite3.OperationalError:
        return db.execute(f"SELECT * FROM {name}").fetchall()


CUSTOMERS = (
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, 姓名 TEXT, mobile INT, idcard TEXT UNIQUE, real REAL);"
    "CREATE TABLE other (x, y); CREATE INDEX i ON customers (idcard, mobile);"
    "CREATE TABLE keyed (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID;"
    "CREATE TRIGGER t AFTER UPDATE ON customers BEGIN INSERT INTO other VALUES ('fired', new.idcard); END;"
    "CREATE VIEW v AS SELECT idcard FROM customers;"
)
ROWS = (
    ("INSERT INTO customers VALUES (7, '陈大文', ?, ?, ?)", int(MOBILE), RIC, float(MOBILE)),
    ("INSERT INTO customers VALUES (9, '李', NULL, 'x', 1.5)",),
    ("INSERT INTO other (rowid, x, y) VALUES (5, 1, x'00ff'), (9, NULL, 'z')",),
    ("INSERT INTO keyed VALUES (?, ?)", HKID, f"see {RIC}"),
)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_rows_are_read_by_table_and_column(encoding):
    data = made(CUSTOMERS, *ROWS, encoding=encoding)
    assert [(entity, part) for entity, part, _ in found(data) if entity != "PERSON"] == [
        ("CN_MOBILE", "body/sqlite:customers[7]/mobile"),
        ("CN_RESIDENT_ID", "body/sqlite:customers[7]/idcard"),
        ("CN_MOBILE", "body/sqlite:customers[7]/real"),
        ("HK_ID", "body/sqlite:keyed[1]/k"),
        ("CN_RESIDENT_ID", "body/sqlite:keyed[1]/v"),
    ]


@pytest.mark.parametrize("page", [512, 4096, 65_536])
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_the_mask_is_written_and_every_other_row_stays(page, encoding):
    data = made(CUSTOMERS, *ROWS, page=page, encoding=encoding, auto_vacuum=1, user_version=77)
    new = forwarded(message(data, "application/vnd.sqlite3")).body
    before, after = read(data), read(new)
    assert after.pop("customers") == [
        (7, 7, "陈大文", int(MOBILE), RIC_MASK, float(MOBILE)),
        before.pop("customers")[1],
    ]
    assert after.pop("keyed") == [(HKID_MASK, f"see {RIC_MASK}")]
    assert before.pop("keyed")
    assert after == before
    assert len(new) == len(data)
    for value in (RIC, HKID):
        assert value.encode() not in new
        assert value.encode("utf-16-le") not in new


def test_a_number_in_a_number_column_becomes_text_and_a_longer_text_moves_pages():
    many = [("INSERT INTO customers VALUES (NULL, ?, ?, ?, 0)", "x" * 300, int(MOBILE), f"{n}") for n in range(60)]
    data = made(CUSTOMERS, *many, page=512)
    gate = engine(Redact({"CN_MOBILE": Operator.REPLACE}))
    after = read(forwarded(message(data), gate).body)["customers"]
    assert {row[3] for row in after} == {"<CN_MOBILE:1>"}
    assert [(row[0], row[2], row[4]) for row in after] == [(n + 1, "x" * 300, f"{n}") for n in range(60)]


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, '{}')",
        "CREATE TABLE t (v TEXT NOT NULL) STRICT; INSERT INTO t VALUES ('{}')",
        "CREATE TABLE t (rowid, oid, _rowid_ PRIMARY KEY); INSERT INTO t VALUES (1, '{}', 3)",
        "CREATE TABLE t (v PRIMARY KEY, w) WITHOUT ROWID; INSERT INTO t VALUES (1.5, '{}')",
        'CREATE TABLE "a ""b] [c" ("x ""y" TEXT); INSERT INTO "a ""b] [c" VALUES (\'{}\')',
        "CREATE TABLE t (v TEXT, n INT AS (length(v))); INSERT INTO t VALUES ('{}')",
        "CREATE TABLE t (v TEXT); CREATE INDEX i ON t (upper(v)); INSERT INTO t VALUES ('{}')",
        "CREATE TABLE t (v TEXT); CREATE VIRTUAL TABLE r USING rtree (a, b, c); INSERT INTO t VALUES ('{}')",
    ],
)
def test_tables_of_every_make_are_written(schema):
    data = made(schema.replace("{}", f"身份证 {RIC}"))
    new = forwarded(message(data)).body
    assert read(new)
    assert RIC.encode() not in new
    assert RIC_MASK.encode() in new


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE TABLE t (v INTEGER) STRICT; INSERT INTO t VALUES ({})",
        "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES ({})",
        "CREATE TABLE t (v TEXT CHECK (length(v) = 18 AND v GLOB '[0-9]*[0-9]')); INSERT INTO t VALUES ('{}')",
        "CREATE TABLE t (v TEXT, w TEXT AS (v || 'x')); INSERT INTO t VALUES ('{}')",
        "CREATE TABLE t (v TEXT DEFAULT '{}')",
        "CREATE TABLE t (v TEXT); -- {}\nCREATE VIEW w AS SELECT '{}' AS x",
    ],
)
def test_what_a_schema_holds_or_forbids_to_change_blocks(schema):
    sent = message(
        made(
            schema.replace("CHECK (length(v) = 18 AND v GLOB '[0-9]*[0-9]')", "CHECK (v NOT LIKE '%*%')").replace(
                "{}", RIC
            )
        )
    )
    verdict = inspected(MASKING, sent)
    if " AS (v" not in schema:
        assert verdict.action is Action.BLOCK
        assert Cause.REWRITE in causes(verdict)
        assert verdict.findings


def test_blobs_and_documents_in_fields_are_opened():
    table = "CREATE TABLE t (j TEXT, b BLOB, s BLOB)"
    values = f'{{"idCard":"{RIC}"}}', f"a,id\n1,{RIC}\n".encode(), HKID.encode()
    data = made(table, ("INSERT INTO t VALUES (?, ?, ?)", *values))
    assert [part for _, part, _ in found(data)] == [
        "body/sqlite:t[1]/j/json:/idCard",
        "body/sqlite:t[1]/b/csv:2/id",
        "body/sqlite:t[1]/s",
    ]
    ((_, j, b, s),) = read(forwarded(message(data)).body)["t"]
    assert (j, b, s) == (
        values[0].replace(RIC, RIC_MASK),
        values[1].replace(RIC.encode(), RIC_MASK.encode()),
        HKID_MASK.encode(),
    )


def test_text_in_another_charset_is_read_and_written_in_it():
    text = f"身份证号 {RIC}".encode("gb18030")
    data = made("CREATE TABLE t (v TEXT)", ("INSERT INTO t VALUES (CAST(? AS TEXT))", text))
    new = forwarded(message(data)).body
    assert text.replace(RIC.encode(), RIC_MASK.encode()) in new


@pytest.mark.parametrize("count", [1, 400])
def test_deleted_rows_are_found_and_wiped(count):
    insert = [("INSERT INTO t VALUES (?)", f"gone 身份证 {RIC}, {'x' * 30} no {n}") for n in range(count)]
    data = made("CREATE TABLE t (v)", *insert, ("DELETE FROM t",), ("INSERT INTO t VALUES ('left')",))
    assert RIC.encode() in data
    assert {part for _, part, _ in found(data)} == {"body/sqlite:#free"}
    new = forwarded(message(data)).body
    assert read(new) == {"t": [(1, "left")]}
    assert RIC.encode() not in new


def test_statistics_do_not_keep_values():
    data = made("CREATE TABLE t (v TEXT); CREATE INDEX i ON t (v)", ("INSERT INTO t VALUES (?)", RIC), ("ANALYZE",))
    assert RIC.encode() not in forwarded(message(data)).body


def test_a_file_with_a_log_stays_one():
    data = bytearray(made(CUSTOMERS, *ROWS))
    data[18:20] = b"\2\2"
    new = bytearray(forwarded(message(bytes(data))).body)
    assert new[18:20] == b"\2\2"
    new[18:20] = b"\1\1"
    assert read(bytes(new))["customers"][0][4] == RIC_MASK


@pytest.mark.parametrize("kind", ["fts5 (v)", "fts4 (v)", "fts3 (v)"])
def test_full_text_indices_are_read_through_their_tables_and_made_anew(kind):
    script = f"CREATE VIRTUAL TABLE f USING {kind}"
    data = made(script, ("INSERT INTO f VALUES (?)", f"身份证 {RIC} x"), ("INSERT INTO f VALUES ('other')",))
    assert any(part.startswith("body/sqlite:f_content[1]/c0") for _, part, _ in found(data))
    new = forwarded(message(data)).body
    assert RIC.encode() not in new
    assert RIC[:10].encode() not in new
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(new)
        assert db.execute("SELECT v FROM f WHERE f MATCH 'x'").fetchall() == [(f"身份证 {RIC_MASK} x",)]


def test_a_full_text_index_without_its_text_blocks():
    script = "CREATE TABLE t (v); CREATE VIRTUAL TABLE f USING fts5 (v, content='')"
    data = made(script, ("INSERT INTO t VALUES (?)", RIC), ("INSERT INTO f (rowid, v) VALUES (1, ?)", RIC))
    assert inspected(MASKING, message(data)).action is Action.BLOCK


@pytest.mark.parametrize("step", [97])
def test_cut_and_damaged_files_end_in_a_verdict(step):
    data = made(CUSTOMERS, *ROWS, page=512)
    for at in range(1, len(data), step):
        for bad in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
            verdict = inspected(MASKING, message(bad, "application/vnd.sqlite3"))
            assert verdict.action is not Action.LOG or RIC.encode() not in bad or causes(verdict)


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("vacuum", [0, 1])
def test_a_page_that_no_table_owns_is_read_and_wiped(counted, vacuum):
    long = ("INSERT INTO other VALUES (?, 1)", "long " * 1000)
    data = bytearray(
        made(CUSTOMERS, *ROWS[1:3], long, page=512, auto_vacuum=vacuum) + f"x {RIC} ".encode().ljust(512, b"\0")
    )
    if counted:
        data[28:32] = (len(data) // 512).to_bytes(4)
    assert ("CN_RESIDENT_ID", "body/sqlite:#free", RIC) in found(bytes(data))
    new = inspected(MASKING, message(bytes(data))).rewrite.body
    assert RIC.encode() not in new
    assert new[:-512].count(b"long " * 20) == bytes(data).count(b"long " * 20)


def test_a_tree_whose_pages_are_shared_is_cut_off_at_the_budget():
    leaf = made("CREATE TABLE t (v)", *[("INSERT INTO t VALUES (?)", "x" * 400)] * 400, page=512)
    data = bytearray(leaf)
    page = 512  # the root of t, an interior page: every child becomes the same
    while data[page] != 5:
        page += 512
    children = int.from_bytes(data[page + 3 : page + 5])
    first = int.from_bytes(data[page + 12 : page + 14])
    child = data[page + first : page + first + 4]
    for cell in range(children):
        at = int.from_bytes(data[page + 12 + 2 * cell : page + 14 + 2 * cell])
        data[page + at : page + at + 4] = child
    limits = Limits(decoded_bytes=100_000)
    assert causes(inspected(engine(limits=limits), message(bytes(data)))) & {Cause.OVERSIZE, Cause.DECODE_ERROR}


VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.binary(max_size=40),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(st.tuples(VALUES, VALUES), max_size=8), st.sampled_from([512, 4096]))
def test_only_planted_values_change(values, page):
    planted = [*values, (f"id {RIC}", None)]
    data = made(
        "CREATE TABLE t (a, b); CREATE INDEX i ON t (a)",
        *[("INSERT INTO t VALUES (?, ?)", *row) for row in planted],
        page=page,
    )
    verdict = inspected(MASKING, message(data))
    if verdict.action is Action.REDACT:
        assert read(verdict.rewrite.body)["t"] == [
            *((n, *row) for n, row in enumerate(values, 1)), (len(planted), f"id {RIC_MASK}", None)
        ]  # fmt: skip
