import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.archives import zips
from proxy.core.formats.base import Node
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause
from tests.proxy.core.formats.archives.zipped import by_hand, central, contents, end, local, zipped
from tests.proxy.core.gate import (
    HKID,
    LOGGING,
    MASKING,
    RIC,
    RIC_MASK,
    LogAll,
    causes,
    engine,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

TEXT = f"身份证 {RIC} 完\n".encode() * 3
MASKED = TEXT.replace(RIC.encode(), RIC_MASK.encode())
FILES = {"clean.txt": b"nothing here\n" * 20, "名单.csv": TEXT, "more/clean.bin": bytes(range(256)) * 3}
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
WIDE = b"\x01\x00\x10\x00"


def budget(data, **limits):
    return Budget(len(data), Limits(**limits))


def parts(data):
    return [part for _, part, _ in found(data)]


def entries(data):
    return [(entry.name, entry.data) for entry in zips.entries(Node(data), budget(data))]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("how", [{}, {"piped": True}, {"zip64": True}, {"piped": True, "zip64": True}])
@pytest.mark.parametrize("prefix", [b"", b"#!/bin/sh\necho stub\n"])
def test_a_member_is_found_masked_and_read_again_by_others(method, how, prefix):
    data = prefix + zipped(FILES, method, b"a comment", **how)
    assert parts(data) == ["body/zip:名单.csv/text"] * 3
    new = forwarded(message(data, "application/zip")).body
    assert contents(new) == {**FILES, "名单.csv": MASKED}
    assert RIC.encode() not in b"".join(contents(new).values()) + new
    assert new.startswith(prefix)
    assert zipfile.ZipFile(io.BytesIO(new)).comment == b"a comment"


def test_members_that_did_not_change_keep_every_byte_and_their_place():
    data = zipped(FILES, piped=True)
    new = forwarded(message(data)).body
    was, now = (zips.archive(archive, budget(archive)) for archive in (data, new))
    assert [member.name for member in now.members] == list(FILES)
    for before, after in zip(was.members, now.members, strict=True):
        if before.name != "名单.csv":
            assert data[before.start : before.end] == new[after.start : after.end]
    assert zips.rebuilt(data, {}) == data


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.binary(max_size=300), st.sampled_from(METHODS)), min_size=1, max_size=5),
    st.dictionaries(st.integers(0, 4), st.binary(max_size=400), max_size=3),
    st.booleans(),
    st.booleans(),
    st.binary(max_size=40).filter(lambda data: b"PK" not in data),
)
def test_an_archive_rebuilt_holds_the_changes_and_all_the_rest(members, changes, piped, zip64, prefix):
    files = {f"{at}.bin": member for at, member in enumerate(members)}
    data = prefix + zipped(files, piped=piped, zip64=zip64)
    changes = {key: new for key, new in changes.items() if key < len(members)}
    expected = {f"{at}.bin": changes.get(at, content) for at, (content, _) in enumerate(members)}
    assert contents(zips.rebuilt(data, changes)) == expected
    assert dict(entries(zips.rebuilt(data, changes))) == expected


def test_a_first_member_that_must_be_first_and_stored_stays_so():
    data = zipped({"mimetype": (b"application/epub+zip", 0), "a.txt": TEXT})
    new = forwarded(message(data)).body
    assert new[:58] == data[:58]
    assert zipfile.ZipFile(io.BytesIO(new)).infolist()[0].compress_type == 0


@pytest.mark.parametrize(
    ("name", "flags", "extra", "expected"),
    [
        ("客户名单.txt".encode(), 0x800, b"", "客户名单.txt"),
        ("客户名单.txt".encode(), 0, b"", "客户名单.txt"),
        ("客户身份证信息登记表.txt".encode("gbk"), 0, b"", "客户身份证信息登记表.txt"),
        ("客戶身份證資料登記表格.txt".encode("big5"), 0, b"", "客戶身份證資料登記表格.txt"),
        (b"r\x82sum\x82.txt", 0, b"", "résumé.txt"),
        (b"x.txt", 0, b"\x75\x70\x0b\x00\x01" + zlib.crc32(b"x.txt").to_bytes(4, "little") + "名单".encode(), "名单"),
    ],
)
def test_names_are_read_as_the_machine_that_wrote_them_meant_them(name, flags, extra, expected):
    data = by_hand(
        (local(name, b"x", flags=flags, extra=extra), lambda at: central(name, b"x", at, flags=flags, extra=extra))
    )
    assert [entry.name for entry in zips.entries(Node(data), budget(data))] == [expected]


