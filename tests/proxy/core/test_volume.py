import pytest

from proxy.core.engine import Engine
from proxy.core.formats import kinds
from proxy.core.message import FILE_TYPES, TEXT_TYPES
from tests.proxy.core.gate import LOGGING, SCANNER, LogAll, engine, message

COUNTING = Engine(SCANNER, LogAll(), count_rows=True)


@pytest.mark.parametrize(
    ("body", "content_type", "rows", "types"),
    [
        ("name,mobile\nli,13800138000\nwu,13912345678\n", "text/csv", 2, {"csv"}),
        ('[{"a":1},{"a":2}, {"a":{"b":3}}]', "application/json", 3, {"json"}),
        ('{"a":1}\n{"a":2}\n\n', "application/x-ndjson", 2, {"ndjson"}),
        ("INSERT INTO t (a) VALUES ('1'),('2'), ('3');", "text/plain", 3, {"sql"}),
        ("a=1&b=2", "application/x-www-form-urlencoded", 0, {"form"}),
        ("a few words", "text/plain", 0, {"text"}),
        ('[{"a":1},{"a":2}]'.encode("utf-16"), "application/json", 2, {"json"}),
    ],
)
def test_rows_and_true_types(body, content_type, rows, types):
    seen = COUNTING.inspect(message(body, content_type)).seen
    assert (seen.rows, seen.file_types) == (rows, types)


def test_nobody_counts_rows_unasked():
    assert LOGGING.inspect(message("[{},{}]")).seen.rows == 0


def test_the_true_type_is_not_the_declared_one():
    assert engine().inspect(message('{"a": 1}', "image/png")).seen.file_types == {"json"}


def test_the_words_for_types_are_those_of_the_formats():
    containers = {kind.name for kind in vars(kinds).values() if isinstance(kind, kinds.Kind)}
    assert {*TEXT_TYPES, "binary", "multipart"} | containers == set(FILE_TYPES)
    assert len(FILE_TYPES) == len(set(FILE_TYPES))
