"""Programs, configuration, and the line formats of calendars, cards, logs and directories."""

from __future__ import annotations

import base64
import json
import quopri
import re
from collections.abc import Callable

from proxy.cli.evasions.families.syntax import framed, halved
from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed

SYN = Family.SYNTAX
_JS, _PY, _C, _SH, _SQL = "text/javascript", "text/x-python", "text/x-c", "application/x-sh", "application/sql"
_YAML = "application/yaml"
_SOAP = (
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
    "<u:«key» xmlns:u='u'>«v»</u:«key»></s:Body></s:Envelope>"
)


def _listed(form: str, sign: Callable[[str], str], joint: str, content_type: str, pattern: str, base: int = 0) -> Place:
    """Source text that lists the characters one by one; `pattern` finds them again, as codes in `base` or as they
    are."""

    def send(secret: Secret) -> Request:
        listing = joint.join(map(sign, secret.value))
        return Request(form.replace("«key»", secret.key).replace("«list»", listing).encode(), content_type)

    def receive(request: Request) -> str:
        found = re.findall(pattern, request.text)
        return "".join(chr(int(code, base)) for code in found) if base else "".join(found)

    return Place(form.partition("«")[0].strip() or form[-12:].strip(), send, receive)


def _variables(name: str, form: str, content_type: str) -> Place:
    """Two variables, put together where they are used."""
    return Place(
        name,
        framed(name, content_type, form).send,
        lambda request: "".join(re.findall("[\"']([^\"']+)[\"']", request.text)[:2]),
    )


def _folded(form: str, fold: str) -> Place:
    return halved(f"folded, {form.partition(':')[0].strip()}", "text/calendar", form, fold)


def _vcard(secret: Secret) -> Request:
    coded = "".join(f"={byte:02X}" for byte in f"{secret.label} {secret.value}".encode())
    card = (
        f"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Chan\r\nNOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:{coded}\r\nEND:VCARD\r\n"
    )
    return Request(card.encode(), "text/vcard")


def _card_read(request: Request) -> str:
    return quopri.decodestring(request.text.partition("UTF-8:")[2].partition("\r\n")[0]).decode()


def _ldif(secret: Secret) -> Request:
    coded = base64.b64encode(f"{secret.label} {secret.value}".encode()).decode()
    return Request(f"dn: cn=chan,dc=example,dc=com\ndescription:: {coded}\n".encode(), "text/plain")


def _ldif_read(request: Request) -> str:
    return base64.b64decode(request.text.partition(":: ")[2]).decode()


def _properties(secret: Secret) -> Request:
    escaped = "".join(f"\\u{ord(sign):04x}" for sign in secret.value)
    return Request(f"# settings\n{secret.key}={escaped}\n".encode(), "text/x-java-properties")


def _properties_read(request: Request) -> str:
    return re.sub(r"\\u(....)", lambda match: chr(int(match[1], 16)), request.text)


def _bare(secret: Secret) -> Request:
    return Request(f'{{"{secret.key}": {secret.value}}}'.encode(), "application/json")


def _number(secret: Secret) -> bool:
    return secret.value.isdecimal()


