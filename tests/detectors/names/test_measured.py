"""How well names are found in texts made by a generator: the figures the catalogue quotes must not sink unseen."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from detectors.api import Allowance, Band, Field
from detectors.data import name_words, surnames
from detectors.names import finders
from detectors.names.patterns import NAMES
from detectors.scan import Scanner
from proxy.cli.cache import installed

SCANNER = Scanner(NAMES, finders(), installed())
COMMON = [each for each in surnames() if each.hong_kong and len(each.han[0]) == 1]
HAN_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华建国文志嘉欣怡俊宇轩梓涵浩然子墨雨晴晓东海燕春梅少聪家豪咏诗凯琳"
)
_SPELT = {
    "hong kong": "Tai Man Siu Ming Ka Yee Wing Kit Chi Keung Mei Ling Yuk Lan Hoi Yan Tsz Ching Wai Lun Ho Kwan Sze",
    "pinyin": "dawen xiaoming jianguo lihua zhiqiang meiling jiaxin yuhan haoran zixuan wei na min jing",
    "english": "John Mary Peter David Susan Michael Grace Karen Jason Emily Andrew Fiona",
    "last": "Smith Jones Brown Wilson Taylor Davies Evans Robinson Singh Patel Khan Garcia",
}
CANTONESE, PINYIN, ENGLISH, LAST = (words.split() for words in _SPELT.values())
LABELS = ["full_name", "customerName", "contact", "recipient", "patient_name", "applicant", "姓名", "联系人"]
PROSE = [
    "We have asked {} to sign the form before Friday.",
    "The parcel for {} was left at the front desk.",
    "According to {}, the invoice has been paid already.",
    "I spoke with {} about the renewal of the policy.",
]
RESUME = [
    "{}，男，1966年出生，中国国籍，无境外永久居留权，汉族，中共党员，本科学历，高级工程师。",
    "{}女士，硕士研究生学历，曾任深圳市某某股份有限公司财务总监，现任公司董事。",
    "{}先生：1970年生，毕业于中山大学经济管理专业，现任公司董事、总经理。",
    "公司独立董事{}，会计学博士，教授，曾任某某会计师事务所合伙人。",
]
NEWS = [
    "昨天下午，{}和同事在广州塔附近被记者拍到。",
    "据了解，{}已经离开公司，接替他的人选尚未公布。",
    "会上，{}作了题为改革与发展的报告，受到与会者的好评。",
    "村民{}说，今年的收成比去年好得多。",
]


def _han(rng: random.Random) -> str:
    surname = rng.choice(COMMON).han
    return rng.choice(surname[:2]) + "".join(rng.sample(HAN_GIVEN, rng.choice((1, 2, 2))))


def _hong_kong(rng: random.Random) -> str:
    surname = rng.choice(rng.choice(COMMON).hong_kong).title()
    first, second = rng.sample(CANTONESE, 2)
    return rng.choice(
        [
            f"{surname.upper()} {first} {second}",
            f"{surname} {first}-{second.lower()}",
            f"{first}-{second.lower()} {surname}",
            f"{surname.upper()}, {first} {second}",
            f"{surname.upper()} {first} {second} {rng.choice(ENGLISH)}",
            f"{rng.choice(ENGLISH)} {surname.upper()} {first} {second}",
            f"{rng.choice(ENGLISH)} {surname}",
        ]
    )


def _pinyin(rng: random.Random) -> str:
    surname, given = rng.choice(COMMON).pinyin[0].title(), rng.choice(PINYIN).title()
    return rng.choice([f"{surname} {given}", f"{given} {surname}", f"{surname.upper()} {given}"])


def _english(rng: random.Random) -> str:
    return f"{rng.choice(ENGLISH)} {rng.choice(LAST)}"


def _recall(make: Callable[[random.Random], str], frames: list[str], field: bool = False) -> float:
    rng = random.Random(852)
    right = 0
    for _ in range(300):
        name, frame = make(rng), rng.choice(frames)
        raw = (name if field else frame.format(name)).encode()
        whole = Field(frame.encode() if field else b"", 0, len(raw))
        hits = SCANNER.scan(raw, lambda starts, whole=whole: [whole] * len(starts), whole.name, Allowance(1 << 20))
        found = [raw[hit.start : hit.end].decode() for hit in hits if Band.of(hit.score) is not Band.LOW]
        right += any(each in name or name in each for each in found)
    return right / 300


@pytest.mark.parametrize(
    ("make", "least"),
    [(_han, 0.98), (_hong_kong, 0.98), (_pinyin, 0.97), (_english, 0.99)],
    ids=["han", "hk", "cn", "en"],
)
def test_names_in_fields(make: Callable[[random.Random], str], least: float) -> None:
    assert _recall(make, LABELS, field=True) >= least


@pytest.mark.parametrize(
    ("make", "frames", "least"),
    [
        (_han, NEWS, 0.90),
        (_han, RESUME, 0.98),
        (_hong_kong, PROSE, 0.95),
        (_pinyin, PROSE, 0.80),
        (_english, PROSE, 0.98),
    ],
    ids=["news", "resume", "hk", "cn", "en"],
)
def test_names_in_sentences(make: Callable[[random.Random], str], frames: list[str], least: float) -> None:
    assert _recall(make, frames) >= least


def test_the_given_names_are_known_ones() -> None:
    assert {each.lower() for each in ENGLISH} <= set(name_words()["latin"]["given"].split())