@pytest.mark.parametrize("name", [f"{RIC}.pdf", f"../../{RIC}", f"C:\\{RIC}", f"/etc/{RIC}", f"a\0{RIC}"])
def test_a_name_is_read_like_a_text_and_is_not_changed(name):
    head = local(name.encode(), b"x")
    data = by_hand((head, lambda at: central(name.encode(), b"x", at)))
    assert ("CN_RESIDENT_ID", "body/zip#names:1") in [(entity, part) for entity, part, _ in found(data)]
    verdict = inspected(MASKING, message(data))
    assert verdict.action is Action.BLOCK
    assert Cause.REWRITE in causes(verdict)


def test_comments_and_extra_fields_are_read():
    note, wide = RIC.encode(), RIC.encode("utf-16-le")
    extra, wide_extra = (struct.pack("<2H", 0xABCD, len(text)) + text for text in (note, wide))
    head = local(b"a", b"x")
    for data in (
        zipped({"a": b"x"}, comment=b"id " + note),
        by_hand((head, lambda at: central(b"a", b"x", at, comment=note))),
        by_hand((head, lambda at: central(b"a", b"x", at, extra=extra))),
        by_hand((local(b"a", b"x", extra=extra), lambda at: central(b"a", b"x", at))),
        by_hand((head, lambda at: central(b"a", b"x", at, extra=wide_extra))),
    ):
        assert entities(data) == ["CN_RESIDENT_ID"]
        assert causes(inspected(MASKING, message(data))) == {Cause.REWRITE}


@pytest.mark.parametrize(
    "place", [{"prefix": RIC.encode() + b" "}, {"between": b" " + RIC.encode() + b" "}, {"prefix": zipped({"b": TEXT})}]
)
def test_bytes_that_no_record_claims_are_read_and_can_be_changed(place):
    data = by_hand((local(b"a", b"x"), lambda at: central(b"a", b"x", at)), **place)
    assert "body/zip#gap" in parts(data)[0]
    new = forwarded(message(data)).body
    assert contents(new) == {"a": b"x"}
    assert RIC.encode() not in new


@pytest.mark.parametrize(
    "prefix", [b"\x1f\x8b\x08\0", b"BZh91AY&SY", b"7z\xbc\xaf\x27\x1c", bytes(257) + b"ustar", b"%PDF-1.7\n"]
)
def test_an_archive_that_begins_like_another_thing_is_read(prefix):
    assert len(entities(prefix + zipped({"a": TEXT}))) >= 3


def test_what_stands_behind_the_end_is_read():
    assert parts(zipped({"a": b"x"}) + b"\n" + RIC.encode())[0].startswith("body/zip#gap")


def test_two_archives_behind_one_another_are_both_read():
    data = zipped({"first": TEXT}) + zipped({"second": TEXT})
    assert len(parts(data)) == 6
    assert RIC.encode() not in contents(forwarded(message(data)).body)["second"]


def test_two_directories_are_both_read_and_the_archive_is_not_rewritten():
    secret, clean = local(b"a", TEXT), local(b"a", b"clean")
    one = central(b"a", TEXT, 0)
    two = central(b"a", b"clean", len(secret))
    body = secret + clean
    first = body + one + end(1, len(one), len(body))
    # the second end stands in the comment of the first: who searches from the back finds it, who counts does not
    inner = end(1, len(two), len(body) + len(one))
    for data in (first + two + end(1, len(two), len(first)), body + one + two + end(1, len(one), len(body), inner)):
        verdict = inspected(LOGGING, message(data))
        assert len(verdict.findings) >= 3
    assert Cause.DECODE_ERROR in causes(verdict)
    assert inspected(MASKING, message(data)).action is Action.BLOCK


