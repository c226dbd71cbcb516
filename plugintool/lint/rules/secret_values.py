"""SE002 to SE004: tokens, literal credentials and files of secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plugintool.lint import values
from plugintool.lint.entries import Entry, hooks_of, servers_of
from plugintool.lint.rule import MEASURED, Ask, Context, Source, at, rule
from plugintool.lint.rules.option_advice import is_secret_word
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Severity

_OURS = Source("docs/reference/rules/README.md", "secrets", "2026-11")
_TESTS = frozenset({"test", "tests", "fixtures", "testdata", "test-data", "__tests__", "__fixtures__"})
_NO_SECRETS = _TESTS | {"node_modules", "site-packages"}
"""What a package manager installed is public already."""
_ISSUERS: tuple[tuple[str, bytes, bytes, bytes], ...] = (
    ("GitHub", b"_", b"gh", rb"gh[pousr]_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    ("GitHub", b"_", b"github_pat_", rb"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9])"),
    ("npm", b"_", b"npm_", rb"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    ("Anthropic", b"-", b"sk-ant-", rb"sk-ant-[a-z]{3,10}[0-9]{2}-[A-Za-z0-9_-]{80,120}"),
    ("OpenAI", b"J", b"T3BlbkFJ", rb"sk-[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100}"),
    ("AWS", b"K", b"AKIA", rb"(?<![A-Za-z0-9])AKIA[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("Google", b"z", b"AIza", rb"AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])"),
    ("Slack", b"-", b"xox", rb"xox[abpr]-[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9-]{24,80}"),
    ("Slack", b"/", b"hooks.slack.com", rb"hooks\.slack\.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24}"),
    ("GitLab", b"-", b"glpat-", rb"glpat-[A-Za-z0-9_-]{20}(?![A-Za-z0-9_-])"),
    ("Stripe", b"_", b"k_live_", rb"[rs]k_live_[0-9A-Za-z]{24,99}"),
    ("Hugging Face", b"_", b"hf_", rb"(?<![A-Za-z0-9_])hf_[A-Za-z]{34}(?![A-Za-z0-9])"),
    ("SendGrid", b"G", b"SG.", rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
)
"""Issuer, its tokens' rarest byte, what each of them holds, and its form with fixed prefix and length.

From the issuers' documentation, 2026-08. The byte is for speed: to look for one costs an eighth of looking for a text.
"""
_FORMS = tuple((issuer, byte, mark, pattern(form)) for issuer, byte, mark, form in _ISSUERS)
_CHECKED = (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"npm_")
"""Tokens whose last six characters are the CRC-32 of the others in base 62."""
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PLACEHOLDER = pattern(rb"example|x{5}|placeholder|your|dummy|redacted|0123456789|1234567890|abcdefgh", re.IGNORECASE)
_DISTINCT = 10
"""Different characters that a real token has at least."""
_TOKENS_MAX = 10
"""Tokens of one issuer in one file that are looked at."""
_CREDENTIAL_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "x-api-key", "api-key", "apikey", "x-auth-token", "x-access-token"}
)
_LITERAL = pattern(r"(?:(?:Bearer|Basic|Token)\s+)?([A-Za-z0-9._~+/=-]{20,4096})\Z", re.IGNORECASE)
_ISSUED = pattern(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20}|github_pat_[A-Za-z0-9_]{20}|glpat-[A-Za-z0-9_-]{16}|AIza[A-Za-z0-9_-]{30}"
    r"|xox[abprs]-[A-Za-z0-9-]{10}|sk-[A-Za-z0-9_-]{20}|eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.)"
)
"""Values that the client takes for a credential in any header (2.1.330)."""
_FEW = 6
_SECRET_FILES = frozenset(
    {
        ".env",
        ".netrc",
        ".htpasswd",
        "credentials.json",
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        ".git-credentials",
    }
)
_SECRET_ENDINGS = (".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk")
_HARMLESS_ENV = pattern(r"example|sample|template|dist|defaults|schema|test", re.IGNORECASE)


@rule(
    "SE002",
    Severity.ERROR,
    "a token",
    source=_OURS,
    backed_by="BR",
    why="Whoever has the plugin has the token, and may use it in your name.",
    bad="a file that holds a token of GitHub with a valid checksum",
    good="the name of an environment variable",
)
def issued_token(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A file outside of tests holds a token of a known issuer: fixed prefix and length, checksum where there is one."""
    del context
    for path in plugin.files:
        if not _NO_SECRETS.isdisjoint(path.lower().split("/")[:-1]):
            continue
        data = plugin.read(path) or b""
        for issuer, start in _tokens(data):
            line_start = data.rfind(b"\n", 0, start) + 1
            place = at(path, line=data.count(b"\n", 0, start) + 1, column=start - line_start + 1)
            yield issued_token.finding(f"a token of {issuer}", place, hint="take it out, and revoke it")


