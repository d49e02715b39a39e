"""Made-up values of every entity, for examples: of new rules, and of what two policies treat differently."""

from __future__ import annotations

import random
import string
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple

from detectors.api import Band, Field
from detectors.scan import Scanner

_HAN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红建国文辉力"
_TRIES = 400
_FEW, _BATCH, _HOPELESS = 64, 400, 128
_TAIL = 5
_LONGEST = 200_000


class Sample(NamedTuple):
    """A value and what it is called; what has no name stands alone."""

    name: str
    value: str

    def line(self) -> str:
        """It in a text."""
        return f"{self.name}: {self.value}" if self.name else self.value


SAMPLES: Mapping[str, Sample] = MappingProxyType(
    {
        "CN_RESIDENT_ID": Sample("身份证号", "440106199003072170"),
        "CN_HMT_RESIDENCE_PERMIT": Sample("居住证", "810000201603140021"),
        "CN_FOREIGN_RESIDENT_ID": Sample("永久居留证", "944840198501010018"),
        "CN_PASSPORT": Sample("护照号码", "E12345678"),
        "CN_HKMO_PERMIT": Sample("往来港澳通行证", "CA1234567"),
        "CN_HOME_RETURN_PERMIT": Sample("回乡证", "H12345678"),
        "CN_TAIWAN_PERMIT": Sample("台胞证", "12345678"),
        "CN_MILITARY_ID": Sample("军官证", "南字第12345678号"),
        "HK_ID": Sample("HKID", "A123456(3)"),
        "HK_PASSPORT": Sample("香港護照", "K12345678"),
        "MO_ID": Sample("澳門居民身份證", "1234567(8)"),
        "TW_ID": Sample("台灣身分證", "A123456789"),
        "DATE_OF_BIRTH": Sample("出生日期", "1990-03-07"),
        "CN_USCC": Sample("统一社会信用代码", "91440101MA5XYW121W"),
        "CN_ORG_CODE": Sample("组织机构代码", "MA5EC1234"),
        "HK_BRN": Sample("B.R. No.", "28617313-000"),
        "HK_COMPANY_NO": Sample("公司編號", "1234567"),
        "PAYMENT_CARD": Sample("银行卡号", "6217000000000006"),
        "CARD_TRACK": Sample("CVV", "123"),
        "CN_BANK_ACCOUNT": Sample("对公账号", "44201581200052510866"),
        "HK_BANK_ACCOUNT": Sample("銀行帳號", "004-123456-838"),
        "CN_CNAPS": Sample("联行号", "102100099996"),
        "HK_FPS_ID": Sample("轉數快識別碼", "123456789"),
        "HK_OCTOPUS": Sample("八達通", "12345678(9)"),
        "ALIPAY_ID": Sample("支付宝", "2088123456789012"),
        "CN_MOBILE": Sample("手机", "13800138000"),
        "HK_PHONE": Sample("香港電話", "91234567"),
        "MO_PHONE": Sample("澳門電話", "66123456"),
        "CN_LANDLINE": Sample("座机", "02038123456"),
        "EMAIL_ADDRESS": Sample("邮箱", "li.ming@example.cn"),
        "WECHAT_ID": Sample("微信", "wxid_ab12cd34ef56gh"),
        "QQ_ID": Sample("QQ", "54321678"),
        "IMEI": Sample("IMEI", "356938035643809"),
        "IMSI": Sample("IMSI", "460001234567890"),
        "MAC_ADDRESS": Sample("mac", "00:1A:2B:3C:4D:5E"),
        "IP_ADDRESS": Sample("登录IP", "113.108.81.189"),
        "CN_VEHICLE_PLATE": Sample("车牌号", "粤B12345"),
        "HK_VEHICLE_PLATE": Sample("車牌", "AB1234"),
        "VIN": Sample("VIN", "LSVAA49J232047119"),
        "GEO_COORDINATE": Sample("纬度经度", "22.543099,114.057868"),
        "CN_ADDRESS": Sample("地址", "深圳市福田区福华三路88号"),
        "HK_ADDRESS": Sample("地址", "沙田第一城12座3樓A室"),
        "CN_SOCIAL_SECURITY_CARD": Sample("社保卡号", "A12345678"),
        "MEDICAL_RECORD_NO": Sample("病案号", "00123456"),
        "HEALTH_RECORD": Sample("诊断", "J18.9 肺炎"),
        "BIOMETRIC_TEMPLATE": Sample(
            "faceFeature", "[" + ",".join(f"0.{(n * 7919 + 104729) % 1000000:06}" for n in range(128)) + "]"
        ),
        "GENOMIC_DATA": Sample("", "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"),
        "INDUSTRIAL_CONTROL": Sample("", '<RSLogix5000Content SchemaRevision="1.0">'),
        "GEODATA": Sample("坐标系", "EPSG:4547"),
        "CREDENTIAL": Sample("密码", "Tr0ub4dor-3xample!"),
        "STATE_SECRET_MARK": Sample("", "机密★10年"),
        "WORK_SECRET_MARK": Sample("", "【商业秘密】"),
        "HK_GOV_MARK": Sample("", "TOP SECRET 絕對機密"),
        "DATA_GRADE_LABEL": Sample("数据分级", "重要数据"),
        "PERSON": Sample("姓名", "陈大文"),
    }
)


