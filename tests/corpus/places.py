"""Invented addresses on real streets' patterns: mainland and Hong Kong, in Simplified, Traditional and English."""

from __future__ import annotations

import random

from tests.corpus.tables import table

_T = table("tables")["places"]
_TO_HANT = str.maketrans(_T["simplified"], _T["traditional"])
_TO_HANS = str.maketrans(_T["hong_kong_traditional"], _T["hong_kong_simplified"])


def mainland(rng: random.Random, script: str) -> str:
    """A mainland postal address down to the room."""
    number, room, block = rng.randrange(1, 400), rng.randrange(1, 30) * 100 + rng.randrange(1, 9), rng.randrange(1, 20)
    if script == "en":
        return rng.choice(_T["mainland_en"]).format(number=number, room=room, block=block)
    province, city, district, streets = rng.choice(_T["mainland"])
    if rng.random() < 0.25:
        province = ""
    elif rng.random() < 0.15:
        province = province.removesuffix("省")
    rooms = (f"{block}栋{room}室", f"{block}栋2单元{room}", f"{block}号楼{room}室", f"A座{room}", f"{block + 1}楼", "")
    tail = rng.choice(_T["estates"]) + rng.choice(rooms)
    text = f"{province}{city}{district}{rng.choice(streets)}{number}号{tail}"
    return text.translate(_TO_HANT) if script == "hant" else text


def hong_kong(rng: random.Random, script: str) -> str:
    """A Hong Kong address down to the flat."""
    number, floor, flat = rng.randrange(1, 700), rng.randrange(2, 40), rng.choice("ABCDEFGH")
    if script == "en" or (script == "key" and rng.random() < 0.5):
        street, district, area = rng.choice(_T["hong_kong_en"])
        holes = {"street": street, "district": district, "area": area, "next": number + 2, "block": floor % 8 + 1}
        shout = {name.upper(): holes[name].upper() for name in ("street", "district", "area")}
        return rng.choice(_T["forms_hong_kong_en"]).format(number=number, floor=floor, flat=flat, **holes, **shout)
    if rng.random() < 0.3:
        text = "".join(rng.choice(_T["estates_hong_kong"])) + f"{floor}樓{floor}{rng.randrange(10, 40)}室"
    else:
        street = "".join(rng.choice(_T["hong_kong"]))
        text = f"{street}{number}號{rng.choice(_T['buildings_hong_kong'])}{floor}樓{flat}室"
    return text.translate(_TO_HANS) if script == "hans" else text