def _exponent(secret: Secret) -> Request:
    return Request(
        f'{{"{secret.key}": {secret.value[0]}.{secret.value[1:]}e{len(secret.value) - 1}}}'.encode(), "application/json"
    )


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "comment in source text",
        SYN,
        "reads the source",
        [
            framed("//", _JS, "let a = 1; // «key» «v»\n"),
            framed("/* */", _C, "/* «label»: «v» */\nint main(void) { return 0; }\n"),
            framed("#", _PY, "import os\n# «key» = «v»\n"),
            framed('"""', _PY, 'def f():\n    """«label»: «v»"""\n'),
            framed("--", _SQL, "SELECT 1; -- «key» «v»\n"),
            framed("rem", "text/plain", "@echo off\r\nREM «key» «v»\r\n"),
        ],
    ),
    placed(
        "halves in SQL",
        SYN,
        "runs the statement",
        [
            halved("comment", _SQL, "INSERT INTO t («key») VALUES ('«v»');\n", "'/**/'"),
            halved("next line", _SQL, "INSERT INTO t («key») VALUES ('«v»');\n", "'\n'"),
        ],
    ),
    placed(
        "list of characters in source text",
        SYN,
        "runs or reads the program",
        [
            _listed("char «key»[] = {«list»};\n", lambda c: f"'{c}'", ", ", _C, "'(.)'"),
            _listed("byte[] «key» = {«list»};\n", lambda c: f"0x{ord(c):02x}", ",", "text/x-java", "0x(..)", 16),
            _listed("«key» = String.fromCharCode(«list»)\n", lambda c: str(ord(c)), ",", _JS, r"\b(\d{2,3})\b", 10),
            _listed("«key» = «list»\n", lambda c: f"chr({ord(c)})", "+", _PY, r"chr\((\d+)\)", 10),
            _listed("«key» := []byte{«list»}\n", lambda c: str(ord(c)), ", ", "text/x-go", r"\b(\d{2,3})\b", 10),
            _listed("«key» = ''.join([«list»])\n", lambda c: f'"{c}"', ", ", _PY, '"(.)"'),
        ],
    ),
    placed(
        "two variables",
        SYN,
        "runs the program",
        [
            _variables("shell", "A='«a»'\nB='«b»'\n«key»=$A$B\n", _SH),
            _variables("JavaScript", "const a = '«a»', b = '«b»';\nsend({«key»: a + b});\n", _JS),
            # what a word behind a call says of a number in it nobody reads, hidden or not: the word stands before
            Place(
                "format",
                framed("format", _PY, 'print("«key»=", "«a»", "«b»", sep="")\n').send,
                lambda request: "".join(re.findall("[\"']([^\"']+)[\"']", request.text)[1:3]),
            ),
        ],
    ),
    placed(
        "YAML",
        SYN,
        "a YAML parser",
        [
            framed("plain", _YAML, "a: 1\n«key»: «v»\n"),
            framed("block", _YAML, "«key»: |\n  «v»\n"),
            framed("anchor", _YAML, "base: &x '«v»'\nuser:\n  «key»: *x\n"),
            framed("comment", _YAML, "a: 1 # «key» «v»\n"),
            halved("folded quotes", _YAML, '«key»: "«v»"\n', "\\\n    "),
        ],
    ),
    placed(
        "INI, TOML, .env, properties",
        SYN,
        "reads the file",
        [
            framed("INI", "text/plain", "[user]\n«key» = «v»\n"),
            framed("TOML", "application/toml", '[user]\n«key» = "«v»"\n'),
            framed(".env", "text/plain", "A=1\nexport «key»='«v»'\n"),
            halved("continued", "text/plain", "«key»=«v»\n", "\\\n    "),
            Place("escapes", _properties, _properties_read),
        ],
    ),
    placed(
        "number without quotes",
        SYN,
        "a JSON parser",
        [
            Place("JSON", _bare, lambda request: request.text),
            Place(
                "exponent",
                _exponent,
                lambda request: re.sub(r"(\d)\.(\d+)e\d+", r"\1\2", request.text),
            ),
        ],
        _number,
    ),
    placed(
        "spreadsheet formulas in CSV",
        SYN,
        "opens it in a spreadsheet",
        [
            framed("as text", "text/csv", 'no,«key»\r\n1,"=""«v»"""\r\n'),
            framed("apostrophe", "text/csv", "no,«key»\r\n1,'«v»\r\n"),
            halved("joined", "text/csv", 'no,«key»\r\n1,"=""«v»"""\r\n', '""&""'),
            halved("tab separated", "text/tab-separated-values", "no\t«key»\r\n1\t«v»\r\n", "\u200b"),
        ],
    ),
    placed(
        "log lines",
        SYN,
        "reads the log",
        [
            framed(
                "access log",
                "text/plain",
                '10.0.0.1 - - [22/Nov/2026:10:00:00 +0800] "GET /?«key»=«v» HTTP/1.1" 200 5\n',
            ),
            framed("syslog", "text/plain", '<13>1 2026-11-22T10:00:00Z h app 1 - [x@1 «key»="«v»"] ok\n'),
            framed("key=value", "text/plain", "ts=1790000000 level=info «key»=«v» msg=ok\n"),
        ],
    ),
    placed(
        "calendar and card",
        SYN,
        "opens it in a calendar or address book",
        [
            _folded("BEGIN:VCALENDAR\r\nDESCRIPTION:«label» «v»\r\nEND:VCALENDAR\r\n", "\r\n "),
            _folded("BEGIN:VCARD\r\nNOTE:«key» «v»\r\nEND:VCARD\r\n", "\r\n\t"),
            framed("X- property", "text/calendar", "BEGIN:VEVENT\r\nX-«key»:«v»\r\nEND:VEVENT\r\n"),
            Place("quoted-printable", _vcard, _card_read),
        ],
    ),
    placed("LDIF", SYN, "imports it", [Place("base64 attribute", _ldif, _ldif_read)]),
    placed(
        "programs' messages",
        SYN,
        "reads the message",
        [
            framed("GraphQL argument", "application/json", '{"query":"mutation { add(«key»: \\"«v»\\") { id } }"}'),
            framed("GraphQL", "application/graphql", 'mutation { add(«key»: "«v»") { id } }'),
            framed("JSON-RPC", "application/json", '{"jsonrpc":"2.0","method":"add","params":["«key»","«v»"],"id":1}'),
            framed("SOAP", "text/xml", _SOAP),
            framed(
                "GeoJSON", "application/geo+json", '{"type":"Feature","geometry":null,"properties":{"«key»":"«v»"}}'
            ),
            framed("JSONP", _JS, '/**/cb({"«key»":"«v»"});'),
            Place(
                "JSON in JSON in JSON",
                lambda s: Request(
                    json.dumps({"a": json.dumps({"b": json.dumps({s.key: s.value})})}).encode(), "application/json"
                ),
                lambda r: json.loads(json.loads(json.loads(r.body)["a"])["b"]).popitem()[1],
            ),
        ],
    ),
)
