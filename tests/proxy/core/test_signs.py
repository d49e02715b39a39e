"""What a text shows at one look, and at a second one behind its escapes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import escapes
from proxy.core.signs import again, look
from tests.proxy.core.gate import RIC, entities

FILL = "The quick brown fox, quite plain.\n" * 150
PIECE = st.sampled_from(
    [
        "\\x34",
        "\\u0034",
        "&#52;",
        "%34%34%30",
        "4401",
        "06 ",
        "4-4-0-1-0-6-1-9",
        "aGVsbG8gd29ybGQgaGVsbG8",
        "\uff14",
        "1990",
        "\n",
    ]
)


@given(st.lists(st.lists(PIECE, min_size=1, max_size=12).map("".join), min_size=1, max_size=3), st.booleans())
def test_behind_escapes_of_a_long_text_nothing_is_missed(stretches, fields):
    text = FILL + FILL.join(stretches) + FILL
    before = look(text.encode(), fields=fields)
    views = escapes.read(text.encode(), before.escaped) if before is not None else []
    if not views:
        return
    whole, seen = look(views[-1].text, fields=fields), again(views[-1].text, before, views, fields=fields)
    if whole is None or not any(whole):
        return
    assert seen is not None
    assert (seen.singles, seen.rows) >= (whole.singles, whole.rows)
    assert set(seen.escaped) == set(whole.escaped)
    assert set(seen.coded) >= set(whole.coded)
    assert set(seen.spread) >= set(whole.spread)


@pytest.mark.parametrize("way", ["\\x34", "\\u0034", "&#52;"])
def test_values_in_codings_far_from_the_only_escape_are_found(way):
    hidden = base64.b64encode(RIC.encode()).decode()
    body = f"{FILL}{hidden}\n{FILL}{way}{RIC[1:]}\n{FILL}{hidden[::-1]}\n".encode()
    assert sorted(entities(body, "text/plain")) == ["CN_RESIDENT_ID"] * 3
