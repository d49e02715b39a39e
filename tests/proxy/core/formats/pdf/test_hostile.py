"""Files that lie, break off, go on for ever or blow up: a verdict, and no other exception than `Unscannable`."""

import gc
import zlib
from io import BytesIO

import pikepdf
import psutil
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from proxy.core.budget import Budget
from proxy.core.errors import Unscannable
from proxy.core.formats.base import Leaf, Node, Source, Uninspected
from proxy.core.formats.pdf import pages, sight, streams
from proxy.core.limits import Limits
from proxy.core.message import Cause
from tests.proxy.core.formats.pdf.made import FORM, PRODUCERS, RIC, document, saved, shown, things

BOMB = zlib.compress(bytes(1 << 27), 9)


def opened(data, limits=None):
    """What a file is reported to hide, and the cause it ends with."""
    left_out = set()
    try:
        for item in pages.opened("body", Node(data), Source(), Budget(len(data), limits or Limits())):
            if isinstance(item, Uninspected):
                left_out.add(item.cause)
    except Unscannable as no:
        return left_out | {no.cause}
    return left_out


def flated(made, data, *more):
    stream = made.make_stream(data)
    stream.Filter = Array([Name.FlateDecode] * (1 + len(more)))
    return stream


def content_bomb(made):
    made.pages[0].obj.Contents = flated(made, BOMB)


def bomb_in_a_bomb(made):
    made.pages[0].obj.Contents = flated(made, zlib.compress(BOMB, 9), 1)


def font_bomb(made):
    descriptor = Dictionary(Type=Name.FontDescriptor, FontFile2=made.make_indirect(flated(made, BOMB)))
    made.pages[0].obj.Resources.Font.F1.FontDescriptor = descriptor


def form_that_shows_itself_twice(made):
    form = made.make_stream(b"/X Do /X Do", **FORM)
    form.BBox, form.Resources = Array([0, 0, 9, 9]), Dictionary(XObject=Dictionary(X=form))
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(X=form))
    made.pages[0].obj.Contents = made.make_stream(b"/X Do")


def forms_ten_times_each_ten_levels_deep(made):
    last = made.make_stream(b"BT /F1 9 Tf (x) Tj ET", **FORM)
    for _ in range(10):
        resources = Dictionary(XObject=Dictionary(X=last))
        last = made.make_stream(b"/X Do " * 10, **FORM)
        last.BBox, last.Resources = Array([0, 0, 9, 9]), resources
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(X=last))
    made.pages[0].obj.Contents = made.make_stream(b"/X Do")


@pytest.mark.parametrize(
    "bomb",
    [content_bomb, bomb_in_a_bomb, font_bomb, form_that_shows_itself_twice, forms_ten_times_each_ten_levels_deep],
)
def test_what_unpacks_or_draws_without_end_is_refused(bomb):
    made = document("BT ET")
    bomb(made)
    assert opened(saved(made, compress_streams=False)) & {Cause.RATIO, Cause.OVERSIZE}


@pytest.mark.parametrize("kind", ["ObjStm", "XRef"])
def test_objects_packed_in_a_bomb_are_refused_before_any_reader_unpacks_them(kind):
    packed = zlib.compress(b"5 0 << /A (x) >>" + b" " * (1 << 26), 9)
    data = (
        b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n"
        b"4 0 obj<</Type/" + kind.encode() + b"/N 1/First 4/Filter/FlateDecode/Length 9>>stream\n"
    )
    assert opened(data + packed + b"\nendstream endobj\nstartxref\n0\n%%EOF") == {Cause.RATIO}


def table_of(count, widths):
    """A cross-reference stream of so many places."""
    table = zlib.compress(bytes(count * sum(widths)))
    head = b"9 0 obj<</Type/XRef/W[%d %d %d]/Filter/FlateDecode/Length %d>>" % (*widths, len(table))
    return b"%PDF-1.7\n" + head + b"stream\n" + table + b"\nendstream endobj"


MANY = {
    "objects": b"%PDF-1.7\n" + b"1 0 obj[]endobj\n" * (streams.MOST_OBJECTS + 1),
    "objects, each ended twice": b"%PDF-1.7\n" + b"1 0 obj[]endobj endobj\n" * (streams.MOST_OBJECTS + 1),
    "streams": b"%PDF-1.7\n" + b"1 0 obj<<>>stream\n\nendstream endobj\n" * (streams._MOST_STREAMS + 1),
    "places": table_of(streams.MOST_OBJECTS + 1, (1, 4, 2)),
    "places that say they are wide": table_of(streams.MOST_OBJECTS + 1, (1, 2, 0)).replace(
        b"9 0 obj", b"9 0 obj%/W[9 9 9]\n"
    ),
}


