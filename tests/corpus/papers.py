"""Identity and travel documents, and dates of birth."""

from __future__ import annotations

import random

from tests.corpus.tables import table
from tests.corpus.values import Value, born, digits, pick
from tests.detectors.made import hkid, ric_check

REGIONS = table("tables")["numbers"]["regions"].split()


def _eighteen(rng: random.Random, prefix: str) -> str:
    body = f"{prefix}{born(rng):%Y%m%d}{rng.randrange(1, 1000):03}"
    return body + ric_check(body)


def ric(rng: random.Random, _script: str) -> Value:
    return Value("CN_RESIDENT_ID", _eighteen(rng, rng.choice(REGIONS)))


def ric_15(rng: random.Random, _script: str) -> Value:
    text = f"{rng.choice(REGIONS)}{born(rng, (1930, 1999)):%y%m%d}{rng.randrange(1, 1000):03}"
    return Value("CN_RESIDENT_ID", text, "CN_RESIDENT_ID_15")


def residence(rng: random.Random, _script: str) -> Value:
    return Value("CN_HMT_RESIDENCE_PERMIT", _eighteen(rng, pick(rng, "810000", "820000", "830000")))


def foreigner(rng: random.Random, _script: str) -> Value:
    if rng.random() < 0.3:
        place, when = rng.choice(REGIONS)[:4], born(rng, (1945, 2005))
        text = f"{pick(rng, 'USA', 'GBR', 'JPN', 'KOR', 'DEU', 'FRA', 'IND')}{place}{when:%y%m%d}{digits(rng, 2)}"
        return Value("CN_FOREIGN_RESIDENT_ID", text)
    province, nation = rng.choice(REGIONS)[:2], pick(rng, "840", "826", "392", "410", "276", "250", "356", "036")
    return Value("CN_FOREIGN_RESIDENT_ID", _eighteen(rng, f"9{province}{nation}"))


_SERIES = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def passport(rng: random.Random, _script: str) -> Value:
    text = pick(
        rng,
        "E" + digits(rng, 8), "E" + digits(rng, 8), "E" + rng.choice(_SERIES) + digits(rng, 7), "G" + digits(rng, 8),
        "SE" + digits(rng, 7), "PE" + digits(rng, 7), "DE" + digits(rng, 7), "D" + digits(rng, 8),
    )  # fmt: skip
    return Value("CN_PASSPORT", text)


def hkmo_permit(rng: random.Random, _script: str) -> Value:
    text = pick(rng, "C" + digits(rng, 8), "C" + rng.choice(_SERIES) + digits(rng, 7), "W" + digits(rng, 8))
    return Value("CN_HKMO_PERMIT", text)


def home_return(rng: random.Random, _script: str) -> Value:
    letter = pick(rng, "H", "M")
    text = pick(rng, letter + digits(rng, 8), letter + digits(rng, 10), letter + "A" + digits(rng, 7))
    return Value("CN_HOME_RETURN_PERMIT", text, either=("HK_PASSPORT",))


def taiwan_permit(rng: random.Random, _script: str) -> Value:
    text = pick(rng, "0" + digits(rng, 7), str(rng.randrange(1, 10)) + digits(rng, 7), "0" + digits(rng, 9))
    if len(text) == 10 and rng.random() < 0.5:
        text += f"({pick(rng, 'A', 'B', 'C', 'D')})"
    return Value("CN_TAIWAN_PERMIT", text)


def military(rng: random.Random, _script: str) -> Value:
    word = pick(rng, "军", "南", "北", "士", "文", "海", "空", "政", "参", "广")
    return Value("CN_MILITARY_ID", f"{word}字第{digits(rng, rng.randrange(6, 9))}号")


def hk_id(rng: random.Random, _script: str) -> Value:
    body, check = hkid(rng)
    return Value("HK_ID", f"{body}({check})" if rng.random() < 0.7 else body + check)


def hk_passport(rng: random.Random, _script: str) -> Value:
    text = pick(rng, "K" + digits(rng, 8), "KJ" + digits(rng, 7), "H" + digits(rng, 8), "HJ" + digits(rng, 7))
    return Value("HK_PASSPORT", text, either=("CN_HOME_RETURN_PERMIT",) if text[1] != "J" else ())


def mo_id(rng: random.Random, _script: str) -> Value:
    first, middle, last = pick(rng, "1", "5", "7"), digits(rng, 6), digits(rng, 1)
    forms = (f"{first}{middle}({last})", f"{first}/{middle}/{last}", f"{first}{middle}{last}")
    return Value("MO_ID", pick(rng, *forms))


_TW = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))


def tw_id(rng: random.Random, _script: str) -> Value:
    letter, body = rng.choice("ABCDEFGHJKLMNPQRSTUVXYWZIO"), pick(rng, "1", "2", "8", "9") + digits(rng, 7)
    first, second = divmod(_TW[letter], 10)
    total = first + second * 9 + sum(int(d) * w for d, w in zip(body, range(8, 0, -1), strict=True))
    return Value("TW_ID", f"{letter}{body}{-total % 10}")


def birth(rng: random.Random, script: str) -> Value:
    day = born(rng)
    han = f"{day.year}年{day.month}月{day.day}日"
    forms = [f"{day:%Y-%m-%d}", f"{day:%Y/%m/%d}", f"{day:%Y%m%d}", f"{day:%Y.%m.%d}", f"{day:%Y-%m-%d} 00:00:00"]
    if script == "en":
        forms += [f"{day:%d/%m/%Y}", f"{day.day} {day:%B %Y}", f"{day:%d-%m-%Y}", f"{day:%b} {day.day}, {day.year}"]
    elif script != "key":
        forms += [han, han, f"{day.year}年{day.month:02}月{day.day:02}日"]
    else:
        forms += [f"{day:%Y-%m-%d}T00:00:00+08:00", f"{day:%d/%m/%Y}"]
    return Value("DATE_OF_BIRTH", rng.choice(forms))


MAKERS = (
    ric, ric_15, residence, foreigner, passport, hkmo_permit, home_return, taiwan_permit, military, hk_id, hk_passport,
    mo_id, tw_id, birth,
)  # fmt: skip
