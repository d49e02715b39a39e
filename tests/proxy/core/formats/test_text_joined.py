import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.formats import text_joined
from proxy.core.formats.text_joined import joint
from proxy.core.message import Action, Cause
from tests.proxy.core.gate import (
    HKID,
    LOGGING,
    MASKING,
    MOBILE,
    RIC,
    RIC_MASK,
    causes,
    entities,
    forwarded,
    found,
    inspected,
    message,
)

A, B = RIC[:9], RIC[9:]
PLAIN, CSV = "text/plain", "text/csv"


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("x: 1\nvalue=%s\\\n    %s\n", PLAIN),
        ("set X=%s^\r\n%s\r\n", PLAIN),
        ("BEGIN:VCARD\r\nNOTE;X=y:see %s\r\n %s\r\nEND:VCARD\r\n", PLAIN),
        ("dn: cn=x\ndescription: %s\n %s\n", PLAIN),
        ("let s = '%s' + '%s';\n", PLAIN),
        ("let s = '%s'.concat('%s');\n", PLAIN),
        ('s.append("%s")\n    .append("%s");\n', PLAIN),
        ('$s = "%s" . "%s";\n', PLAIN),
        ("s := `%s` +\n\t`%s`\n", PLAIN),
        ("SELECT '%s' || '%s';\n", PLAIN),
        ("INSERT INTO t (x) VALUES ('%s'/**/'%s');\n", "application/sql"),
        ("VALUES ('%s'\n'%s')\n", PLAIN),
        ('no,x\r\n1,"=""%s""&""%s"""\r\n', CSV),
        ("see **%s****%s** here\n", PLAIN),
        ("see %s__**%s** here\n", PLAIN),
        ("\\textbf{%s}\\emph{%s}\n", PLAIN),
        ("x %s{}%s\n", PLAIN),
        ("x %s<wbr>%s\n", PLAIN),
        ("[b]%s[/b][i]%s[/i]\n", PLAIN),
    ],
)
def test_what_is_broken_is_masked_and_the_signs_stay(form, content_type):
    body = form % (A, B)
    new = forwarded(message(body, content_type)).body.decode()
    assert new == form % (RIC_MASK[:9], RIC_MASK[9:])


@pytest.mark.parametrize(
    "form",
    [
        "A='%s'\nB='%s'\nvalue=$A$B\n",
        "A=%s\nB=%s\necho ${A}${B}\n",
        "const a = '%s', b = '%s';\nsend(a + b);\n",
        "a := `%s`\nb := `%s`\nx := a + b\n",
        'a = "%s"\nb = "%s"\nx = f"{a}{b}"\n',
        'a = "%s"\nx = a + "%s"\n',
        "\\newcommand{\\a}{%s}\\def\\b{%s} \\a\\b\n",
        '#define A "%s"\n#define B "%s"\nchar *x = A B;\n',
        "a = '%s'\nb = '%s'\nx = concat(a, b)\n",
    ],
)
def test_names_stand_for_what_they_were_given(form):
    new = forwarded(message(form % (A, B), PLAIN)).body.decode()
    assert new == form % (RIC_MASK[:9], RIC_MASK[9:])


@pytest.mark.parametrize(
    "body",
    [
        f"base: &x '{MOBILE}'\nuser:\n  phone: *x\n",
        "phone: **138****0013****8000**\n",
        "电话：138\\\n  00138000\n",
        "N='1380013'\nM='8000'\nphone=$N$M\n",
    ],
)
def test_words_before_what_is_put_together_say_what_it_is(body):
    assert "CN_MOBILE" in entities(body, PLAIN)


def test_characters_by_calls_block():
    body = "x = " + "+".join(f"chr({ord(sign)})" for sign in HKID) + "\n"
    assert "HK_ID" in entities(body, PLAIN)
    verdict = inspected(MASKING, message(body, PLAIN))
    assert (verdict.action, causes(verdict)) == (Action.BLOCK, {Cause.REWRITE})


def test_listed_characters():
    body = "char x[] = {" + ", ".join(f"'{sign}'" for sign in RIC) + "};\n"
    assert entities(body, PLAIN) == ["CN_RESIDENT_ID"]
    assert "'4', '4', '0', '1', '0', '6', '*'" in forwarded(message(body, PLAIN)).body.decode()


