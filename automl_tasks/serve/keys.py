"""Signatures over the list of a folder's files, with a key from the environment.

Two kinds of key. A *secret* of 32 characters or more signs and verifies by HMAC-SHA256 and needs
the standard library only; but who can verify with it can sign, too. An *Ed25519* key pair in PEM
parts the two: `NIGHTSHIFT_SIGNING_KEY` stays where models are registered, consumers verify with
`NIGHTSHIFT_PUBLIC_KEY`. It needs the library ``cryptography``, which MLflow brings along.

The algorithm follows from the verifier's own key, never from what the folder claims.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path
from typing import Any

from automl_tasks.serve.errors import BadPackage

__all__ = ["PUBLIC_KEY", "SIGNING_KEY", "check_signature", "key_is_configured", "sign"]

SIGNING_KEY, PUBLIC_KEY = "NIGHTSHIFT_SIGNING_KEY", "NIGHTSHIFT_PUBLIC_KEY"
_SHORTEST = 32
_PEM = b"-----BEGIN"


def sign(content: bytes) -> str | None:
    """Signature of `content` as hex digits; None when no signing key is configured.

    Raises
    ------
    BadPackage
        When the configured key cannot be used.
    """
    key = _configured(SIGNING_KEY)
    if key is None:
        return None
    if key.startswith(_PEM):
        signature: bytes = _private(key).sign(content)
        return signature.hex()
    return _code(key, content).hex()


def check_signature(content: bytes, signature: str | None, where: str) -> None:
    """Refuse a wrong or absent signature where a key is configured; else accept everything.

    Parameters
    ----------
    signature
        Hex digits; None when there is none.
    where
        Names the folder in the message.

    Raises
    ------
    BadPackage
        When the signature does not belong to the content and the key.
    """
    key = _verifying_key()
    if key is None:
        return
    if signature is None:
        raise BadPackage(
            f"{where} is not signed, and a key is configured; register it again or do not use it"
        )
    try:
        given = bytes.fromhex(signature.strip())
    except ValueError:
        given = b""
    if not _belongs(key, content, given):
        raise BadPackage(f"{where} was altered, or signed with another key; do not use it")


def key_is_configured() -> bool:
    """Whether unsigned folders are to be refused."""
    return _verifying_key() is not None


def _verifying_key() -> bytes | None:
    return _configured(PUBLIC_KEY) or _configured(SIGNING_KEY)


def _configured(variable: str) -> bytes | None:
    """The key's text from the variable or the file that it names; empty means none."""
    text = os.environ.get(variable, "").strip().encode()
    file = os.environ.get(f"{variable}_FILE")
    if not text and file:
        try:
            text = Path(file).read_bytes().strip()
        except OSError as error:
            raise BadPackage(
                f"{variable}_FILE cannot be read ({error.strerror}), so nothing can be verified"
            ) from error
        if not text:
            raise BadPackage(f"the file of {variable}_FILE is empty, so nothing can be verified")
    if text and not text.startswith(_PEM) and len(text) < _SHORTEST:
        raise BadPackage(f"{variable} has less than {_SHORTEST} characters; make a longer secret")
    return text or None


def _belongs(key: bytes, content: bytes, signature: bytes) -> bool:
    if not key.startswith(_PEM):
        return hmac.compare_digest(_code(key, content), signature)
    from cryptography.exceptions import InvalidSignature

    try:
        _public(key).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _code(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()


def _private(key: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        loaded = load_pem_private_key(key, password=None)
    except (ValueError, TypeError) as error:
        raise BadPackage(f"{SIGNING_KEY} is no readable private key ({error})") from error
    if not isinstance(loaded, Ed25519PrivateKey):
        raise BadPackage(f"{SIGNING_KEY} is no Ed25519 key: openssl genpkey -algorithm ed25519")
    return loaded


def _public(key: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if b"PRIVATE" in key.splitlines()[0]:
        return _private(key).public_key()
    try:
        loaded = load_pem_public_key(key)
    except ValueError as error:
        raise BadPackage(f"{PUBLIC_KEY} is no readable public key ({error})") from error
    if not isinstance(loaded, Ed25519PublicKey):
        raise BadPackage(f"{PUBLIC_KEY} is no Ed25519 key")
    return loaded
