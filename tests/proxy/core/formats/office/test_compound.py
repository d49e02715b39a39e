import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.budget import Budget
from proxy.core.formats.office import outlook, vba
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause
from tests.proxy.core.formats.office.made import GATE, ID, PHONE, archive, compound, places
from tests.proxy.core.gate import LOGGING, causes, inspected, message


def record(kind, body):
    return struct.pack("<HH", kind, len(body)) + body


def wide(text):
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def xls(*cells, before=b"", strings=("姓名", "手机", "张三", f"证件 {ID}")):
    """A workbook stream of Excel 97: shared strings cut in two in the midst of one, then one sheet."""
    body = struct.pack("<II", len(strings), len(strings)) + b"".join(wide(text) for text in strings)
    cut = len(body) - 20
    shared = record(0xFC, body[:cut]) + record(0x3C, b"\x01" + body[cut:])
    name = "客户"
    sheet = record(0x85, b"\0" * 6 + bytes([len(name), 1]) + name.encode("utf-16-le"))
    begin, end = record(0x809, struct.pack("<HH", 0x600, 5)), record(0x0A, b"")
    return (
        begin + before + sheet + shared + end + record(0x809, struct.pack("<HH", 0x600, 0x10)) + b"".join(cells) + end
    )


def at(row, column):
    return struct.pack("<HHH", row, column, 0)


SHARED = [
    record(0xFD, at(row, column) + struct.pack("<I", number))
    for row, column, number in ((0, 0, 0), (0, 1, 1), (1, 0, 2))
]


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        (record(0x203, at(1, 1) + struct.pack("<d", float(PHONE))), "客户!B2"),
        (record(0x06, at(1, 1) + struct.pack("<d", float(PHONE)) + b"\0" * 8), "客户!B2"),
        (
            record(0x06, at(1, 1) + b"\0" * 6 + b"\xff\xff" + b"\0" * 8) + record(0x207, wide(PHONE)),
            "客户!B2",
        ),
        (record(0x204, at(1, 1) + wide(PHONE)), "客户!B2"),
        (
            record(
                0xBD, struct.pack("<HH", 1, 0) + struct.pack("<HIHI", 0, 4 << 2 | 2, 0, 536870911 << 2 | 2) + b"\1\0"
            ),
            None,
        ),
    ],
)
def test_cells_of_an_old_workbook_are_read_by_their_headings(cell, place):
    data = compound({("Workbook",): xls(*SHARED, cell)})
    assert places(data, "CN_MOBILE") == ([place] if place else [])


def test_shared_strings_are_read_across_records_and_what_is_found_blocks():
    data = compound({("Workbook",): xls(*SHARED, record(0xFD, at(4, 2) + struct.pack("<I", 3)))})
    assert places(data) == ["客户!C5"]
    assert inspected(GATE, message(data)).action is Action.BLOCK


def test_other_records_are_searched_for_text():
    data = compound({("Workbook",): xls(before=record(0x14, wide(f"&C {ID} ")))})
    assert len(places(data)) == 1


