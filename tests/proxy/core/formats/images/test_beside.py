"""What is written beside the pixels. The pictures are too small to be read for text."""

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, TiffImagePlugin

from proxy.core.limits import Limits
from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.formats.images.drawn import (
    chunk,
    reopened,
    saved,
    segment,
    speck,
    with_chunk,
    with_segment,
)
from tests.proxy.core.gate import LOGGING, RIC, RIC_MASK, Redact, causes, engine, forwarded, found, inspected, message

PNG, JPEG = saved(speck()), saved(speck(), "JPEG")
NOTE = b"id " + RIC.encode()
HAN = f"身份证 {RIC}".encode()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:description>%s</dc:description></x:xmpmeta>' % RIC.encode()
RECORD = b"\x1c\x02\x78" + struct.pack(">H", len(RIC)) + RIC.encode()
IPTC = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(RECORD)) + RECORD + b"\0"
GPS = engine(Redact({"GEO_COORDINATE": Operator.REMOVE}))


def exif(**place):
    tags = Image.Exif()
    tags[0x010E], tags[0x013B] = f"id {RIC}", "somebody"
    tags.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0id " + RIC.encode()
    tags[0x9C9C] = f"身份证{RIC}".encode("utf-16-le")
    if place:
        tags.get_ifd(0x8825).update({1: "N", 2: (22.0, 32.0, 35.16), 3: "E", 4: (114.0, 3.0, 28.44)})
    return tags


CHUNKS = {
    "tEXt:Comment/text": with_chunk(PNG, b"tEXt", b"Comment\0" + NOTE),
    "zTXt:Comment/text": with_chunk(PNG, b"zTXt", b"Comment\0\0" + zlib.compress(NOTE)),
    "iTXt:Comment/text": with_chunk(PNG, b"iTXt", b"Comment\0\0\0zh\0\0" + HAN),
    "iTXt:Beschreibung/text": with_chunk(PNG, b"iTXt", b"Beschreibung\0\1\0zh\0\0" + zlib.compress(HAN)),
    "tEXt:prompt/json:/idCard": with_chunk(PNG, b"tEXt", b'prompt\0{"idCard":"%s"}' % RIC.encode()),
    "prVt/text": with_chunk(PNG, b"prVt", NOTE + b" " * 64),
    "comment/text": with_segment(JPEG, 0xFE, NOTE),
    "photoshop/iptc:IPTC 2:120": with_segment(JPEG, 0xED, IPTC),
    "xmp/xml:/x:xmpmeta/dc:description": saved(speck(), "JPEG", xmp=XMP),
    "XMP/xml:/x:xmpmeta/dc:description": saved(speck(), "WEBP", xmp=XMP),
    "behind/text": PNG + NOTE,
}


@pytest.mark.parametrize(("place", "sent"), CHUNKS.items(), ids=CHUNKS)
def test_a_text_chunk_is_found_and_changed_and_nothing_else_is(place, sent):
    assert [part.partition("/")[2].partition("/")[2] for _, part, _ in found(sent)] == [place]
    new = forwarded(message(sent)).body
    assert RIC.encode() not in new
    if RIC.encode() in sent:
        assert without_checks(new) == without_checks(sent.replace(RIC.encode(), RIC_MASK.encode()))
    assert reopened(new).tobytes() == reopened(sent).tobytes()


def without_checks(data):
    """A PNG without the check sums of its chunks."""
    if not data.startswith(b"\x89PNG"):
        return data
    kept, at = b"", 8
    while data[at + 4 : at + 8].isalpha():
        size = struct.unpack_from(">I", data, at)[0]
        kept, at = kept + data[at : at + 8 + size], at + 12 + size
    return kept + data[at:]


def test_a_gif_comment_is_found_and_changed():
    new = forwarded(message(saved(speck("P"), "GIF", comment=(NOTE + b" ") * 20))).body
    assert reopened(new).info["comment"] == (b"id " + RIC_MASK.encode() + b" ") * 20


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_exif_texts_are_changed_where_they_stand(kind):
    sent = saved(speck(), kind, exif=exif())
    assert [part.rpartition(":")[2] for _, part, _ in found(sent)] == ["ImageDescription", "XPComment", "UserComment"]
    new = forwarded(message(sent)).body
    assert len(new) == len(sent)
    tags = reopened(new).getexif()
    assert (tags[0x010E], tags[0x013B]) == (f"id {RIC_MASK}", "somebody")
    assert tags[0x9C9C].decode("utf-16-le").rstrip("\0") == f"身份证{RIC_MASK}"
    assert tags.get_ifd(0x8769)[0x9286].endswith(RIC_MASK.encode())


def test_a_tag_of_a_tiff_file_is_changed_where_it_stands():
    sent = saved(speck(), "TIFF", tiffinfo={270: f"id {RIC}", 315: "somebody"})
    new = forwarded(message(sent)).body
    assert new == sent.replace(RIC.encode(), RIC_MASK.encode())


