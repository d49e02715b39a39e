import gzip
import struct

import pytest
from google.protobuf import struct_pb2
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from proxy.core.formats.binary import protobuf
from proxy.core.formats.binary.wire import to_varint
from proxy.core.limits import Limits
from proxy.core.message import Cause
from tests.proxy.core.formats.binary.bodies import NEEDLE, TEXTS, inner_data, leaf_text, opened, replaced, survives
from tests.proxy.core.formats.binary.protos import Person
from tests.proxy.core.gate import (
    LOGGING,
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

TYPE = "application/x-protobuf"


def sent(**fields):
    return Person(**fields).SerializeToString()


def field(number, content):
    return to_varint(number << 3 | 2) + to_varint(len(content)) + content


def varied(key, value):
    made = struct_pb2.Struct()
    made.update({"user": {key: value}, "other": [1, None]})
    return made.SerializeToString()


@pytest.mark.parametrize("declared", [TYPE, "application/vnd.x+protobuf", "application/proto", "", "text/plain"])
def test_finds_values_whatever_the_type_says(declared):
    body = sent(
        name="甲",
        note=RIC,
        friends=[Person(name="乙", note=RIC, notes=["x", f"call me: {RIC}"]), Person(number=1, note="身份证 " + RIC)],
    )
    assert found(body, declared) == [
        ("CN_RESIDENT_ID", "body/protobuf:/2", RIC),
        ("CN_RESIDENT_ID", "body/protobuf:/8[0]/2", RIC),
        ("CN_RESIDENT_ID", "body/protobuf:/8[0]/9[1]", RIC),
        ("CN_RESIDENT_ID", "body/protobuf:/8[1]/2", RIC),
    ]


def test_entries_of_a_map_are_called_by_their_keys():
    body = varied("phone", MOBILE)
    assert [(entity, text) for entity, _, text in found(body, TYPE)] == [("CN_MOBILE", MOBILE)]
    assert not found(varied("orderNo", MOBILE), TYPE)
    assert [entity for entity, *_ in found(varied("phone", int(MOBILE)), TYPE)] == ["CN_MOBILE"]


def test_what_a_container_calls_the_message_names_its_values():
    body = b'--B\r\nContent-Disposition: form-data; name="phone"\r\n\r\n%b\r\n--B--' % sent(name="x", note=MOBILE)
    assert [entity for entity, *_ in found(body, "multipart/form-data; boundary=B")] == ["CN_MOBILE"]


@pytest.mark.parametrize(
    "fields",
    [
        {"note": RIC},
        {"note": "x" * 200 + "，" + RIC},
        {"best": Person(best=Person(best=Person(note="y" * 100 + " " + RIC)))},
        {"best": Person(note=f"{RIC}，" + "z" * 30)},  # reads as a text, too
        {"raw": gzip.compress(RIC.encode())},
        {"raw": f'{{"id": "{RIC}"}}'.encode() + b" " * 80},
        {"raw": f"身份证号码是 {RIC}，请核对".encode("gb18030")},
        {"raw": b"\x1b[1m " + RIC.encode()},
        {"number": int(RIC)},
        {"fixed": int(RIC)},
        {"numbers": [int(RIC), 5, int(RIC)]},
        {"name": "a", "best": Person(numbers=[int(RIC)] * 40)},
    ],
)
def test_every_kind_of_value_is_found_and_masked(fields):
    rest = {"real": 1.5, "friends": [Person(name="f"), Person()], "reals": [1.0, 2.0], "single": 0.3}
    body = sent(**(rest | fields))
    assert "CN_RESIDENT_ID" in entities(body, TYPE)
    new = Person.FromString(forwarded(message(body, TYPE)).body)
    for name, value in rest.items():
        if name not in fields:
            assert getattr(new, name) == getattr(Person(**{name: value}), name)
    assert RIC not in str(new)


def test_masks_stand_in_texts_and_zeros_in_numbers():
    body = sent(
        name=f"{RIC}。", number=int(RIC), fixed=int(RIC), numbers=[1, int(RIC), 2], best=Person(number=int(RIC))
    )
    new = Person.FromString(forwarded(message(body, TYPE)).body)
    assert new == Person(name=f"{RIC_MASK}。", numbers=[1, 0, 2], best=Person())


def test_bytes_that_are_no_text_are_read_and_not_rewritten():
    verdict = inspected(MASKING, message(sent(raw=b"\x00\xff" + RIC.encode()), TYPE))
    assert Cause.REWRITE in causes(verdict)


def test_two_degrees_are_a_position():
    place = b"\x09" + struct.pack("<d", 23.129163) + b"\x11" + struct.pack("<d", 113.264435)
    assert set(entities(field(3, b"\x0a\x01x" + field(2, place)), TYPE)) == {"GEO_COORDINATE"}


def test_messages_behind_their_lengths_are_all_read():
    made = [sent(note=RIC, number=number) for number in range(3)]
    body = b"".join(to_varint(len(one)) + one for one in made)
    assert [part for _, part, _ in found(body, TYPE)] == [f"body/protobuf:/0[{at}]/2" for at in range(3)]
    new = forwarded(message(body, TYPE)).body
    assert new == body.replace(RIC.encode(), RIC_MASK.encode())


def test_groups_are_read():
    group = b"\x0b" + field(2, RIC.encode()) + b"\x1b\x08\x01\x1c" + b"\x0c"
    assert found(field(5, b"x") + group, TYPE) == [("CN_RESIDENT_ID", "body/protobuf:/1/2", RIC)]
    assert forwarded(message(group, TYPE)).body == group.replace(RIC.encode(), RIC_MASK.encode())


@pytest.mark.parametrize(
    "body",
    [
        RIC.encode(),
        MOBILE.encode() * 2,
        b"\x08\x01" + b"mobile 13800138000",
        b"\x0a\x01x" + b"13800138000 ",
        f'{{"id": "{RIC}"}}'.encode(),
        b"\x08\x01" + RIC.encode(),
    ],
)
def test_text_that_is_said_to_be_a_message_is_read_as_text(body):
    assert Cause.DECODE_ERROR in causes(inspected(LOGGING, message(body, TYPE)))


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"\x0a\xff\xff\xff\xff\x7fabc", Cause.DECODE_ERROR),
        (b"\x0a" + b"\xff" * 20, Cause.DECODE_ERROR),
        (b"\x08", Cause.DECODE_ERROR),
        (b"\x09abc", Cause.DECODE_ERROR),
        (b"\x00\x01", Cause.DECODE_ERROR),
        (b"\x0e\x01", Cause.DECODE_ERROR),
        (b"\x0b\x08\x01", Cause.DECODE_ERROR),
        (b"\x0c", Cause.DECODE_ERROR),
        (b"\x0b\x14", Cause.DECODE_ERROR),
        (b"\x0b" * 50_000 + b"\x0c" * 50_000, Cause.DECODE_ERROR),
        (b"\x08\x01" * 600_000, Cause.OVERSIZE),
        (b"\x80" * 500_000, Cause.DECODE_ERROR),
    ],
)
def test_lies_end_in_a_cause(body, cause):
    assert survives(protobuf, body) is cause


