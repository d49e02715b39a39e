import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats.json_index import JsonLocator
from proxy.core.formats.json_short import ShortLocator
from proxy.core.formats.ndjson import NdjsonLocator, ShortNdjsonLocator
from tests.proxy.core.gate import HKID, LOGGING, MOBILE, RIC, RIC_MASK, entities, forwarded, found, inspected, message

JSON = "application/json"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"id": "%s"}', '{"id": "440106********2170"}'),
        ('{"id":%s}', '{"id":"440106********2170"}'),
        ('{ "id" :\t%s\n, "n": 1.50 }', '{ "id" :\t"440106********2170"\n, "n": 1.50 }'),
        ("[%s]", '["440106********2170"]'),
        ("[1, %s ,-2e5]", '[1, "440106********2170" ,-2e5]'),
        ("%s", '"440106********2170"'),
        ('"%s"', '"440106********2170"'),
        ('{"%s":1}', '{"440106********2170":1}'),
        ('{"a":1,"a":"%s","a":2}', '{"a":1,"a":"440106********2170","a":2}'),
        ('{"a":{"b":[[],{},{"c":"x %s y"}]},"d":null}', '{"a":{"b":[[],{},{"c":"x 440106********2170 y"}]},"d":null}'),
        ('{"a":"\\"%s\\""}', '{"a":"\\"440106********2170\\""}'),
        ('{"a":"\\\\","b":%s}', '{"a":"\\\\","b":"440106********2170"}'),
        ('\ufeff{"a":"%s"}', '\ufeff{"a":"440106********2170"}'),
        ('{"a":"\\ud83d\\ude00 \\u8eab %s"}', '{"a":"\\ud83d\\ude00 \\u8eab 440106********2170"}'),
    ],
)
def test_writes_the_mask_and_leaves_every_other_byte(before, after):
    assert forwarded(message(before % RIC, JSON)).body.decode() == after


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ("\\u0034" + RIC[1:], "\\u0034" + RIC_MASK[1:]),
        ("".join(f"\\u{ord(digit):04x}" for digit in RIC), None),
        (RIC[:10] + "\\u0030" + RIC[11:], RIC_MASK),
        ("\\/" + RIC + "\\/", "\\/" + RIC_MASK + "\\/"),
        ("\\n" + RIC + "\\t", "\\n" + RIC_MASK + "\\t"),
        (RIC[:6] + "\\u200b" + RIC[6:], None),
        ("\\uff14" + RIC[1:], "\\uff14" + RIC_MASK[1:]),
    ],
)
def test_sees_through_escapes(written, after):
    new = forwarded(message(f'{{"a":"{written}","b":"\\u0034"}}', JSON)).body.decode()
    assert json.loads(new)["b"] == "4"
    assert new.endswith('","b":"\\u0034"}')
    assert json.loads(new)["a"].replace("\u200b", "").replace("４", "4").strip("/\n\t") == RIC_MASK
    if after:
        assert new == f'{{"a":"{after}","b":"\\u0034"}}'


def test_an_escape_that_is_itself_escaped_is_read_as_well():
    assert entities(f'{{"a":"\\\\u0034{RIC[1:]}"}}', JSON) == ["CN_RESIDENT_ID"]


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ('{"data":{"idCard":"%s"}}', "/data/idCard"),
        ('{"data":[{"a":[1,"%s"]}]}', "/data/0/a/1"),
        ('["%s"]', "/0"),
        ("[0,[],{},[[%s]]]", "/3/0/0"),
        ('{"a/b":{"m~n":"%s"}}', "/a~1b/m~0n"),
        ('{"\\u8eab":"%s"}', "/身"),
        ('{"a":{"b":1},"c":"%s"}', "/c"),
        ('{"a":[1,2,{"x":","}],"c":"%s"}', "/c"),
        ('{"":"%s"}', "/"),
        ('{"a":{"%s":1}}', "/a#key"),
        ('{"a":"}],{[:","b":["%s"]}', "/b/0"),
    ],
)
def test_names_places_by_json_pointer(body, part):
    assert found(body % RIC, JSON) == [("CN_RESIDENT_ID", f"body/json:{part}", RIC)]