def values(scanner: Scanner, entity: str, count: int, band: Band = Band.MEDIUM, *, named: bool = True) -> list[Sample]:
    """So many different values of an entity that the scanner takes for one of exactly this band, or fewer where no more
    are found. Unnamed values stand alone."""
    sample = SAMPLES.get(entity)
    if sample is None:
        return []
    sample = sample if named else Sample("", sample.value)
    rng = random.Random(entity)  # noqa: S311 - made-up values, the same every time
    found: dict[str, Sample] = {}
    tried, tries = 0, min(_TRIES + 40 * count, count + _LONGEST // len(sample.value))
    candidates = _kin(sample, rng)
    while len(found) < count and tried < tries and (found or tried < _HOPELESS):
        batch = 1 if count == 1 and not tried else max(_FEW, 4 * count)
        some = [next(candidates) for _ in range(min(_BATCH, tries - tried, batch))]
        tried += len(some)
        for each, value in _recognised(scanner, some, entity, band):
            found.setdefault(value, each)
    return list(found.values())[:count]


def _kin(sample: Sample, rng: random.Random) -> Iterator[Sample]:
    """The value, and others like it: all of it or its end changed, for a region or a check digit is seldom hit."""
    yield sample
    while True:
        keep = rng.choice((0, max(len(sample.value) - _TAIL, 0)))
        han = rng.random() < 0.5
        yield sample._replace(
            value=sample.value[:keep] + "".join(_other(char, rng, han=han) for char in sample.value[keep:])
        )


def _other(char: str, rng: random.Random, *, han: bool) -> str:
    if char.isdigit() and char.isascii():
        return rng.choice(string.digits)
    if "\u4e00" <= char <= "\u9fff":
        return rng.choice(_HAN) if han else char
    if char.isascii() and char.islower():
        return rng.choice(string.ascii_lowercase)
    return char


def _recognised(scanner: Scanner, some: list[Sample], entity: str, band: Band) -> Iterator[tuple[Sample, str]]:
    lines = [each.line().encode() for each in some]
    ends = list(accumulate(len(line) + 1 for line in lines))
    text = b"\n".join(lines)
    whole = Field(b"", 0, len(text))
    for hit in scanner.scan(text, lambda starts: [whole] * len(starts)):
        if hit.detector.entity == entity and Band.of(hit.score) is band:
            yield some[bisect_right(ends, hit.start)], hit.value.upper().decode("utf-8", "replace")
