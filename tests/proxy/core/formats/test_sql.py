import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.budget import Budget
from proxy.core.formats import leaves
from proxy.core.formats.base import Leaf, Node, Source
from proxy.core.formats.plain import Sql
from proxy.core.formats.sql import Statements
from proxy.core.formats.sql_signs import is_sql
from proxy.core.limits import Limits
from tests.proxy.core.gate import HKID, HKID_MASK, MASKING, RIC, RIC_MASK, forwarded, found, message

KEYWORDS = ["insert into ", "values", "copy t from stdin;\n", "create table ", "select ", "union select ", " in (", "t"]
MARKS = ["'", "''", "\\'", '"', "`", "(", ")", ",", ";", "\n", "\t", "[", "]", ".", "--", "1", "甲"]
RUBBISH = st.lists(st.sampled_from(KEYWORDS + MARKS), max_size=60).map("".join)
STRINGS = st.text(alphabet="a甲,;()'\"`\n\t[]-", max_size=8)


def kind(body, declared=""):
    parts = [
        item.part
        for item in leaves("body", Node(body.encode()), Source(declared.encode()), Budget(len(body), Limits()))
        if isinstance(item, Leaf)
    ]
    assert len(set(parts)) == 1
    return parts[0].removeprefix("body/")


@pytest.mark.parametrize(
    "body",
    [
        "INSERT INTO t VALUES (1,'a');",
        "\ufeff-- dump\n/* x */\nSET NAMES utf8;\nINSERT INTO `t` (`a`) VALUES (1);\nCOMMIT;\n",
        "insert ignore into a.b(c) values(1)",
        "replace into t values (1)",
        "UPDATE t SET a = 'x' WHERE b = 1",
        "select a, b from t where c = 'x'",
        "DELETE FROM t WHERE a IN (1, 2)",
        "COPY t (a, b) FROM stdin;\n1\t2\n\\.\n",
        "BEGIN;\nCREATE TABLE t (a int);\nCOMMIT;\n",
        "USE db\nGO\nINSERT [dbo].[t] ([a]) VALUES (N'x')\nGO\n",
    ],
)
def test_sql_is_known_by_its_statements(body):
    assert kind(body) == kind(body, "text/plain") == kind(body, "application/sql") == "sql"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("Insert into the slot (left or right) the card.\n", "text"),
        ("Select the best from the list where it is needed.\n", "text"),
        ("Update the app, set the clock.\n", "text"),
        ("To add a row write\nINSERT INTO t VALUES (1);\n", "text"),
        ("import sqlite3\ndb.execute('''\nINSERT INTO t VALUES (1)''')\n", "text"),
        ("2024-05-01 DEBUG INSERT INTO t VALUES (1)\n", "text"),
        ('{"sql":"INSERT INTO t VALUES (1)"}', "json"),
        ("<q>INSERT INTO t VALUES (1)</q>", "xml"),
        ("q=INSERT+INTO+t+VALUES+(1)&b=1", "form"),
        ("insert,update\n1,2\n", "csv"),
    ],
)
def test_what_only_speaks_of_sql_is_not_sql(body, what):
    assert kind(body) == what


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ("INSERT INTO t (a, b) VALUES (1, '{}'), ('{}', 2);", ["t[1]/b", "t[2]/a"]),
        ("INSERT INTO `x`.`t` VALUES ('{}', f('a,b', '{}'));", ["t[1]/1", "t[1]/2"]),
        ("CREATE TABLE t (id int PRIMARY KEY, `身份证` text);\nINSERT INTO T VALUES (1, '{}');", ["t[1]/身份证"]),
        ("INSERT INTO t (a) VALUES ('it''s, {}');\nINSERT INTO u (b) VALUES ('{}');", ["t[1]/a", "u[2]/b"]),
        ("INSERT INTO t (a) VALUES ('not closed, {}\nINSERT INTO u (b) VALUES ('{}');", ["", "u[1]/b"]),
        ("INSERT INTO t (a, b) SELECT 1, '{}' UNION ALL SELECT '{}', 2;", ["t[1]/b", "t[2]/a"]),
        ("COPY s.t (a, b) FROM stdin WITH (FORMAT text);\n1\t{}\n{}\t2\n\\.\n", ["t[1]/b", "t[2]/a"]),
        ("INSERT INTO t (a) VALUES (1);\nUPDATE t SET a = '{}' WHERE b = 1", [""]),
    ],
)
def test_a_value_lies_in_its_row_and_column(body, places):
    body = body.replace("T VALUES", "t VALUES")
    parts = [part for _, part, text in found(body.replace("{}", RIC)) if text == RIC]
    assert parts == [f"body/sql:{place}" if place else "body/sql" for place in places]


