"""The test vectors of the identifier catalogue, every one through the scanner: what is valid is found as what it is,
beside the words people put there; what is not is not found as that, whatever words stand beside it."""

from __future__ import annotations

import pytest

from tests.detectors.sampling import find

VECTORS = """
RIC18,440106199003072170,valid
RIC18,440304198512310046,valid
RIC18,11010519491231002X,valid
RIC18,440106201605010030,valid
RIC18,820000199001010010,valid
RIC18,830000197707070034,valid
RIC18,810000201603140021,valid
RIC18,944840198501010018,valid
RIC18,931392199006150020,valid
RIC18,440106199003072171,invalid
RIC18,440106199002302173,invalid
RIC18,999999199001010016,invalid
RIC18,820000199001010011,invalid
RIC18,944840198501010019,invalid
RIC15,440106900307217,valid
RIC15,440106901307217,invalid
HKID,A123456(3),valid
HKID,G123456(A),valid
HKID,K1000004,valid
HKID,AB987654(3),valid
HKID,WX123456(9),valid
HKID,Y123456(9),valid
HKID,A123456(4),invalid
HKID,AB987654(2),invalid
HKID,Y123456(8),invalid
LUHN,6217000000000006,valid
LUHN,621226123456789016,valid
LUHN,6228480012345678903,valid
LUHN,6217000000000007,invalid
LUHN,6228480012345678904,invalid
LUHN,356938035643809,valid
LUHN,490154203237518,valid
LUHN,356938035643808,invalid
USCC,91440101MA5XYW121W,valid
USCC,91440300123456AB14,valid
USCC,12440000455860138F,valid
USCC,N2440106MF1234567F,valid
USCC,91440300123456AB24,invalid
USCC,91440300123456AB9W,invalid
ORG,12345678-8,valid
ORG,MA5EC1234,valid
ORG,12345678-9,invalid
CNAPS,102100099996,valid
CNAPS,308584000992,valid
CNAPS,104581012349,valid
CNAPS,102100099995,invalid
VIN,LSVAA49J232047119,valid
VIN,LGBH52E04FY123456,valid
VIN,1M8GDM9AXKP042788,valid
VIN,LSVAA49J132047119,invalid
TWID,A123456789,valid
TWID,A123456788,invalid
PHONE_CN,13800138000,valid
PHONE_CN,19912345678,valid
PHONE_CN,16212345678,valid
PHONE_CN,12345678901,invalid
PHONE_CN,15412345678,invalid
PHONE_CN,075526123456,valid
PHONE_CN,02038123456,valid
PHONE_HK,91234567,valid
PHONE_HK,51234567,valid
PHONE_HK,21234567,valid
PHONE_HK,12345678,invalid
PHONE_MO,66123456,valid
PHONE_MO,28321234,valid
PHONE_MO,56123456,invalid
"""

IDS = ("CN_RESIDENT_ID", "CN_HMT_RESIDENCE_PERMIT", "CN_FOREIGN_RESIDENT_ID")
MEANING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # the entities, and the words beside them
    "RIC18": (IDS, ("证件号码：", "身份證號碼 ", "id_no=", "ID number: ", '"idCard":"')),
    "RIC15": (("CN_RESIDENT_ID",), ("身份证号：", "身份證 ", "sfzh=", "identity card no. ")),
    "HKID": (("HK_ID",), ("香港身份證：", "身份证号 ", "HKID: ", "hkid=")),
    "CARD": (("PAYMENT_CARD",), ("银行卡号：", "信用卡 ", "card no. ", "cardNo=")),
    "IMEI": (("IMEI",), ("IMEI：", "串号 ", "imei=")),
    "USCC": (("CN_USCC",), ("统一社会信用代码：", "税号 ", "credit code: ")),
    "ORG": (("CN_ORG_CODE",), ("组织机构代码：", "org code: ")),
    "CNAPS": (("CN_CNAPS",), ("联行号：", "CNAPS: ")),
    "VIN": (("VIN",), ("车架号：", "車架號碼 ", "VIN: ", "chassis no. ")),
    "TWID": (("TW_ID",), ("身分證字號：", "Taiwan ID: ")),
    "MOBILE": (("CN_MOBILE",), ("手机：", "電話 ", "phone: ", "lxdh=")),
    "LANDLINE": (("CN_LANDLINE",), ("电话：", "座機 ", "tel: ", "lxdh=")),
    "PHONE_HK": (("HK_PHONE",), ("電話：", "手提電話 ", "HK phone: ", "mobile=")),
    "PHONE_MO": (("MO_PHONE",), ("澳門電話：", "澳门手机 ", "Macau tel: ")),
}


def kind(name: str, value: str) -> str:
    if name == "LUHN":
        return "IMEI" if len(value) == 15 else "CARD"
    if name == "PHONE_CN":
        return "LANDLINE" if value[0] == "0" else "MOBILE"
    return name


CASES = [
    (*MEANING[kind(name, value)], value, expected == "valid")
    for name, value, expected in (line.split(",") for line in VECTORS.split())
]


@pytest.mark.parametrize(("entities", "words", "value", "valid"), CASES, ids=VECTORS.split())
def test_a_vector_is_found_exactly_where_it_is_valid(
    entities: tuple[str, ...], words: tuple[str, ...], value: str, valid: bool
) -> None:
    for word in words:
        found = [each for each in find(f"{word}{value}") if each.entity in entities]
        assert [(each.text, each.band != "low") for each in found] == ([(value, True)] if valid else []), word


def test_numbers_that_prove_themselves_need_no_words() -> None:
    for entities, _, value, valid in CASES:
        if entities in (IDS, ("VIN",), ("CN_USCC",)) or (entities == ("HK_ID",) and "(" in value):
            found = [each.text for each in find(f"x: {value}.") if each.entity in entities and each.band != "low"]
            assert found == ([value] if valid else [])
