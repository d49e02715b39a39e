import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.registry import DETECTORS
from proxy.core import operators
from proxy.core.message import Operator

KEY = b"k" * 32

MASKS = [
    ("CN_RESIDENT_ID", "440106199003072170", "440106********2170"),
    ("CN_RESIDENT_ID", "440106 19900307 217X", "440106 ******** 217X"),
    ("CN_RESIDENT_ID", "440106900307217", "440106******217"),
    ("CN_HMT_RESIDENCE_PERMIT", "810000201603140021", "810000********0021"),
    ("HK_ID", "A123456(3)", "A******(3)"),
    ("HK_ID", "A 123456 (3)", "A ****** (3)"),
    ("HK_ID", "A1234563", "A******3"),
    ("HK_ID", "AB987654(3)", "AB******(3)"),
    ("HK_ID", "G123456(A)", "G******(A)"),
    ("CN_MOBILE", "13800138000", "138****8000"),
    ("CN_MOBILE", "138-0013-8000", "138-****-8000"),
    ("CN_MOBILE", "+86 138 0013 8000", "+86 138 **** 8000"),
    ("CN_MOBILE", "008613800138000", "0086138****8000"),
    ("HK_PHONE", "+852 9123 4567", "+852 9*** **67"),
    ("HK_PHONE", "91234567", "9*****67"),
    ("HK_PHONE", "8521 2345", "8*** **45"),
    ("MO_PHONE", "(853) 6612-3456", "(853) 6***-**56"),
    ("PAYMENT_CARD", "6217000000000006", "621700******0006"),
    ("PAYMENT_CARD", "6217 0000 0000 0006", "6217 00** **** 0006"),
    ("PAYMENT_CARD", "6228480012345678903", "622848*********8903"),
    ("PAYMENT_CARD", "3782-822463-10005", "3782-8*****-*0005"),
    ("PAYMENT_CARD", "4222222222222", "422******2222"),
    ("CN_USCC", "91440101MA5XYW121W", "91************121W"),
    ("CN_PASSPORT", "E12345678", "E*****678"),
    ("CN_PASSPORT", "EA1234567", "EA****567"),
    ("CN_PASSPORT", "141234567", "******567"),
    ("CN_HKMO_PERMIT", "C12345678", "C*****678"),
    ("CN_HOME_RETURN_PERMIT", "M1234567801", "M*******801"),
    ("HK_PASSPORT", "KJ1234567", "KJ****567"),
    ("EMAIL_ADDRESS", "li.ming@example.cn", "l******@example.cn"),
    ("EMAIL_ADDRESS", "a@example.cn", "*@example.cn"),
    ("EMAIL_ADDRESS", "@example.cn", "***********"),
    ("CREDENTIAL", "AKIA" + "Q7" * 8, "AKIA" + "*" * 16),
    ("CREDENTIAL", "LTAI" + "x5" * 8, "LTAI" + "*" * 16),
    ("CREDENTIAL", "eyJ" + "a" * 9 + ".eyJ" + "b" * 9 + ".c", "eyJ" + "*" * 24),
    ("CREDENTIAL", "-----BEGIN " + "EC PRIVATE KEY-----\nMHcC\nAQ", "-----BEGIN " + "EC PRIVATE KEY-----\n****\n**"),
    ("CREDENTIAL", "hunter2-hunter2", "*" * 15),
    ("CREDENTIAL", "AKIA", "****"),
    ("STATE_SECRET_MARK", "机密★10年", "**★***"),
    ("PERSON", "陈大文", "陈**"),
    ("PERSON", "CHAN Tai Man", "C*** T** M**"),
    ("PERSON", "买买提·吐尔逊", "买**·吐**"),
    ("CN_ADDRESS", "广东省深圳市南山区科技南路18号2栋305室", "广东省深圳市****************"),
    ("CN_ADDRESS", "18号2栋305室", "*********"),
    ("HK_ADDRESS", "Flat B, 12/F, 88 Nathan Road, Kowloon", "**** *, **/*, ** ****** ****, Kowloon"),
    ("GEO_COORDINATE", "22.543099,114.057868", "22.54****,114.05****"),
    ("GEO_COORDINATE", "22°32'35\"N", "**°**'**\"*"),
    ("DATE_OF_BIRTH", "1990年3月7日", "1990年*月*日"),
    ("DATE_OF_BIRTH", "19900307", "1990****"),
    ("DATE_OF_BIRTH", "07/03/1990", "**/**/1990"),
    ("DATE_OF_BIRTH", "7 Mar 1990", "* *** 1990"),
    ("DATE_OF_BIRTH", "900307", "******"),
    ("IP_ADDRESS", "203.0.113.5", "203.0.***.*"),
    ("CN_LANDLINE", "0755-26123456", "0755-2*****56"),
    ("CN_FOREIGN_RESIDENT_ID", "944840198501010018", "944840********0018"),
    ("CN_FOREIGN_RESIDENT_ID", "USA440185010112", "USA**********12"),
    ("MAC_ADDRESS", "00:1A:2B:3C:4D:5E", "00:1A:2B:**:**:**"),
    ("HK_BANK_ACCOUNT", "004-123456-838", "***-*****6-838"),
    ("HEALTH_RECORD", "诊断：高血压 I10", "**：*** ***"),
    ("SOMETHING_ELSE", "abcde", "*****"),
    ("SOMETHING_ELSE", "abcdef", "a****f"),
    ("SOMETHING_ELSE", "广东省深圳市南山区", "广*******区"),
    ("SOMETHING_ELSE", "--", "**"),
    ("CN_MOBILE", "138", "***"),
    ("PAYMENT_CARD", "1234", "****"),
]