@pytest.mark.parametrize("data", MANY.values(), ids=MANY)
def test_more_than_is_read_is_refused_before_any_reader_remembers_it(data, monkeypatch):
    def asked(*_, **__):
        raise SystemExit

    monkeypatch.setattr(streams, "opened", asked)
    monkeypatch.setattr(sight, "opened", asked)
    assert opened(data) == {Cause.OVERSIZE}


@pytest.mark.parametrize("widths", [(1, 4, 2), (0, 1, 0)])
def test_as_many_places_as_are_read_are_no_reason_to_refuse(widths):
    streams.check_packed(table_of(streams.MOST_OBJECTS, widths), 1 << 26)


def test_an_image_of_a_gigapixel_is_not_unpacked():
    made = document("q 100 0 0 100 0 0 cm /I Do Q")
    image = flated(made, BOMB)
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 32_000, 32_000
    image.BitsPerComponent, image.ColorSpace = 8, Name.DeviceRGB
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=image))
    assert opened(saved(made, compress_streams=False)) == {Cause.OCR_SKIPPED}


@pytest.mark.parametrize("box", [[0, 0, 10**9, 10**9], [0, 0, 10**6, 1], [5, 5, 5, 5], [9, 9, 0, 0]])
def test_pages_without_measure_end_in_a_verdict(box):
    made = document("BT /F1 9 Tf (x) Tj ET " + "0 0 m 1 1 l S " * 20, MediaBox=Array(box))
    assert opened(saved(made)) <= {Cause.OVERSIZE, Cause.DECODE_ERROR, Cause.OCR_SKIPPED}


HEAD = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
TAIL = b"\ntrailer<</Root 1 0 R>>\n%%EOF"


@pytest.mark.parametrize(
    "objects",
    [
        b"2 0 obj<</Type/Pages/Count 1/Kids[2 0 R]>>endobj",
        b"2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Pages/Parent 2 0 R/Kids[2 0 R]>>endobj",
        b"2 0 obj<</Type/Pages/Count 99999999/Kids[]>>endobj",
        b"2 0 obj" + b"[" * 100_000 + b"]" * 100_000 + b"endobj",
        b"2 0 obj<</A" * 50_000,
        b"2 0 obj<</Type/Pages/Kids[null 7 (x) 3 0 R]/Count 4>>endobj\n3 0 obj<</Type/Page/Parent 3 0 R>>endobj",
        b"2 0 obj<</Length 99999999999>>stream\nxyz",
        b"2 0 obj 2 0 R endobj",
        b"",
    ],
)
def test_objects_that_make_no_document_end_in_a_verdict(objects):
    assert opened(HEAD + objects + TAIL) <= set(Cause)


@pytest.mark.parametrize(
    "content",
    [
        b"BT /F1 12 Tf " + b"[" * 50_000 + b"(x)" + b"]" * 50_000 + b" TJ ET",
        b"q " * 100_000,
        b"BT /F1 12 Tf (unclosed",
        b"BT /F1 1e40 Tf 1e40 0 0 1e40 0 0 Tm (x) Tj ET",
        b"BI /W 9999999 /H 9999999 ID xx EI",
        b"BT /Nowhere 12 Tf (x) Tj ET /Nowhere Do /Nowhere gs",
        bytes(range(256)) * 40,
    ],
)
def test_content_that_makes_no_sense_ends_in_a_verdict(content):
    assert opened(saved(document(content))) <= {Cause.RATIO, Cause.DECODE_ERROR, Cause.OCR_SKIPPED}


def redacted(data):
    """The file with every resident ID masked that is read in it, as far as it can be rewritten."""
    node = Node(data)
    changed = []
    try:
        for item in pages.opened("body", node, Source(), Budget(len(data), Limits())):
            if isinstance(item, Leaf) and RIC.encode() in item.node.data:
                at = item.node.data.find(RIC.encode())
                while at >= 0:
                    item.node.edits.append((at + 6, at + 14, b"********"))
                    at = item.node.data.find(RIC.encode(), at + 1)
                changed.append(item.node)
    except Unscannable:
        return None
    for each in changed:
        each.lift()
    try:
        return node.spliced()
    except Unscannable:
        return None


