"""Where values stand: data carriers, from JSON to SQL, as applications write them.

A carrier takes rows of fields (the names are the same in every row) and gives content type and body."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape, quoteattr

from tests.corpus.values import Value


class Cell(NamedTuple):
    """A field: its name, what stands in it, and the value it is labelled with (None for a filler)."""

    name: str
    text: str
    value: Value | None = None


Rows = Sequence[Sequence[Cell]]
Carrier = Callable[[random.Random, Rows], tuple[str, str | bytes]]


def _dicts(rows: Rows) -> list[dict[str, str]]:
    return [{cell.name: cell.text for cell in row} for row in rows]


def _number(text: str) -> object:
    """Identifiers of digits alone are often numbers in JSON."""
    return int(text) if text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= 18 else text


def json_flat(_rng, rows):
    return "application/json", json.dumps(_dicts(rows)[0], ensure_ascii=False)


def json_escaped(_rng, rows):
    return "application/json; charset=utf-8", json.dumps({"code": 0, "data": _dicts(rows)[0]}, ensure_ascii=True)


def json_numbers(_rng, rows):
    return "application/json", json.dumps(
        {name: _number(text) for name, text in _dicts(rows)[0].items()}, ensure_ascii=False
    )


def json_nested(rng, rows):
    outer = rng.choice(("data", "result", "customer", "payload", "body"))
    whole = {"requestId": f"{rng.getrandbits(64):016x}", outer: {"page": 1, "list": _dicts(rows)}, "success": True}
    return "application/json", json.dumps(whole, ensure_ascii=False, indent=2)


def json_array(_rng, rows):
    return "application/json", json.dumps(_dicts(rows), ensure_ascii=False, separators=(",", ":"))


def ndjson(_rng, rows):
    return "application/x-ndjson", "\n".join(json.dumps(row, ensure_ascii=False) for row in _dicts(rows)) + "\n"


def json_pairs(rng, rows):
    """Form engines: the field's name is itself a value."""
    name, value = rng.choice(
        (("label", "value"), ("name", "value"), ("fieldName", "fieldValue"), ("key", "value"), ("title", "content"))
    )
    return "application/json", json.dumps(
        {"fields": [{name: c.name, value: c.text} for c in rows[0]]}, ensure_ascii=False
    )


def json_columns(_rng, rows):
    """Query results: columns once, then rows of values."""
    whole = {"columns": [c.name for c in rows[0]], "rows": [[c.text for c in row] for row in rows]}
    return "application/json", json.dumps(whole, ensure_ascii=False)


def json_in_json(_rng, rows):
    inner = json.dumps(_dicts(rows)[0], ensure_ascii=False)
    return "application/json", json.dumps({"method": "save", "bizContent": inner}, ensure_ascii=False)


def graphql(_rng, rows):
    whole = {
        "query": "mutation Save($input: CustomerInput!) { save(input: $input) { id } }",
        "variables": {"input": _dicts(rows)[0]},
    }
    return "application/json", json.dumps(whole, ensure_ascii=False)


def form(_rng, rows):
    return "application/x-www-form-urlencoded", urlencode(_dicts(rows)[0])


def form_indexed(_rng, rows):
    pairs = [
        (f"items[{i}].{c.name}" if i % 2 else f"items[{i}][{c.name}]", c.text)
        for i, row in enumerate(rows)
        for c in row
    ]
    return "application/x-www-form-urlencoded", urlencode(pairs)


def multipart(_rng, rows):
    edge = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{c.name}"\r\n\r\n{c.text}\r\n' for c in rows[0]]
    return f"multipart/form-data; boundary={edge}", "".join(parts) + f"--{edge}--\r\n"


def _table(rows: Rows, delimiter: str, *, quote_all: bool = False) -> str:
    out = io.StringIO()
    write = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    write.writerow([c.name for c in rows[0]])
    write.writerows([c.text for c in row] for row in rows)
    return out.getvalue()


def csv_table(_rng, rows):
    return "text/csv", _table(rows, ",")


def csv_quoted(_rng, rows):
    return "text/csv; charset=utf-8", "\ufeff" + _table(rows, ",", quote_all=True)


def csv_gb18030(_rng, rows):
    return "text/csv; charset=gb18030", _table(rows, ",").encode("gb18030")


def csv_semicolon(_rng, rows):
    return "text/csv", _table(rows, ";")


def csv_titled(rng, rows):
    """A spreadsheet's export with a title above the headings."""
    return "text/csv", rng.choice(("2026年1月明细表", "Monthly report 2026-01", "客户资料导出")) + "\n" + _table(
        rows, ","
    )


def csv_untyped(_rng, rows):
    return "text/plain", _table(rows, ",")


def tsv(_rng, rows):
    return "text/tab-separated-values", _table(rows, "\t")


def tsv_pasted(_rng, rows):
    """Cells pasted from a spreadsheet into a text field."""
    return "text/plain", _table(rows, "\t")