@pytest.mark.parametrize(("entity", "text", "expected"), MASKS)
def test_mask_shows_what_people_expect_to_see(entity, text, expected):
    assert operators.apply(Operator.MASK, entity, text, ordinal=1, key=KEY) == expected


@pytest.mark.parametrize(("entity", "text", "_"), MASKS)
@pytest.mark.parametrize("operator", Operator)
def test_what_is_written_is_not_detected_again(entity, text, _, operator):
    written = operators.apply(operator, entity, text, ordinal=7, key=KEY)
    for detector in DETECTORS:
        for shape in detector.shapes if detector.entity == entity else ():
            for found in re.finditer(shape.before + shape.core + shape.after, written):
                value = found.group().encode().translate(None, detector.strip)
                assert detector.check is not None
                assert not detector.check(value)


ENTITIES = sorted({entity for entity, _, _ in MASKS})


@given(
    st.sampled_from(ENTITIES),
    st.text(st.characters(codec="utf-8") | st.sampled_from(string.digits + " -()@"), min_size=1),
)
def test_a_mask_is_as_long_as_the_value_and_hides_some_of_it(entity, text):
    masked = operators.mask(entity, text)
    assert len(masked) == len(text)
    assert all(new in ("*", old) for old, new in zip(text, masked, strict=True))
    if text.strip("* \n") and not text.isspace() and "*" not in text:
        assert masked != text


@given(st.sampled_from(ENTITIES), st.text(max_size=40))
def test_normalise_is_total_and_settled(entity, text):
    assert isinstance(operators.normalise(entity, text), bytes)
    assert operators.token(entity, text, KEY) == operators.token(entity, text, KEY)


@pytest.mark.parametrize(
    ("entity", "spellings"),
    [
        ("CN_RESIDENT_ID", ["440106199003072170", "440106 19900307 2170", "440106-19900307-2170", "440106900307217"]),
        ("CN_RESIDENT_ID", ["11010519491231002X", "11010519491231002x"]),
        ("HK_ID", ["A123456(3)", "A1234563", "a123456 (3)", "A 123456-3"]),
        ("CN_MOBILE", ["13800138000", "+86 138 0013 8000", "0086-138-0013-8000", "(+86) 13800138000", "138.0013.8000"]),
        ("HK_PHONE", ["91234567", "+852 9123 4567", "(852) 9123-4567", "0085291234567"]),
        ("MO_PHONE", ["66123456", "+853 6612 3456"]),
        ("PAYMENT_CARD", ["6217000000000006", "6217 0000 0000 0006", "6217-0000-0000-0006"]),
        ("EMAIL_ADDRESS", ["Li.Ming@Example.CN", "li.ming@example.cn"]),
        ("CN_PASSPORT", ["E12345678", "e12345678", "E12345678<" + "2CHN9003071M3003070<<<<<<<<<<<<<<<4"]),
        ("CN_HOME_RETURN_PERMIT", ["H12345678", "H1234567801"]),
        ("CN_USCC", ["91440101MA5XYW121W", "91440101-ma5xyw121-w"]),
    ],
)
def test_one_value_however_it_is_written(entity, spellings):
    assert len({operators.normalise(entity, text) for text in spellings}) == 1
    assert len({operators.token(entity, text, KEY) for text in spellings}) == 1