def doc(text, *, flags=0, deleted=b""):
    """A document stream of Word 97 and its table: one piece of two bytes a character, one of one."""
    head = bytearray(0x400)
    struct.pack_into("<HH", head, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", head, 0x0A, 0x0200 | flags)
    first, second = text[:-4], text[-4:].encode("cp1252")
    raw = first.encode("utf-16-le")
    positions = struct.pack("<III", 0, len(first), len(text))
    pieces = struct.pack("<HIH", 0, 0x400, 0) + struct.pack("<HIH", 0, (0x400 + len(raw)) * 2 | 0x40000000, 0)
    plc = positions + pieces
    clx = b"\x01" + struct.pack("<H", 3) + b"abc" + b"\x02" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<II", head, 0x1A2, 16, len(clx))
    return {("WordDocument",): bytes(head) + raw + second + deleted, ("1Table",): b"\0" * 16 + clx}


def test_a_word_document_is_read_by_its_pieces_with_what_was_deleted():
    text = f"身份证 {ID}\r姓名\x07手机\x07\x07张三\x07{PHONE}\x07\x07\x13 HYPERLINK x \x14y\x15end."
    data = compound(doc(text, deleted=b"\0\0" + f" old {ID} ".encode("utf-16-le")))
    assert places(data) == ["document", "WordDocument[1]"]
    assert places(data, "CN_MOBILE") == ["document:3/2"]
    assert inspected(GATE, message(data)).action is Action.BLOCK


def test_a_presentation_is_read_by_its_records():
    def atom(kind, body, version=0):
        return struct.pack("<HHI", version, kind, len(body)) + body

    inner = archive({"a.txt": f"inside {ID}"})
    slide = atom(0x0FA0, f"证件 {ID}".encode("utf-16-le")) + atom(0x0FA8, b"latin " + ID.encode())
    packed = atom(0x1011, struct.pack("<I", len(inner)) + zlib.compress(inner), 0x10)
    data = compound({("PowerPoint Document",): atom(0x03E8, slide + packed, 0x0F), ("Current User",): b"\0" * 20})
    assert places(data) == ["slides", "slides", "object[1]/zip:a.txt/text"]


MESSAGE = {
    ("__substg1.0_0037001F",): f"主题 {ID}".encode("utf-16-le"),
    ("__substg1.0_1000001F",): f"正文\r\n证件 {ID}\r\n".encode("utf-16-le"),
    ("__substg1.0_0C1F001E",): b"a@b.example",
    ("__substg1.0_10130102",): f"<html><body><p>证件 {ID}</p></body></html>".encode(),
    ("__attach_version1.0_#00000000", "__substg1.0_37010102"): archive({"x.csv": f"id\n{ID}\n"}),
    ("__attach_version1.0_#00000000", "__substg1.0_3707001F"): "a.zip".encode("utf-16-le"),
    ("__properties_version1.0",): b"\0" * 32,
}


def test_a_message_is_read_with_its_attachments():
    assert set(places(compound(MESSAGE))) >= {
        "subject",
        "body/text",
        "html/html:/html/body/p",
        "storage/attachment/zip:a.zip!x.csv/text",
    }


def test_compressed_rtf_is_unpacked():
    # the example of MS-OXRTFCP 4.1.1
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert outlook.rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_macros_are_read():
    text = b'Attribute VB_Name = "M"\r\n\' ' + ID.encode() + b"\r\n"
    tokens = b"".join(b"\0" + text[at : at + 8] for at in range(0, len(text), 8))
    packed = b"\x01" + struct.pack("<H", 0xB000 | len(tokens) - 1) + tokens
    assert vba.sources(b"junk" + packed, Budget(10**6, Limits())) == [text]
    assert places(compound({("VBA", "Module1"): b"junk" + packed, ("VBA", "dir"): b"x"})) == ["VBA/Module1/macro[1]"]
    # the example of MS-OVBA 3.2.3
    assert vba._unpacked(bytes.fromhex("03b002614500"), 0) == b"a" * 73


def test_an_embedded_file_is_opened_and_bytes_of_no_stream_are_searched():
    inner = f"file {ID}".encode()
    native = (
        b"\x02\0a.txt\0C:\\a.txt\0\0\0\3\0" + struct.pack("<I", 4) + b"tmp\0" + struct.pack("<I", len(inner)) + inner
    )
    data = compound({("ObjectPool", "\x01Ole10Native"): struct.pack("<I", len(native)) + native})
    assert places(data) == ["ObjectPool/�Ole10Native/text"]
    data = compound({("Other",): b"\0" * 5000}) + f"left over {ID} here".encode().ljust(512, b"\0")
    assert len(places(data)) == 1


@pytest.mark.parametrize(
    "streams",
    [
        {("EncryptedPackage",): b"x", ("EncryptionInfo",): b"y"},
        {("Workbook",): xls(before=record(0x2F, b"\0" * 54))},
        doc("x" * 99, flags=0x0100),
        {("PowerPoint Document",): b"\0" * 99, ("Current User",): b"\0" * 12 + b"\xdf\xc4\xd1\xf3"},
    ],
)
def test_encrypted_documents_are_reported(streams):
    assert Cause.ENCRYPTED in causes(inspected(LOGGING, message(compound(streams))))


def test_streams_that_share_sectors_are_read_once_and_reported():
    data = bytearray(compound({("a",): b"x" * 6000, ("b",): b"y" * 6000}))
    directory = data.rfind(b"b\0".ljust(2, b"\0"))
    starts = [at for at in range(512, len(data), 128) if data[at + 66 : at + 67] == b"\x02"]
    assert directory
    data[starts[1] + 116 : starts[1] + 120] = data[starts[0] + 116 : starts[0] + 120]
    assert Cause.DECODE_ERROR in causes(inspected(LOGGING, message(bytes(data))))


WHOLE = compound({("Workbook",): xls(*SHARED), **doc(f"x {ID} yyyy"), **MESSAGE})


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=8), st.integers(0, len(WHOLE)))
def test_broken_compound_files_end_in_a_verdict(changes, cut):
    data = bytearray(WHOLE)
    for position, value in changes:
        data[position] = value
    inspected(LOGGING, message(bytes(data[:cut] if cut % 3 else data)))
