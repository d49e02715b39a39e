"""Detached signatures of policy files: `NAME.yaml.sig` beside `NAME.yaml`, Ed25519 (RFC 8032) over its bytes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

SUFFIX = ".sig"
_SIZE = 64
_NO_KEY = "this is no Ed25519 public key; write what stands between the lines of its PEM file"


def public_key(text: str) -> Ed25519PublicKey:
    """A key as the lines between BEGIN and END PUBLIC KEY of its PEM file. Raises ValueError for any other text."""
    try:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except Exception:  # noqa: BLE001 - the library raises several kinds for bad input
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(_NO_KEY)  # noqa: TRY004 - the text is wrong, not its type
    return key


def signed(files: Sequence[tuple[str, bytes]], keys: Sequence[Ed25519PublicKey]) -> tuple[str, str]:
    """Who signed all of the files, and where nobody did, why not: one of the two is empty.

    ATTACK: an included file that nobody signed would change what the signed one means.
    """
    signers: set[str] = set()
    for path, text in files:
        place = Path(f"{path}{SUFFIX}")
        try:
            signature = _bytes(place)
        except OSError as e:
            return "", f"{place}: {e.strerror or 'cannot be read'}"
        signer = next((each for each in keys if _verifies(each, signature, text)), None)
        if signer is None:
            return "", f"{place}: is not a signature of {Path(path).name} by a key of policy_keys"
        signers.add(sha256(signer.public_bytes_raw()).hexdigest()[:16])
    return f"signed by {', '.join(sorted(signers))}", ""


def _bytes(place: Path) -> bytes:
    """A signature, raw or in base64."""
    with place.open("rb") as stream:
        data = stream.read(4096)
    if len(data) == _SIZE:
        return data
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _verifies(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True
