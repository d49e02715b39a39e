import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.api import Field
from detectors.context import AFTER, BEFORE, Evidence, words
from detectors.data import labels
from proxy.cli.cache import installed

EVIDENCE = Evidence(*labels(), installed())
SMALL = Evidence(
    {"phone": ("phone", "mobile no", "手机", "手机号")}, {"phone": ("order", "order no", "订单", "手机壳")}
)


def judged(text, name="", family="phone", evidence=SMALL):
    """What is said of the stretch between the marks of `text`."""
    before, value, behind = text.split("|")
    raw = (before + value + behind).encode()
    start = len(before.encode())
    return evidence.of(family, raw, Field(name.encode(), 0, len(raw)), start, start + len(value.encode()))


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("mobileNo", " mobile no "),
        ("mobile_no", " mobile no "),
        ("MOBILE-NO", " mobile no "),
        ("Mobile.No[0]", " mobile no 0 "),
        ("userIDCard2", " user id card 2 "),
        ("手机No", " 手机 no "),
        ("", "  "),
    ],
)
def test_names_are_read_in_every_style(name, read):
    assert words(name.encode()).decode() == read


@pytest.mark.parametrize(
    "name", ["phone", "phones", "Phone", "user_phone", "mobileNo", "MOBILE-NO", "mobileno", "手机", "我的手机号"]
)
def test_a_supporting_name(name):
    assert judged("|1|", name) == 1


@pytest.mark.parametrize("name", ["order", "orderNo", "订单号", "phoneOrderNo", "手机壳"])
def test_a_contradicting_name(name):
    assert judged("|1|", name) == -1


@pytest.mark.parametrize("name", ["", "x", "telephoned", "phonetic", "microphone", "border", "手"])
def test_a_name_that_says_nothing(name):
    assert judged("|1|", name) == 0


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("phone: |1|", 1),
        ("手机：|1|", 1),
        ("手机号|1|", 1),
        ("order |1|", -1),
        ("phone order |1|", -1),
        ("order phone |1|", 1),
        ("phone; |1|", 0),
        ("手机。|1|", 0),
        ("|1|(phone)", 1),
        ("|1|（手机）", 1),
        ("|1| phone", 1),
        ("|1| is my phone", 1),
        ("|1| is the mobile no of his", 1),
        ("|1|是我的手机", 1),
        ("|1| is not my phone", 0),
        ("|1| is what his phone says", 0),
        ("|1| is my order", 0),
        ("your phone? |1|", 1),
        ("your phone?|1|", 0),
        ("A: phone?\nB: |1|", 1),
        ("您的手机号？\n10:05 李：|1|", 1),
        ("your phone?\norder: |1|", -1),
        ("your phone? we sold |1|", 0),
        ("phone?\nmany words\n|1|", 0),
        ("|1|order", 0),
        ("|1|", 0),
        ("x" * BEFORE + " |1|", 0),
        ("phone" + " " * BEFORE + "|1|", 0),
        ("|1|" + " " * AFTER + "phone", 0),
        ("12345 67890 |1|", 0),
    ],
)
def test_of_the_words_around_the_nearer_counts(text, verdict):
    assert judged(text) == verdict


def test_words_beat_names_and_fields_bound_both():
    assert judged("order |1|", "phone") == -1
    text = b"phone 1 phone"
    assert SMALL.of("phone", text, Field(b"", 6, 7), 6, 7) == 0
    assert SMALL.of("phone", text, Field(b"", 0, 13), 6, 7) == 1


def test_a_family_nobody_speaks_of_is_not_asked_for():
    assert (SMALL.spoken(b"nothing"), SMALL.denied(b"nothing")) == (frozenset(), frozenset())
    assert (SMALL.spoken(b"my PHONE"), SMALL.denied(b"my PHONE")) == ({"phone"}, frozenset())
    assert (SMALL.spoken(b"MobileNo, order"), SMALL.denied(b"MobileNo, order")) == ({"phone"}, {"phone"})


@pytest.mark.parametrize("written", ["姓    名：", "姓 名", "联 系 电 话: "])
def test_a_label_spread_to_the_width_of_others_is_read(written):
    evidence = Evidence({"any": ("姓名", "联系电话")}, {})
    text = f"{written}1".encode()
    assert evidence.spoken(text) == {"any"}
    assert evidence.of("any", text, Field(b"", 0, len(text)), len(text) - 1, len(text)) == 1


def test_a_short_word_is_not_heard_inside_another():
    evidence = Evidence({"name": ("xm",)}, {})
    for written in ("xm", "XM:", "userXm", "user_xm", "xmName", "2xm ", "张xm"):
        assert evidence.spoken(written.encode()), written
    for written in ("xml", "axman", "exm", "maxmin"):
        assert not evidence.spoken(written.encode()), written


def test_every_label_of_the_data_supports_its_family_by_itself():
    families, against = labels()
    for side, verdict in ((families, 1), (against, -1)):
        for family, listed in side.items():
            for label in listed:
                assert judged(f" {label} |1|", family=family, evidence=EVIDENCE) == verdict, (family, label)


