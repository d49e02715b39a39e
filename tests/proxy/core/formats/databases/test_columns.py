import datetime as dt
import signal
import subprocess
import sys
from contextlib import suppress
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import arro3.core as arrow
import pytest
from arro3 import io
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.errors import Unscannable
from proxy.core.formats.databases import thrift
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.gate import (
    HKID,
    HKID_MASK,
    LOGGING,
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

T = arrow.DataType
ROOT = Path(__file__).parents[5]


def parquet(table, **options):
    out = BytesIO()
    io.write_parquet(table, out, **options)
    return out.getvalue()


def file(table, **options):
    out = BytesIO()
    io.write_ipc(table, out, **options)
    return out.getvalue()


def stream(table, **options):
    out = BytesIO()
    io.write_ipc_stream(table, out, **options)
    return out.getvalue()


READ = {parquet: io.read_parquet, file: io.read_ipc, stream: io.read_ipc_stream}
KIND = {parquet: "parquet", file: "arrow", stream: "arrow"}
MAKERS = pytest.mark.parametrize("make", [parquet, file, stream], ids=["parquet", "file", "stream"])


def read(make, data):
    table = READ[make](BytesIO(data)).read_all()
    return table.schema, {name: table.column(name).to_pylist() for name in table.column_names}


def strings(values, kind=None):
    return arrow.Array(values, kind or T.utf8())


def nested():
    places = arrow.Array([0, 2, 2, 3], T.int32())
    inner = strings(["x", RIC, HKID])
    people = arrow.struct_array(
        [strings([MOBILE, None, "y"]), arrow.Array([1, 2, 3], T.int64())],
        fields=[arrow.Field("mobile", T.utf8()), arrow.Field("n", T.int64())],
    )
    return {
        "id": arrow.Array([1, 2, 3], T.int64()),
        "姓名": strings(["陈", None, "x"]),
        "idcard": strings([RIC, "x", None]),
        "word": strings([RIC, RIC, "z"]).cast(T.dictionary(T.int32(), T.utf8())),
        "large": strings([None, f"see {RIC}", ""], T.large_utf8()),
        "view": strings(["a", "b", RIC], T.string_view()),
        "bytes": arrow.Array([RIC.encode(), b"\0\1", None], T.binary()),
        "list": arrow.list_array(places, inner),
        "person": people,
        "json": strings([f'{{"idCard":"{RIC}"}}', None, "{}"]),
        "real": arrow.Array([1.5, None, 3.0], T.float64()),
        "yes": arrow.Array([True, False, None], T.bool()),
    }


def table(columns=None, **metadata):
    made = arrow.Table.from_pydict(columns or nested())
    return made.with_schema(made.schema.with_metadata(metadata)) if metadata else made


@MAKERS
def test_values_are_read_by_row_and_column(make):
    data = make(table(note=f"of {HKID}"))
    places = {part.partition(f"body/{KIND[make]}:")[2] for entity, part, _ in found(data) if entity != "PERSON"}
    assert places == {
        "[1]/idcard", "[1]/word", "[2]/word", "[2]/large", "[3]/view", "[1]/bytes", "[1]/list/1", "[3]/list/0",
        "[1]/person/mobile", "[1]/json/json:/idCard", "#metadata/note",
    }  # fmt: skip


@MAKERS
@pytest.mark.parametrize("codec", ["zstd", "lz4", None])
def test_the_mask_is_written_and_all_else_stays(make, codec):
    if make is parquet:
        codec = {"zstd": "zstd(3)", "lz4": "snappy", None: "uncompressed"}[codec]
    data = make(table(note=f"of {HKID}", other="x"), compression=codec)
    new = forwarded(message(data, "application/vnd.apache.parquet")).body
    (old_schema, before), (schema, after) = read(make, data), read(make, new)
    assert dict(schema.metadata) == {**old_schema.metadata, b"note": f"of {HKID_MASK}".encode()}
    assert schema.types == old_schema.types

    def masked(value):
        if isinstance(value, str):
            return value.replace(RIC, RIC_MASK).replace(HKID, HKID_MASK)
        if isinstance(value, bytes):
            return value.replace(RIC.encode(), RIC_MASK.encode())
        return [masked(each) for each in value] if isinstance(value, list) else value

    assert after == {name: masked(values) for name, values in before.items()}
    assert RIC.encode() not in new


def test_row_groups_and_codecs_stay():
    columns = {
        "a": strings([f"{n} {RIC if n == 7 else ''}" for n in range(25)]),
        "b": arrow.Array(list(range(25)), T.int32()),
    }
    data = parquet(table(columns), max_row_group_size=10, column_compression={"a": "gzip(6)", "b": "brotli(4)"})

    def shape(data):
        told, _ = thrift.read(data, len(data) - 8 - int.from_bytes(data[-8:-4], "little"), len(data) - 8)
        return [(group[3], [chunk[3][4] for chunk in group[1]]) for group in told[4]]

    assert shape(data) == [(10, [2, 4]), (10, [2, 4]), (5, [2, 4])] == shape(forwarded(message(data)).body)


@MAKERS
@pytest.mark.parametrize(
    "column",
    [
        arrow.Array([int(MOBILE), None], T.int64()),
        arrow.Array([float(MOBILE), 1.5], T.float64()),
    ],
    ids=["int", "float"],
)
def test_a_number_in_a_column_of_numbers_is_found_and_blocks(make, column):
    data = make(table({"mobile": column}))
    assert [(entity, text) for entity, _, text in found(data)] == [("CN_MOBILE", MOBILE)]
    verdict = inspected(engine(Redact({"CN_MOBILE": Operator.MASK})), message(data))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})


