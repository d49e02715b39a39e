"""What every detector must find and must leave alone: the tables behind the tests of each family and of the registry.

Keys and tokens are put together here, so that the repository holds none.
"""

from __future__ import annotations

import base64
import json

from tests.detectors import (
    samples_addresses,
    samples_contact,
    samples_content,
    samples_devices,
    samples_identity,
    samples_money,
    samples_names,
)
from tests.detectors.sampling import Hit, Miss


def _private_key(label: str, lines: int = 4) -> str:
    body = "\n".join(base64.b64encode(bytes((i * 7 + j) % 256 for j in range(48))).decode() for i in range(lines))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----"


def _segment(value: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


_ID36 = "Zm9vYmFyQmF6UXV4MDEyMzQ1Njc4OWFi"
JWT = ".".join((_segment({"alg": "HS256", "typ": "JWT"}), _segment({"sub": "1"}), _ID36))
AWS = "AK" + "IA" + "IOSFODNN7" + "EXAMPLE"
ALIBABA = "LT" + "AI" + "5tQnKr8wXz2LmVbC7dEf"
TENCENT = "AK" + "ID" + _ID36
PUTTY = (
    "PuTTY-User-Key-"
    "File-3: ssh-ed25519\nEncryption: none\nComment: a\nPrivate-Lines: 1\nAAAAIEYy\nPrivate-MAC: " + "0f" * 32
)

HITS: dict[str, list[Hit]] = {
    "CN_RESIDENT_ID": [
        Hit("«440106199003072170»", "high"),
        Hit("身份证号«440304198512310046»，女", "high"),
        Hit("born 1949: «11010519491231002X».", "high"),
        Hit("lower-case «11010519491231002x»", "high"),
        Hit("«440106 19900307 2170» and «440106-19900307-2170»", "high"),
        Hit("张三_«440106201605010030»_正面.jpg", "high"),
        Hit("order no «440106199003072170»", "high"),
        Hit("abolished county «110103198001010013»", "high"),
        Hit("旧身份证：«440106900307217»", "high"),
        Hit("«440106900307217»", "high", "sfzh"),
    ],
    "CN_HMT_RESIDENCE_PERMIT": [
        Hit("«820000199001010010»", "high"),
        Hit("«830000197707070034»", "high"),
        Hit("居住证 «810000201603140021»", "high"),
    ],
    "CN_PASSPORT": [
        Hit("护照号码：«E12345678»", "high"),
        Hit("passport no. «EA1234567»", "high"),
        Hit("«G12345678»", "high", "passportNo"),
        Hit("護照 «SE1234567»", "high"),
        Hit("证件号码 «PE1234567»", "high"),
        Hit("huzhao «D1234567»", "high"),
        Hit("P<CHNCHEN<<DAWEN\n«E123456782CHN9003071M3001019<<<<<<<<<<<<<<<0»\n", "high"),
    ],
    "CN_HKMO_PERMIT": [
        Hit("往来港澳通行证«C12345678»", "high"),
        Hit("EEP: «CA1234567»", "high"),
        Hit("«W12345678»", "high", "permit_no"),
        Hit("雙程證號碼 «C87654321»", "high"),
    ],
    "CN_HOME_RETURN_PERMIT": [
        Hit("回乡证：«H12345678»", "high"),
        Hit("回鄉證 «M1234567801»", "high"),
        Hit("home return permit «HA1234567»", "high"),
        Hit("«H12345678»", "high", "certNo"),
    ],
    "HK_PASSPORT": [
        Hit("HKSAR passport «K12345678»", "high"),
        Hit("特區護照 «KJ1234567»", "high"),
        Hit("護照 «H12345678»", "high"),
        Hit("«K123456784CHN9003071F3001019<<<<<<<<<<<<<<<6»", "high"),
        Hit("«H12345678»", "high", "certNo"),
    ],
    "HK_ID": [
        Hit("«A123456(3)»"),
        Hit("«G123456(A)»"),
        Hit("电话 91234567, 金额 12 «G123456(A)»"),
        Hit("HKID «AB987654(3)»", "high"),
        Hit("香港身份證 «WX123456(9)»", "high"),
        Hit("«a123456(3)» in lower case"),
        Hit("«A 123456 (3)»"),
        Hit("身份证：«K1000004»", "high"),
        Hit("«A1234563»", "high", "hkid"),
        Hit("«A123456 3»", "high", "HKIDNo"),
        Hit("出生證明 «Y123456(9)»", "high"),
        Hit("«A1234563»", "low"),
        Hit("«a1234563»", "high", "hkid_no"),
        Hit("«A-123456-3»", "high", "hkid"),
    ],
    "CN_MOBILE": [
        Hit("«+86 162 1234 5678»"),
        Hit("order no. 7, amount 12, «+86 138 0013 8000»"),
        Hit("«(+86)13800138000»、«0086-13800138000»"),
        Hit("«138-0013-8000»"),
        Hit("«138 0013 8000»"),
        Hit("手机：«13800138000»", "high"),
        Hit("«19912345678»", "high", "mobileNo"),
        Hit("«13800138000»（手机）", "high"),
        Hit("联系电话 «8613800138000»", "high"),
        Hit("phone: «138 001 38000»", "high"),
        Hit("«16212345678»", "high", "contact_phone"),
    ],
    "HK_PHONE": [
        Hit("«+852 9123 4567»"),
        Hit("«(852) 9123-4567»"),
        Hit("«00852-91234567»"),
        Hit("電話：«9123 4567»"),
        Hit("«51234567»", field="phone"),
        Hit("Tel: «2123 4567» / «21234568»"),
        Hit("WhatsApp «852 9123 4567»", "high"),
        Hit("call me on «+85291234567»", "high"),
    ],
    "MO_PHONE": [
        Hit("«+853 6612 3456»"),
        Hit("«+853 2832 1234»"),
        Hit("«(853)66123456»"),
        Hit("澳門電話：«66123456»"),
        Hit("«28321234»", field="macauPhone"),
    ],
    "EMAIL_ADDRESS": [
        Hit("«li.ming@example.cn»", "high"),
        Hit("邮箱«li.ming@example.cn»。", "high"),
        Hit("<«first+tag@sub.example.com.hk»>", "high"),
        Hit("https://«user@host.example.org»/", "high"),
        Hit("«10086@163.com»", "high"),
    ],
    "PAYMENT_CARD": [
        Hit("«6217000000000006»"),
        Hit("18 digits «621226123456789016»"),
        Hit("金额 100.00 元，«6217000000000006»"),
        Hit("«6217000000000006»", "low", "orderNo"),
        Hit("19 digits «6228480012345678903»"),
        Hit("银行卡 «6217 0000 0000 0006»", "high"),
        Hit("«6217-0000-0000-0006» 12/29"),
        Hit("«6228 4800 1234 5678 903»"),
        Hit("«622848 0012345678903»"),
        Hit("«4111111111111111» and «5555555555554444»"),
        Hit("«378282246310005», «3782 822463 10005»"),
        Hit("«3530111333300000»"),
        Hit("«9558801234567890128»"),
        Hit("«7217000000000004»", "medium", "cardNo"),
        Hit("«7217000000000004»", "low"),
    ],
    "CN_USCC": [
        Hit("«91440101MA5XYW121W»", "high"),
        Hit("«12440000455860138F»", "high"),
        Hit("«N2440106MF1234567F»", "high"),
        Hit("税号:«91440300123456AB14»", "high"),
        Hit("lower-case «91440101ma5xyw121w»", "high"),
    ],
    "CREDENTIAL": [
        Hit(f"«{_private_key('PRIVATE KEY')}»\n", "high", detail="private_key"),
        Hit(f"«{_private_key('RSA PRIVATE KEY', 26)}»", "high", detail="private_key"),
        Hit(f"«{_private_key('ENCRYPTED PRIVATE KEY')}»", "high", detail="private_key"),
        Hit(f"«{_private_key('OPENSSH PRIVATE KEY')}»", "high", detail="private_key"),
        Hit(f"«{_private_key('EC PRIVATE KEY')}»", "high", detail="private_key"),
        Hit(f"«{_private_key('SM2 PRIVATE KEY')}»", "high", detail="private_key"),
        Hit(f"«{_private_key('PGP PRIVATE KEY BLOCK')}»", "high", detail="private_key"),
        Hit(
            "«{}»".format(
                _private_key("RSA PRIVATE KEY").replace(
                    "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n", 1
                )
            ),
            "high",
            detail="private_key",
        ),
        Hit('key = "«{}»"'.format(_private_key("PRIVATE KEY").replace("\n", "\\n")), "high", detail="private_key"),
        Hit(f"«{PUTTY}»", "high", detail="private_key"),
        Hit(f"accessKeyId=«{ALIBABA}»&x=1", "high", detail="alibaba_access_key_id"),
        Hit(f'"SecretId":"«{TENCENT}»"', "high", detail="tencent_secret_id"),
        Hit(f"aws «{AWS}»", "high", detail="aws_access_key_id"),
        Hit(f"Bearer «{JWT}»", "high", detail="jwt"),
    ],
    "STATE_SECRET_MARK": [
        Hit("«绝密★长期»", "high"),
        Hit("«机密★10年» 关于…的报告", "high"),
        Hit("«秘密★6个月»", "high"),
        Hit("«機密★長期»", "high"),
        Hit("«絕密★»\n文件", "high"),
        Hit("«绝 密 ★ 长 期»", "high"),
        Hit("«秘密☆五年»", "high"),
        Hit("«机密*1年»", "high"),
        Hit("«秘密★至2030年1月1日»", "high"),
        Hit("密级:«机密»\n", "high"),
        Hit('{"密级": "«秘密»"}', "high"),
        Hit("«绝密»\n关于…的通知", "low"),
    ],
}

MISSES: dict[str, list[Miss]] = {
    "CN_RESIDENT_ID": [
        Miss("身份证 440106199003072171", "check digit"),
        Miss("440106199002302173", "30 February, check digit right"),
        Miss("999999199001010016", "no such region, check digit right"),
        Miss("440106209912310013", "born in a year far off"),
        Miss("440106199003070001", "sequence 000"),
        Miss("0.440106199003072170", "tail of a decimal"),
        Miss("1440106199003072170", "19 digits"),
        Miss("44010619900307217012", "20 digits"),
        Miss("a440106199003072170f", "inside a hexadecimal number"),
        Miss("440106900307217", "15 digits without evidence"),
        Miss("身份证 440106901307217", "15 digits, month 13"),
        Miss("IMEI 440106900307217", "15 digits that say they are something else"),
        Miss("820000199001010010", "a residence permit is another document"),
    ],
    "CN_HMT_RESIDENCE_PERMIT": [
        Miss("820000199001010011", "check digit"),
        Miss("840000199001010014", "no such region"),
        Miss("居住证 810000199002300018", "30 February"),
        Miss("440106199003072170", "a mainland region"),
        Miss("81000019900101", "cut short"),
        Miss("0.820000199001010010", "tail of a decimal"),
    ],
    "CN_PASSPORT": [
        Miss("E12345678", "no check digit and no evidence"),
        Miss("护照 EI1234567", "I is not used"),
        Miss("护照 E1234567", "a digit short"),
        Miss("航班 E12345678", "a flight's reference"),
        Miss("E12345678", "an order's number", "orderNo"),
        Miss("护照 XE12345678", "part of a longer code"),
        Miss("P<CHNE123456782CHN9003074M3001019<<<<<<<<<<<<<<05", "MRZ check digits"),
    ],
    "CN_HKMO_PERMIT": [
        Miss("C12345678", "no evidence"),
        Miss("通行证 CI1234567", "I is not used"),
        Miss("通行证 C1234567", "a digit short"),
        Miss("C12345678", "a part number", "part_no"),
        Miss("通行证 C123456789", "a digit too long"),
    ],
    "CN_HOME_RETURN_PERMIT": [
        Miss("H12345678", "no evidence"),
        Miss("回乡证 H1234567", "a digit short"),
        Miss("回乡证 K12345678", "no such prefix"),
        Miss("H12345678", "a passport says so", "passportNo"),
        Miss("回乡证 HB1234567", "only HA and MA are issued"),
    ],
    "HK_PASSPORT": [
        Miss("K12345678", "no evidence"),
        Miss("護照 K1234567", "a digit short"),
        Miss("護照 KA1234567", "only KJ and HJ are issued"),
        Miss("回鄉證 H12345678", "a home return permit says so"),
        Miss("sku K12345678", "a stock number"),
    ],
    "HK_ID": [
        Miss("HKID A123456(4)", "check digit"),
        Miss("香港身份證 AB987654(2)", "check digit"),
        Miss("Y123456(8)", "check digit"),
        Miss("hkid A1234564", "check digit, without brackets"),
        Miss("a1234563", "lower case, no brackets, no evidence"),
        Miss("ABC123456(3)", "three letters"),
        Miss("xA123456(3)", "inside a word"),
        Miss("A12345(3)", "five digits"),
        Miss("A12345634", "a digit more"),
    ],
    "CN_MOBILE": [
        Miss("13800138000", "eleven digits without evidence"),
        Miss("手机 12345678901", "no such block"),
        Miss("+86 154 1234 5678", "block not assigned"),
        Miss("13800138000", "an order's number", "orderId"),
        Miss("手机 1380013800012", "thirteen digits, a timestamp's length"),
        Miss("phone 0.13800138000", "tail of a decimal"),
        Miss("电话订单号 13800138000", "the nearer word decides"),
        Miss("1.138.0013.8000", "a version"),
        Miss("手机 138001380001", "twelve digits"),
        Miss("550e8400-e29b-41d4-a716-138001380000", "tail of a UUID"),
    ],
    "HK_PHONE": [
        Miss("91234567", "eight digits without evidence"),
        Miss("9123-4567", "grouped, without evidence"),
        Miss("電話 12345678", "first digit"),
        Miss("+852 1234 5678", "first digit"),
        Miss("phone 20260115", "a date"),
        Miss("电话 0755-26123456", "a mainland fixed line"),
        Miss("电话 020 38123456", "a mainland fixed line, spaced"),
        Miss("电话 (0755) 26123456", "a mainland fixed line, area code in brackets"),
        Miss("91234567", "a count", "total"),
        Miss("phone 91234567.5", "head of a decimal"),
        Miss("澳門電話 66123456", "Macao says so"),
        Miss("+853 6612 3456", "Macao's country code"),
    ],
    "MO_PHONE": [
        Miss("66123456", "eight digits without evidence"),
        Miss("+853 5612 3456", "no such block"),
        Miss("澳門電話 56123456", "no such block"),
        Miss("電話 66123456", "a general word means Hong Kong"),
        Miss("+852 6612 3456", "Hong Kong's country code"),
    ],
    "EMAIL_ADDRESS": [
        Miss("a@b", "no domain"),
        Miss("npm i pkg@1.2.3", "a package reference"),
        Miss("lib@18.2.0-beta.js", "a package reference with a suffix"),
        Miss("logo@2x.png", "a file name"),
        Miss("git clone git@github.com:owner/repo.git", "a repository address"),
        Miss("@decorator.method", "no local part"),
        Miss("a..b@@example.com", "two at-signs"),
        Miss("user@10.0.0.1", "an address in digits"),
    ],
    "PAYMENT_CARD": [
        Miss("6217000000000007", "Luhn"),
        Miss("银行卡 6228480012345678904", "Luhn"),
        Miss("1760000000000", "a timestamp"),
        Miss("1234567890123452", "opens no bank's card"),
        Miss("20260115103000005", "a timestamp of 17 digits"),
        Miss("0.6217000000000006", "tail of a decimal"),
        Miss("a6217000000000006", "inside a hexadecimal number"),
        Miss("0000000000000000", "padding"),
        Miss("7777777777777770 9999999999999995", "repeated digit"),
        Miss("62172170000000000000", "20 digits"),
    ],
    "CN_USCC": [
        Miss("91440300123456AB24", "outer check"),
        Miss("91440300123456AB9W", "inner organisation code"),
        Miss("91990101MA5XYW121W", "no such province"),
        Miss("91440101MA5XYI121W", "I is not in the alphabet"),
        Miss("0E440101MA5XYW121W", "no such registrar"),
        Miss("91440101MA5XYW121WA", "19 characters"),
    ],
    "CREDENTIAL": [
        Miss('if line.startswith("-----BEGIN PRIVATE KEY-----"):', "the words, not a key"),
        Miss(_private_key("PUBLIC KEY"), "a public key"),
        Miss(_private_key("CERTIFICATE"), "a certificate"),
        Miss("LT" + "AI" + "x" * 20, "a placeholder"),
        Miss(AWS.lower(), "lower case"),
        Miss(AWS + "Q", "a character more"),
        Miss("eyJhIjoiYiJ9.eyJhIjoiYiJ9.c2ln", "no JOSE header"),
        Miss("AKID is the prefix of a SecretId", "no key"),
    ],
    "STATE_SECRET_MARK": [
        Miss("保守秘密是每个人的责任", "a word"),
        Miss("**机密**", "emphasis"),
        Miss("国家秘密的密级分为绝密、机密、秘密三级", "a sentence about levels"),
        Miss("秘密花园★★★★★", "a title and its stars"),
        Miss("机密计算 confidential computing", "a technical term"),
        Miss("密级:绝密、机密、秘密", "a list of the levels"),
    ],
}


_FAMILIES = (
    samples_identity,
    samples_contact,
    samples_devices,
    samples_money,
    samples_content,
    samples_names,
    samples_addresses,
)
for family in _FAMILIES:
    for entity in family.HITS:
        HITS[entity] = HITS.get(entity, []) + family.HITS[entity]
    for entity in family.MISSES:
        MISSES[entity] = MISSES.get(entity, []) + family.MISSES[entity]


def hits(*entities: str) -> list[tuple[str, Hit]]:
    return [(entity, hit) for entity in entities for hit in HITS[entity]]


def misses(*entities: str) -> list[tuple[str, Miss]]:
    return [(entity, miss) for entity in entities for miss in MISSES[entity]]
