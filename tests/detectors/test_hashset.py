import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from detectors.hashset import SetError, seal, unseal

KEY = bytes(range(32))
ARRAYS = {"a": np.arange(5, dtype=np.uint32), "b": np.arange(3, dtype=np.uint64)}
SEALED = seal(KEY, "cells", "of a test", {"rows": 3}, ARRAYS)


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.sampled_from(["u1", "u2", "u4", "u8"]).flatmap(
            lambda kind: arrays_of.arrays(np.dtype(kind), st.integers(0, 9))
        ),
        max_size=4,
    ),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3),
    st.binary(min_size=1, max_size=64),
)
def test_what_is_sealed_is_unsealed(arrays, facts, key):
    found = unseal(key, "documents", seal(key, "documents", "of a test", facts, arrays))
    assert found.facts == facts
    assert found.arrays.keys() == arrays.keys()
    assert all(
        (found.arrays[name] == array).all() and found.arrays[name].dtype == array.dtype
        for name, array in arrays.items()
    )


def test_a_set_says_what_is_inside():
    first, header, _ = SEALED.split(b"\n", 2)
    assert first.startswith(b"EGRESS-SET 1 cells ")
    assert json.loads(header)["about"] == "of a test"


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed(at, by):
    changed = bytearray(SEALED)
    changed[at] ^= by
    with pytest.raises(SetError):
        unseal(KEY, "cells", bytes(changed))


@given(st.integers(0, len(SEALED) - 1))
def test_a_set_cut_short_is_noticed(size):
    with pytest.raises(SetError):
        unseal(KEY, "cells", SEALED[:size])


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(data):
    with pytest.raises(SetError, match="this is no set file"):
        unseal(KEY, "cells", data)


@pytest.mark.parametrize(("data", "words"), [
    (b"", "this is no set file"),
    (SEALED.replace(b"SET 1 ", b"SET 2 ", 1), "version 2, this program reads version 1"),
    (seal(KEY, "documents", "", {}, {}), "a set of documents where a set of cells is wanted"),
    (seal(KEY[::-1], "cells", "", {}, {}), "made with another key"),
    (SEALED[:-1], "cut short or changed"),
    (SEALED + b"x", "cut short or changed"),
])  # fmt: skip
def test_each_mistake_has_its_words(data, words):
    with pytest.raises(SetError, match=words):
        unseal(KEY, "cells", data)


@pytest.mark.parametrize("header", [b"[", b"{}", b"[" * 5000, b'{"facts": {}, "arrays": [["a", "u9", 1]]}',
                                    b'{"facts": {}, "arrays": [["a", "u4", 99]]}', b'{"facts": {}, "arrays": []}',
                                    b'{"facts": {}, "arrays": 7}', b'{"facts": {}, "arrays": [["a", "u4", -1]]}',
                                    b'{"facts": {}, "arrays": [["a", "u4", "x"]]}'])  # fmt: skip
def test_a_list_of_contents_that_lies_is_refused(header):
    import detectors.hashset as module

    first = SEALED.split(b"\n")[0] + b"\n"
    whole = first + header + b"\n" + bytes(7)
    with pytest.raises(SetError, match="its list of contents cannot be read"):
        unseal(KEY, "cells", whole + module._tag(KEY, whole))
