import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.formats.records import record_of
from tests.proxy.core.gate import RIC, found

PEOPLE = [
    '{"a":[{"id":"%s","x":{"y":1},"old":["1","%s"]},{"id":"%s"}]}',
    '{"id":"%s","n":["%s"]}\n{"id":"%s"}\n',
    "name,id,old\na,%s,%s\nb,%s,\n",
    "list:\n\nname\tid\told\na\t%s\t%s\nb\t%s\tx\n",
    "INSERT INTO t (id, old) VALUES ('%s', '%s'), ('%s', NULL);\n",
    "COPY t (id, old) FROM stdin;\n%s\t%s\n%s\t\\N\n\\.\n",
    "<r><p id='%s'><old>%s</old></p><p><id>%s</id></p></r>",
    "<table><tr><td>%s</td><td>%s</td></tr><tr><td>%s</td></tr></table>",
    "{\"sql\":\"INSERT INTO t (id, old) VALUES ('%s', '%s'), ('%s', NULL)\"}",
]


@pytest.mark.parametrize("body", PEOPLE)
def test_two_values_of_one_person_share_a_record_and_the_next_persons_does_not(body):
    first, second, third = (record_of(part) for _, part, text in found(body % (RIC, RIC, RIC)) if text == RIC)
    assert first == second != third


@pytest.mark.parametrize(
    ("part", "record"),
    [
        ("body/json:/users/3/phone", "body/json:/users/3"),
        ("body/json:/users/3/phones/0", "body/json:/users/3"),
        ("body/json:/users/3/tel/0/1", "body/json:/users/3"),
        ("body/json:/users/3", "body/json:"),
        ("body/json:/phone", "body/json:"),
        ("body/json:/a/b#key", "body/json:/a"),
        ("body/json:#key", "body/json:"),
        ("body/json:", "body/json:"),
        ("body/json", "body/json"),
        ("body/json:/q#users[2]/mobile", "body/json:/q#users[2]"),
        ("body/json:/q#12/3", "body/json:/q#12"),
        ("body/ndjson:12:/a/b", "body/ndjson:12:/a"),
        ("body/ndjson:12:/a", "body/ndjson:12:"),
        ("body/csv:2/a/b", "body/csv:2"),
        ("body/csv:2/x:y", "body/csv:2"),
        ("body/sql:users[2]/mobile", "body/sql:users[2]"),
        ("body/sql", "body/sql"),
        ("body/text", "body/text"),
        ("body/text:12/3", "body/text:12"),
        ("body/form:user[phone]", "body/form"),
        ("body/form:#name", "body/form"),
        ("body/xml:/a/b[2]/c", "body/xml:/a/b[2]"),
        ("body/html:/tr[2]/td/@title", "body/html:/tr[2]/td"),
        ("body/xml:/a/b#comment", "body/xml:/a"),
        ("body/multipart:mobile/text", "body/multipart"),
        ("body/multipart:file/csv:2/id", "body/multipart:file/csv:2"),
        ("body/multipart:a:b/json:/x/y", "body/multipart:a:b/json:/x"),
        ("body/multipart:file/headers", "body/multipart:file/headers"),
        ("body/binary", "body/binary"),
        ("body/msgpack:/users/3/phones/0", "body/msgpack:/users/3"),
        ("body/msgpack", "body/msgpack"),
        ("body/cbor:/a/cbor:/users/3/phone", "body/cbor:/a/cbor:/users/3"),
        ("body/bson:/phone", "body/bson:"),
        ("body/protobuf:/3[0]/2", "body/protobuf:/3[0]"),
        ("body/protobuf:/3[0]/5[1]", "body/protobuf:/3[0]"),
        ("body/protobuf:/2", "body/protobuf:"),
        ("body/protobuf:/3[0]/4{1}/2", "body/protobuf:/3[0]"),
        ("body/protobuf:/1{0}/2/3", "body/protobuf:"),
        ("body/protobuf:/1{0}/2/5/1{1}/2/3", "body/protobuf:/1{0}/2/5"),
        ("body/grpc:2/protobuf:/3[0]/2", "body/grpc:2/protobuf:/3[0]"),
        ("body/grpc:1/json:/a/b", "body/grpc:1/json:/a"),
        ("body/multipart:f/sqlite:customers[12]/mobile", "body/multipart:f/sqlite:customers[12]"),
        ("body/zip:a.zip!b.parquet/parquet:rows[3]/id", "body/zip:a.zip!b.parquet/parquet:rows[3]"),
        ("body/arrow:12/id", "body/arrow:12"),
        ("body/zip:a.zip!b.xlsx/Sheet1!AB12", "body/zip:a.zip!b.xlsx/Sheet1!12"),
        ("body/multipart:f/客户 表!B3#comment", "body/multipart:f/客户 表!3"),
        ("body/multipart:f/document/table[1]/row[3]/cell[2]", "body/multipart:f/document/table[1]/row[3]"),
        ("body/multipart:f/document/p[3]", "body/multipart:f/document/p[3]"),
        ("body/pdf:page[3]", "body/pdf:page[3]"),
        ("body/pdf:revision[-1]/page[3]/annotation[2]", "body/pdf:revision[-1]/page[3]"),
        ("body/pdf:object[7]", "body/pdf:object[7]"),
        ("body/multipart:f/image", "body/multipart:f/image"),
        ("body/image:line[3]", "body/image"),
        ("url:query:mobile", "url:query"),
        ("url:path", "url"),
        ("url:host", "url"),
        ("header:X-User", "header"),
        ("cookie:id", "cookie"),
        ("header#name", "header"),
    ],
)
def test_the_record_of_a_place(part, record):
    assert record_of(part) == record


@given(
    st.text(alphabet="ab/:#[]0~1@", max_size=40),
    st.sampled_from(["", "body/json:", "body/xml:", "body/sql:", "body/csv:", "body/protobuf:", "body/cbor:"]),
)
def test_a_record_is_a_beginning_of_its_places_name(path, front):
    assert (front + path).startswith(record_of(front + path))