def test_deep_chains_are_named_to_a_bound():
    (part,) = [part for _, part, _ in found("[" * 5000 + RIC + "]" * 5000, JSON)]
    assert len(part) < 200


@pytest.mark.parametrize(
    "body",
    [
        '{"phone":"%s"}',
        '{"phone":%s}',
        '{"phone":{"number":"%s"}}',
        '{"phones":["%s"]}',
        '{"phones":[[%s]]}',
        '{"mobileNo":%s}',
        '{"手机":"%s"}',
        '{"\\u624b\\u673a":"%s"}',
        '{"x":"手机：%s"}',
        '{"x":"{\\"phone\\":\\"%s\\"}"}',
    ],
)
def test_a_key_is_evidence_for_its_value(body):
    assert entities(body % MOBILE, JSON) == ["CN_MOBILE"]


def test_a_word_before_an_element_calls_it():
    assert entities(f'{{"method":"add","params":["phone","{MOBILE}"]}}', JSON) == ["CN_MOBILE"]


@pytest.mark.parametrize(
    ("number", "entity"),
    [
        (f"{RIC[0]}.{RIC[1:]}e17", "CN_RESIDENT_ID"),
        (f"{RIC[0]}.{RIC[1:]}E+17", "CN_RESIDENT_ID"),
        ("1.3800138e10", "CN_MOBILE"),
        ("1.3800138000e10", "CN_MOBILE"),
    ],
)
def test_numbers_with_an_exponent_are_masked_as_a_whole(number, entity):
    body = f'{{"phone": {number}, "x": 1.5e3}}'
    assert entities(body, JSON) == [entity]
    if entity == "CN_RESIDENT_ID":
        new = forwarded(message(body, JSON)).body.decode()
        assert new == f'{{"phone": "{RIC_MASK}", "x": 1.5e3}}'


@pytest.mark.parametrize("number", ["1.38001380005e10", "1.3800138e9", "6.02214076e23", "1.38001380001e+100"])
def test_other_numbers_with_an_exponent_are_none(number):
    assert entities(f'{{"phone": {number}}}', JSON) == []


@pytest.mark.parametrize(
    "body",
    [
        '{"orderNo":"%s","phone":""}',
        '{"phone":"","orderNo":"%s"}',
        '{"phone":"","x":"%s"}',
        '{"x":"手机","y":"%s"}',
        '["phone","","%s"]',
        '["phone x 12345","%s"]',
        '[{"phone":""},{"x":%s}]',
        '{"phone":{"a":{"orderNo":%s}}}',
        '{"ts":%s}',
        "[%s]",
    ],
)
def test_evidence_does_not_leak_between_fields(body):
    assert entities(body % MOBILE, JSON) == []


@pytest.mark.parametrize(
    "body",
    [
        "],%s]]",
        "{:%s}",
        '{"a" %s',
        "}}}}{%s",
        '"' + RIC,
        '{"a":"' + RIC,
        '{"a":"b" ' + RIC + " // c",
        '["]',
        "[%s,",
        ",%s,",
        ":%s:",
        '{"a":' * 40 + "%s",
        "[" * 40 + "%s,",
        '{"a"' * 3 + ":%s",
        '\\"%s\\"',
        '"%s\\',
    ],
)
def test_broken_json_is_read_as_far_as_it_makes_sense(body):
    body = body % RIC if "%s" in body else body
    sent = message(body, JSON)
    if RIC in body:
        new = forwarded(sent).body.decode()
        assert RIC not in new
        assert new.replace('"', "") == body.replace(RIC, RIC_MASK).replace('"', "")
    else:
        inspected(LOGGING, sent)


def test_a_number_that_is_none_is_masked_in_place():
    body = '{"a":440106199003072170 // "x\n}'
    assert forwarded(message(body, JSON)).body.decode() == body.replace(RIC, RIC_MASK)