@pytest.mark.parametrize(
    "body",
    [
        f"x = {A} + {B}\n",
        f"x = '{A}', '{B}x'\n",
        f'"{A}0","{B}"\r\n"{A}","{B}1"\r\n',
        f"a = '{A}'\nb = '{B}'\nprint(b + a)\n",
        f"a = '{A}'\nb = '{B}'\nuse(a)\nuse(b)\n",
        f"a{A}**x**{B}\n",
        "x ** 2 ** 3 {} 5\\\n 6 '7' + '8'\n",
    ],
)
def test_what_nobody_puts_together_stays_apart(body):
    made = joint(body.encode())
    assert made is None or RIC.encode() not in made.text
    # pieces that prove themselves are told apart by their place: nothing in the text joins them
    assert all(part.endswith("/joined") for _, part, _ in found(body, PLAIN))


def test_figures_that_no_value_has_side_by_side_join_nothing():
    # an operator of Python between two of them, as in any code; those of the lines around belong to others
    code = b"if sys.maxsize == (2**31-1) else 64\nlimits = (1024, 2048, 4096)\n"
    assert joint(code) is None


@pytest.mark.parametrize("text", ["4401 06**1990 0307 2170", "A12**3456(3)", "(86)138**0013-8000"])
def test_figures_that_may_be_one_value_are_joined(text):
    assert joint(text.encode()) is not None


@pytest.mark.parametrize("masked", ["440106********2170", "6222_______6995", "A12*******(3)"])
def test_what_was_masked_is_not_even_looked_at(masked):
    assert not text_joined.hinted(masked.encode())
    assert joint(masked.encode()) is None


LOOKS = st.sampled_from(["*", "**", "__", "~~", "``", "</b>", "[b]", "{}", "'" * 4, "\\,"])


@given(st.lists(LOOKS, min_size=1, max_size=5))
def test_whatever_joins_figures_is_seen_by_the_cheap_look(signs):
    source = f"{A}{''.join(signs)}{B}".encode()
    assert text_joined.hinted(source) or joint(source) is None


@pytest.mark.parametrize(
    "piece",
    ["1****", "'1' + ", "1\\\n1", "1'/**/'", "a='12' ", "$a", "a + ", "chr(52)+", "'1','", "1\n 1", "1{}", "1<b>"],
)
def test_signs_without_sense_take_linear_time(piece):
    body = "a='1234567'\n" + piece * (300_000 // len(piece))
    assert causes(inspected(LOGGING, message(body, PLAIN))) <= {Cause.OVERSIZE}


SIGNS = st.sampled_from(
    ["'", '"', " + ", "****", "\\\n", "\n ", "{}", "a='12'", "$a", "{a}", "b=", "1", "4401", ",", "chr(52)", "A"]
)


@settings(max_examples=150)
@given(st.lists(SIGNS, max_size=40), st.booleans())
def test_every_character_comes_from_where_it_says(pieces, cells):
    source = "".join(pieces).encode()
    found = joint(source, cells=cells)
    if found is None:
        return
    for at in range(len(found.text)):
        start, end = found.to_source(at, at + 1)
        assert 0 <= start <= end <= len(source)
        if not found.broken(at, at + 1) and found.text[at : at + 1] != b"\n":
            assert source[start:end] == found.text[at : at + 1]


@pytest.mark.parametrize(
    "cues",
    [
        "1\n00:00:01,000 --> 00:00:03,000\nmy HKID is A123\n\n2\n00:00:03,000 --> 00:00:05,000\n456(3), thank you\n",
        "WEBVTT\n\n00:01.000 --> 00:03.000\nmy HKID is A123\n\n00:03.000 --> 00:05.000\n<v Chan>456(3), thank you\n",
    ],
)
def test_what_is_said_goes_on_in_the_next_cue(cues):
    assert entities(cues, PLAIN) == ["HK_ID"]
    new = forwarded(message(cues, PLAIN)).body.decode()
    assert new == cues.replace("A123", "A***").replace("456(3)", "***(3)")


def test_lines_of_other_blocks_do_not_go_on():
    assert entities("1\n10:00 - 11:00\nmy HKID is A123\n\n2\n11:00 - 12:00\n456(3), thank you\n", PLAIN) == []
