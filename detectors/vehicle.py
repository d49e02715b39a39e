"""Plates and numbers of vehicles."""

from __future__ import annotations

from detectors import checks_things
from detectors.api import EntityClass, PatternDetector, Shape

# GA 36-2018 names a province by one character; the same in traditional script, where it differs.
_PROVINCE = (
    "(?:京|津|沪|滬|渝|冀|豫|云|雲|辽|遼|黑|湘|皖|鲁|魯|新|苏|蘇|浙|赣|贛|鄂|桂|甘|晋|晉|蒙|陕|陝|吉|闽|閩|贵|貴|粤|粵|青|藏|川|宁"
    "|寧|琼|瓊)"
)
_MARK = "(?:[ .-]|·|•|・|‧|˙|∙|⋅)?"
_LETTER, _ANY = "[A-HJ-NP-Za-hj-np-z]", "[A-HJ-NP-Za-hj-np-z0-9]"
_SPECIAL = "(?:挂|掛|学|學|警|试|試|超|领|領|使|港|澳|应急|應急|民航)"
_TAILS = rf"(?:{_ANY}{{4}}{_SPECIAL}|[0-9]{{5}}[DFdf]|[DFABCEGHJKdfabceghjk]{_ANY}[0-9]{{4}}|{_ANY}{{5}})"
_PLATE = rf"{_PROVINCE}[ ]?{_LETTER}{_MARK}{_TAILS}"
_OTHERS = rf"使[ ]?[0-9]{{3}}[ ]?[0-9]{{3}}|[Ww][Jj]{_MARK}{_PROVINCE}?{_MARK}[0-9]{{4}}[0-9A-Za-z]"
# 最新A12345 is no plate of Xinjiang, 腾讯云C12345 none of Yunnan.
_NO_WORD = "".join(
    f"(?!(?:{'|'.join(f'(?<={each})' for each in before.split())}){province})"
    for before, province in (("最 更 全 创 創 刷 重", "新"), ("阿里 腾讯 騰訊 华为 華為 移动 天翼 百度 上 私有", "云"))
)
_END = r"(?![0-9A-Za-z_])(?!-[0-9A-Za-z])"
_END_HK = _END + "(?![.][0-9])(?![:=(])"
_END_CN = _END + "(?!港|澳)"
# Not what stands behind the character of a mainland plate, or is part of a word; behind a label it may touch it.
_ALONE = (
    rf"(?:(?<![\xe4-\xe9][\x80-\xbf][\x80-\xbf])|{'|'.join(f'(?<={each})' for each in '牌號号碼码是為为係系')})"
    r"(?<![0-9A-Za-z_<%])(?<!</)(?<![0-9A-Za-z][./-])"
)

_GA36 = "GA 36-2018, plates of motor vehicles of the People's Republic of China"
_WMI, _VDS, _VIS = "[A-HJ-NPR-Z0-9]{3}", "[A-HJ-NPR-Z0-9]{5}[0-9X]", "[A-HJ-NPR-Z0-9]{4}[0-9]{4}"
_ANY_17 = "[A-HJ-NPR-Za-hj-npr-z0-9]"

VEHICLE: tuple[PatternDetector, ...] = (
    PatternDetector(
        entity="CN_VEHICLE_PLATE",
        entity_class=EntityClass.VEHICLE,
        shapes=(Shape(_PLATE, 0.75, 0.95, _NO_WORD, _END_CN, width=28),),
        source=_GA36,
        labels="plate_cn",
        check=checks_things.cn_plate,
        strip=b" ",
    ),
    PatternDetector(
        entity="CN_VEHICLE_PLATE",
        entity_class=EntityClass.VEHICLE,
        shapes=(
            Shape(_PLATE, 0, 0.85, _NO_WORD, _END_CN, width=28),
            Shape(_OTHERS, 0, 0.8, "(?<![0-9A-Za-z])", _END, width=24),
        ),
        source=_GA36,
        labels="plate_cn",
        strip=b" ",
    ),
    PatternDetector(
        entity="HK_VEHICLE_PLATE",
        entity_class=EntityClass.VEHICLE,
        shapes=(
            Shape(
                r"[A-HJ-NPR-Za-hj-npr-z]{1,2}[ -]?[1-9][0-9]{0,3}\b",
                0,
                0.75,
                _ALONE,
                _END_HK,
                width=7,
                common=True,
            ),
            Shape(
                r"[A-HJ-NPR-Z]{1,7}[1-9][A-HJ-NPR-Z0-9]{0,6}\b|[1-9][0-9]{0,6}[A-HJ-NPR-Z][A-HJ-NPR-Z0-9]{0,6}\b",
                0,
                0.6,
                _ALONE,
                _END_HK,
                width=8,
                common=True,
            ),
        ),
        source="Cap. 374E, Road Traffic (Registration and Licensing of Vehicles) Regulations: standard and own marks",
        labels="plate_hk",
        check=checks_things.hk_plate,
    ),
    PatternDetector(
        entity="VIN",
        entity_class=EntityClass.VEHICLE,
        shapes=(Shape(rf"\b{_WMI}{_VDS}{_VIS}\b", 0.85, 0.95, width=17, numeric=True),),
        source="GB 16735, ISO 3779, 49 CFR 565; makers in data/wmi.txt (ISO 3780)",
        labels="vin",
        check=checks_things.vin,
    ),
    PatternDetector(
        entity="VIN",
        entity_class=EntityClass.VEHICLE,
        shapes=(
            Shape(rf"\b{_ANY_17}{{17}}\b", 0, 0.8, width=17),
            Shape(rf"\b{_ANY_17}{{3}}[ .-]?{_ANY_17}{{5}}[ .-]?{_ANY_17}[ .-]?{_ANY_17}{{8}}\b", 0, 0.8, width=20),
        ),
        source="GB 16735, ISO 3779",
        labels="vin",
        check=checks_things.vin_labelled,
        strip=b" .-",
    ),
)
