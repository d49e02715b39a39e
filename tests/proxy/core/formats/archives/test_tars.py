import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats.archives import tar_records
from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.formats.archives.zipped import zipped
from tests.proxy.core.gate import (
    LOGGING,
    MASKING,
    RIC,
    RIC_MASK,
    LogAll,
    Redact,
    causes,
    engine,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

TEXT = f"身份证 {RIC} 完\n".encode() * 3
FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
LONG = "d" * 90 + "/" + "f" * 90
REMOVING = engine(Redact({"CN_RESIDENT_ID": Operator.REMOVE}))


def tarred(files, form=tarfile.GNU_FORMAT, **pax):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.pax_headers = pax if content == TEXT else {}
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "a.txt"
        archive.addfile(link)
    return out.getvalue()


def contents(data):
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        return {info.name: archive.extractfile(info).read() if info.isfile() else info.linkname for info in archive}


def header(name=b"a", size=b"%011o\0" % 0, kind=b"0", mark=b"ustar\x0000", rest=b""):
    block = name.ljust(100, b"\0") + b"0000644\0" * 3 + size + b"0" * 11 + b"\0" + b" " * 8 + kind
    block = (block + rest.ljust(100, b"\0") + mark).ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def old(name, content):
    """A member as it was written before 1988."""
    return header(name, b"%11o " % len(content), b"\0", b"") + content + bytes(-len(content) % 512)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("gate", "new"), [(MASKING, RIC_MASK), (REMOVING, "")])
def test_a_member_is_found_changed_and_read_again_by_others(form, gate, new):
    files = {"a.txt": TEXT, LONG: b"other", "c.txt": b"x" * 1500 + TEXT}
    data = tarred(files, form)
    assert {part for _, part, _ in found(data)} == {"body/tar:a.txt/text", "body/tar:c.txt/text"}
    body = forwarded(message(data), gate).body
    expected = {name: content.replace(RIC.encode(), new.encode()) for name, content in files.items()}
    assert contents(body) == {**expected, "link": "a.txt"}
    assert len(body) % 10240 == 0
    assert RIC.encode() not in body


def test_headers_of_members_that_did_not_change_keep_every_byte():
    data = tarred({"a": TEXT, "b": b"other"})
    new = forwarded(message(data), REMOVING).body
    at, moved = data.index(b"b\0\0"), new.index(b"b\0\0")
    assert data[at : at + 1024] == new[moved : moved + 1024]


def test_a_size_told_in_a_pax_header_is_told_there_again():
    data = tarred({"a": TEXT, "b": b"other"}, tarfile.PAX_FORMAT, size=str(len(TEXT)), comment="c")
    new = forwarded(message(data), REMOVING).body
    assert contents(new) == {"a": TEXT.replace(RIC.encode(), b""), "b": b"other", "link": "a.txt"}
    assert b" size=%d\n" % len(TEXT.replace(RIC.encode(), b"")) in new


def test_an_archive_without_a_mark_is_told_by_its_checksum():
    data = old(b"a.txt", TEXT) + old(b"b", b"other") + bytes(1024)
    assert {part for _, part, _ in found(data)} == {"body/tar:a.txt/text"}
    assert contents(forwarded(message(data), REMOVING).body)["a.txt"] == TEXT.replace(RIC.encode(), b"")


def test_a_size_in_binary_stays_in_binary():
    data = header(size=b"\x80" + len(TEXT).to_bytes(11, "big")) + TEXT + bytes(-len(TEXT) % 512) + bytes(1024)
    new = forwarded(message(data), REMOVING).body
    assert contents(new)["a"] == TEXT.replace(RIC.encode(), b"")
    assert new[124] == 0x80


@pytest.mark.parametrize(
    "data",
    [
        tarred({RIC: b"x"}),
        tarred({"x" * 150 + "/" + RIC: b"x"}),
        tarred({"x": TEXT[:0], "客户" + RIC: b"x"}, tarfile.PAX_FORMAT),
        header(rest=RIC.encode(), kind=b"2") + bytes(1024),
    ],
)
def test_names_and_links_are_read_and_not_changed(data):
    assert set(entities(data)) == {"CN_RESIDENT_ID"}
    assert inspected(MASKING, message(data)).action is Action.BLOCK


