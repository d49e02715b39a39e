"""Letters to bytes, and nonsense to nothing."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cli.evasions import bases
from proxy.core import alphabets

TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=["Cs"]), min_size=1, max_size=60
)
PAIRS = {
    "base58": (lambda text: bases.to_base(text, bases.BASE58), alphabets.number(alphabets.B58)),
    "base62": (lambda text: bases.to_base(text, bases.BASE62), alphabets.number(alphabets.B62)),
    "base45": (bases.to_base45, alphabets.base45),
    "base91": (bases.to_base91, alphabets.base91),
    "Crockford": (bases.to_base32, alphabets.base32(alphabets.CROCKFORD)),
    "z-base-32": (bases.to_zbase32, alphabets.base32(alphabets.ZOOKO)),
    "git": (lambda text: base64.b85encode(text.encode()).decode(), alphabets.base85),
    "Ascii85": (lambda text: base64.a85encode(text.encode()).decode(), alphabets.ascii85),
    "Adobe": (lambda text: base64.a85encode(text.encode(), adobe=True).decode(), alphabets.ascii85),
}


@pytest.mark.parametrize("name", PAIRS)
@given(text=TEXTS)
def test_what_is_written_in_an_alphabet_is_read(name, text):
    write, read = PAIRS[name]
    assert read(write(text).encode()) == text.encode()


@pytest.mark.parametrize("name", PAIRS)
@given(token=st.binary(max_size=40))
def test_nonsense_is_refused_without_harm(name, token):
    try:
        read = PAIRS[name][1](token)
    except (ValueError, LookupError):
        return
    assert read is None or isinstance(read, bytes)


@pytest.mark.parametrize("token", [b"48656c6c6f", b"SGVsbG8sIHlvdQ", b"SGVsbG8sIHlvdQ=="])
def test_octets_are_hex_or_base64(token):
    assert alphabets.octets(token).startswith(b"Hello")