def test_dates_are_read():
    days = arrow.Array([7005, None], T.int32()).cast(T.date32())
    assert read(parquet, parquet(table({"birthday": days})))[1] == {"birthday": [dt.date(1989, 3, 7), None]}
    assert [entity for entity, *_ in found(parquet(table({"birthday": days})))] == ["DATE_OF_BIRTH"]


def test_decimals_are_written_back_as_decimals():
    amounts = arrow.Array([123], T.int64()).cast(T.decimal128(9, 2))
    data = parquet(table({"a": strings([RIC]), "d": amounts}))
    assert read(parquet, forwarded(message(data)).body)[1] == {"a": [RIC_MASK], "d": [Decimal("123.00")]}


@pytest.mark.parametrize("cut", [b"PARE", b"PAR1"])
def test_an_encrypted_footer_is_told(cut):
    data = cut + parquet(table())[4:-4] + b"PARE"
    assert Cause.ENCRYPTED in causes(inspected(LOGGING, message(data)))


def test_what_no_column_owns_is_read_and_not_written_again():
    data = parquet(table({"a": strings(["x"])}))
    size = 8 + int.from_bytes(data[-8:-4], "little")
    hidden = data[:-size] + f" {RIC} ".encode() + data[-size:]
    assert found(hidden) == [("CN_RESIDENT_ID", "body/parquet:#unused", RIC)]
    assert RIC.encode() not in forwarded(message(hidden)).body


def test_what_unpacks_to_too_much_is_told_before_it_is_unpacked():
    long = strings(["x" * 3_000_000])
    limits = Limits(decoded_bytes=1_000_000, ratio=100_000)
    for make in (parquet, file, stream):
        data = make(table({"a": long}), compression="zstd(3)" if make is parquet else "zstd")
        assert len(data) < 100_000
        assert Cause.OVERSIZE in causes(inspected(engine(limits=limits), message(data)))


def test_one_word_in_many_rows_is_counted_as_often_as_it_is_there():
    word = strings(["x" * 100_000] * 2000).cast(T.dictionary(T.int32(), T.utf8()))
    for make in (parquet, file, stream):
        data = make(table({"a": word}))
        assert len(data) < 200_000
        assert causes(inspected(LOGGING, message(data))) & {Cause.RATIO, Cause.OVERSIZE}


@pytest.mark.parametrize("make", [file, stream])
def test_a_size_that_lies_is_not_believed(make):
    data = bytearray(make(table({"a": strings(["x" * 5000])}), compression="zstd"))
    at = data.index(b"\x28\xb5\x2f\xfd") - 8
    data[at : at + 8] = (1 << 40).to_bytes(8, "little")
    assert causes(inspected(LOGGING, message(bytes(data)))) & {Cause.RATIO, Cause.OVERSIZE}


@MAKERS
def test_cut_files_end_in_a_verdict(make):
    data = make(table())
    for at in range(1, len(data), 61):
        inspected(MASKING, message(data[:at]))


OPENING = """
import sys
from importlib import import_module
from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Node, Source
from proxy.core.limits import Limits
opened = import_module("proxy.core.formats.databases." + sys.argv[1]).opened
data = sys.stdin.buffer.read()
for at in range(int(sys.argv[2]), len(data), 23):
    print(at, flush=True)
    bad = data[:at] + bytes([data[at] ^ 0x3C]) + data[at + 1:]
    try:
        list(opened("body", Node(bad), Source(), Budget(len(bad), Limits())))
    except Unscannable:
        pass
"""


@MAKERS
def test_damaged_files_are_refused_or_end_their_process_at_worst(make):
    data = make(table({name: column for name, column in nested().items() if name != "view"}))
    at, ended = 0, 0
    while at < len(data):
        run = subprocess.run(
            [sys.executable, "-c", OPENING, KIND[make], str(at)],
            input=data,
            capture_output=True,
            cwd=ROOT,
            timeout=60,
            check=False,
        )
        if run.returncode == 0:
            break
        assert run.returncode == -signal.SIGABRT, run.stderr[-2000:]
        at, ended = int(run.stdout.split()[-1]) + 23, ended + 1
    assert ended <= 3  # the reader's own panics, which nothing in its process can catch


@given(st.binary(max_size=60))
def test_any_bytes_are_a_struct_or_refused(data):
    with suppress(Unscannable):
        told, end = thrift.read(data, 0, len(data))
        assert isinstance(told, dict)
        assert 0 < end <= len(data)


TEXTS = st.lists(
    st.one_of(
        st.none(), st.sampled_from([RIC, HKID, f"x {RIC}", "{}"]), st.text(st.characters(codec="utf-8"), max_size=8)
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=30)
@given(TEXTS, st.sampled_from([parquet, file, stream]))
def test_only_planted_values_change(values, make):
    data = make(table({"a": strings(values), "n": arrow.Array(list(range(len(values))), T.int64())}))
    verdict = inspected(MASKING, message(data))
    if verdict.action is Action.REDACT:
        assert read(make, verdict.rewrite.body)[1] == {
            "a": [value and value.replace(RIC, RIC_MASK).replace(HKID, HKID_MASK) for value in values],
            "n": list(range(len(values))),
        }