def csv_vertical(_rng, rows):
    """A form saved as a table: labels in the first column."""
    return "text/csv", "".join(
        f"{c.name},{c.text}\n" if "," not in c.text else f'{c.name},"{c.text}"\n' for c in rows[0]
    )


def _tag(name: str) -> str:
    kept = "".join(c for c in name.strip(". ").replace(" ", "_").replace("/", "_") if c.isalnum() or c in "_-.")
    return kept if kept and not kept[0].isdigit() and kept[0] not in "-." else f"f{kept}"


def xml_elements(_rng, rows):
    inner = "".join(
        "  <record>\n"
        + "".join(f"    <{_tag(c.name)}>{escape(c.text)}</{_tag(c.name)}>\n" for c in row)
        + "  </record>\n"
        for row in rows
    )
    return "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>\n<records>\n{inner}</records>\n'


def xml_attributes(_rng, rows):
    inner = "".join("<person " + " ".join(f"{_tag(c.name)}={quoteattr(c.text)}" for c in row) + "/>" for row in rows)
    return "text/xml", f"<list>{inner}</list>"


def xml_soap(_rng, rows):
    inner = "".join(f"<ns1:{_tag(c.name)}>{escape(c.text)}</ns1:{_tag(c.name)}>" for c in rows[0])
    start = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns1="urn:example:policy">'
    )
    return (
        "text/xml; charset=utf-8",
        f"{start}<soapenv:Body><ns1:save>{inner}</ns1:save></soapenv:Body></soapenv:Envelope>",
    )


def xml_pairs(_rng, rows):
    inner = "".join(f"<field name={quoteattr(c.name)}>{escape(c.text)}</field>" for c in rows[0])
    return "application/xml", f"<form>{inner}</form>"


def html_table(_rng, rows):
    head = "".join(f"<th>{escape(c.name)}</th>" for c in rows[0])
    body = "\n".join("<tr>" + "".join(f"<td>{escape(c.text)}</td>" for c in row) + "</tr>" for row in rows)
    return (
        "text/html",
        f"<html><body><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></body></html>",
    )


def html_rows(_rng, rows):
    body = "\n".join(f"<tr><td>{escape(c.name)}</td><td>{escape(c.text)}</td></tr>" for c in rows[0])
    return "text/html", f"<table>\n{body}\n</table>"


def html_inputs(_rng, rows):
    body = "\n".join(f'<input type="text" name={quoteattr(c.name)} value={quoteattr(c.text)}>' for c in rows[0])
    return "text/html; charset=utf-8", f"<form>\n{body}\n</form>"


def html_labels(_rng, rows):
    body = "\n".join(
        f'<div class="row"><span class="l">{escape(c.name)}：</span><span class="v">{escape(c.text)}</span></div>'
        for c in rows[0]
    )
    return "text/html", f"<div>\n{body}\n</div>"


