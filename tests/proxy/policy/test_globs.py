import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.policy.globs import compile_globs, host_glob, normal_host, normal_path, path_glob, type_glob


def hosts(*globs: str):
    return compile_globs(map(host_glob, globs))


@pytest.mark.parametrize(
    ("globs", "fits", "fails"),
    [
        (["*.example.com"], ["a.example.com", "a.b.example.com"], ["example.com", "aexample.com", "a.example.com.cn"]),
        (["example.com"], ["example.com", "EXAMPLE.com", "example.com."], ["a.example.com", "examplexcom"]),
        (["*.Example.COM."], ["a.example.com"], ["example.com"]),
        (["*"], ["a", "10.0.0.1", ""], []),
        (["api-*.example.com"], ["api-1.example.com"], ["api.example.com"]),
        (["*.example.com", "!trusted.example.com"], ["a.example.com"], ["trusted.example.com", "TRUSTED.example.com."]),
        (["!trusted.example.com", "*.example.com"], ["a.example.com"], ["trusted.example.com"]),
        (["!*.example.com"], ["example.com", "b.org"], ["a.example.com"]),
        (["*.中国"], ["政府.中国", "a.xn--fiqs8s", "政府。中国"], ["中国", "a.cn"]),
        (["XN--FIQS8S"], ["中国"], ["中國"]),
        (["203.0.113.5"], ["203.0.113.5", "0xcb007105", "3405803781", "::ffff:203.0.113.5"], ["203.0.113.6"]),
        (["2001:DB8::1"], ["2001:db8:0:0::1", "[2001:db8::1]"], ["2001:db8::2"]),
        (["[2001:db8::1]"], ["2001:db8::1"], []),
        (["203.0.113.*"], ["203.0.113.77"], ["203.0.114.7"]),
        (["a.example", "b.example"], ["a.example", "b.example"], ["a.exampleb.example", "c.example"]),
    ],
)  # fmt: skip
def test_host_globs(globs, fits, fails):
    compiled = hosts(*globs)
    assert [host for host in fits if not compiled.match_some([normal_host(host)])] == []
    assert [host for host in fails if compiled.match_some([normal_host(host)])] == []


@pytest.mark.parametrize(
    ("glob", "why"),
    [
        ("", "1 to 1000"), ("!", "1 to 1000"), ("a" * 1001, "1 to 1000"), ("https://a.example", "no scheme"),
        ("a.example/x", "no path"), ("a.example:443", "no port"), ("a b", "no host name"), ("a..b", "no host name"),
        (".example.com", "no host name"), ("2001:db8::zz", "no IPv6"), ("*中.cn", "not both"),
        ("中" * 70, "no host name"), ("[a]", "no host name"),
    ],
)  # fmt: skip
def test_host_globs_that_can_fit_nothing_are_refused(glob, why):
    with pytest.raises(ValueError, match=why):
        host_glob(glob)


@pytest.mark.parametrize("host", ["2001:zz", "1.2.3.4.5", "999.1.1.1", "中" * 70 + ".cn", "0x", ""])
def test_what_is_no_host_stays_a_name(host):
    assert normal_host(host) == host


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/a/b?c=/../d", "/a/b"),
        (b"", "/"),
        (b"*", "*"),
        (b"/a#b", "/a"),
        (b"/%61dmin", "/admin"),
        (b"/x/%2e%2e/admin", "/admin"),
        (b"/x/../admin/", "/admin/"),
        (b"/x/..%2fadmin", "/admin"),
        (b"//admin", "/admin"),
        (b"/./admin/.", "/admin/"),
        (b"/../../admin", "/admin"),
        (b"/a/..", "/"),
        (b"/%252e%252e/a", "/%2e%2e/a"),
        ("/文件".encode(), "/文件"),
        (b"/%E6%96%87", "/文"),
        (b"/%ff%zz", "/\ufffd%zz"),
        (b"/.well-known/x", "/.well-known/x"),
    ],
)
def test_a_path_has_one_written_form(target, path):
    assert normal_path(target) == path


def test_path_globs():
    globs = compile_globs([path_glob("/api/*"), path_glob("!/api/public/*"), path_glob("/文件")])
    assert globs.match_some(["/api/v1/x"])
    assert globs.match_some(["/文件"])
    assert not globs.match_some(["/api/public/x"])
    assert not globs.match_some(["/API/v1"])
    assert path_glob("/%61") == "/a"
    for bad in ("api", "/a?b", "/a#b", "!"):
        with pytest.raises(ValueError, match=r"paths|path glob|characters"):
            path_glob(bad)


def test_type_globs():
    assert compile_globs([type_glob("Text/*")]).match_some(["text/csv"])
    assert compile_globs([type_glob("*")]).match_some([""])
    for bad in ("json", "text/csv; charset=x", "text/"):
        with pytest.raises(ValueError, match="content type"):
            type_glob(bad)


def test_in_doubt_a_rule_applies_and_an_exception_does_not():
    two_faced = ["good.example", "evil.example"]
    assert hosts("evil.example").match_some(two_faced)
    assert hosts("!good.example").match_some(two_faced)
    assert not hosts("good.example").match_every(two_faced)
    assert not hosts("!evil.example").match_every(two_faced)
    assert hosts("*.example").match_every(two_faced)
    assert not hosts("*").match_every([""])


@given(st.text("ab.*", max_size=8), st.text("ab.", max_size=12))
def test_globs_mean_what_fnmatch_means(glob, name):
    expected = re.match(fnmatch.translate(glob), name) is not None
    assert compile_globs([glob]).match_some([name]) is expected
    assert compile_globs([f"!{glob}"]).match_some([name]) is not expected


@given(st.binary(max_size=60))
def test_any_target_has_a_path(target):
    path = normal_path(b"/" + target)
    assert path.startswith("/")
    assert ".." not in path.split("/")


@given(st.text(max_size=40))
def test_any_host_has_a_form_that_is_its_own(host):
    assert normal_host(normal_host(host)) == normal_host(host)