def test_the_place_a_picture_was_taken_at_is_a_finding_and_goes_whole():
    sent = saved(speck(), "JPEG", exif=exif(place=True))
    assert ("GEO_COORDINATE", "body/jpeg/exif:GPS", "22.543100") in found(sent)
    tags = reopened(forwarded(message(sent), GPS).body).getexif()
    assert (dict(tags.get_ifd(0x8825)), tags[0x013B]) == ({}, "somebody")


def test_an_old_position_without_a_denominator_is_no_position():
    tags = Image.Exif()
    tags.get_ifd(0x8825).update(
        {1: "N", 2: (TiffImagePlugin.IFDRational(0, 0),) * 3, 3: "E", 4: (TiffImagePlugin.IFDRational(0, 0),) * 3}
    )
    assert found(saved(speck(), "JPEG", exif=tags)) == []


@pytest.mark.parametrize(
    "sent",
    [
        with_chunk(PNG, b"prVt", b"\0\x81\xff" * 30 + RIC.encode() + bytes(50)),
        with_chunk(PNG, b"tEXt", RIC.encode() + b"\0x"),
        with_chunk(PNG, b"iCCP", b"icc\0\0" + zlib.compress(b"\0\x81\xff" * 30 + RIC.encode() + bytes(50))),
        with_segment(JPEG, 0xE5, b"\0\x81\xff" * 30 + RIC.encode() + bytes(50)),
    ],
)
def test_a_value_in_binary_chunks_is_found_and_blocks(sent):
    assert [entity for entity, *_ in found(sent)] == ["CN_RESIDENT_ID"]
    verdict = inspected(engine(Redact()), message(sent))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})


def test_a_profile_and_padding_are_nothing_to_report():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("PNG", "JPEG", "WEBP", "TIFF"):
        verdict = inspected(LOGGING, message(saved(speck(), kind, icc_profile=profile) + bytes(40)))
        assert verdict.complete


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_a_text_that_unpacks_without_end_is_reported_and_the_rest_is_read(kind):
    bomb = b"Comment\0\0" + zlib.compress(bytes(80_000_000))
    sent = with_chunk(with_chunk(PNG, kind, bomb), kind, bomb) + NOTE
    verdict = inspected(LOGGING, message(sent))
    assert [item.cause for item in verdict.uninspected] == [Cause.RATIO] * 2
    assert [finding.part for finding in verdict.findings] == ["body/png/behind/text"]


def test_directories_that_point_at_each_other_are_walked_once():
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + struct.pack("<I", 8)
    assert inspected(LOGGING, message(with_segment(JPEG, 0xE1, b"Exif\0\0" + block))).complete
    lies = b"II*\0\x08\0\0\0" + struct.pack("<H", 60_000) + entry * 9
    assert causes(inspected(LOGGING, message(with_segment(JPEG, 0xE1, b"Exif\0\0" + lies)))) == {Cause.DECODE_ERROR}


SAMPLES = [
    *CHUNKS.values(),
    saved(speck(), "JPEG", exif=exif(place=True)),
    saved(speck(), "WEBP", exif=exif()),
    saved(speck("P"), "GIF", comment=NOTE),
    saved(speck(), "TIFF", tiffinfo={270: f"id {RIC}"}),
    saved(speck(), "BMP"),
]


@pytest.mark.parametrize("sent", SAMPLES, ids=range(len(SAMPLES)))
def test_a_file_cut_off_anywhere_gives_a_verdict(sent):
    for end in range(4, len(sent), max(1, len(sent) // 60)):
        inspected(LOGGING, message(sent[:end]))


@settings(max_examples=150)
@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(4, 2000), st.integers(0, 255)), max_size=6))
def test_a_damaged_file_gives_a_verdict(sent, damage):
    data = bytearray(sent)
    for at, byte in damage:
        data[at % len(data)] = byte
    verdict = inspected(engine(Redact(), limits=Limits(pixels=100_000)), message(bytes(data)))
    assert verdict.action in (Action.LOG, Action.REDACT, Action.BLOCK)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([b"tEXt", b"iTXt", b"eXIf", b"prVt", b"zTXt"]), st.binary(max_size=40))))
def test_chunks_of_anything_give_a_verdict(chunks):
    inspected(LOGGING, message(PNG[:33] + b"".join(chunk(*each) for each in chunks) + PNG[33:]))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([0xE0, 0xE1, 0xE2, 0xED, 0xFE]), st.binary(max_size=40))))
def test_segments_of_anything_give_a_verdict(segments):
    inspected(LOGGING, message(JPEG[:2] + b"".join(segment(*each) for each in segments) + JPEG[2:]))


def test_a_tiff_file_whose_pixels_end_before_they_should_is_damaged():
    whole = saved(speck(), "TIFF")
    assert not causes(inspected(LOGGING, message(whole)))
    assert causes(inspected(LOGGING, message(whole[:-1]))) == {Cause.DECODE_ERROR}
