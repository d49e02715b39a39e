import html.parser
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats.markup_joined import joint
from proxy.core.message import Action, Cause, Operator
from tests.proxy.core.gate import (
    HKID,
    LOGGING,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    Redact,
    causes,
    engine,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

HTML, XML = "text/html", "application/xml"
A, B, C = RIC[:6], RIC[6:14], RIC[14:]
HIDDEN = "*" * 8


class Shown(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.text, self.tags = [], []
        self.feed(page)

    def handle_data(self, data):
        self.text.append(data)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))
        self.text.append("\n" * (tag == "p"))


def shown(page):
    return "".join(Shown(page).text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"<p>{A}<b>{B}</b>{C}</p>", f"<p>{A}<b>{HIDDEN}</b>{C}</p>"),
        (f"<p>{A}<b>19<i>900</i>307</b>{C}</p>", f"<p>{A}<b>**<i>***</i>***</b>{C}</p>"),
        (f"<p>{RIC[:9]}<wbr>{RIC[9:]}</p>", f"<p>{A}***<wbr>*****{C}</p>"),
        (f"<p>{A}<span class='x' title=\"a > b\">{B}</span>{C}</p>", None),
        (f"<p>{A}<!-- no > -- -->{B}<!----><!-- x -->{C}</p>", None),
        (f"<p>{A}<x-y>{B}</x-y><ZZ>{C}</ZZ></p>", None),
        (f"<p>{A} <b>{B}</b> {C}</p>", None),
        (f"<p>{A}-<b>{B}</b>-{C}</p>", None),
        (f"<p>4&#52;0<b>106</b>{B}&#50;170</p>", f"<p>4&#52;0<b>106</b>{HIDDEN}&#50;170</p>"),
        (f"<p>{A}<b>1&#57;900307</b>{C}</p>", None),
        (f"<p>{A}<b></b><i><u>{B}</u></i>{C}</p>", None),
        (f"<p>{A}<a href='/x?y=1'>{B}</a>{C}</p>", None),
        (f"<p>{A}<b>{B}</b>{C}</p> <p>{A}<b>{B}</b>{C}</p>", None),
        (f"<svg><text>{A}<tspan x='1'>{B}</tspan>{C}</text></svg>", None),
        ("".join(f"<b>{digit}</b>" for digit in RIC), None),
    ],
)
def test_a_value_broken_by_tags_is_masked_and_the_tags_stay(before, after):
    page = f"<html><body>{before}</body></html>"
    assert set(entities(page, HTML)) == {"CN_RESIDENT_ID"}
    new = forwarded(message(page, HTML)).body.decode()
    if after:
        assert new == f"<html><body>{after}</body></html>"
    assert Shown(new).tags == Shown(page).tags
    assert re.sub(r"[\s-]", "", shown(new)).replace(RIC_MASK, "") == ""


@pytest.mark.parametrize(
    "body",
    [
        f"<a>{A}<![CDATA[{B}]]>{C}</a>",
        f"<a><![CDATA[{A}]]>{B}<![CDATA[{C}]]></a>",
        f"<a>{A}<?target data?>{B}<!-- c -->{C}</a>",
        f"<a>{A}<b>{B}</b>{C}</a>",
        f"<a>{A}<em xmlns='u' b='c'>{B}</em>{C}</a>",
        f"<w:p xmlns:w='u'><w:r><w:t>{A}</w:t></w:r><w:r w:a='b'><w:rPr><w:b/></w:rPr><w:t>{B}{C}</w:t></w:r></w:p>",
        f"<t:p xmlns:t='u'><t:span>{A}</t:span><t:span t:style-name='T2'>{B}</t:span>{C}</t:p>",
        f"<text:p xmlns:text='u'>{A}<text:bookmark-start text:name='b'/>{B}{C}</text:p>",
    ],
)
def test_in_other_markup_too(body):
    new = forwarded(message(body, XML)).body.decode()
    assert "".join(ET.fromstring(new).itertext()) == RIC_MASK
    assert re.sub(r"[0-9*]", "", new) == re.sub(r"[0-9*]", "", body)


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-be", "gb18030", "utf-8-sig"])
def test_in_every_charset(charset):
    page = f"<html><p>身份证号 {A}<b>{B}</b>{C}</p></html>"
    new = forwarded(message(page.encode(charset), HTML)).body
    assert new.decode(charset) == page.replace(B, HIDDEN)


@pytest.mark.parametrize(
    ("page", "part"),
    [
        ("<p>手机：138<wbr>0013<b>8000</b></p>", "/html/p"),
        ("<div id=phone>138<b>0013</b>8000</div>", "/html/div"),
        ("<table><tr><th>x<th>手机<tr><td>x<td>138<b>0013</b>8000</table>", "/html/table/tr[2]/td[2]"),
    ],
)  # fmt: skip
def test_labels_and_places_are_those_of_the_element(page, part):
    assert found(f"<html>{page}", HTML) == [("CN_MOBILE", f"body/html:{part}", MOBILE)]


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{RIC}<b>x</b></p>",
        f"<p><b>{RIC}</b>1</p>",
        f"<p>1<b>{HKID}</b></p><p>1<b>2</b></p>",
        f"<span>{RIC}</span><span>{HKID}</span>",
        f"<p>手机 {MOBILE} 1<b>2</b>3</p>",
        f"<p>{RIC} <b>{RIC}</b></p>",
    ],
)
def test_what_no_tag_breaks_is_found_once(page):
    planted = sum(page.count(value) for value in (RIC, HKID, MOBILE))
    assert len([entity for entity in entities(page, HTML) if entity != "PERSON"]) == planted


