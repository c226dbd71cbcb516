"""Keys in tokens: SoftHSM where it is installed, and a library that answers as it is told for everything else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives import serialization
from pkcs11 import Attribute, KeyType, TokenFlag

from plugintool.errors import KeyUnavailableError, SigningError
from plugintool.sign.credentials import Credentials
from plugintool.sign.pkcs11_signer import SCHEME, open_token, parse_uri
from plugintool.sign.sign import sign_tree
from plugintool.verify import keys
from plugintool.verify.keys import PublicKey
from plugintool.verify.signature import verify_with
from tests import token_world
from tests import vector_forge as forge
from tests.signing_world import NOW, build_tree
from tests.token_world import KINDS, PIN, Token

MESSAGE = b"a message" * 1000
SOFTHSM = pytest.mark.foreign("softhsm2-util")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory, foreign: Callable[[str], str]) -> Iterator[Token]:
    """A token with one key of each kind, two of the same name, and one whose public half was thrown away."""
    made = token_world.make_token(tmp_path_factory.mktemp("token"), foreign("softhsm2-util"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(made.config))
        with token_world.opened(made) as session:
            for number, kind in enumerate(KINDS):
                token_world.generate(session, kind, number=number)
            for number in (20, 21):
                token_world.generate(session, "p256", label="twins", number=number)
            token_world.generate(session, "p256", label="alone", number=30)
            for public in session.get_objects(
                {Attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY, Attribute.LABEL: "alone"}
            ):
                public.destroy()
        yield made
        pkcs11.unload(made.library)


def ask(pin: str | None = PIN) -> Callable[[str], bytes | None]:
    return lambda _: None if pin is None else pin.encode()


def fail(uri: str, pin: str | None = PIN, public_key: PublicKey | None = None) -> KeyUnavailableError:
    with pytest.raises(KeyUnavailableError) as caught, open_token(parse_uri(uri), ask(pin), public_key):
        pass
    return caught.value


@SOFTHSM
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_signs(token: Token, kind: str) -> None:
    """The public half comes from the token, and each signature is checked with it."""
    with open_token(parse_uri(token.uri(kind)), ask()) as signer:
        assert signer.public_key.kind.value == kind
        assert verify_with(signer.public_key, signer.sign(MESSAGE), MESSAGE)
        assert signer.sign(b"") != signer.sign(MESSAGE)


@SOFTHSM
@pytest.mark.parametrize("kind", KINDS)
def test_tree_is_signed(token: Token, kind: str, tmp_path: Path) -> None:
    """As with any other signer; the same key again signs nothing new."""
    tree = build_tree(tmp_path)
    with open_token(parse_uri(token.uri(kind)), ask()) as signer:
        assert sign_tree(tree, Credentials(signer), now=NOW).is_new
        assert not sign_tree(tree, Credentials(signer), now=NOW).is_new


@SOFTHSM
def test_key_by_number(token: Token) -> None:
    """Of two keys of the same name the number tells which; the name alone is refused."""
    base = f"{SCHEME}object=twins{{}}?module-path={token.library}"
    found = set()
    for number in ("%14", "%15"):
        with open_token(parse_uri(base.format(f";id={number}")), ask()) as signer:
            found.add(signer.public_key.key_id)
    assert len(found) == 2
    error = fail(base.format(""))
    assert "2 private keys are meant" in error.message


@SOFTHSM
def test_token_that_does_not_tell_its_public_key(token: Token) -> None:
    """It can be told, and a wrong one is noticed at the first signature."""
    uri = token.uri("alone")
    assert "--public-key" in fail(uri).detail["hint"]
    wrong = forge.signer("p256").public_key
    with open_token(parse_uri(uri), ask(), wrong) as signer, pytest.raises(SigningError, match="the token gave"):
        signer.sign(MESSAGE)


@SOFTHSM
@pytest.mark.parametrize(
    ("change", "pin", "why", "word"),
    [
        (lambda token: token.uri("rsa"), "wrong-pin", "the PIN is wrong", "locks itself"),
        (lambda token: token.uri("rsa"), None, "asks for a PIN", "--passphrase-file"),
        (lambda token: token.uri("nothing"), PIN, "no such private key", "there are: alone"),
        (lambda token: token.uri("rsa", token="other"), PIN, "no such token", token_world.LABEL),
        (lambda token: token.uri("rsa").replace(token.library, "/nowhere.so"), PIN, "cannot be loaded", "module-path"),
        (lambda token: token.uri("rsa").replace(token.library, __file__), PIN, "cannot be loaded", "module-path"),
    ],
)
def test_what_is_missing_is_named(
    token: Token, change: Callable[[Token], str], pin: str | None, why: str, word: str
) -> None:
    """With the URI or library, what there is, and what to do."""
    error = fail(change(token), pin)
    assert why in error.message
    assert error.detail["path"]
    assert word in f"{error.detail.get('hint')} {error.detail.get('found')}"


@SOFTHSM
def test_session_ends_with_the_block(token: Token) -> None:
    """A token that stays logged in would sign for others."""
    uri = parse_uri(token.uri("p256"))
    with open_token(uri, ask()) as signer:
        pass
    with pytest.raises(SigningError, match="cannot be used"):
        signer.sign(MESSAGE)
    with open_token(uri, ask()) as again:
        assert again.sign(MESSAGE)


def test_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the line that installs it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "pkcs11"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    error = fail(f"{SCHEME}object=k?module-path=/hsm.so")
    assert error.detail["hint"] == "pip install 'plugintool[hsm]'"


class Key(dict[Any, Any]):
    """A private key of a library that is told what to do; its attributes by name, its kind, and its signatures."""

    def __init__(self, key_type: KeyType, sign: Callable[[bytes], bytes], **attributes: Any) -> None:
        super().__init__({Attribute[name]: value for name, value in attributes.items()})
        self.key_type, self._sign = key_type, sign
        self.id, self.label = b"\x01", "k"
        self.asked: list[tuple[bytes, Any]] = []

    def sign(self, data: bytes, *, mechanism: Any) -> bytes:
        self.asked.append((data, mechanism))
        return self._sign(data)


class Library:
    """A PKCS #11 library with one token; ``opened_with`` is what it was given as a PIN."""

    def __init__(self, key: Key, *, public: Any = None) -> None:
        self.key, self.public = key, public
        self.token = SimpleNamespace(label="box", flags=TokenFlag.TOKEN_INITIALIZED, open=self.open)
        self.opened_with: list[Any] = []
        self.problem: Exception | None = None

    def get_tokens(self, **wanted: Any) -> list[Any]:
        return [self.token]

    def open(self, *, user_pin: Any) -> Any:
        self.opened_with.append(user_pin)
        if self.problem:
            raise self.problem
        return SimpleNamespace(get_objects=self.find, close=lambda: None)

    def find(self, wanted: dict[Any, Any]) -> list[Any]:
        return [self.key if wanted[Attribute.CLASS] == pkcs11.ObjectClass.PRIVATE_KEY else self.public]


