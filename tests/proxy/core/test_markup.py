import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats.markup import MarkupLocator
from tests.proxy.core.gate import (
    HKID,
    HKID_MASK,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    causes,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

XML = "application/xml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<r><id>{}</id></r>", "<r><id>{}</id></r>"),
        ("<?xml version='1.0'?>\n<!DOCTYPE r>\n<r a = '{}' b=\"&lt;\"/>", None),
        ("<r><![CDATA[a {} ]] > b]]></r>", None),
        ("<r><!-- {} --></r>", None),
        ("<r><!-- {}", None),
        ("<r><![CDATA[{}", None),
        ('<r a="x > {}">y</r>', None),
        ("<r a={}>y", None),
        ('<r a="{}', None),
        ("<html><body><p>x &nbsp;{}<br>&#65;</p>", None),
        ("<script>var a = '<b>' + {};</script>", None),
    ],
)
def test_writes_the_mask_and_leaves_every_other_byte(before, after):
    assert forwarded(message(before.replace("{}", RIC), XML)).body.decode() == (after or before).replace("{}", RIC_MASK)


@pytest.mark.parametrize(
    "written", ["&#52;", "&#x34;", "&#X34;", "&#52", "&#x34", "&#0052;", "&#x" + "0" * 5000 + "34;", "&#65300;"]
)
def test_sees_through_character_references(written):
    body = f"<r>{written if written[-1] == ';' else written + '&#52;'}{RIC[1 if written[-1] == ';' else 2 :]}</r>"
    assert entities(body, XML) == ["CN_RESIDENT_ID"]
    assert RIC[6:14] not in forwarded(message(body, XML)).body.decode()


def test_sees_through_brackets_written_as_entities():
    assert (
        forwarded(message("<r>A123456&lpar;3&rpar; &amp; &lol;</r>", XML)).body
        == b"<r>A******&lpar;3&rpar; &amp; &lol;</r>"
    )


@pytest.mark.parametrize("charset", ["cp037", "cp500", "utf-16", "utf-32", "utf-16-be"])
def test_documents_in_other_than_ascii_are_read_and_written(charset):
    body = f'<?xml version="1.0" encoding="{charset}"?>\n<r><id>{{}}</id></r>'
    new = forwarded(message(body.format(RIC).encode(charset), XML)).body
    assert new.decode(charset) == body.format(RIC_MASK)


def test_the_charset_a_document_names_is_a_hint():
    assert entities(f'<?xml version="1.0" encoding="UTF-7"?><r>+ADQ-{RIC[1:]}</r>', XML) == ["CN_RESIDENT_ID"]
    assert entities(f'<?xml version="1.0" encoding="utf-16"?><r>{RIC}</r>', XML) == ["CN_RESIDENT_ID"]  # a lie


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ("<a><b>{}</b></a>", "/a/b"),
        ("<a><b/><b>x</b><b>{}</b></a>", "/a/b[3]"),
        ("<a><b c='1' d='{}'/></a>", "/a/b/@d"),
        ("<a><b></c>{}</b></a>", "/a/b"),
        ("<a><br>{}</a>", "/a"),
        ("<a><b></b>{}</a>", "/a"),
        ("<a><!-- {} --></a>", "/a#comment"),
        ("<a><![CDATA[{}]]></a>", "/a"),
        ("<ns:a xmlns:ns='x'><ns:b>{}</ns:b></ns:a>", "/ns:a/ns:b"),
    ],
)
def test_names_places_by_path(body, part):
    assert found(body.replace("{}", RIC), XML) == [("CN_RESIDENT_ID", f"body/xml:{part}", RIC)]


@pytest.mark.parametrize(
    "body",
    [
        "<a><phone>{}</phone></a>",
        "<phone><n>{}</n></phone>",
        "<a phone='{}'/>",
        "<phone value='{}'/>",
        "<table><tr><td>手机</td><td>{}</td></tr></table>",
        "<tr><th> 手机： </th>\n  <td><b>{}</b></td></tr>",
        "<dl><dt>Phone</dt><dd>{}</dd></dl>",
        "<string name='mobile'>{}</string>",
        "<td data-label='手机'>{}</td>",
        '<input type="tel" value="{}" name="phone">',
        "<p>手机：{}</p>",
        "<p>手机<b>{}</b></p>",
    ],
)
def test_names_and_labels_are_evidence(body):
    assert entities(body.replace("{}", MOBILE), "text/html") == ["CN_MOBILE"]


@pytest.mark.parametrize(
    "body",
    [
        "<a><phone/><x>{}</x></a>",
        "<td>手机</td><td>1</td><td>{}</td>",
        "<td>手机</td><td>1</td><td>订单号</td><td>{}</td>",
        "<a phone='1' order='{}'/>",
        "<a><x>{}</x><phone>1</phone></a>",
        "<phone><orderNo>{}</orderNo></phone>",
        "<div class='phone'>x</div><i>{}</i>",
        "<!-- phone --><i>{}</i>",
    ],
)
def test_evidence_does_not_leak_between_elements(body):
    assert entities(f"<div>{body}</div>".replace("{}", MOBILE), "text/html") == []


@given(st.text("<>!-[]CDAT/ab='\" &;#", max_size=60))
def test_every_position_has_a_place(text):
    source = text.encode()
    locator = MarkupLocator(source)
    for place in locator.places(range(len(source))):
        assert 0 <= place.start <= place.end <= len(source)


TEXT = st.text(st.sampled_from("a<>&\"' 身é"), max_size=8)
CONTENT = st.one_of(TEXT, st.sampled_from([RIC, f" {RIC} ", HKID]))


@st.composite
def trees(draw, depth=0):
    element = ET.Element(
        draw(st.sampled_from(["a", "b", "c"])), {n: draw(CONTENT) for n in draw(st.sets(st.sampled_from("xyz")))}
    )
    element.text = draw(CONTENT)
    for _ in range(draw(st.integers(0, 2)) if depth < 3 else 0):
        child = draw(trees(depth + 1))
        child.tail = draw(CONTENT)
        element.append(child)
    return element


def strings(element):
    """All strings of a tree in the order they are written."""
    yield from element.attrib.values()
    yield element.text or ""
    for child in element:
        yield from strings(child)
        yield child.tail or ""


@settings(max_examples=80)
@given(trees(), st.sampled_from(["unicode", "utf-8", "us-ascii", "utf-16", "gb18030"]))
def test_what_a_library_writes_reads_the_same_but_for_the_plants(tree, encoding):
    body = ET.tostring(tree, encoding)
    sent = message(body, XML)
    charset = "utf-8" if encoding == "unicode" else encoding
    before = list(strings(ET.fromstring(body if encoding == "unicode" else body.decode(charset))))
    plants = [plant for text in before for plant in (RIC, HKID) if plant in text]
    assert [text for _, _, text in found(body, XML)] == plants
    if plants:
        after = list(strings(ET.fromstring(forwarded(sent).body.decode(charset))))
        assert after == [text.replace(RIC, RIC_MASK).replace(HKID, HKID_MASK) for text in before]


@pytest.mark.parametrize(
    "body",
    [
        *(
            each * 3000
            for each in ("<!--", "<![CDATA[", "<a", "<a>", "</a>", '<a "', "&", "&#", "&lt;", ">", "<", "<b> ")
        ),
        "<a>" * 3000 + "</b>" * 3000,
        "<a " + "b='1' " * 3000 + ">",
    ],
)
@pytest.mark.parametrize("tail", ["", RIC])
def test_what_is_never_closed_gives_a_verdict(body, tail):
    assert not causes(inspected(MASKING, message(f"<r>{body}{tail}", "text/html")))