@pytest.mark.parametrize("block", ["br", "p", "div", "li", "td", "h1", "option"])
def test_lines_are_not_put_together(block):
    assert joint(f"<p>{A}<{block}>{B}{C}</p>".encode(), "html", 1 << 20) is None


def test_a_placeholder_is_dealt_out_or_stands_in_the_first_piece():
    gate = engine(Redact({"CN_RESIDENT_ID": Operator.REPLACE}))
    page = f"<p>{A}<b>{B}</b>{C}</p>"
    assert shown(forwarded(message(page, HTML), gate).body.decode()).strip() == "<CN_RESIDENT_ID:1>"
    page = f"<p>{A}-<b>{B}</b>-{C}</p>"
    assert forwarded(message(page, HTML), gate).body.decode() == "<p>&lt;CN_RESIDENT_ID:1&gt;<b></b></p>"


def test_an_address_broken_at_its_sign():
    for page in ("zhangsan<b>@</b>example.com", "zhangsan@<i>example</i>.com", "zhangsan<b>@example.com</b>"):
        assert "EMAIL_ADDRESS" in entities(f"<p>{page}</p>", HTML)


def document(body, *declared):
    return f"<!DOCTYPE a [{''.join(f'<!ENTITY {each}>' for each in declared)}]><a>{body}</a>"


@pytest.mark.parametrize(
    "body",
    [
        document(f"&x;{B}{C}", f'x "{A}"'),
        document("&x;", f'x "{RIC}"'),
        document("&x;", f"y '{B}{C}'", f'x "{A}&y;"'),
        document(f"&x;{B}{C}", f'x "&#52;{A[1:]}"'),
        document(f"&x;{B}{C}", f'x "{A}"', 'x "later"'),
        document(f"&long.name_1;{B}{C}", f'long.name_1\n"{A}"'),
    ],
)
def test_entities_of_the_document_are_read_and_block(body):
    assert ET.fromstring(body).text == RIC
    assert "CN_RESIDENT_ID" in entities(body, XML)
    verdict = inspected(MASKING, message(body, XML))
    if "&y;" in body:
        assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})
    else:  # the mask leaves alone what the entity says
        assert ET.fromstring(verdict.rewrite.body).text == RIC_MASK


@pytest.mark.parametrize(
    "declared",
    [
        ['l0 "lol"', *(f'l{n} "{f"&l{n - 1};" * 10}"' for n in range(1, 12))],
        ['a "&b;"', 'b "&a;"'],
        ['l0 "lol"', *(f'l{n} "&l{n - 1};"' for n in range(1, 40))][::-1],
        [f'big "{"x" * 200_000}"'],
    ],
)
def test_laughs_are_bounded(declared):
    body = document("&big;" * 2000 if "big" in declared[0] else "&a;&l11;", *declared)
    assert Cause.RATIO in causes(inspected(LOGGING, message(body, XML)))


def test_external_entities_are_left_alone():
    body = document(f"&x; {RIC}", 'x SYSTEM "file:///etc/passwd"')
    assert found(body, XML) == [("CN_RESIDENT_ID", "body/xml:/a", RIC)]


@pytest.mark.parametrize(
    "piece", ["1<b ", '1<b "', "1<!--", "1<![CDATA[", "1]]>1", "1<", "1<b>", "1</b>", "1<b>1<p>", "1@<", "&a;"]
)
def test_signs_without_sense_take_linear_time(piece):
    body = piece * 20_000
    for kind in (HTML, XML):
        assert causes(inspected(LOGGING, message(f"<!DOCTYPE a [<!ENTITY a 'b'>]>{body}", kind))) <= {Cause.OVERSIZE}


TAGS = st.sampled_from(
    ["<b>", "</b>", "<i>", "</i>", "<wbr>", "<!-- x -->", "<span a='1'>", "</span>", "&nbsp;", "<p>", "", " "]
)


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(1, 6), TAGS), min_size=1, max_size=12), st.sampled_from(["", "x ", "身份证 "]))
def test_a_browser_sees_the_same_page_but_for_the_plants(cuts, lead):
    page, left = lead, RIC
    for size, tag in cuts:
        page, left = page + left[:size] + tag, left[size:]
    page = f"<html><body>{page}{left}</body></html>"
    verdict = inspected(MASKING, message(page, HTML))
    if verdict.action is Action.REDACT:
        new = verdict.rewrite.body.decode()
        assert Shown(new).tags == Shown(page).tags
        assert len(shown(new)) == len(shown(page))
        assert RIC not in re.sub(r"\s", "", shown(new))
    elif verdict.action is Action.LOG:
        assert RIC not in shown(page)


@pytest.mark.parametrize("hidden", [
    '<span style="display:none">5</span>', "<i hidden>77</i>", "<b style='x:y; Visibility : hidden'>-</b>",
    '<font style="font-size:0px">1 2</font>', '<u class="a" style="opacity:0">9</u>',
])  # fmt: skip
def test_what_nobody_sees_is_no_part_of_a_number(hidden):
    sent = message(f"<html><body><p>{hidden.join(RIC)}</p></body></html>", "text/html")
    rewritten = forwarded(sent).body.decode()
    assert rewritten.count(hidden) == len(RIC) - 1
    assert rewritten.replace(hidden, "").count(RIC_MASK) == 1


def test_what_is_hidden_may_be_meant_all_the_same():
    page = f'<html><body><p>{RIC[:3]}<span style="display:none">{RIC[3:9]}</span>{RIC[9:]}</p></body></html>'
    assert RIC[9:14] not in forwarded(message(page, "text/html")).body.decode()


def test_what_is_seen_is_a_part():
    shown = f'<html><body><p>{RIC[:3]}<b style="color:red">7</b>{RIC[3:]}</p></body></html>'
    assert inspected(MASKING, message(shown, "text/html")).findings == ()