@pytest.mark.parametrize(
    ("entity", "one", "other"),
    [
        ("HK_PHONE", "85212345", "12345"),
        ("IP_ADDRESS", "1.23.4.5", "12.3.4.5"),
        ("CREDENTIAL", "AbC", "abc"),
        ("CN_RESIDENT_ID", "440106199003072170", "440106199003072171"),
        ("CN_PASSPORT", "P1234567", "P1234568"),
    ],
)
def test_different_values_stay_different(entity, one, other):
    assert operators.normalise(entity, one) != operators.normalise(entity, other)


def test_resident_id_of_the_old_form_gets_its_check_digit():
    assert operators.normalise("CN_RESIDENT_ID", "440106900307217") == b"440106199003072170"


def test_tokens_depend_on_key_entity_and_value_and_show_none_of_them():
    one = operators.token("HK_ID", "A123456(3)", KEY)
    assert re.fullmatch(r"tok_[a-z2-7]{24}", one)
    assert (
        len({one, operators.token("HK_ID", "A123456(3)", b"x" * 32), operators.token("HK_PHONE", "A123456(3)", KEY)})
        == 3
    )


@pytest.mark.parametrize(
    ("operator", "expected"),
    [(Operator.REMOVE, ""), (Operator.REPLACE, "<HK_ID:3>"), (Operator.MASK, "A******(3)")],
)
def test_each_operator_writes_its_own(operator, expected):
    assert operators.apply(operator, "HK_ID", "A123456(3)", ordinal=3, key=KEY) == expected


def test_the_ladder_from_mask_to_remove_is_complete():
    written = {operators.apply(operator, "DATE_OF_BIRTH", "1990-03-07", ordinal=3, key=KEY) for operator in Operator}
    assert len(written) == len(Operator)


@pytest.mark.parametrize(
    ("entity", "text", "coarser"),
    [
        ("GEO_COORDINATE", "22.543099,114.057868", "22.54,114.05"),
        ("GEO_COORDINATE", "-33.86785, 151.20732", "-33.86, 151.20"),
        ("GEO_COORDINATE", "北纬22.5431", "北纬22.54"),
        ("GEO_COORDINATE", "22°32'35\"N", "<GEO_COORDINATE:7>"),
        ("GEO_COORDINATE", "POINT(114.057868 22)", "<GEO_COORDINATE:7>"),
        ("DATE_OF_BIRTH", "1990-03-07", "1990"),
        ("DATE_OF_BIRTH", "07/03/1990", "1990"),
        ("DATE_OF_BIRTH", "19900307", "1990"),
        ("DATE_OF_BIRTH", "1990年3月7日", "1990"),
        ("DATE_OF_BIRTH", "7 March", "<DATE_OF_BIRTH:7>"),
        ("AGE", "34", "30-39"),
        ("AGE", "7岁", "0-9"),
        ("CN_MOBILE", "13800138000", "<CN_MOBILE:7>"),
    ],
)
def test_generalise_leaves_a_coarser_value_or_the_kind(entity, text, coarser):
    assert operators.apply(Operator.GENERALISE, entity, text, ordinal=7, key=KEY) == coarser


def test_a_hash_is_keyed_and_the_same_for_the_same_value():
    def hashed(text, key=KEY):
        return operators.apply(Operator.HASH, "CN_MOBILE", text, ordinal=1, key=key)

    assert re.fullmatch("hash_[0-9a-f]{64}", hashed("13800138000"))
    assert hashed("+86 138-0013-8000") == hashed("13800138000") != hashed("13800138001")
    assert hashed("13800138000", b"other") != hashed("13800138000")