def test_every_label_of_the_data_is_seen_beforehand():
    families, against = labels()
    for heard, side in ((EVIDENCE.spoken, families), (EVIDENCE.denied, against)):
        for family, listed in side.items():
            for label in listed:
                glued = (label.replace(" ", "_"), label.title().replace(" ", "")) if label.isascii() else ()
                for written in (label, label.upper(), *glued):
                    assert family in heard(written.encode()), (family, written)


_LABELS = [(family, label) for family, listed in labels()[0].items() for label in listed]


@given(
    st.sampled_from(_LABELS),
    st.sampled_from([" ", "_", "-", "", ". ", "--", " \n  ", ": "]),
    st.sampled_from([str, str.upper, str.title, str.swapcase]),
    st.text("ab xM_姓1\n", max_size=8),
)
def test_what_supports_a_family_is_always_heard_beforehand(chosen, glue, cased, before):
    family, label = chosen
    written = before + cased(glue.join(label.split(" "))) + " "
    if judged(f"{written}|1|", family=family, evidence=EVIDENCE) > 0:
        assert family in EVIDENCE.spoken(f"{written}1".encode())


def test_words_are_not_put_together_out_of_others():
    evidence = Evidence({"kin": ("mother",)}, {})
    assert not evidence.spoken(b"from other sources")
    assert evidence.spoken(b"grandmother's")


@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_is_total(text, first, second):
    start, end = sorted((min(first, len(text)), min(second, len(text))))
    for family in ("phone_cn", "resident_id"):
        assert EVIDENCE.of(family, text, Field(text[:9], 0, len(text)), start, end) in (-1, 0, 1)


def test_the_memory_of_names_is_bounded():
    evidence = Evidence({"phone": ("phone",)}, {})
    for number in range(20_000):
        evidence.of("phone", b"1", Field(b"n%d" % number, 0, 1), 0, 1)
    assert len(evidence._names["phone"]) <= 8192


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("|1|（手机）", 1),
        ("|1|（旅客手机号）", 1),
        ("|1| 手机", 1),
        ("|1| 手机：2", 0),
        ("|1|\n手机：2", 0),
        ('"|1|", "phone": "2"', 0),
        ("|1| phone=2", 0),
        ("|1|（手机）：张三", 1),
    ],
)
def test_a_label_behind_a_value_is_its_own_and_not_the_next_ones(text, verdict):
    assert judged(text, family="phone_cn", evidence=EVIDENCE) == verdict


def test_a_word_cut_by_the_window_is_no_label():
    text = b"A" * 30 + b"phone" + b" " * 60 + b"1"
    assert EVIDENCE.of("phone_cn", text, Field(b"", 0, len(text)), len(text) - 1, len(text)) == 0
    for cut in range(55, 66):
        text = b"A" * 30 + b"x" * 5 + b"phone" + b" " * cut + b"1"
        assert EVIDENCE.of("phone_cn", text, Field(b"", 0, len(text)), len(text) - 1, len(text)) == 0, cut


@pytest.mark.parametrize("name", ["lxdh", "sqrlxdh", "SQRLXDH", "custmobile", "custMobile", "mobiles"])
def test_a_word_may_end_a_glued_name(name):
    evidence = Evidence({"phone": ("~lxdh", "~mobile")}, {"phone": ("order",)})
    assert evidence.spoken(name.encode()) == {"phone"}
    assert judged("|1|", name, family="phone", evidence=evidence) == 1
    assert judged("|1|", "lxdhx", family="phone", evidence=evidence) == 0
    assert judged("|1|", name + " order", family="phone", evidence=evidence) == -1


@pytest.mark.parametrize("label", ["MÓVEL", "Móvel", "TELEMÓVEL"])
def test_accented_capitals_are_capitals(label):
    assert "dialled" in EVIDENCE.spoken(label.encode())
    assert judged(f"{label}: |1|", family="dialled", evidence=EVIDENCE) == 1


NOISE = "pJaUOvPhone4kMQmV6Nk+Wx9TyMobileNo2sLc/q7"


@pytest.mark.parametrize("before", [NOISE, f'"{NOISE}==", ', f"{NOISE}/", f"{NOISE * 3}+"])
def test_letters_that_chance_put_together_are_no_label(before):
    assert judged(f"{before}|1|") == 0
    assert judged(f"{before} phone |1|") == 1


@pytest.mark.parametrize(
    "name", ["theCustomersMobilePhoneNumber2", "CUSTOMERMOBILEPHONE2 phone", "/V1/Customers/Phone/2/phone"]
)
def test_long_names_are_no_chance(name):
    assert judged(f"{name}: |1|") == 1


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("phone: !!str |1|", 1),
        ('phone: !!str "|1|"', 1),
        ('s:5:"phone";s:1:"|1|"', 1),
        ('s:5:"phone";i:|1|', 1),
        ("no phone! |1|", 0),
        ("no phone!! |1|", 0),
        ("phone;|1|", 0),
        ("a phone; so |1|", 0),
    ],
)
def test_the_type_of_a_value_stands_between_it_and_its_label(text, weight):
    assert judged(text) == weight