def test_a_local_header_that_says_something_else_is_believed_too():
    packed = zlib.compress(TEXT, 9, -15)
    for head, mouth in (
        ({"method": 8, "size": len(TEXT)}, {"method": 0}),
        ({"method": 0}, {"method": 8, "size": len(TEXT)}),
        ({"method": 8, "size": len(TEXT)}, {"method": 8, "flags": 1, "size": len(TEXT)}),
        ({"method": 8, "flags": 1}, {"method": 8, "size": len(TEXT)}),
    ):
        data = by_hand((local(b"a", packed, **head), lambda at, mouth=mouth: central(b"a", packed, at, **mouth)))
        verdict = inspected(LOGGING, message(data))
        assert len({(found.start, found.end) for found in verdict.findings}) == 3  # however many ways they are read
        assert Cause.DECODE_ERROR in causes(verdict)
        assert inspected(MASKING, message(data)).action is Action.BLOCK


def test_a_local_header_of_another_name_is_read():
    data = by_hand((local(RIC.encode(), b"x"), lambda at: central(b"a" * 18, b"x", at)))
    assert entities(data) == ["CN_RESIDENT_ID"]


@pytest.mark.parametrize(("flags", "method"), [(1, 0), (1, 8), (0x41, 8), (1, 99)])
def test_an_encrypted_member_is_said_to_be_unread(flags, method):
    noise = bytes(byte * 37 % 251 for byte in range(200))
    data = by_hand(
        (
            local(b"a", noise, flags=flags, method=method, crc=1),
            lambda at: central(b"a", noise, at, flags=flags, method=method, crc=1),
        )
    )
    verdict = inspected(LOGGING, message(data))
    assert {(item.part, item.cause) for item in verdict.uninspected} == {("body/zip:a", Cause.ENCRYPTED)}
    assert verdict.uninspected[0].size >= 200


@pytest.mark.parametrize("method", [0, 8])
def test_a_flag_alone_encrypts_nothing(method):
    packed = TEXT if method == 0 else zlib.compress(TEXT, 9, -15)
    told = {"flags": 1, "method": method, "size": len(TEXT), "crc": zlib.crc32(TEXT)}
    data = by_hand((local(b"a", packed, **told), lambda at: central(b"a", packed, at, **told)))
    assert len(entities(data)) == 3
    assert inspected(MASKING, message(data)).action is Action.BLOCK


def test_an_unknown_method_and_a_second_disk_are_unsupported():
    data = by_hand((local(b"a", b"x", method=97), lambda at: central(b"a", b"x", at, method=97)))
    assert causes(inspected(LOGGING, message(data))) == {Cause.UNSUPPORTED}
    body = local(b"a", b"x") + central(b"a", b"x", 0)
    split = body + end(1, len(body) - 32, 32, disk=1)
    assert Cause.UNSUPPORTED in causes(inspected(LOGGING, message(split)))


SMALL = engine(LogAll(), limits=Limits(decoded_bytes=4 << 20))