def _sql(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def sql_insert(rng, rows):
    mark = rng.choice(("`", "", '"') if all(c.name.isidentifier() for c in rows[0]) else ("`", '"'))
    columns = ", ".join(f"{mark}{c.name}{mark}" for c in rows[0])
    values = ",\n  ".join("(" + ", ".join(_sql(c.text) for c in row) + ")" for row in rows)
    return "application/sql", f"INSERT INTO t_customer ({columns}) VALUES\n  {values};\n"


def sql_single(_rng, rows):
    columns = ",".join(c.name for c in rows[0])
    lines = [f"INSERT INTO T_CUST({columns}) VALUES ({','.join(_sql(c.text) for c in row)});" for row in rows]
    return "text/plain", "\n".join(lines) + "\n"


def sql_update(_rng, rows):
    sets = ", ".join(f"{c.name} = {_sql(c.text)}" for c in rows[0])
    return "text/plain", f"UPDATE customer SET {sets} WHERE seq = 42;\n"


def sql_where(_rng, rows):
    return (
        "text/plain",
        f"SELECT * FROM orders WHERE {' AND '.join(f'{c.name}={_sql(c.text)}' for c in rows[0])} LIMIT 10\n",
    )


def log_key_value(_rng, rows):
    opening = "2026-01-15 10:30:00 INFO [http-nio-8080-exec-3] c.e.s.UserService - save ok "
    return "text/plain", "".join(opening + " ".join(f"{c.name}={c.text}" for c in row) + "\n" for row in rows)


def log_quoted(_rng, rows):
    pairs = " ".join(f'{c.name}="{c.text}"' for c in rows[0])
    return "text/plain", f'time="2026-01-15T10:30:00Z" level=info msg="register" {pairs}\n'


def log_java(_rng, rows):
    pairs = ", ".join(f"{c.name}={c.text}" if "'" in c.text else f"{c.name}='{c.text}'" for c in rows[0])
    return "text/plain", f"10:30:00.123 [main] DEBUG com.example.Api - request: Customer{{{pairs}}}\n"


def log_json(_rng, rows):
    return (
        "text/plain",
        f"2026-01-15 10:30:00.123 INFO  -- callback body={json.dumps(_dicts(rows)[0], ensure_ascii=False)} cost=12ms\n",
    )


def yaml(_rng, rows):
    lines = ["customers:"]
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            text = json.dumps(cell.text, ensure_ascii=False) if number % 2 else cell.text
            lines.append(f"{'    ' if at else '  - '}{cell.name}: {text}")
    return "application/yaml", "\n".join(lines) + "\n"


def properties(_rng, rows):
    return "text/plain", "# contact\n" + "".join(f"{c.name}={c.text}\n" for c in rows[0])


def markdown(_rng, rows):
    head = "| " + " | ".join(c.name for c in rows[0]) + " |\n|" + " --- |" * len(rows[0]) + "\n"
    return "text/markdown", head + "".join("| " + " | ".join(c.text for c in row) + " |\n" for row in rows)


def columns_drawn(_rng, rows):
    """A database client's answer."""
    head = " | ".join(c.name for c in rows[0])
    return "text/plain", f"{head}\n{'-' * len(head)}\n" + "".join(
        " | ".join(c.text for c in row) + "\n" for row in rows
    )


def query(_rng, rows):
    """A request line in an access log."""
    pairs = "&".join(f"{quote(c.name)}={quote(c.text)}" for c in rows[0])
    return "text/plain", f'203.0.113.9 - - [15/Jan/2026:10:30:00 +0800] "GET /api/v1/check?{pairs} HTTP/1.1" 200 512\n'


KEY, PAPER = ("key",), ("hans", "hant", "en")


class Kind(NamedTuple):
    """A carrier: how its fields are named (by programs, or on paper in a script) and how many rows it holds."""

    write: Carrier
    names: tuple[str, ...]
    rows: int = 1


CARRIERS: dict[str, Kind] = {
    "json_flat": Kind(json_flat, KEY + PAPER),
    "json_escaped": Kind(json_escaped, KEY + PAPER),
    "json_numbers": Kind(json_numbers, KEY),
    "json_nested": Kind(json_nested, KEY + PAPER, rows=3),
    "json_array": Kind(json_array, KEY + PAPER, rows=3),
    "ndjson": Kind(ndjson, KEY, rows=3),
    "json_pairs": Kind(json_pairs, KEY + PAPER),
    "json_columns": Kind(json_columns, KEY + PAPER, rows=3),
    "json_in_json": Kind(json_in_json, KEY),
    "graphql": Kind(graphql, KEY),
    "form": Kind(form, KEY),
    "form_indexed": Kind(form_indexed, KEY, rows=3),
    "multipart": Kind(multipart, KEY),
    "csv": Kind(csv_table, KEY + PAPER, rows=3),
    "csv_quoted": Kind(csv_quoted, KEY + PAPER, rows=3),
    "csv_gb18030": Kind(csv_gb18030, PAPER, rows=3),
    "csv_semicolon": Kind(csv_semicolon, KEY + PAPER, rows=3),
    "csv_titled": Kind(csv_titled, PAPER, rows=3),
    "csv_untyped": Kind(csv_untyped, KEY + PAPER, rows=3),
    "tsv": Kind(tsv, KEY + PAPER, rows=3),
    "tsv_pasted": Kind(tsv_pasted, KEY + PAPER, rows=3),
    "csv_vertical": Kind(csv_vertical, PAPER),
    "xml_elements": Kind(xml_elements, KEY + PAPER, rows=3),
    "xml_attributes": Kind(xml_attributes, KEY, rows=3),
    "xml_soap": Kind(xml_soap, KEY),
    "xml_pairs": Kind(xml_pairs, KEY + PAPER),
    "html_table": Kind(html_table, KEY + PAPER, rows=3),
    "html_rows": Kind(html_rows, PAPER),
    "html_inputs": Kind(html_inputs, KEY),
    "html_labels": Kind(html_labels, PAPER),
    "sql_insert": Kind(sql_insert, KEY + PAPER, rows=3),
    "sql_single": Kind(sql_single, KEY, rows=3),
    "sql_update": Kind(sql_update, KEY),
    "sql_where": Kind(sql_where, KEY),
    "log_key_value": Kind(log_key_value, KEY, rows=3),
    "log_quoted": Kind(log_quoted, KEY),
    "log_java": Kind(log_java, KEY),
    "log_json": Kind(log_json, KEY),
    "yaml": Kind(yaml, KEY + PAPER, rows=3),
    "properties": Kind(properties, KEY),
    "markdown": Kind(markdown, KEY + PAPER, rows=3),
    "columns_drawn": Kind(columns_drawn, KEY + PAPER, rows=3),
    "query": Kind(query, KEY),
}