def test_records_of_pax_headers_are_read():
    assert set(entities(tarred({"a": TEXT}, tarfile.PAX_FORMAT, comment=f"id {RIC}"))) == {"CN_RESIDENT_ID"}


def test_what_lies_in_padding_between_and_behind_is_read():
    data = tarred({"a": b"x", "b": b"y"})
    padded = data[:600] + RIC.encode() + data[618:]
    assert found(padded)[0][1].startswith("body/tar#gap")
    behind = data + b"\n" + RIC.encode()
    assert found(behind)[0][1].startswith("body/tar#gap")
    assert RIC.encode() not in forwarded(message(padded)).body


def test_an_archive_behind_the_end_of_another_is_read():
    assert len(entities(tarred({"a": b"x"}) + tarred({"b": TEXT}))) == 3


@pytest.mark.parametrize("kind", [b"1", b"2", b"5", b"6"])
def test_a_content_where_none_is_expected_is_read_both_ways_and_not_changed(kind):
    padded = TEXT + bytes(-len(TEXT) % 512)
    inner = old(b"inner", TEXT)
    for content in (padded, inner):
        data = header(size=b"%011o\0" % len(content), kind=kind) + content + bytes(1024)
        assert len(entities(data)) == 3
        assert inspected(MASKING, message(data)).action is Action.BLOCK


def test_holes_keep_their_length():
    sparse = header(size=b"%011o\0" % len(TEXT), kind=b"S", mark=b"ustar  \0") + TEXT + bytes(-len(TEXT) % 512)
    assert RIC_MASK.encode() in forwarded(message(sparse + bytes(1024))).body
    assert inspected(REMOVING, message(sparse + bytes(1024))).action is Action.BLOCK


def test_of_a_cut_archive_is_read_what_is_there():
    data = tarred({"a": TEXT, "b": TEXT + b"x" * 2000})[: 512 * 4 + 100]
    verdict = inspected(LOGGING, message(data))
    assert len(verdict.findings) >= 3
    assert Cause.DECODE_ERROR in causes(verdict)
    assert inspected(MASKING, message(data)).action is Action.BLOCK


def test_sizes_that_lie_end_with_a_verdict():
    for size in (b"77777777777\0", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"-0000000001\0", b"9" * 12):
        verdict = inspected(LOGGING, message(header(size=size) + TEXT + bytes(1024)))
        assert verdict.findings
        assert Cause.DECODE_ERROR in causes(verdict)


def test_an_archive_of_empty_members_is_cut_short():
    gate = engine(LogAll(), limits=Limits(parts=100))
    assert Cause.OVERSIZE in causes(inspected(gate, message(header() * 101 + bytes(1024))))


def test_a_zip_at_the_end_of_a_tar_is_opened_once_and_redacted_there():
    data = tarred({"a.zip": zipped({"b.txt": TEXT})})
    assert [part for _, part, _ in found(data)] == ["body/tar:a.zip/zip:a.zip!b.txt/text"] * 3
    assert RIC.encode() not in forwarded(message(data)).body


@settings(max_examples=60)
@given(
    st.lists(st.binary(max_size=1200), min_size=1, max_size=4),
    st.binary(max_size=1200),
    st.sampled_from(FORMATS),
)
def test_every_size_of_a_change_fits(members, new, form):
    files = {f"{at}": content for at, content in enumerate(members)}
    data = tarred(files, form)
    walk = tar_records.walk(data, 100)
    assert [walk.data[m.start : m.start + m.size] for m in walk.members] == [m for m in members if m]
    block = tar_records.resized(data[:512], len(new))
    assert tar_records.is_header(block)
    assert tar_records.size(block) == len(new)


@settings(max_examples=60)
@given(st.binary(max_size=80), st.integers(0, 1600), st.integers(0, 1600))
def test_any_bytes_in_an_archive_end_with_a_verdict(junk, at, length):
    data = tarred({"a": b"x" * 600, LONG: b"y"}, tarfile.PAX_FORMAT, comment="c")
    inspected(LOGGING, message(data[:at] + junk + data[at + length :]))
