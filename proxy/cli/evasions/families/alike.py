"""A number over places that are alike, with other figures between its pieces; and spellings that anybody thinks of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from random import Random
from urllib.parse import parse_qsl, urlencode

from proxy.cli.evasions.carriers import BOUNDARY
from proxy.cli.evasions.families.documents import archive, member
from proxy.cli.evasions.families.letters import letter
from proxy.cli.evasions.families.splitting import pieces
from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import resident

_JSON, _SVG, _HTML, _TEXT, _XML = "application/json", "image/svg+xml", "text/html", "text/plain", "application/xml"
_ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_HAN, _ROMAN = "零一二三四五六七八九", "0ⅠⅡⅢⅣⅤⅥⅦⅧⅨ"
_KEYPAD = ["+", ".", *"ADGJMPTW"]
_DOCUMENT = "word/document.xml"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _body(name: str, kind: str, write: Callable[[str], str], pattern: str, *, order: bool = False) -> Place:
    """A text: `write` is given the number. Read by what a pattern finds of it: its last group, in the order that
    the one before it says, if there is an `order`."""

    def receive(request: Request) -> str:
        found = re.findall(pattern, request.text)
        return "".join(piece for _, piece in sorted(found, key=lambda each: int(each[0]))) if order else "".join(found)

    return Place(name, lambda secret: Request(write(secret.value).encode(), kind), receive)


def _shuffled(parts: Sequence[str]) -> str:
    """The parts in some order, the same each time."""
    mixed = list(parts)
    Random(len(mixed)).shuffle(mixed)  # noqa: S311 - any order will do
    return "\n".join(mixed)


def _each(form: str, count: int = 18) -> Callable[[str], list[str]]:
    """A form of words for each of so many pieces."""
    return lambda value: [form.format(at=at, far=9 * at, v=each) for at, each in enumerate(pieces(value, count))]


def _drawing(texts: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg">{texts}</svg>'


_DRAWN = '<text x="{far}" y="20">{v}</text>'
_TEXT_AT = r'<text x="(\d+)" y="20">(\d+)</text>'
_MEMBER = '<d i="{at}">{v}</d>'
_STYLED = '<b style="order:{at}">{v}</b>'


def _names(name: str, send: Callable[[list[str]], Request], read: Callable[[Request], list[str]]) -> Place:
    """Three pieces that are names."""
    return Place(name, lambda secret: send(pieces(secret.value, 3)), lambda request: "".join(read(request)))


def _file(value: str) -> str:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="{value}.txt"\r\n\r\nx\r\n'


def _aliases(cut: list[str]) -> Request:
    return Request(json.dumps({"query": f"{{ {' '.join(f'a{each}: name' for each in cut)} }}"}).encode(), _JSON)


def _document(name: str, form: str, pattern: str, count: int = 3) -> Place:
    """Pieces in what a document calls its things, or in its text."""

    def send(secret: Secret) -> Request:
        said = "".join(form.format(v=each) for each in pieces(secret.value, count))
        return Request(letter(f"<w:p>{said}<w:r><w:t>Minutes</w:t></w:r></w:p>"), _DOCX)

    return Place(name, send, lambda request: "".join(re.findall(pattern, member(request.body, _DOCUMENT))))


def _archived(cut: list[str]) -> Request:
    return Request(archive({f"{at}/{each}.txt": "x" for at, each in enumerate(cut)}), "application/zip")


def _listed(name: str, words: Sequence[str]) -> Place:
    return Place(
        name,
        lambda secret: Request(json.dumps([words[int(c)] for c in secret.value], ensure_ascii=False).encode(), _JSON),
        lambda request: "".join(str(words.index(each)) for each in json.loads(request.body)),
    )


def _written(name: str, between: str, words: Sequence[str]) -> Place:
    return Place(
        name,
        lambda secret: Request(between.join(words[int(c)] for c in secret.value).encode(), _TEXT),
        lambda request: "".join(
            str(words.index(each)) for each in (request.text.split(between) if between else request.text)
        ),
    )


def _turned(name: str, write: Callable[[str], str], read: Callable[[str], str]) -> Place:
    return Place(
        name,
        lambda secret: Request(json.dumps({"data": write(secret.value)}).encode(), _JSON),
        lambda request: read(json.loads(request.body)["data"]),
    )


def _backwards(value: str) -> str:
    return " ".join(each[::-1] for each in pieces(value.replace(" ", ""), 3))


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "texts of a drawing",
        Family.SPLITTING,
        "looks at the drawing",
        (
            _body("as they come", _SVG, lambda v: _drawing("\n".join(_each(_DRAWN)(v))), _TEXT_AT, order=True),
            _body("in any order", _SVG, lambda v: _drawing(_shuffled(_each(_DRAWN)(v))), _TEXT_AT, order=True),
            _body("three", _SVG, lambda v: _drawing(_shuffled(_each(_DRAWN, 3)(v))), _TEXT_AT, order=True),
        ),
        resident,
    ),
    placed(
        "elements with their numbers",
        Family.SPLITTING,
        "sorts them",
        (
            _body("XML", _XML, lambda v: f"<r>{_shuffled(_each(_MEMBER)(v))}</r>", r'i="(\d+)">(\d+)<', order=True),
            _body(
                "styles", _HTML, lambda v: f"<p>{_shuffled(_each(_STYLED)(v))}</p>", r"er:(\d+)\">(\d+)<", order=True
            ),
            _body("words", _TEXT, lambda v: "，".join(_each("第{at}位{v}")(v)), r"位(\d)"),
            _body("a dictionary", _TEXT, lambda v: f"x = {{{', '.join(_each('{at}: {v}')(v))}}}", r": (\d)"),
        ),
        resident,
    ),
    placed(
        "pieces for names",
        Family.SPLITTING,
        "joins the names",
        (
            _names(
                "keys",
                lambda cut: Request(json.dumps(dict.fromkeys(cut, 1)).encode(), _JSON),
                lambda got: [*json.loads(got.body)],
            ),
            _names(
                "query",
                lambda cut: Request(path=f"/t?{urlencode(dict.fromkeys(cut, 1))}".encode(), method="GET"),
                lambda got: [key for key, _ in parse_qsl(got.path.decode().partition("?")[2])],
            ),
            _names(
                "fields",
                lambda cut: Request(headers=tuple((b"X-" + each.encode(), b"1") for each in cut), method="GET"),
                lambda got: [key.decode()[2:] for key, _ in got.headers],
            ),
            _names(
                "cookies",
                lambda cut: Request(
                    headers=((b"Cookie", "; ".join(f"{each}=1" for each in cut).encode()),), method="GET"
                ),
                lambda got: re.findall(r"(\d+)=", got.header(b"cookie")),
            ),
            _names(
                "files",
                lambda cut: Request(
                    ("".join(map(_file, cut)) + f"--{BOUNDARY}--\r\n").encode(),
                    f"multipart/form-data; boundary={BOUNDARY}",
                ),
                lambda got: re.findall(r'filename="(\d+)', got.text),
            ),
            _names("aliases", _aliases, lambda got: re.findall(r"a(\d+):", got.text)),
            _names(
                "members",
                _archived,
                lambda got: re.findall(r"\d/(\d+)\.txt", got.body.partition(b"PK\1\2")[0].decode("latin-1")),
            ),
        ),
        resident,
    ),
    placed(
        "names in a document",
        Family.DOCUMENTS,
        "looks at the lists of bookmarks and styles",
        (
            _document("bookmarks", '<w:bookmarkStart w:id="1" w:name="b{v}"/>', r'w:name="b(\d+)"'),
            _document("controls", '<w:sdt><w:sdtPr><w:tag w:val="{v}"/></w:sdtPr></w:sdt>', r'g w:val="(\d+)"'),
        ),
        resident,
    ),
    placed(
        "figures that nobody sees",
        Family.DOCUMENTS,
        "reads what is shown",
        (
            _document(
                "hidden",
                "<w:r><w:t>{v}</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>9</w:t></w:r>",
                r"<w:r><w:t>(\d)</w:t>",
                18,
            ),
            _document(
                "white",
                '<w:r><w:t>{v}</w:t></w:r><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>9</w:t></w:r>',
                r"<w:r><w:t>(\d)</w:t>",
                18,
            ),
        ),
        resident,
    ),
    placed(
        "every figure apart again",
        Family.DIGITS,
        "takes one of two, or of three",
        (
            _turned("twice, apart", lambda value: "-".join(c * 2 for c in value), lambda text: text[::3]),
            _turned("three times", lambda value: "".join(c * 3 for c in value), lambda text: text[::3]),
        ),
        resident,
    ),
    placed(
        "numerals in a list",
        Family.DIGITS,
        "reads them one by one",
        (
            _listed("English", _ENGLISH),
            _listed("Chinese", _HAN),
            _written("lines", "\n", _HAN),
            _written("Roman", " ", _ROMAN),
        ),
        resident,
    ),
    placed(
        "keys of a telephone",
        Family.DIGITS,
        "types them",
        (_written("letters", "", _KEYPAD), _written("letters apart", " ", _KEYPAD)),
        resident,
    ),
    placed(
        "every other figure",
        Family.SPLITTING,
        "shuffles them together again",
        (
            _turned(
                "odd and even",
                lambda value: f"{value[::2]} {value[1::2]}",
                lambda text: "".join(a + b for a, b in zip(*text.split(), strict=True)),
            ),
            _turned(
                "odd and even, with a dash",
                lambda value: f"{value[::2]}-{value[1::2]}",
                lambda text: "".join(a + b for a, b in zip(*text.split("-"), strict=True)),
            ),
        ),
        resident,
    ),
    placed(
        "amid another number",
        Family.SPLITTING,
        "leaves every other figure out",
        (
            _turned("sevens", lambda value: "".join(c + "7" for c in value), lambda text: text[::2]),
            _turned("counted", lambda v: "".join(f"{c}{at % 10}" for at, c in enumerate(v)), lambda text: text[::2]),
        ),
        resident,
    ),
    placed(
        "pieces backwards",
        Family.SPLITTING,
        "turns each",
        (
            _turned("three", _backwards, lambda text: _backwards(text).replace(" ", "")),
            _turned(
                "three, with dashes",
                lambda v: _backwards(v).replace(" ", "-"),
                lambda t: "".join(each[::-1] for each in t.split("-")),
            ),
        ),
        resident,
    ),
)