@pytest.mark.parametrize("record", ['{"id":"%s"}', '{"id":%s}', '[[["%s"]]]'])
def test_ndjson_names_the_line_and_a_broken_line_does_not_spoil_the_next(record):
    body = '{"a":1}\n{"b":"\n' + record % RIC + '\n{"phone":' + MOBILE + "}\n"
    first, second = found(body, "application/x-ndjson")
    assert first[1].startswith("body/ndjson:3:/")
    assert second == ("CN_MOBILE", "body/ndjson:4:/phone", MOBILE)
    masked = forwarded(message(body, "application/x-ndjson")).body.decode()
    assert masked.replace('"', "") == body.replace(RIC, RIC_MASK).replace('"', "")


def test_two_records_are_ndjson_whatever_they_are_called():
    body = f'{{"phone":"{MOBILE}"}}\n{{"orderNo":"{MOBILE}"}}'
    for declared in (JSON, "text/plain", ""):
        assert found(body, declared) == [("CN_MOBILE", "body/ndjson:1:/phone", MOBILE)]


@pytest.mark.parametrize("locator", [JsonLocator, NdjsonLocator, ShortLocator, ShortNdjsonLocator])
@given(st.text('[]{}",:\\ \n1a', max_size=60))
def test_every_position_has_a_place(locator, text):
    source = text.encode()
    for place in locator(source).places(range(len(source))):
        assert 0 <= place.start <= place.end <= len(source)


BROKEN = st.text('[]{}",:\\ \n1a', max_size=60)
MEMBERS = st.lists(
    st.sampled_from(
        ['{"name":"k","value":"v"}', '["a","b"]', '{"columns":["x","y"],', '"rows":[[1,2]]}', ",", "]", "\n"]
    )
)


@pytest.mark.parametrize(("short", "indexed"), [(ShortLocator, JsonLocator), (ShortNdjsonLocator, NdjsonLocator)])
@given(BROKEN | MEMBERS.map("".join) | st.text(max_size=40))
def test_a_short_text_is_read_as_a_long_one(short, indexed, text):
    source = text.encode()
    everywhere = range(len(source))
    assert short(source).places(everywhere) == indexed(source).places(everywhere)


def pointer(path):
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


LABELLESS = st.text(st.characters(codec="utf-8", exclude_categories=("Nd", "Cs", "Cc")), max_size=6).filter(
    lambda key: key.isprintable() and not any(c.isdigit() or c.isnumeric() for c in key)
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-999, 999),
    LABELLESS,
    st.sampled_from([RIC, HKID, f" {RIC} "]),
    st.just(int(RIC)),
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LABELLESS, inner, max_size=4), max_leaves=12
)


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def masked(value):
    if isinstance(value, dict):
        return {key: masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    if isinstance(value, int) and value == int(RIC):
        return RIC_MASK
    return value.replace(RIC, RIC_MASK).replace(HKID, "A******(3)") if isinstance(value, str) else value


@st.composite
def written(draw):
    """A document, and one of the many ways to write it."""
    value = draw(DOCUMENTS)
    text = json.dumps(
        value,
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 0, 2])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")])),
    )
    if draw(st.booleans()):  # some digits of strings as escapes
        text = text.replace('"4401', '"\\u00344\\u00301').replace("(3)", "\\u00283)")
    return value, text


@settings(max_examples=150)
@given(written())
def test_every_plant_is_found_in_its_place_and_nothing_but_plants_changes(document):
    value, text = document
    sent = message(text, JSON)
    got = [f for f in inspected(LOGGING, sent).findings if f.entity in ("CN_RESIDENT_ID", "HK_ID")]
    planted = [
        (pointer(path), str(leaf).index(plant), str(leaf).index(plant) + len(plant), plant)
        for path, leaf in leaves(value)
        for plant in (RIC, HKID)
        if plant in str(leaf)
    ]
    names = [(f.part.partition(":")[2] if ":" in f.part else "", f.start, f.end, f.text) for f in got]
    assert names == planted
    if planted:
        assert json.loads(forwarded(sent).body) == masked(value)


@pytest.mark.parametrize("body", ["{'mobile': '%s'}", "{mobile: '%s'}", "[{'mobile': '%s'}]", '{"mobile": "%s"}'])
def test_what_programs_write_instead_of_json_has_its_names_too(body):
    assert entities(body % MOBILE, "application/json") == ["CN_MOBILE"]
    assert entities(body.replace("mobile", "serial") % MOBILE, "application/json") == []