def overlapping(count, size=4096):
    """Members that share one content, as in zip bombs that do not nest."""
    kernel = zlib.compress(b"- " * (size // 2), 9, -15)
    told = {"method": 8, "size": size, "crc": zlib.crc32(b"- " * (size // 2))}
    piece = local(b"a", kernel, **told)
    heads = b"".join(central(b"a", kernel, 0, **told) for _ in range(count))
    return piece + heads + end(count, len(heads), len(piece))


def test_members_that_overlap_are_counted_each_and_stopped():
    verdict = inspected(SMALL, message(overlapping(3000, 1 << 20)))
    assert causes(verdict) & {Cause.RATIO, Cause.OVERSIZE}
    few = overlapping(2)
    assert causes(inspected(LOGGING, message(few))) == {Cause.DECODE_ERROR}
    with pytest.raises(Unscannable):
        zips.rebuilt(few, {0: b"x"})


def test_bombs_end_with_their_cause():
    big = zipped({"a": b"- " * (5 << 19)})
    assert causes(inspected(SMALL, message(big))) == {Cause.RATIO}
    stored = zipped({"a": b"- " * (5 << 19)}, zipfile.ZIP_STORED)
    assert Cause.OVERSIZE in causes(inspected(SMALL, message(stored)))
    nested = zipped({f"{at}.zip": big for at in range(16)})
    for _ in range(3):
        nested = zipped({f"{at}.zip": nested for at in range(4)})
    assert causes(inspected(SMALL, message(nested))) & {Cause.RATIO, Cause.OVERSIZE}
    deep = zipped({"a": TEXT})
    for _ in range(12):
        deep = zipped({"a.zip": deep})
    assert Cause.DEPTH in causes(inspected(LOGGING, message(deep)))


def test_an_archive_of_empty_members_is_cut_short():
    piece, count = local(b"", b""), 60_000
    heads = central(b"", b"", 0) * count
    data = piece + heads + end(count & 0xFFFF, len(heads), len(piece))
    assert Cause.OVERSIZE in causes(inspected(LOGGING, message(data)))


def test_a_size_that_lies_hides_nothing():
    packed = zlib.compress(TEXT, 9, -15)
    for told in ({"size": 3}, {"size": 1 << 31}, {"size": 0}):
        data = by_hand(
            (local(b"a", packed, method=8, **told), lambda at, told=told: central(b"a", packed, at, method=8, **told))
        )
        assert len(entities(data)) == 3
    short = by_hand((local(b"a", TEXT, packed=10, size=10), lambda at: central(b"a", TEXT, at, packed=10, size=10)))
    assert len(entities(short)) >= 2  # behind the ten bytes there is a gap
    long = by_hand((local(b"a", TEXT, packed=9999), lambda at: central(b"a", TEXT, at, packed=9999)))
    assert Cause.DECODE_ERROR in causes(inspected(LOGGING, message(long)))
    assert entities(long)


def test_what_hides_behind_the_end_of_a_packed_content_is_read():
    packed = zlib.compress(b"clean", 9, -15) + b" " + RIC.encode()
    told = {"method": 8, "size": 5, "crc": zlib.crc32(b"clean")}
    data = by_hand((local(b"a", packed, **told), lambda at: central(b"a", packed, at, **told)))
    assert entities(data) == ["CN_RESIDENT_ID"]


def test_zip64_numbers_that_lie_end_with_a_verdict():
    data = zipped({"a": TEXT}, zip64=True)
    for at in range(len(data) - 8):
        if data[at : at + 4] in (WIDE, b"PK\6\6", b"PK\6\7", b"PK\5\6"):
            for shift in range(4, 60, 4):
                for lie in (b"\xff" * 8, bytes(8), b"\0" * 7 + b"\x7f"):
                    inspected(LOGGING, message(data[: at + shift] + lie + data[at + shift + 8 :]))


def test_of_a_cut_archive_is_read_what_is_there():
    for how in ({"method": 0}, {"method": 8}, {"piped": True}):
        data = zipped({"a": TEXT, "b": b"clean", "c": TEXT}, **how)
        for cut in (data[:-1], data[:-30], data[: data.index(b"PK\1\2")]):
            verdict = inspected(LOGGING, message(cut))
            assert Cause.DECODE_ERROR in causes(verdict)
            assert len(verdict.findings) >= 6
    assert inspected(MASKING, message(data[:-30])).action is Action.BLOCK


def test_a_duplicate_of_a_name_is_read():
    data = by_hand(
        (local(b"a", b"clean"), lambda at: central(b"a", b"clean", at)),
        (local(b"a", TEXT), lambda at: central(b"a", TEXT, at)),
    )
    assert len(entities(data)) == 3
    assert len(entries(forwarded(message(data)).body)) == 2


def test_a_signed_archive_is_not_rewritten():
    for name in ("META-INF/A.SF", "META-INF/signatures.xml"):
        data = zipped({name: b"x", "a": TEXT})
        assert causes(inspected(MASKING, message(data))) == {Cause.REWRITE}


@pytest.mark.parametrize("how", [{}, {"piped": True}, {"zip64": True}, {"method": 0}])
def test_cut_anywhere_or_with_any_byte_changed_an_archive_ends_with_a_verdict(how):
    data = zipped({"a.txt": b"x" * 30, HKID: b"y"}, comment=b"z", **how)
    gate = engine()
    for at in range(0, len(data), 3):
        inspected(gate, message(data[:at]))
        inspected(gate, message(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]))


@settings(max_examples=60)
@given(st.binary(max_size=80), st.integers(0, 300), st.integers(0, 300))
def test_any_bytes_in_an_archive_end_with_a_verdict(junk, at, length):
    data = zipped({"a.txt": b"x" * 30, "b": b"y"}, comment=b"z")
    inspected(LOGGING, message(data[:at] + junk + data[at + length :]))