def test_deep_nesting_is_depth():
    body = b"\x08\x01"
    for _ in range(3000):
        body = field(1, body)
    assert survives(protobuf, body) is Cause.DEPTH


def test_a_text_larger_than_the_budget_is_oversize():
    assert survives(protobuf, sent(notes=["a" * 900] * 90), Limits(decoded_bytes=10_000)) is Cause.OVERSIZE


REALS = st.floats(allow_nan=False)
ONE = st.builds(
    dict,
    name=TEXTS,
    note=TEXTS | st.just(NEEDLE),
    number=st.integers(-(2**63), 2**63 - 1),
    fixed=st.integers(0, 2**64 - 1),
    raw=st.binary(max_size=80),
    real=REALS,
    numbers=st.lists(st.integers(0, 2**40), max_size=5),
    notes=st.lists(TEXTS | st.just(NEEDLE), max_size=3),
    reals=st.lists(REALS, max_size=3),
)


def _with_friends(inner):
    return st.tuples(inner, inner, st.lists(inner, max_size=3)).map(
        lambda drawn: drawn[0] | {"best": drawn[1], "friends": drawn[2]}
    )


PEOPLE = st.recursive(ONE, _with_friends, max_leaves=4)


def _texts(fields):
    yield from (fields["name"], fields["note"], *fields["notes"])
    for inner in (fields.get("best"), *fields.get("friends", ())):
        if inner:
            yield from _texts(inner)


@given(PEOPLE)
def test_every_text_and_byte_string_is_read(fields):
    body = sent(**fields)
    if not body:
        return
    try:
        _, items = opened(protobuf, body)
    except protobuf.Unscannable:
        return
    read = b"\n".join([leaf_text(protobuf, body), *inner_data(items)])
    for text in filter(str.isprintable, _texts(fields)):
        assert text.encode() in read
    assert fields["raw"].startswith(b"\x1f") or len(fields["raw"]) < 64 or fields["raw"] in read


@given(PEOPLE, st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_a_replacement_changes_nothing_else(fields, new):
    fields = fields | {"notes": [NEEDLE, *fields["notes"]]}
    try:
        body = replaced(protobuf, sent(**fields), NEEDLE, new)
    except protobuf.Unscannable:
        reject()  # bytes that end with a digit, a tag that is one, and a number of such bytes read as one run of digits

    def renamed(one):
        texts = {
            "note": one["note"].replace(NEEDLE, new),
            "notes": [note.replace(NEEDLE, new) for note in one["notes"]],
        }
        if "best" in one:
            texts |= {"friends": [renamed(friend) for friend in one["friends"]], "best": renamed(one["best"])}
        return one | texts

    assert Person.FromString(body).SerializeToString(deterministic=True) == sent(**renamed(fields))


@settings(max_examples=300)
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_read_or_refused(data):
    assert survives(protobuf, data) in (None, Cause.DECODE_ERROR, Cause.DEPTH)


@given(PEOPLE, st.data())
def test_a_damaged_body_is_read_or_refused(fields, data):
    body = bytearray(sent(**fields) or b"x")
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(body[: data.draw(st.integers(1, len(body)))])
    assert survives(protobuf, cut) in (None, Cause.DECODE_ERROR, Cause.DEPTH)


@pytest.mark.parametrize(
    "text",
    ["\x1b[1mab1\x1b[0m 漢\n", "ab\x08\x08 11111\n", "1\x0b2\x0b3\n", "\x01ab1 é\x01漢\n", "ab 1\x7f\x7f\nab"],
    ids=["terminal", "backspaces", "tabs", "framed", "deleted"],
)
def test_text_with_control_characters_is_not_taken_for_a_message(text):
    assert not protobuf.plausible(text.encode())  # a line end and a length before as many letters would be one
