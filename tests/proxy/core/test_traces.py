import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.api import EntityClass, Finding
from proxy.core import traces
from proxy.core.traces import group, path_template, safe_part, template_of


@pytest.mark.parametrize(
    ("path", "template"),
    [
        (b"/", "/"),
        (b"/api/v1/orders?id=440106199003072170", "/api/v1/orders"),
        (b"/users/1234/cards", "/users/{}/cards"),
        (b"/users/440106199003072170", "/users/{}"),
        (b"/u/li.ming@example.cn", "/u/{}"),
        (b"/u/%E9%99%88", "/u/{}"),
        (b"/o/9f86d081884c7d65", "/o/{}"),
        (b"/t/dGhpc2lzYXRva2VuZm9yeW91", "/t/{}"),
        (b"/f/A123456(3)", "/f/{}"),
        (b"/static/app.js", "/static/app.js"),
        (b"/a#440106199003072170", "/a"),
        (b"*", "{}"),
    ],
)
def test_a_path_is_reduced_to_its_words(path, template):
    assert path_template(path) == template


def test_a_path_in_which_something_was_found_says_nothing():
    finding = Finding("EMAIL_ADDRESS", EntityClass.CONTACT, 0.9, "url:path", 0, 1, 0)
    assert template_of(b"/a/b", (finding,)) == "/{}"


@given(st.binary(max_size=300))
def test_no_long_number_survives_in_a_path(path):
    assert "440106199003072170" not in path_template(path + b"/440106199003072170")


@pytest.mark.parametrize(
    ("part", "safe"),
    [
        ("body/json:/data/3/idCard", "body/json:/data/*/idCard"),
        ("body/json:/身份证号", "body/json:/身份证号"),
        ("body/json:/440106199003072170/x", "body/json:/*/x"),
        ("body/json:/４４０１０６１９９０", "body/json:/*"),
        ("body/multipart:file/zip:a.zip!b.xlsx/Sheet1!B3", "body/multipart:file/zip:a.zip!b.xlsx/Sheet1!B3"),
        ("header:X-User", "header:X-User"),
        ("body/json:/a\nb", "body/json:/{}"),
        ("url:query:" + "n" * 41, "url:query:{}"),
    ],
)
def test_a_part_names_the_place_and_never_a_value(part, safe):
    assert safe_part(part) == safe


def test_findings_are_grouped_by_entity_and_place():
    findings = [Finding("HK_ID", EntityClass.GOVERNMENT_ID, s, f"body/json:/{i}/id", 0, 1, i % 3) for i, s in
                enumerate((0.6, 0.9, 0.4, 0.4))]  # fmt: skip
    (only,) = group(findings)
    assert (only.part, only.count, only.distinct, only.band.value) == ("body/json:/*/id", 4, 3, "high")


@pytest.mark.parametrize(
    ("told", "remembered", "long"),
    [(path_template, traces._path_template, b"/a" * 5000), (safe_part, traces._safe_part, "/a" * 5000)],
    ids=["path", "part"],
)
def test_of_what_is_long_only_the_beginning_is_remembered(told, remembered, long):
    told(long)
    before = remembered.cache_info()
    told(long * 2)
    after = remembered.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)


def test_the_rows_of_a_table_are_remembered_as_one():
    traces._safe_part.cache_clear()
    assert {safe_part(f"body/zip:a.zip!b.csv/csv:{row}/id") for row in range(1000)} == {"body/zip:a.zip!b.csv/csv:*/id"}
    assert traces._safe_part.cache_info().misses == 1
    assert safe_part("body/json:/7/0/a7") == "body/json:/*/*/a7"