def packed():
    with pikepdf.open(BytesIO(things())) as made:
        return saved(made, object_stream_mode=pikepdf.ObjectStreamMode.generate)


SAMPLES = {**PRODUCERS, "things": things, "packed": packed}


def small(data, choose):
    """A file with a fault in it."""
    kind = choose(st.sampled_from(["cut", "flip", "drop", "copy"]))
    at = choose(st.integers(0, len(data) - 1))
    size = choose(st.integers(1, 60))
    if kind == "cut":
        return data[:at]
    if kind == "drop":
        return data[:at] + data[at + size :]
    if kind == "copy":
        start = choose(st.integers(0, len(data) - 1))
        return data[:at] + data[start : start + size] + data[at:]
    broken = bytearray(data)
    for _ in range(choose(st.integers(1, 20))):
        broken[choose(st.integers(0, len(data) - 1))] ^= 1 << choose(st.integers(0, 7))
    return bytes(broken)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_broken_file_is_read_or_refused_and_what_is_written_again_holds_nothing_that_was_read(data):
    made = SAMPLES[data.draw(st.sampled_from(sorted(SAMPLES)))]()
    broken = small(made, data.draw)
    if not broken:
        return
    new = redacted(broken)
    if new is None or new == broken:
        return
    for item in pages.opened("body", Node(new), Source(), Budget(len(new), Limits())):
        if isinstance(item, Leaf) and RIC.encode() in item.node.data:
            # what was not read before may be read now that the file is mended: then it is found and blocked
            assert not any(
                isinstance(old, Leaf) and old.part == item.part and RIC.encode() in old.node.data
                for old in pages.opened("body", Node(broken), Source(), Budget(len(broken), Limits()))
            )


@given(
    st.lists(
        st.tuples(st.sampled_from(["ID ", "x", "(\\", "  "]), st.integers(-300, 300), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 17),
    st.sampled_from([(0, 0, 100), (1.5, 0, 100), (0, 4, 80), (-0.5, 2, 150)]),
)
@settings(max_examples=50)
def test_wherever_a_number_is_cut_and_moved_all_of_it_goes_and_all_else_stays(words, cut, state):
    spacing, gap, stretch = state
    pieces = "".join(f"({word.replace('\\', r'\\').replace('(', r'\(')}) {shift} " for word, shift, _ in words)
    content = (
        f"BT /F1 12 Tf {spacing} Tc {gap} Tw {stretch} Tz 50 700 Td [{pieces}] TJ "
        f"[( {RIC[:cut]}) 20 ({RIC[cut:]} tail)] TJ (behind) Tj ET"
    )
    data = saved(document(content))
    new = redacted(data)
    assert new is not None
    texts = [text_of(each) for each in (data, new)]
    if RIC in texts[0]:
        assert texts[1] == texts[0].replace(RIC, RIC[:6] + "********" + RIC[14:])


def text_of(data):
    made = pypdfium2.PdfDocument(data)
    page = made[0]
    text = page.get_textpage()
    read = "".join(text.get_text_range().split())
    text.close()
    page.close()
    made.close()
    return read


def test_a_file_of_many_revisions_is_read_as_far_as_the_cap():
    data = shown("the first")
    for number in range(12):
        size = len(data)
        start = data.rpartition(b"startxref")[2].split()[0]
        note = b"\n90 0 obj\n(revision %d)\nendobj\n" % number
        table = b"xref\n90 1\n%010d 00000 n \ntrailer\n<</Root 1 0 R/Size 99/Prev %s>>\n" % (size + 1, start)
        data += note + table + b"startxref\n%d\n%%%%EOF\n" % (size + len(note))
    assert opened(data) == {Cause.OVERSIZE}


def test_memory_of_pages_is_given_back():
    data = saved(document(*[f"BT /F1 9 Tf 9 9 Td (page {at}) Tj ET" for at in range(60)]))
    for _ in range(3):
        opened(data)
    gc.collect()
    before = psutil.Process().memory_info().rss
    for _ in range(20):
        opened(data)
    gc.collect()
    assert psutil.Process().memory_info().rss - before < 20 * 1024 * 1024
