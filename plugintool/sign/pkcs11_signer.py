"""A signer whose key is in a hardware security module, named by a PKCS #11 URI (RFC 7512).

::

    pkcs11:token=release;object=acme?module-path=/usr/lib/softhsm/libsofthsm2.so

``token`` or ``serial`` names the token, ``object`` or ``id`` (in %xx) the key in it, ``module-path`` the library of the
module. Every attribute that stands there is looked at, so one that is not known is refused. The PIN comes from where
passphrases come from; a PIN in the URI (``pin-value``) is refused, since other processes see it. The token never gets
more than a digest, but for Ed25519 and RSA, whose mechanisms hash by themselves.

Needs the extra ``hsm``: ``pip install 'plugintool[hsm]'``.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import unquote, unquote_to_bytes

from plugintool.envelope import der
from plugintool.errors import ConfigError, KeyUnavailableError, MalformedFileError, SigningError
from plugintool.sign.signature_value import take_value
from plugintool.verify import keys
from plugintool.verify.keys import PublicKey

SCHEME: Final = "pkcs11:"
AskPin: TypeAlias = Callable[[str], "bytes | None"]
"""Gets the name of a token and returns its PIN, None when there is none to get."""

_KNOWN: Final = frozenset({"token", "serial", "object", "id", "type"})
_KNOWN_QUERY: Final = frozenset({"module-path"})
_PINS: Final = frozenset({"pin-value", "pin-source"})
_RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
_EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
_ED25519: Final = "1.3.101.112"
_NAMES_SHOWN = 8

_ASK_ADMIN = "ask whoever administers the token"
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "PinIncorrect": ("the PIN is wrong", "a token locks itself after a few wrong ones"),
    "PinInvalid": ("the PIN is wrong", "a token locks itself after a few wrong ones"),
    "PinLenRange": ("the PIN has a length that the token never accepts", "check the file or what was typed"),
    "PinLocked": ("the PIN is locked", "the security officer of the token sets a new one"),
    "PinExpired": ("the PIN has expired", "the security officer of the token sets a new one"),
    "UserPinNotInitialized": ("the token has no PIN yet", "the security officer of the token sets one"),
    "MechanismInvalid": ("the token cannot sign in the way this kind of key needs", _ASK_ADMIN),
    "KeyFunctionNotPermitted": ("the key may not sign", _ASK_ADMIN),
    "TokenNotPresent": ("the token is not there", "plug it in"),
    "DeviceRemoved": ("the token was taken away", "plug it in and sign again"),
}
"""What the names of exceptions of ``pkcs11`` mean, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUri:
    """What a URI says: which token, which key, whose library; None where it says nothing."""

    text: str
    token: str | None
    serial: bytes | None
    label: str | None
    key_id: bytes | None
    module: str


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Signs with a key that never leaves its token; ``public_key`` is what each signature is checked with."""

    uri: KeyUri
    key: Any
    public_key: PublicKey

    def sign(self, message: bytes) -> bytes:
        """Return the signature over ``message``.

        Raises:
            SigningError: the token refuses, or what it gave is wrong.
        """
        from pkcs11 import KeyType, Mechanism  # noqa: PLC0415 - an extra

        mechanisms = {KeyType.RSA: Mechanism.SHA256_RSA_PKCS, KeyType.EC: Mechanism.ECDSA}
        mechanism = mechanisms.get(self.key.key_type, Mechanism.EDDSA)
        data = hashlib.sha256(message).digest() if mechanism is Mechanism.ECDSA else message
        with _token_errors(self.uri, SigningError):
            value = self.key.sign(data, mechanism=mechanism)
        return take_value(value, message, self.public_key, source="the token")


def parse_uri(text: str) -> KeyUri:
    """Read a URI.

    Raises:
        ConfigError: it is none, names no key or no library, has an unknown attribute, or holds a PIN.
    """
    path, _, query = text.removeprefix(SCHEME).partition("?")
    attributes, options = _pairs(path, ";", text), _pairs(query, "&", text)
    if _PINS & {*attributes, *options}:
        raise _bad("the PIN does not belong into the URI, which other processes see", text, "--passphrase-file")
    unknown = sorted((attributes.keys() - _KNOWN) | (options.keys() - _KNOWN_QUERY))
    if unknown:
        raise _bad(f"{unknown[0]} is not known here", text, ", ".join([*sorted(_KNOWN), *_KNOWN_QUERY]))
    if not attributes.keys() & {"object", "id"}:
        raise _bad("it names no key", text, "object=LABEL or id=%01")
    if attributes.get("type", "private") != "private":
        raise _bad("it names something else than a private key", text, "type=private, or nothing")
    if not options.get("module-path"):
        raise _bad("it names no PKCS #11 library", text, "?module-path=/path/to/library.so")
    return KeyUri(
        text=text,
        token=_decode(attributes.get("token"), text),
        serial=unquote_to_bytes(attributes["serial"]) if "serial" in attributes else None,
        label=_decode(attributes.get("object"), text),
        key_id=unquote_to_bytes(attributes["id"]) if "id" in attributes else None,
        module=_decode(options["module-path"], text) or "",
    )


@contextlib.contextmanager
def open_token(uri: KeyUri, ask_pin: AskPin, public_key: PublicKey | None = None) -> Iterator[TokenSigner]:
    """Log in to the token and give a signer, which works until the end of the block.

    Args:
        uri: which key.
        ask_pin: is asked when the token wants a PIN.
        public_key: the public half, for tokens that hold the private one only; read from the token when None.

    Raises:
        KeyUnavailableError: no library, token, PIN or key, or one that is not accepted; it says which and what to do.
    """
    with _token_errors(uri, KeyUnavailableError):
        token = _find_token(uri)
        session = token.open(user_pin=_pin_for(token, uri, ask_pin))
    with contextlib.closing(session):
        with _token_errors(uri, KeyUnavailableError):
            private = _find_key(session, uri)
            found = public_key or keys.parse_der(_read_public(session, private, uri), path=uri.text)
        yield TokenSigner(uri, private, found)


@contextlib.contextmanager
def _token_errors(uri: KeyUri, kind: type[SigningError]) -> Iterator[None]:
    """Turn what the library raises into an error that names token and key."""
    from_library = _library_error()
    try:
        yield
    except from_library as error:
        name = type(error).__name__
        reason, hint = _REASONS.get(name, (f"it failed with {name}: {error}".removesuffix(": "), _ASK_ADMIN))
        raise kind(f"the token cannot be used: {reason}", path=uri.text, hint=hint) from error
    except MalformedFileError as error:
        raise kind(f"the key in the token cannot be used: {error.message}", **error.detail) from error


def _library_error() -> type[Exception]:
    try:
        from pkcs11.exceptions import PKCS11Error  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise KeyUnavailableError(
            "keys in tokens need the package python-pkcs11, which is not installed",
            found=str(error),
            hint="pip install 'plugintool[hsm]'",
        ) from error
    found: type[Exception] = PKCS11Error
    return found


def _find_token(uri: KeyUri) -> Any:
    import pkcs11  # noqa: PLC0415 - an extra

    try:
        library = pkcs11.lib(uri.module)
    except pkcs11.PKCS11Error as error:
        raise KeyUnavailableError(
            f"the PKCS #11 library cannot be loaded: {error}",
            path=uri.module,
            hint="module-path in the URI names the library that came with the token",
        ) from error
    tokens = _initialized(library.get_tokens(token_label=uri.token, token_serial=uri.serial))
    if len(tokens) != 1:
        known = [token.label for token in _initialized(library.get_tokens())]
        raise _not_one("token", len(tokens), uri, known, "token=LABEL or serial=NUMBER")
    return tokens[0]


def _initialized(tokens: Iterable[Any]) -> list[Any]:
    """Return the tokens that can hold keys: modules show an empty place as one too."""
    from pkcs11 import TokenFlag  # noqa: PLC0415 - an extra

    return [token for token in tokens if token.flags & TokenFlag.TOKEN_INITIALIZED]


def _pin_for(token: Any, uri: KeyUri, ask_pin: AskPin) -> Any:
    import pkcs11  # noqa: PLC0415 - an extra

    if not token.flags & pkcs11.TokenFlag.LOGIN_REQUIRED:
        return None
    if token.flags & pkcs11.TokenFlag.PROTECTED_AUTHENTICATION_PATH:
        return pkcs11.PROTECTED_AUTH
    pin = ask_pin(f"the token {token.label}")
    if pin is None:
        raise KeyUnavailableError(
            "the token asks for a PIN and there is none",
            path=uri.text,
            hint="pass --passphrase-file or --passphrase-fd, or run this on a terminal",
        )
    try:
        return pin.decode()
    except UnicodeDecodeError as error:
        raise KeyUnavailableError("the PIN is no UTF-8 text", path=uri.text) from error


def _find_key(session: Any, uri: KeyUri) -> Any:
    from pkcs11 import Attribute, ObjectClass  # noqa: PLC0415 - an extra

    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: uri.label, Attribute.ID: uri.key_id}
    found = _objects(session, wanted)
    if len(found) != 1:
        known = [key.label for key in _objects(session, {Attribute.CLASS: ObjectClass.PRIVATE_KEY}) if key.label]
        raise _not_one("private key", len(found), uri, known, "object=LABEL, id=%xx, or both")
    return found[0]


def _objects(session: Any, wanted: Mapping[Any, Any]) -> list[Any]:
    return list(session.get_objects({name: value for name, value in wanted.items() if value is not None}))


def _read_public(session: Any, private: Any, uri: KeyUri) -> bytes:
    """Return the SubjectPublicKeyInfo of a key; that of RSA can be told from the private object itself."""
    from pkcs11 import Attribute, KeyType, ObjectClass  # noqa: PLC0415 - an extra

    if private.key_type == KeyType.RSA:
        numbers = [der.encode_integer(int.from_bytes(private[name], "big")) for name in _rsa_numbers()]
        return _spki(der.encode_oid(_RSA_ENCRYPTION) + der.encode(der.NULL), der.encode(der.SEQUENCE, *numbers))
    wanted = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: private.id, Attribute.LABEL: private.label}
    found = _objects(session, wanted)
    if not found:
        raise KeyUnavailableError(
            "the token holds no public key beside the private one",
            path=uri.text,
            hint="pass it with --public-key FILE, or its certificate with --certificate-chain FILE",
        )
    point = _unwrap(bytes(found[0][Attribute.EC_POINT]))
    if private.key_type == KeyType.EC:
        return _spki(der.encode_oid(_EC_PUBLIC_KEY) + bytes(found[0][Attribute.EC_PARAMS]), point)
    return _spki(der.encode_oid(_ED25519), point)


def _rsa_numbers() -> Sequence[Any]:
    from pkcs11 import Attribute  # noqa: PLC0415 - an extra

    return (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)


def _unwrap(point: bytes) -> bytes:
    """Return a point without the OCTET STRING that the standard asks for and that some tokens leave out."""
    try:
        return der.read_der(point, what="point").octets()
    except MalformedFileError:
        return point


def _spki(algorithm: bytes, key: bytes) -> bytes:
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, algorithm), der.encode(der.BIT_STRING, b"\0", key))


def _not_one(what: str, count: int, uri: KeyUri, known: Sequence[str], expected: str) -> KeyUnavailableError:
    there = ", ".join(sorted(known)[:_NAMES_SHOWN]) or "none"
    return KeyUnavailableError(
        f"no such {what}" if not count else f"{count} {what}s are meant by the URI",
        path=uri.text,
        expected=f"exactly one {what}: {expected}",
        found=f"there are: {there}",
    )


def _pairs(text: str, separator: str, uri: str) -> dict[str, str]:
    """Split attributes, of which each may stand once (RFC 7512 §2.3)."""
    found: dict[str, str] = {}
    for item in filter(None, text.split(separator)):
        name, equals, value = item.partition("=")
        if not equals or name in found:
            raise _bad(f"{name} stands twice, or without a value", uri, "name=value")
        found[name] = value
    return found


def _decode(value: str | None, uri: str) -> str | None:
    try:
        return None if value is None else unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise _bad("it holds what is no UTF-8", uri, "names in UTF-8, %xx for other bytes") from error


def _bad(reason: str, found: str, expected: str) -> ConfigError:
    return ConfigError(f"a PKCS #11 URI that cannot be used: {reason}", field="--key", expected=expected, found=found)
