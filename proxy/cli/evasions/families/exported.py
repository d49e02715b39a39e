"""Values as programs write them out: an export of a registry, a number of a program, a value with its type."""

from __future__ import annotations

import re
from collections.abc import Callable

from proxy.cli.evasions.model import Family, Place, Request, Secret, Technique, placed
from proxy.cli.evasions.ways import Codec, digits, spelled

_FLICKR = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_TELLING = 15
"""Signs of a value; a shorter one leaves no trace of what it is written in."""
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def _text(name: str, write: Callable[[Secret], str], read: Callable[[str], str]) -> Place:
    return Place(name, lambda secret: Request(write(secret).encode(), "text/plain"), lambda sent: read(sent.text))


def _in_base(name: str, letters: str) -> Codec:
    """Bytes as one whole number."""

    def encode(text: str) -> str:
        value, written = int.from_bytes(text.encode()), ""
        while value:
            value, digit = divmod(value, len(letters))
            written = letters[digit] + written
        return written

    def decode(text: str) -> str:
        value = 0
        for letter in text:
            value = value * len(letters) + letters.index(letter)
        return value.to_bytes((value.bit_length() + 7) // 8).decode()

    return Codec(name, encode, decode, str.isascii)


def _export(kind: str, charset: str) -> Place:
    def write(secret: Secret) -> str:
        pairs = [f"{byte:02x}" for byte in f"{secret.value}\0".encode(charset)]
        lines = [",".join(pairs[at : at + 20]) for at in range(0, len(pairs), 20)]
        head = "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\X]\r\n"
        return f'{head}"{secret.key}"={kind}:{",\\\r\n  ".join(lines)}\r\n'

    def read(text: str) -> str:
        return bytes.fromhex("".join(re.findall("[0-9a-f]{2}(?=[,\r])", text.partition(f"={kind}:")[2]))).decode(
            charset
        )

    return _text(kind, write, read)


def _literal(name: str, before: str, every: int, behind: str) -> Place:
    def write(secret: Secret) -> str:
        parts = [secret.value[at : at + every] for at in range(0, len(secret.value), every)]
        return f"{before.format(secret.key)}{'_'.join(parts)}{behind}\n"

    return _text(name, write, lambda text: text.rpartition(" ")[2].removesuffix(f"{behind}\n").replace("_", ""))


def _calls(name: str, one: str, joint: str) -> Place:
    """The code of each character, in hex or decimal; the last two signs of each that may be a code are one."""

    def write(secret: Secret) -> str:
        return f"{secret.key} = {joint.join(one.format(ord(sign)) for sign in secret.value)}\n"

    base = 16 if "x}" in one.lower() else 10
    found = re.compile(re.escape(one).replace(r"\{:x\}", "([0-9a-f]{2})").replace(r"\{:d\}", "([0-9]{2})"))
    return _text(name, write, lambda text: "".join(chr(int(code, base)) for code in found.findall(text)))


TECHNIQUES: tuple[Technique, ...] = (
    placed(
        "an export of the Windows registry",
        Family.SYNTAX,
        "imports it",
        [_export("hex(1)", "utf-16-le"), _export("hex", "ascii")],
    ),
    placed(
        "whole numbers of a program",
        Family.SYNTAX,
        "runs or reads the program",
        [
            _literal("Java", "long {} = ", 4, "L;"),
            _literal("JavaScript", "const {} = ", 3, "n;"),
            _literal("Rust", "let {}: u64 = ", 5, "u64;"),
        ],
        fits=digits,
    ),
    placed(
        "aliases of YAML in a list",
        Family.SYNTAX,
        "loads it",
        [
            _text(
                "two",
                lambda s: (
                    f"a: &p {s.value[: len(s.value) // 2]}\nb: &q {s.value[len(s.value) // 2 :]}\n{s.key}: [*p, *q]\n"
                ),
                lambda text: "".join(re.findall(r"&\w (.*)", text)),
            )
        ],
        fits=digits,
    ),
    placed(
        "a value with its type",
        Family.SYNTAX,
        "loads it",
        [
            _text(
                "tag of YAML",
                lambda s: f"{s.key}: !!str {s.value}\n",
                lambda text: text.partition("!!str ")[2].strip(),
            ),
            _text(
                "serialised by PHP",
                lambda s: f'a:1:{{s:{len(s.key)}:"{s.key}";s:{len(s.value)}:"{s.value}";}}',
                lambda text: text.split('"')[3],
            ),
        ],
    ),
    placed(
        "characters by their codes in a program",
        Family.SYNTAX,
        "runs or reads the program",
        [
            _calls("Basic", "Chr(&H{:x})", " & "),
            _calls("PowerShell", "[char]0x{:x}", ","),
            _calls("Pascal", "#{:d}", ""),
        ],
        fits=digits,
    ),
    spelled(
        "base58 in other alphabets and base36",
        Family.ENCODINGS,
        "knows the alphabet: of Flickr, of Ripple, of numbers in a program",
        [_in_base("Flickr", _FLICKR), _in_base("Ripple", _RIPPLE), _in_base("base36", _BASE36)],
        fits=lambda secret: secret.digits and len(secret.value) > _TELLING,
    ),
)
