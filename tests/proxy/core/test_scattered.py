"""Numbers in pieces over one message, through the real engine."""

import base64
import json
import random
import sqlite3
from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.api import Band
from tests.proxy.core.formats.archives.zipped import zipped
from tests.proxy.core.gate import HKID, LOGGING, MASKING, RIC, forwarded, inspected, message

JSON, FORM, TEXT, CSV = "application/json", "application/x-www-form-urlencoded", "text/plain", "text/csv"
CARD, MOBILE = "6222021234567894", "13800138000"
A, B, C = RIC[:6], RIC[6:12], RIC[12:]


def entities(sent):
    return {each.entity for each in inspected(LOGGING, sent).findings if each.band is not Band.LOW}


def form_data(**fields):
    body = "".join(f'--b1\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    return message(body + "--b1--\r\n", "multipart/form-data; boundary=b1")


def rows(*lines):
    return "\n".join(",".join(line) for line in lines)


@pytest.mark.parametrize(
    "sent",
    [
        form_data(a0=A, a1=B, a2=C),
        message(json.dumps({"tail": RIC[9:]}), JSON, ((b"X-Head", RIC[:9].encode()),)),
        message(f"a={RIC[9:]}", FORM, path=f"/t?a={RIC[:9]}".encode()),
        message(f"a={RIC[9:]}", FORM, path=f"/up/{RIC[:9]}".encode()),
        message(json.dumps({"a": RIC[9:]}), JSON, ((b"Cookie", f"sid=x; p={RIC[:9]}".encode()),)),
        message(
            "\n".join(json.dumps({"seq": n, "v": v}) for n, v in enumerate((A, B, C))) + "\n", "application/x-ndjson"
        ),
        message(json.dumps({"l": [{"n": 2, "v": C}, {"n": 0, "v": A}, {"n": 1, "v": B}]}), JSON),
        message(json.dumps({"2": C, "0": A, "1": B}), JSON),
        message(json.dumps([C, B, A]), JSON),
        message(
            rows("nab", ("1", RIC[:9], ""), ("2", "123456789", ""), ("1", "", RIC[9:]), ("2", "", "987654321")), CSV
        ),
        message(json.dumps({"r": A, "birthday": "1990-03-07", "t": RIC[14:]}), JSON),
        message(json.dumps({"m": [list(map(int, RIC[at : at + 5])) for at in range(0, 18, 5)]}), JSON),
        message("x\n" + "\n".join(f"{a} {b} 7" for a, b in zip(RIC, RIC[::-1], strict=True)), TEXT),
        message(json.dumps({"a": RIC[:6] + "******" + RIC[12:], "b": "******" + RIC[6:12] + "******"}), JSON),
        message(json.dumps({"p": [base64.b64encode(each.encode()).decode() for each in (A, B, C)]}), JSON),
        message(json.dumps({"a": A.encode().hex(), "b": B.encode().hex(), "c": C.encode().hex()}), JSON),
        message(json.dumps({"codes": [-ord(each) for each in RIC]}), JSON),
        message(json.dumps({"at": f"{RIC[:8]}-{RIC[8:12]}-{RIC[12:16]}-{RIC[16:]}ff-ffffffffffff"}), JSON),
        message(json.dumps({"price": f"{int(RIC):,}.00"}), JSON),
        message(path=f"/at/{RIC[:2]}.{RIC[2:]}/x".encode()),
    ],
    ids=[
        *(
            "parts",
            "header and body",
            "query and body",
            "path and body",
            "cookie and body",
            "lines",
            "counted",
            "numbered",
        ),
        *(
            "backwards",
            "halves apart",
            "date",
            "matrix",
            "downwards",
            "masks",
            "base64",
            "hex",
            "negated",
            "uuid",
            "price",
        ),
        "coordinate",
    ],
)
def test_a_resident_id_in_pieces_proves_itself(sent):
    assert "CN_RESIDENT_ID" in entities(sent)


@pytest.mark.parametrize(
    ("entity", "sent"),
    [
        ("CN_MOBILE", form_data(mobile0=MOBILE[:4], mobile1=MOBILE[4:8], mobile2=MOBILE[8:])),
        ("CN_MOBILE", message(json.dumps({"mobile_tail": MOBILE[6:]}), JSON, ((b"X-Head", MOBILE[:6].encode()),))),
        ("CN_MOBILE", message(f"{MOBILE} 是手机\n", TEXT)),
        ("CN_MOBILE", message(f"{MOBILE}\n手机\n", TEXT)),
        (
            "PAYMENT_CARD",
            message(rows("ab", ()).replace("a,b", "no,card_no_a,card_no_b") + f"1,{CARD[:8]},{CARD[8:]}\n", CSV),
        ),
        ("HK_ID", message("<r><hkid><p0>A123</p0><p1>456(</p1><p2>3)</p2></hkid></r>", "text/xml")),
        ("HK_ID", message("香港身份證\n" + "\n".join(f"{sign} {at}" for at, sign in enumerate(HKID)), TEXT)),
    ],
)
def test_any_other_number_in_pieces_counts_under_its_name(entity, sent):
    assert entity in entities(sent)


@pytest.mark.parametrize(
    "sent",
    [
        form_data(a=MOBILE[:4], b=MOBILE[4:8], c=MOBILE[8:]),
        form_data(width="1380", height="0138", depth="000"),
        message(json.dumps({"rows": [[6, 2, 2, 2], [0, 2, 1, 2], [3, 4, 5, 6], [7, 8, 9, 4]]}), JSON),
        message(json.dumps({"start": 1510107196, "end": 1101108684}), JSON),
        message("2024-03-07 10:11:12 took 1234 ms\n2024-03-08 10:11:12 took 2234 ms\n" * 20, TEXT),
        message(json.dumps([[440106, 19900300 + day, 1000 + day * 37] for day in range(1, 29)]), JSON),
        message(f"{MOBILE[:8]}\norders of the day\n", TEXT),
        message(json.dumps([{"phone": "138****5348"}, {"phone": "138****8898"}]), JSON),  # masked, each by itself
    ],
)
def test_numbers_that_only_stand_together_are_nobody(sent):
    assert not entities(sent) & {"CN_RESIDENT_ID", "CN_MOBILE", "PAYMENT_CARD", "HK_ID", "HK_PHONE"}


@pytest.mark.parametrize("seed", range(4))
def test_tables_of_random_numbers_hold_nobody(seed):
    rng = random.Random(seed)
    for size in (1, 3, 6, 8):
        table = [[rng.randrange(10**size) for _ in range(rng.randrange(2, 9))] for _ in range(60)]
        for sent in (
            message(json.dumps(table), JSON),
            message(json.dumps([list(map(str, row)) for row in table]), JSON),
            message("\n".join(",".join(map(str, row)) for row in [list("abcdefgh"), *table]), CSV),
        ):
            assert not entities(sent) & {"CN_RESIDENT_ID", "PAYMENT_CARD", "HK_ID"}


def test_a_big_table_of_numbers_is_read_in_its_time():
    rng = random.Random(1)
    body = "a,b,c\n" + "\n".join(
        f"{rng.randrange(10**6)},{rng.randrange(100)},{rng.random():.4f}" for _ in range(30_000)
    )
    verdict = inspected(LOGGING, message(body, CSV))
    assert not verdict.findings
    assert not verdict.uninspected


def test_pieces_in_one_text_are_masked_where_they_stand():
    body = f"x\n{A} and\n{B} and\n{C}\n"
    assert forwarded(message(body, TEXT)).body.decode() == f"x\n{A} and\n****** and\n**{C[2:]}\n"


def test_pieces_over_the_message_are_blocked():
    sent = message(f"a={RIC[9:]}", FORM, path=f"/t?a={RIC[:9]}".encode())
    verdict = inspected(MASKING, sent)
    assert verdict.action.name == "BLOCK"
    assert [each.part for each in verdict.findings] == ["body/form/joined"]


@settings(max_examples=60)
@given(st.data())
def test_a_resident_id_cut_anywhere_is_found(data):
    cuts = sorted({0, 18, *data.draw(st.lists(st.integers(1, 17), min_size=1, max_size=5))})
    cut = [RIC[a:b] for a, b in pairwise(cuts)]
    assert "CN_RESIDENT_ID" in entities(message(json.dumps({f"p{at}": each for at, each in enumerate(cut)}), JSON))
    assert "CN_RESIDENT_ID" in entities(form_data(**{f"p{at}": each for at, each in enumerate(cut)}))


@settings(max_examples=80)
@given(
    st.text(st.sampled_from('0123456789 .,"{}[]:=&<>/*-ABx\n一'), max_size=300),
    st.sampled_from((JSON, TEXT, CSV, FORM)),
)
def test_any_text_is_looked_at_without_an_error(text, content_type):
    inspected(MASKING, message(text, content_type))


def kinds(body):
    return {found.entity for found in inspected(LOGGING, message(body, JSON)).findings}


def test_runs_of_a_rich_text_are_one_text():
    runs = [{"insert": "mobile: "}, *({"insert": sign, "bold": True} for sign in MOBILE)]
    assert kinds(json.dumps({"ops": runs})) == {"CN_MOBILE"}
    assert kinds(json.dumps({"ops": [{"insert": "price: "}, *runs[1:]]})) == set()


def test_signs_with_their_places_are_sorted():
    order = sorted(range(11), key=lambda at: (at % 4, at))
    assert kinds(json.dumps({"mobile": [[at, MOBILE[at]] for at in order]})) == {"CN_MOBILE"}


@pytest.mark.parametrize(
    "files",
    [
        {"0.txt": b"mobile number", "1.txt": MOBILE[:4].encode(), "2.txt": MOBILE[4:8].encode(), "3.txt": b"000"},
        {f"mobile/{at}_{MOBILE[at * 4 : at * 4 + 4]}.txt": b"x" for at in range(3)},
        {"mobile_" + MOBILE + ".txt": b"x"},
    ],
    ids=["members_under_a_title", "names", "a_name_and_its_word"],
)
def test_members_of_an_archive_and_their_names_are_pieces(files):
    assert "CN_MOBILE" in entities(message(zipped(files), "application/zip"))
    assert not entities(message(zipped({k.replace("mobile", "plan"): v for k, v in list(files.items())[-3:]})))


def test_a_column_of_a_database_is_a_row_of_pieces():
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE t(i, mobile)")
        db.executemany("INSERT INTO t VALUES (?, ?)", enumerate(MOBILE))
        db.commit()
        assert "CN_MOBILE" in entities(message(db.serialize(), "application/vnd.sqlite3"))


def test_short_texts_of_a_document_of_many_parts_are_looked_at():
    nothing = b"nothing is to be said of this part, and no figure is in any of the many that there are"
    files = {f"part{at:03}.txt": nothing for at in range(90)}
    pieces = {f"slide{at}.txt": piece.encode() for at, piece in enumerate((A, B, C))}
    assert "CN_RESIDENT_ID" in entities(message(zipped(files | pieces), "application/zip"))
