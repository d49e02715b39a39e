import pytest
from mitmproxy.exceptions import OptionsError

from proxy.edge.options import options


@pytest.fixture
def ours(tmp_path):
    return options(("127.0.0.1", 0), ["regular"], tmp_path, None)


def test_an_option_that_was_read_is_read_anew_when_it_has_changed(ours):
    assert ours.ssl_insecure is False
    assert ours.certs == []
    ours.update(ssl_insecure=True, listen_host="127.0.0.2")
    assert ours.ssl_insecure is True
    assert ours.listen_host == "127.0.0.2"
    ours.reset()
    assert ours.ssl_insecure is False


def test_an_option_that_is_taken_back_reads_as_before(ours):
    def refuse(updated):
        raise OptionsError("not that")

    assert ours.listen_port == 0
    ours.changed.connect(refuse)
    with pytest.raises(OptionsError):
        ours.update(listen_port=1)
    assert ours.listen_port == 0


def test_a_list_that_was_read_is_a_copy(ours):
    ours.mode.append("socks5")
    assert ours.mode == ["regular"]


def test_an_unknown_option_is_none(ours):
    with pytest.raises(AttributeError):
        _ = ours.nothing_of_the_kind


def test_a_mode_that_is_none_says_so(tmp_path):
    with pytest.raises(ValueError, match='mode "irregular"'):
        options(("127.0.0.1", 0), ["irregular"], tmp_path, None)
