import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.message import Action, Cause
from tests.proxy.core.formats.office.made import GATE, ID, PHONE, archive, document, members, places, relations
from tests.proxy.core.gate import causes, inspected, message


def record(kind, body):
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    return head + (bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])) + body


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def cell(kind, column, value):
    return record(kind, struct.pack("<II", column, 0) + value)


def binary_workbook(*rows):
    strings = ["姓名", "手机", "张三", f"证件 {ID}"]
    sheet = b"".join(
        record(0, struct.pack("<I", number) + b"\0" * 13) + b"".join(cells) for number, cells in enumerate(rows)
    )
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.bin": record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("客户")),
            "xl/_rels/workbook.bin.rels": relations(("worksheet", "worksheets/sheet1.bin", "")),
            "xl/sharedStrings.bin": b"".join(record(19, b"\0" + wide(text)) for text in strings),
            "xl/worksheets/sheet1.bin": sheet + record(479, wide(f"header {ID}")),
        }
    )


HEAD = [cell(7, 0, struct.pack("<I", 0)), cell(7, 1, struct.pack("<I", 1))]


@pytest.mark.parametrize(
    "value",
    [
        cell(5, 1, struct.pack("<d", float(PHONE))),
        cell(9, 1, struct.pack("<d", float(PHONE)) + b"\0" * 6),
        cell(6, 1, wide(PHONE)),
        cell(8, 1, wide(PHONE) + b"\0" * 6),
    ],
)
def test_cells_of_a_binary_workbook_are_read_by_their_headings(value):
    data = binary_workbook(HEAD, [cell(7, 0, struct.pack("<I", 2)), value, cell(7, 2, struct.pack("<I", 3))])
    assert places(data, "CN_MOBILE") == ["客户!B2"]
    assert "客户!C2" in places(data)
    assert any(place.startswith("客户[") for place in places(data))
    assert inspected(GATE, message(data)).action is Action.BLOCK


def settings_of_a_printer(text):
    extra = text.encode("utf-16-le")
    return b"\0" * 64 + struct.pack("<HHHH", 0x401, 0, 220, len(extra)) + b"\0" * 148 + extra


def test_settings_of_printers_are_read_and_reported_where_they_are_none():
    verdict = inspected(GATE, message(document("", {"word/printerSettings1.bin": settings_of_a_printer(f"a {ID} b")})))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})
    assert not causes(inspected(GATE, message(document("", {"word/p.bin": settings_of_a_printer("HP 1")}))))
    odd = settings_of_a_printer("HP 1") + b"\x80\xff\x03"
    assert causes(inspected(GATE, message(document("", {"word/p.bin": odd})))) == {Cause.UNSUPPORTED}


def test_texts_of_metafiles_are_searched():
    drawing = b"\1\0\0\0" + b"\0" * 36 + b" EMF" + b"\0" * 60 + f"x {ID} y".encode("utf-16-le")
    assert "image1.emf[1]" in places(document("", {"word/media/image1.emf": drawing}))


WHOLE = members(binary_workbook(HEAD, [cell(5, 1, struct.pack("<d", 1.5))]))


@settings(max_examples=60)
@given(st.sampled_from([name for name in WHOLE if name.endswith(".bin")]), st.binary(max_size=200), st.integers(0, 300))
def test_broken_records_end_in_a_verdict(name, junk, at):
    old = WHOLE[name]
    inspected(GATE, message(archive({**WHOLE, name: old[:at] + junk + old[at:]})))
