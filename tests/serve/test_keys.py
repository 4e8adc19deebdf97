import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from automl_tasks.serve import BadPackage
from automl_tasks.serve.keys import PUBLIC_KEY, SIGNING_KEY, check_signature, sign

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def pair():
    """Private and public key in PEM, as ``openssl genpkey -algorithm ed25519`` makes them."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode(), public.decode()


def test_without_a_key_nothing_is_signed_and_everything_passes():
    assert sign(b"content") is None
    check_signature(b"content", None, "here")


def test_a_secret_signs_and_verifies(monkeypatch):
    monkeypatch.setenv(SIGNING_KEY, SECRET)
    signature = sign(b"content")
    check_signature(b"content", signature, "here")
    for wrong in (sign(b"other"), "", "no hex", "00" * 32, None):
        with pytest.raises(BadPackage, match=r"^here (was altered|is not signed)"):
            check_signature(b"content", wrong, "here")


def test_a_key_can_be_in_a_file(monkeypatch, tmp_path):
    monkeypatch.setenv(SIGNING_KEY, SECRET)
    expected = sign(b"content")
    (tmp_path / "key").write_text(f"{SECRET}\n")
    monkeypatch.delenv(SIGNING_KEY)
    monkeypatch.setenv(f"{SIGNING_KEY}_FILE", str(tmp_path / "key"))
    assert sign(b"content") == expected


@pytest.mark.parametrize("content", [None, "", "short"])
def test_a_key_that_cannot_be_used_lets_nothing_pass(monkeypatch, tmp_path, content):
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(f"{SIGNING_KEY}_FILE", str(path))
    with pytest.raises(BadPackage, match=SIGNING_KEY):
        check_signature(b"content", "00", "here")


def test_consumers_with_the_public_key_verify_and_cannot_sign(monkeypatch, pair):
    private, public = pair
    monkeypatch.setenv(SIGNING_KEY, private)
    signature = sign(b"content")
    check_signature(b"content", signature, "here")
    monkeypatch.delenv(SIGNING_KEY)
    monkeypatch.setenv(PUBLIC_KEY, public)
    check_signature(b"content", signature, "here")
    assert sign(b"content") is None
    with pytest.raises(BadPackage, match="altered"):
        check_signature(b"other", signature, "here")


def test_the_public_key_is_no_secret_that_signs(monkeypatch, pair):
    """An attacker has the public key: a code made with it must not pass."""
    _, public = pair
    monkeypatch.setenv(SIGNING_KEY, SECRET)
    monkeypatch.setenv(PUBLIC_KEY, public)
    with pytest.raises(BadPackage, match="another key"):
        check_signature(b"content", sign(b"content"), "here")


def test_a_key_of_another_kind_is_named(monkeypatch):
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    monkeypatch.setenv(SIGNING_KEY, pem.decode())
    with pytest.raises(BadPackage, match="no Ed25519 key: openssl"):
        sign(b"content")
    monkeypatch.setenv(SIGNING_KEY, "-----BEGIN PRIVATE KEY-----\nrubbish")
    with pytest.raises(BadPackage, match="no readable private key"):
        sign(b"content")
