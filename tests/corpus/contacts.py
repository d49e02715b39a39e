"""Telephones, mail, handles, names, addresses, positions, and what a hospital writes."""

from __future__ import annotations

import random

from tests.corpus import names, places
from tests.corpus.tables import table
from tests.corpus.values import Value, digits, pick
from tests.detectors.made import org_check

_NUMBERS = table("tables")["numbers"]
BLOCKS = _NUMBERS["blocks"].split()


def mobile(rng: random.Random, _script: str) -> Value:
    return Value("CN_MOBILE", rng.choice(BLOCKS) + digits(rng, 8))


AREAS = _NUMBERS["areas"].split()
AREAS_4 = _NUMBERS["areas_4"].split()


def landline(rng: random.Random, _script: str) -> Value:
    area = rng.choice(AREAS + AREAS_4)
    first = pick(rng, "2", "3", "6", "8", "5", "7")
    local = first + digits(rng, 7 if area in AREAS or rng.random() < 0.7 else 6)
    forms = (f"{area}-{local}", f"{area}-{local}", f"{area}{local}", f"({area}){local}", f"{area} {local}")
    return Value("CN_LANDLINE", pick(rng, *forms))


def hk_phone(rng: random.Random, _script: str) -> Value:
    number = pick(rng, "5", "6", "9", "9", "2", "3") + str(rng.randrange(1, 9)) + digits(rng, 6)
    shown = pick(rng, number, number, f"{number[:4]} {number[4:]}", f"+852 {number[:4]} {number[4:]}", f"852{number}")
    return Value("HK_PHONE", shown, either=("MO_PHONE",) if number[0] == "6" and "852" not in shown[:4] else ())


def mo_phone(rng: random.Random, _script: str) -> Value:
    number = pick(rng, "62", "63", "65", "66", "68", "283", "287") + digits(rng, 6)
    number = number[:8]
    return Value("MO_PHONE", pick(rng, number, f"{number[:4]} {number[4:]}", f"+853 {number}", f"+853{number}"))


def email(rng: random.Random, _script: str) -> Value:
    given, family = names.latin(rng)
    local = pick(rng, f"{given}.{family}", f"{family}{digits(rng, 3)}", f"{given[0]}{family}_{digits(rng, 2)}",
                 digits(rng, 9), f"{family}-{given}", f"{given}+{pick(rng, 'shop', 'hr')}").lower()  # fmt: skip
    host = pick(rng, "qq.com", "163.com", "126.com", "gmail.com", "example.com.hk", "mail.example.cn", "foxmail.com",
                "yahoo.com.hk", "netvigator.com", "connect.ust.hk", "sina.com.cn", "example.org")  # fmt: skip
    return Value("EMAIL_ADDRESS", f"{local}@{host}")


_LOWER = "abcdefghijklmnopqrstuvwxyz"


def wechat(rng: random.Random, _script: str) -> Value:
    if rng.random() < 0.3:
        return Value("WECHAT_ID", "wxid_" + "".join(rng.choice(_LOWER + "0123456789") for _ in range(14)))
    given, family = names.latin(rng)
    text = pick(rng, f"{family}_{digits(rng, 4)}", f"{given}{family}{digits(rng, 2)}", f"{family}-{given}88")
    return Value("WECHAT_ID", text.lower().ljust(6, "8")[:20])


def openid(rng: random.Random, _script: str) -> Value:
    tail = "".join(rng.choice(_LOWER + _LOWER.upper() + "0123456789-_") for _ in range(26))
    return Value("WECHAT_ID", f"o{tail[:1].upper()}{tail[1:]}{rng.choice(_LOWER)}", "WECHAT_OPENID")


def qq(rng: random.Random, _script: str) -> Value:
    return Value("QQ_ID", str(rng.randrange(1, 10)) + digits(rng, rng.randrange(5, 10)))


def person(rng: random.Random, script: str) -> Value:
    return Value("PERSON", names.person(rng, script))


def cn_address(rng: random.Random, script: str) -> Value:
    return Value("CN_ADDRESS", places.mainland(rng, script))


def hk_address(rng: random.Random, script: str) -> Value:
    return Value("HK_ADDRESS", places.hong_kong(rng, script))


def geo(rng: random.Random, script: str) -> Value:
    lat, lng = rng.uniform(22.14, 25.4), rng.uniform(109.8, 117.2)
    dms = "°".join((str(int(lat)), f"{int(lat * 60 % 60)}′{lat * 3600 % 60:.2f}″N"))
    dms += " " + "°".join((str(int(lng)), f"{int(lng * 60 % 60)}′{lng * 3600 % 60:.2f}″E"))
    plain = [f"{lat:.6f},{lng:.6f}", f"{lng:.6f},{lat:.6f}", f"{lat:.5f}, {lng:.5f}", f"{lat:.4f},{lng:.4f}"]
    return Value("GEO_COORDINATE", rng.choice(plain if script == "key" else [*plain, dms]))


def latitude(rng: random.Random, _script: str) -> Value:
    return Value("GEO_COORDINATE", f"{rng.uniform(22.14, 25.4):.{rng.randrange(4, 8)}f}", "LATITUDE")


def longitude(rng: random.Random, _script: str) -> Value:
    return Value("GEO_COORDINATE", f"{rng.uniform(109.8, 117.2):.{rng.randrange(4, 8)}f}", "LONGITUDE")


def social_card(rng: random.Random, _script: str) -> Value:
    body = rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") + digits(rng, 7)
    return Value("CN_SOCIAL_SECURITY_CARD", pick(rng, body + org_check(body), body + digits(rng, 1)))


def record_no(rng: random.Random, _script: str) -> Value:
    text = pick(rng, "00" + digits(rng, 6), "ZY" + digits(rng, 8), digits(rng, 10), "MZ20" + digits(rng, 8),
                "HN" + digits(rng, 8), "P" + digits(rng, 7), digits(rng, 7), "H4403" + digits(rng, 8))  # fmt: skip
    return Value("MEDICAL_RECORD_NO", text)


def health(rng: random.Random, script: str) -> Value:
    return Value("HEALTH_RECORD", rng.choice(table("tables")["health"]["hans" if script == "key" else script]))


MAKERS = (
    person, mobile, landline, hk_phone, mo_phone, email, wechat, openid, qq, cn_address, hk_address, geo, latitude,
    longitude, social_card, record_no, health,
)  # fmt: skip
