"""SE001: secrets that must not travel with a plugin."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.lint.rule import Context, Source, at, rule
from plugintool.pattern import pattern
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding, Severity

_KEY = pattern(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_TESTS = frozenset({"test", "tests", "fixtures", "testdata", "test-data", "__tests__", "examples", "docs"})
_EXEMPT_SEGMENTS = _TESTS | {"node_modules", "site-packages"}
"""What a package manager installed is public already; libraries for keys hold such heads as texts (jose 6)."""
_EXEMPT_ENDINGS = (".md", ".rst", ".txt", ".adoc", ".html")


@rule(
    "SE001",
    Severity.ERROR,
    "a private key",
    source=Source("https://www.rfc-editor.org/rfc/rfc7468", "10 and 11", "April 2015"),
    backed_by="R",
    why="Whoever has the plugin has the key.",
    bad="server/tls.key that begins with -----BEGIN PRIVATE KEY-----",
    good="a key that stays on the server",
)
def private_key(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A file outside of test fixtures and documents holds the head of a private key (PEM, OpenSSH or PGP)."""
    del context
    for path in plugin.files:
        if _is_exempt(path):
            continue
        data = plugin.read(path) or b""
        found = _KEY.search(data)
        if found:
            line = data.count(b"\n", 0, found.start()) + 1
            place = at(path, line=line, column=1)
            yield private_key.finding("a private key", place, hint="take it out, and make a new key")


def _is_exempt(path: RelPath) -> bool:
    lower = path.lower()
    return lower.endswith(_EXEMPT_ENDINGS) or not _EXEMPT_SEGMENTS.isdisjoint(lower.split("/")[:-1])