URI = f"{SCHEME}token=box;object=k?module-path=/hsm.so"


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    """An Ed25519 key whose public half is given raw, as some tokens do."""
    private = forge.private_key("ed25519-a")
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    made = Library(Key(KeyType.EC_EDWARDS, private.sign), public={Attribute.EC_POINT: raw})
    monkeypatch.setattr(pkcs11, "lib", lambda path: made)
    return made


def test_point_that_is_not_wrapped(library: Library) -> None:
    """The standard asks for an OCTET STRING around it; tokens differ."""
    with open_token(parse_uri(URI), ask(None)) as signer:
        assert signer.public_key == forge.signer("ed25519-a").public_key
        assert signer.sign(MESSAGE)
    assert library.opened_with == [None]


def test_token_with_a_pin_pad(library: Library) -> None:
    """It asks for its PIN itself."""
    library.token.flags |= TokenFlag.LOGIN_REQUIRED | TokenFlag.PROTECTED_AUTHENTICATION_PATH
    with open_token(parse_uri(URI), ask(None)):
        assert library.opened_with == [pkcs11.PROTECTED_AUTH]


@pytest.mark.parametrize(
    ("problem", "why", "hint"),
    [
        (pkcs11.exceptions.PinIncorrect(), "the PIN is wrong", "locks itself"),
        (pkcs11.exceptions.PinLocked(), "the PIN is locked", "security officer"),
        (pkcs11.exceptions.PinExpired(), "the PIN has expired", "security officer"),
        (pkcs11.exceptions.UserPinNotInitialized(), "has no PIN yet", "security officer"),
        (pkcs11.exceptions.TokenNotPresent(), "is not there", "plug it in"),
        (pkcs11.exceptions.DeviceError("0x30"), "it failed with DeviceError: 0x30", "administers"),
        (pkcs11.exceptions.GeneralError(), "it failed with GeneralError", "administers"),
    ],
)
def test_every_complaint_of_a_token_has_words(library: Library, problem: Exception, why: str, hint: str) -> None:
    """Never the name of an exception alone where we know what it means, and always what to do."""
    library.problem = problem
    error = fail(URI)
    assert why in error.message
    assert hint in error.detail["hint"]
    assert error.detail["path"] == URI


def test_token_that_fails_while_it_signs(library: Library) -> None:
    """Somebody took it away."""

    def gone(data: bytes) -> bytes:
        raise pkcs11.exceptions.DeviceRemoved

    library.key = Key(KeyType.EC_EDWARDS, gone)
    with open_token(parse_uri(URI), ask()) as signer, pytest.raises(SigningError, match="was taken away") as caught:
        signer.sign(MESSAGE)
    assert not isinstance(caught.value, KeyUnavailableError)


@pytest.mark.parametrize("value", [b"", b"\0" * 64, b"x"])
def test_token_that_signs_something_else(library: Library, value: bytes) -> None:
    """What a token gives is believed as little as anything else."""
    library.key = Key(KeyType.EC_EDWARDS, lambda data: value)
    with open_token(parse_uri(URI), ask()) as signer, pytest.raises(SigningError, match="the token gave"):
        signer.sign(MESSAGE)


def test_small_rsa_key_in_a_token(library: Library) -> None:
    """Keys are judged like those from files."""
    library.key = Key(KeyType.RSA, bytes, MODULUS=b"\xc5" * 128, PUBLIC_EXPONENT=b"\x01\x00\x01")
    error = fail(URI)
    assert "cannot be used" in error.message
    assert "1024 bits" in error.detail["found"]


def test_pin_that_is_no_text(library: Library) -> None:
    """Libraries take UTF-8 (PKCS #11 v3.1 §5.6)."""
    library.token.flags |= TokenFlag.LOGIN_REQUIRED
    with pytest.raises(KeyUnavailableError, match="no UTF-8"), open_token(parse_uri(URI), lambda _: b"\xff"):
        pass


def test_public_key_is_not_read_when_it_was_told(library: Library) -> None:
    """And it is the one that signatures are checked with."""
    told = keys.parse_der(forge.signer("ed25519-a").public_key.der, path="x")
    library.public = None
    with open_token(parse_uri(URI), ask(), told) as signer:
        assert signer.sign(MESSAGE)