def test_a_row_is_read_in_the_charset_it_is_written_in():
    body = f"INSERT INTO 客户 (姓名, 身份证) VALUES ('陈大文', '{RIC}');\n"
    for charset in ("gb18030", "utf-16", "utf-8"):
        sent = message(body.encode(charset), f"application/sql; charset={charset}")
        parts = [part for _, part, text in found(sent.body, f"application/sql; charset={charset}") if text == RIC]
        assert parts == ["body/sql:客户[1]/身份证"]
        assert forwarded(sent).body == body.replace(RIC, RIC_MASK).encode(charset)


def test_writes_the_mask_and_leaves_every_other_byte():
    body = f"INSERT INTO t (a, b, c) VALUES (1, '{RIC}', N'{HKID}'),\r\n\t(2, \"{RIC}\", 'it''s');\r\n-- {RIC}\r\n"
    masked = body.replace(RIC, RIC_MASK).replace(HKID, HKID_MASK)
    assert forwarded(message(body, "application/sql")).body == masked.encode()


def test_a_hidden_number_becomes_a_string():
    body = f"INSERT INTO t (a, b) VALUES (1, {RIC}), (2,\t{RIC} );\n"
    hidden = body.replace(RIC, f"'{RIC_MASK}'")
    assert forwarded(message(body)).body == hidden.encode()


def test_quotes_in_a_replacement_are_doubled():
    assert Sql().quote("it's") == b"it''s"


@given(st.lists(st.lists(STRINGS, min_size=1, max_size=5), min_size=1, max_size=4))
def test_every_string_is_found_in_its_column(rows):
    texts = [[f"{text}«{at}»" for at, text in enumerate(row)] for row in rows]
    tuples = ", ".join("(" + ", ".join("'" + each.replace("'", "''") + "'" for each in row) + ")" for row in texts)
    source = f"INSERT INTO t (c0, c1, c2, c3, c4) VALUES {tuples};".encode()
    statements, at = Statements(source, bare=True), 0
    for number, row in enumerate(texts, 1):
        for column, text in enumerate(row):
            at = source.index(f"«{column}»".encode(), at + 1)
            place = statements.value(at)
            assert place.path == f"t[{number}]/c{column}"
            assert source[place.start : place.end].decode() == text.replace("'", "''")


@given(RUBBISH)
@settings(max_examples=300)
def test_whatever_stands_there_positions_lie_in_their_places(text):
    source = text.encode()
    is_sql(source)
    locator = Sql().locator(source)
    for at, place in enumerate(locator.places(range(len(source)))):
        assert 0 <= place.start <= place.end <= len(source)
        assert place.path or (place.start, place.end) == (0, len(source))
        assert place.start <= at or place.path


@pytest.mark.parametrize(
    "pattern", ["INSERT INTO t VALUES ('", "into t values (", "insert into t ([", "in (51234567,", "'\\'"]
)
def test_what_never_closes_is_read_in_linear_time(pattern):
    source = b"insert into t (a) values " + pattern.encode() * (200_000 // len(pattern))
    Sql().locator(source).places(range(0, len(source), 50))


def test_a_hundred_thousand_columns_are_one_row():
    names, values = ",".join(f"c{at}" for at in range(100_000)), ",".join(["51234567"] * 100_000)
    source = f"INSERT INTO t ({names}) VALUES ({values});".encode()
    places = Sql().locator(source).places(range(len(names) + 40, len(source) - 10, 90))
    assert places[0].path.startswith("t[1]/")
    assert places[-1].path.startswith("t[1]/")


def test_masking_is_stable_under_a_second_look():
    sent = message(f"INSERT INTO t VALUES ('{RIC}');\n" * 50)
    assert b"****" in forwarded(sent, MASKING).body
