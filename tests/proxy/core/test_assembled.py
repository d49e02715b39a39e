"""What was put together is a text of its own, once, and says nothing of itself."""

from proxy.core.assembled import Value, nested_of


def test_a_part_of_another_value_is_none():
    several = [Value(b"440106199003072170", b"id"), Value(b"19900307", b"day"), Value(b"440106199003072170", b"again")]
    assert [inner.node.data for inner in nested_of(several, (), (), {})] == [b"440106199003072170"]


def test_so_many_values_are_put_together_and_no_more():
    several = [Value(b"%06d" % number, b"id") for number in range(100)]
    assert len(list(nested_of(several, (), (), {}))) == 8


def test_nothing_of_a_value_is_shown():
    value = Value(b"secret", b"name")
    assert "secret" not in repr(value)
