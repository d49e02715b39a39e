import json
import random
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from detectors.scan import Scanner
from proxy.cli import catalogue
from proxy.cli.catalogue import app
from proxy.cli.inputs import message
from proxy.cli.registers import load
from proxy.cli.scan import Observer
from proxy.core.engine import Engine
from proxy.policy.errors import PolicyError
from tests.detectors.texts import GRID, GRID_ELSEWHERE, NOTICE, PLANT, PLANT_ELSEWHERE

HEAD = "apiVersion: egress/v1\nkind: ImportantData\nmetadata: {name: r, revision: 1}\nkey: catalogue.key\nentries:\n"
ROWS = [("客户姓名", "手机", "城市"), ("欧阳小满", "13800138000", "广州"), ("CHAN Tai Man", "+852 9123 4567", "香港")]


def egress(*args):
    return CliRunner().invoke(app, [*map(str, args)], catch_exceptions=False)


def entry(id_, matcher, status="suspected"):
    return f"  - {{id: {id_}, sector: x, description: x, status: {status}, grade: core, matchers: [{matcher}]}}\n"


def pdf(pages):
    """The lines of pages as a PDF with a Chinese font by name (ISO 32000-1 §9.7.5.2, UniGB-UCS2-H), not embedded."""
    system = b"<< /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>"
    box = b"/FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 90"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /S /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /S /FontDescriptor 5 0 R /CIDSystemInfo %b >>" % system,
        b"<< /Type /FontDescriptor /FontName /S /Flags 6 %b >>" % box,
    ]
    kids = []
    for lines in pages:
        shown = b"".join(b"<%b> Tj T*\n" % line.encode("utf-16-be").hex().encode() for line in lines)
        drawn = b"BT /F 10 Tf 14 TL 50 780 Td\n%bET" % shown
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn))
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                       b"/Resources << /Font << /F 3 0 R >> >> >>" % len(objects))  # fmt: skip
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), b" ".join(kids))
    written, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 %d\n0000000000 65535 f \n%btrailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return written + tail % (len(objects) + 1, table, len(objects) + 1, len(written))


def typeset(text, width):
    """A text in lines broken anywhere, with a head and a number on each page."""
    lines = [line[at : at + width] for line in text.split("\n") for at in range(0, max(len(line), 1), width)]
    pages = [lines[at : at + 20] for at in range(0, len(lines), 20)]
    return [["南江能源 内部资料", *page, f"- {number} -"] for number, page in enumerate(pages, 1)]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "grid.txt").write_text(GRID)
    (tmp_path / "plant.html").write_text(f"<html><style>p {{}}</style><p>{PLANT}</p></html>")
    (tmp_path / "form.md").write_text(NOTICE)
    (tmp_path / "customers.csv").write_text("\n".join(map(",".join, ROWS)), encoding="gb18030")
    return tmp_path


@pytest.fixture
def registered(folder):
    assert egress("build", folder / "grid.txt", folder / "plant.html", "--kind", "document",
                  "--ignore", folder / "form.md", "--out", folder / "plans.fps").exit_code == 0  # fmt: skip
    assert egress("build", folder / "customers.csv", "--kind", "table", "--columns", "客户姓名, 手机",
                  "--out", folder / "customers.exact").exit_code == 0  # fmt: skip
    register = folder / "important-data.yaml"
    register.write_text(
        HEAD + entry("PLANS-1", "{files: {set: plans.fps}}") + entry("CRM-1", "{exact: {set: customers.exact}}")
    )
    return register


def inspect(register, body, content_type="text/plain"):
    engine = Engine(Scanner((), [load(register)]), Observer(), reveal=True)
    verdict = engine.inspect(message(body if isinstance(body, bytes) else body.encode(), content_type=content_type))
    assert not verdict.uninspected
    return verdict.findings


def details(register, body, content_type="text/plain"):
    return {finding.detail for finding in inspect(register, body, content_type)}


def shuffled(text):
    parts = text.split("\n\n")
    random.Random(2).shuffle(parts)
    return "\n\n".join(parts)