def _tokens(data: bytes) -> Iterator[tuple[str, int]]:
    for issuer, byte, mark, form in _FORMS:
        if byte in data and mark in data:
            for count, found in enumerate(form.finditer(data)):
                if count >= _TOKENS_MAX:
                    break
                if is_real_token(found[0]):
                    yield issuer, found.start()


def is_real_token(token: bytes) -> bool:
    """Whether a text of a token's form is no placeholder: many different characters, and the checksum is right."""
    secret = token[4:]
    if _PLACEHOLDER.search(token) or len(set(secret)) < _DISTINCT:
        return False
    return not token.startswith(_CHECKED) or _checksum(secret[:-6]) == secret[-6:]


def _checksum(secret: bytes) -> bytes:
    import zlib  # noqa: PLC0415 - beside its only use

    number, digits = zlib.crc32(secret), ""
    while number:
        number, digit = divmod(number, len(_BASE62))
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0").encode()


@rule(
    "SE003",
    Severity.WARNING,
    "a literal credential of a server or hook",
    source=Source(MEASURED, "MCP servers, headers", "2.1.330, November 2026"),
    backed_by="C",
    why="Everybody who installs the plugin can read it, and it cannot be changed without a release.",
    bad='{"headers": {"Authorization": "Bearer 4f1c9a7be02d48a6b3"}}',
    good='{"headers": {"Authorization": "Bearer ${ACME_TOKEN}"}}',
    since=(2, 1, 330),
)
def literal_credential(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A header of a server or http hook, or a secret variable of a server's `env`, has a literal value."""
    del context
    for entry, view in (*((item, Ask.AS_RULE) for item in servers_of(plugin)), *_silent_hooks(plugin)):
        for name, value in _pairs(entry, "headers"):
            if is_credential(name, value):
                message = f"the header {name[:60]!r} holds a literal credential"
                place = entry.place(plugin, "headers", name)
                yield literal_credential.finding(message, place, hint="use ${…} or a user option", client=view)
        for name, value in _pairs(entry, "env"):
            if is_secret_word(name) and is_literal(value):
                message = f"the variable {name[:60]!r} holds a literal credential"
                place = entry.place(plugin, "env", name)
                yield literal_credential.finding(message, place, hint="use ${…} or a user option", client=Ask.SILENT)


def _silent_hooks(plugin: Plugin) -> Iterator[tuple[Entry, Ask]]:
    return ((hook, Ask.SILENT) for hook in hooks_of(plugin) if hook.text("type") == "http")


def _pairs(entry: Entry, key: str) -> list[tuple[str, str]]:
    found = entry.fields.get(key)
    items = found.items() if isinstance(found, dict) else ()
    return [(name, value[:8000]) for name, value in items if isinstance(value, str)]


def is_credential(name: str, value: str) -> bool:
    """Whether a header holds a credential as it stands."""
    if _ISSUED.search(value):
        return True
    return name.lower() in _CREDENTIAL_HEADERS and is_literal(value)


def is_literal(value: str) -> bool:
    """Whether a value looks like a credential itself: long, of many characters, no variable and no placeholder."""
    found = _LITERAL.match(value.strip())
    if found is None or values.has_variable(value) or _PLACEHOLDER_WORD.search(value):
        return False
    return len(set(found[1])) > _FEW


_PLACEHOLDER_WORD = pattern(r"your|example|placeholder|x{5}|changeme|insert|replace", re.IGNORECASE)


@rule(
    "SE004",
    Severity.WARNING,
    "a file of secrets",
    source=_OURS,
    backed_by="B",
    why="Files of this name hold passwords and keys of one person or machine.",
    bad=".env",
    good=".env.example",
)
def secret_file(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The tree holds a .env, a credential file, an SSH key or a key store; tests and samples are left alone."""
    del context
    for path in plugin.files:
        name = path.name.lower()
        in_tests = not _TESTS.isdisjoint(path.lower().split("/")[:-1])
        environment = name.startswith(".env.") and not _HARMLESS_ENV.search(name)
        if not in_tests and (environment or name in _SECRET_FILES or name.endswith(_SECRET_ENDINGS)):
            yield secret_file.finding("a file of this name holds secrets", at(path), hint="take it out")