@pytest.mark.parametrize("document", [GRID, PLANT])
@pytest.mark.parametrize(("written", "content_type"), [
    (lambda text: text, "text/plain"),
    (lambda text: text[: len(text) // 2], "text/plain"),
    (lambda text: text[len(text) // 2 :].encode("gb18030"), "text/plain; charset=gb18030"),
    (shuffled, "text/plain"),
    (lambda text: json.dumps({"mail": text[100:]}), "application/json"),
    (lambda text: json.dumps({"lines": text.split("\n")}, ensure_ascii=False), "application/json"),
    (lambda text: "body=" + quote(text), "application/x-www-form-urlencoded"),
    (lambda text: f"<html>{''.join(f'<p>{part}</p>' for part in text.split(chr(10)))}</html>", "text/html"),
])  # fmt: skip
def test_a_registered_document_is_recognised_however_it_is_sent(registered, document, written, content_type):
    assert details(registered, written(document), content_type) == {"PLANS-1 suspected"}


@pytest.mark.parametrize(("document", "width"), [(GRID, 34), (PLANT, 61)])
def test_a_registered_document_is_recognised_from_the_text_of_its_pdf(registered, folder, document, width):
    from proxy.cli.sources import document as text_of

    path = folder / "print.pdf"
    path.write_bytes(pdf(typeset(document, width)))
    assert details(registered, text_of(path)) == {"PLANS-1 suspected"}


def test_a_document_registered_as_pdf_is_recognised_from_its_text(folder):
    (folder / "print.pdf").write_bytes(pdf(typeset(GRID, 34)))
    assert egress("build", folder / "print.pdf", "--kind", "document", "--out", folder / "a.fps").exit_code == 0
    register = folder / "r.yaml"
    register.write_text(HEAD + entry("A", "{files: {set: a.fps}}"))
    assert details(register, GRID[: len(GRID) // 2]) == {"A suspected"}


@pytest.mark.parametrize("text", [GRID_ELSEWHERE, PLANT_ELSEWHERE, NOTICE, GRID[:30]])
def test_another_document_on_the_same_topic_is_not_recognised(registered, text):
    assert details(registered, text) == set()


def test_rows_are_recognised_in_any_carrier_and_a_lone_cell_is_not(registered):
    body = json.dumps({"contact": {"name": "Chan, Tai-Man", "tel": "91234567"}})
    found = inspect(registered, body, "application/json")
    assert [(each.part, each.text) for each in found] == [
        ("body/json:/contact/name", "Chan, Tai-Man"), ("body/json:/contact/tel", "91234567"),
    ]  # fmt: skip
    assert details(registered, "a=1&n=欧阳小满&m=13800138000", "application/x-www-form-urlencoded") == {
        "CRM-1 suspected"
    }
    assert details(registered, "欧阳小满来自广州") == set()


def test_sets_and_key_are_for_their_owner_alone_and_hold_nothing_registered(registered):
    for name in ("plans.fps", "customers.exact", "catalogue.key"):
        path = registered.parent / name
        data = path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
        for encoding in ("utf-8", "gb18030", "utf-16-le"):
            assert not any(cell.encode(encoding) in data for row in ROWS for cell in row)
        assert not any(word in data for word in (b"customers", b"grid", b"plant", "客户".encode(), b"13800138000"))


def test_build_tells_what_it_made_on_stderr_alone(folder):
    result = egress("build", folder / "grid.txt", folder / "form.md", "--kind", "document",
                    "--ignore", folder / "form.md", "--out", folder / "a.fps")  # fmt: skip
    assert (result.exit_code, result.stdout) == (0, "")
    first, counts, weak = result.stderr.splitlines()
    assert first == f"made {folder / 'a.fps'} under {folder / 'catalogue.key'}"
    assert counts.startswith("2 documents, ")
    assert weak == f"{folder / 'form.md'}: too short to be recognised, 0 marks of the 8 it takes"
    again = egress(
        "build", folder / "customers.csv", "--kind", "table", "--columns", "手机,城市", "--out", folder / "t.exact"
    )
    assert again.stderr.splitlines()[1:] == [
        "2 rows, 4 cells; left out: 0 too short, 0 too long, 0 shared by more than 16 rows"
    ]


def test_sets_built_later_use_the_key_that_is_there(folder):
    key = folder / "other.key"
    for name in ("a.fps", "b.fps"):
        assert (
            egress("build", folder / "grid.txt", "--kind", "document", "--out", folder / name, "--key", key).exit_code
            == 0
        )
    assert len(key.read_bytes()) == 32
    assert (folder / "a.fps").read_bytes() == (folder / "b.fps").read_bytes()
    assert not (folder / "catalogue.key").exists()


@pytest.mark.parametrize(("args", "words"), [
    (("none.txt", "--kind", "document"), "none.txt: No such file or directory"),
    (("form.md", "--kind", "document", "--ignore", "form.md"), "form.md: too short to be recognised"),
    (("deep.zip", "--kind", "document"), "deep.zip: this is not text; give its text, or a PDF of it"),
    (("bad.pdf", "--kind", "document"), "bad.pdf: this PDF cannot be opened"),
    (("blank.pdf", "--kind", "document"), "blank.pdf: this PDF holds no text, only pictures"),
    (("customers.csv", "--kind", "table", "--columns", "客户姓名,手几"), '"手几" in the heading; expected one of'),
    (("customers.csv", "--kind", "table", "--columns", "手机"), "--columns names 2 to 64 different columns"),
    (("customers.csv", "--kind", "table"), "--columns names 2 to 64 different columns"),
    (("empty.csv", "--kind", "table", "--columns", "a,b"), "no cell of these columns tells a row from the others"),
    (("open.csv", "--kind", "table", "--columns", "a,b"), "this row is no CSV"),
    (("grid.txt", "--kind", "document", "--key", "form.md"), "form.md: a key is 32 bytes"),
    (("grid.txt", "--kind", "document", "--out", "no/such/a.fps"), "No such file or directory"),
])  # fmt: skip
def test_what_cannot_be_built_is_told_in_one_line(folder, monkeypatch, args, words):
    monkeypatch.chdir(folder)
    (folder / "deep.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4\nnothing")
    (folder / "blank.pdf").write_bytes(pdf([[]]))
    (folder / "empty.csv").write_text("a,b\n1,2\n")
    (folder / "open.csv").write_text("a,b\n" + '"' + "x" * 200_000)
    result = egress("build", *args, *(() if "--out" in args else ("--out", "out.set")))
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.startswith("egress catalogue: ")
    assert result.stderr.count("\n") == 1
    assert not (folder / "out.set").exists()


def test_a_register_with_its_sets_is_checked(registered):
    result = egress("check", registered)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{registered}: ok, 2 entries\n"


def test_sets_that_others_can_read_are_told(registered):
    (registered.parent / "plans.fps").chmod(0o644)
    result = egress("check", registered)
    assert result.exit_code == 0
    assert "plans.fps: others can read it" in result.stderr


@pytest.mark.parametrize(("break_it", "line"), [
    (lambda at: (at / "plans.fps").unlink(), "6:103: UNREADABLE plans.fps: No such file or directory"),
    (lambda at: (at / "plans.fps").write_bytes(b"{}"), "6:103: UNREADABLE plans.fps: this is no set file"),
    (lambda at: (at / "plans.fps").write_bytes((at / "plans.fps").read_bytes()[:-9]),
     "6:103: UNREADABLE plans.fps: cut short or changed"),
    (lambda at: (at / "plans.fps").write_bytes((at / "plans.fps").read_bytes().replace(b"SET 1", b"SET 7", 1)),
     "6:103: UNREADABLE plans.fps: a set file of version 7"),
    (lambda at: (at / "plans.fps").write_bytes((at / "customers.exact").read_bytes()),
     "6:103: UNREADABLE plans.fps: a set of cells where a set of documents is wanted"),
    (lambda at: (at / "catalogue.key").write_bytes(b"short"), "4:6: UNREADABLE catalogue.key: a key is 32 bytes"),
    (lambda at: (at / "catalogue.key").unlink(), "4:6: UNREADABLE catalogue.key: No such file or directory"),
])  # fmt: skip
def test_a_set_that_cannot_be_used_is_told_at_the_line_that_names_it(registered, break_it, line):
    break_it(registered.parent)
    result = egress("check", registered)
    assert result.exit_code == 2
    (told,) = result.stdout.splitlines()
    assert told.startswith(f"{registered}:{line}")
    with pytest.raises(PolicyError) as caught:
        load(registered)
    assert str(caught.value) == told


def test_another_key_breaks_every_set_at_its_own_line(registered):
    (registered.parent / "catalogue.key").write_bytes(bytes(32))
    told = egress("check", registered).stdout.splitlines()
    assert [line.split(":")[1] for line in told] == ["6", "7"]
    assert all("made with another key" in line for line in told)


def test_every_register_is_checked_and_stdin_and_the_shipped_one_too(registered, tmp_path):
    result = egress("check", tmp_path / "none.yaml", registered, catalogue.DEFAULT)
    assert result.exit_code == 2
    assert (
        result.stdout == f"{tmp_path / 'none.yaml'}:1:1: UNREADABLE No such file or directory; name a register file\n"
    )
    assert result.stderr.count(": ok, 2 entries") == 2
    assert CliRunner().invoke(app, ["check", "-"], input="[").stdout.startswith("-:1:2: SYNTAX")


def test_the_entries_are_shown(registered):
    result = egress("show", registered)
    assert result.exit_code == 0
    assert [line.split("\t") for line in result.stdout.splitlines()] == [
        ["PLANS-1", "suspected", "core", "x", "-", "files"], ["CRM-1", "suspected", "core", "x", "-", "exact"],
    ]  # fmt: skip
    assert egress("show", registered.parent / "none.yaml").exit_code == 2


def test_the_shipped_register_finds_nothing_in_ordinary_text():
    for text in (GRID, PLANT, NOTICE, "\n".join(f"22.{n:06d},114.{n:06d}" for n in range(100))):
        assert details(catalogue.DEFAULT, text) == set()
