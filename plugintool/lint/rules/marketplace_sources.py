"""MP009 to MP013, MP021: where the entries of a marketplace get their plugins from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from plugintool.jsontext import JsonObject, JsonValue
from plugintool.lint import fix_market, values
from plugintool.lint.rule import MEASURED, Ask, Context, Source, rule
from plugintool.lint.shapes import TEXT, TEXT_MAP, Member, Shape, misfits
from plugintool.lint.values import kind_of
from plugintool.pattern import pattern
from plugintool.plugin.marketplace import BARE_NAME, Entry, Marketplace, plugin_root_directory
from plugintool.report import Finding, Severity

_SOURCES = Source(MEASURED, "marketplace.json, sources", "2.1.330 and 2.1.197, November 2026")
_MANAGED = Source("https://support.claude.com", "managed marketplaces of the desktop app", "August 2026")
_SHOWN_MAX = 500
"""Characters of a command that the client can show before it asks for consent."""
_TIMEOUT_MAX = 600
_PRINTABLE = pattern(r"[\x20-\x7e]*\Z")
_BLANK_RUN = pattern(r"\x20{2,}")
_FILLED_PATH = Member(values.is_filled, "a path that is not empty")
_PACKAGE = Member(lambda value: isinstance(value, str) and ".." not in value, "the name of a package, without `..`")
_REGISTRY = Member(
    lambda value: (
        isinstance(value, str) and values.is_absolute_url(value) and value.lower().startswith(("http:", "https:"))
    ),
    "an address of http or https",
)
_TIMEOUT = Member(
    lambda value: values.is_whole(value) and values.is_positive(value) and float(str(value)) <= _TIMEOUT_MAX,
    f"a whole number of seconds from 1 to {_TIMEOUT_MAX}",
)
_COMMAND = Member(
    lambda value: (
        isinstance(value, str)
        and 0 < len(value) <= _SHOWN_MAX
        and bool(_PRINTABLE.match(value))
        and not _BLANK_RUN.search(value)
    ),
    f"1 to {_SHOWN_MAX} printable ASCII characters without double blanks",
)
_MODE = Member(values.one_of("copy", "link"), "copy or link")
_KINDS = {
    "github": Shape({"repo": TEXT}, {"ref": TEXT, "sha": TEXT}),
    "url": Shape({"url": TEXT}, {"ref": TEXT, "sha": TEXT}),
    "git-subdir": Shape({"url": TEXT, "path": _FILLED_PATH}, {"ref": TEXT, "sha": TEXT}),
    "npm": Shape({"package": _PACKAGE}, {"version": TEXT, "registry": _REGISTRY}),
    "archive": Shape({"url": TEXT}, {"sha256": TEXT}),
    "command": Shape({"command": _COMMAND}, {"timeout": _TIMEOUT, "mode": _MODE}),
}
"""What a source of each kind must and may hold; other members are not looked at."""
_SINCE_330 = frozenset({"archive", "command"})
"""Kinds that 2.1.197 does not know (archive since 2.1.224, command since 2.1.229)."""
_GIT = frozenset({"github", "url", "git-subdir"})
_NEWEST = (2, 1, 330)


@rule(
    "MP009",
    Severity.ERROR,
    "a source of the wrong form",
    source=_SOURCES,
    backed_by="C",
    why="The client refuses the whole marketplace for one such entry.",
    bad='{"name": "acme-review", "source": "plugins/acme-review"}',
    good='{"name": "acme-review", "source": "./plugins/acme-review"}',
    fix=fix_market.source_written,
)
def malformed_source(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """Report a source of the wrong form.

    A `source` is missing, is a path that does not begin with `./` (bare names are allowed below
    `metadata.pluginRoot`), holds `..` or a backslash, or is an object of an unknown kind or without what its kind
    needs.
    """
    for entry in marketplace.entries:
        if not entry.is_object:
            continue
        source, place = entry.value.get("source"), (*entry.pointer, "source")
        if isinstance(source, str):
            yield from _check_path(marketplace, entry, source, context)
        elif isinstance(source, dict):
            yield from _check_object(marketplace, entry, source, context)
        else:
            found = f"is {kind_of(source)}" if "source" in entry.value else "is missing"
            message = f"entry {entry.label}: `source` {found}, expected a path or an object"
            yield malformed_source.finding(message, marketplace.locate(*place))


def _check_path(marketplace: Marketplace, entry: Entry, source: str, context: Context) -> Iterator[Finding]:
    wrong, view, hint = _path_trouble(marketplace, source, context)
    if wrong:
        message = f"entry {entry.label}: the source {source!r} {wrong}"
        place = marketplace.locate(*entry.pointer, "source")
        yield malformed_source.finding(message, place, hint=hint, client=view)


def _path_trouble(marketplace: Marketplace, source: str, context: Context) -> tuple[str, Ask, str]:
    """Say what is wrong with a path, how the client sees it, and what to do."""
    old = context.client < _NEWEST
    if ".." in source.replace("\\", "/").split("/") or (old and ".." in source):
        return "holds `..`", Ask.AS_RULE, "move the plugin below the marketplace"
    if source == "." or source.startswith("./"):
        wrong = "holds a backslash" if "\\" in source else ""
        return wrong, Ask.SILENT, "write / between names"
    if not BARE_NAME.match(source):
        return "does not begin with `./`", Ask.AS_RULE, f"write ./{source.strip('/')}" if source else "name a directory"
    metadata = marketplace.value.get("metadata")
    base = metadata.get("pluginRoot") if isinstance(metadata, dict) else None
    if plugin_root_directory(base) is None:
        return "is a bare name without a usable `metadata.pluginRoot`", Ask.AS_RULE, f"write ./{source}"
    return ("is a bare name, which this client does not know" if old else ""), Ask.AS_RULE, f"write ./{source}"


def _check_object(marketplace: Marketplace, entry: Entry, source: JsonObject, context: Context) -> Iterator[Finding]:
    place = (*entry.pointer, "source")
    shape = _KINDS.get(entry.kind)
    path = source.get("path")
    if isinstance(path, str) and _leaves(path, context):
        message = f"entry {entry.label}: the path {path!r} holds `..`"
        yield malformed_source.finding(message, marketplace.locate(*place, "path"))
    if shape is None:
        near = values.nearest(entry.kind, _KINDS)
        message = f"entry {entry.label}: unknown kind of source {entry.kind!r}"
        hint = f"did you mean {near}?" if near else f"known: {', '.join(_KINDS)}"
        yield malformed_source.finding(message, marketplace.locate(*place), hint=hint)
        return
    if entry.kind in _SINCE_330 and context.client < _NEWEST:
        message = f"entry {entry.label}: clients before 2.1.229 do not know sources of kind {entry.kind}"
        yield malformed_source.finding(message, marketplace.locate(*place))
    for misfit in misfits(source, shape, place):
        message = f"entry {entry.label}: the source of kind {entry.kind}: {misfit.message}"
        yield malformed_source.finding(message, marketplace.locate(*misfit.pointer))


def _leaves(path: str, context: Context) -> bool:
    segments = path.replace("\\", "/").split("/")
    return ".." in segments or (context.client < _NEWEST and ".." in path)


@rule(
    "MP010",
    Severity.ERROR,
    "a local source that is not there, or that a link hides",
    source=_SOURCES,
    backed_by="CR",
    why="The client's validate is silent about a missing directory, but the plugin cannot be installed; behind a "
    "symbolic link nothing is read.",
    bad='{"name": "acme-review", "source": "./plugins/acme-reviw"}',
    good='{"name": "acme-review", "source": "./plugins/acme-review"}',
)
def missing_source(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """A source names no directory below the marketplace, a file, or (a warning) goes through a symbolic link."""
    for entry in marketplace.entries:
        local = entry.local
        if local is None or (local.is_there and not local.linked):
            continue
        place = marketplace.locate(*entry.pointer, "source")
        shown = local.directory or "."
        if local.linked:
            view = Ask.WARNING if context.client >= _NEWEST else Ask.SILENT
            message = f"entry {entry.label}: {shown} goes through a symbolic link"
            yield missing_source.finding(message, place, severity=Severity.WARNING, client=view)
        if not local.is_there:
            what = "a file" if local.is_file else "not there"
            view = Ask.AS_RULE if local.is_file else Ask.SILENT
            yield missing_source.finding(f"entry {entry.label}: {shown} is {what}", place, client=view)


_SHA = pattern(r"[0-9a-f]{40}\Z")
_SHA256 = pattern(r"[0-9a-fA-F]{64}\Z")
_PRIVATE_NAMES = frozenset(
    """
    localhost localhost.localdomain ip6-localhost ip6-loopback metadata metadata.google.internal metadata.goog
    instance-data instance-data.ec2.internal
    """.split()  # noqa: SIM905 - a table of one word a line would fill a page
)
_PRIVATE_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    )
)
"""This machine, its link, and where clouds serve credentials; private networks are allowed."""
_PRIVATE_V6 = tuple(map(ipaddress.IPv6Network, ("::/96", "fe80::/10", "fd00:ec2::254", "fd20:ce::254")))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@rule(
    "MP011",
    Severity.ERROR,
    "a pin or an archive address that is refused",
    source=_SOURCES,
    backed_by="C",
    why="A pin that is no full digest pins nothing; archives are fetched from https addresses of other machines only.",
    bad='{"source": "github", "repo": "acme/review", "sha": "4f2c1ab"}',
    good='{"source": "github", "repo": "acme/review", "sha": "4f2c1ab09d6e8c4f7b3a5d2e1c0f9b8a7d6e5c4b"}',
)
def refused_pin(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """A `sha` is not 40 lower-case, a `sha256` not 64 hexadecimal digits, or the `url` of an archive is refused."""
    for entry in marketplace.entries:
        if entry.kind in _SINCE_330 and context.client < _NEWEST:
            continue  # the source itself is unknown then
        for key, reason in _refusals(entry):
            message = f"entry {entry.label}: `{key}` {reason}"
            yield refused_pin.finding(message, marketplace.locate(*entry.pointer, "source", key))


def _refusals(entry: Entry) -> Iterator[tuple[str, str]]:
    sha, sha256, url = (entry.source.get(key) for key in ("sha", "sha256", "url"))
    if entry.kind in _GIT and isinstance(sha, str) and not _SHA.match(sha):
        yield "sha", "is not 40 lower-case hexadecimal digits"
    if entry.kind == "archive" and isinstance(sha256, str) and not _SHA256.match(sha256):
        yield "sha256", "is not 64 hexadecimal digits"
    if entry.kind == "archive" and isinstance(url, str) and not _is_public_https(url):
        yield "url", "is no https address of another machine"


def _is_public_https(url: str) -> bool:
    url = url.strip("".join(map(chr, range(0x21))))
    if not url.lower().startswith("https:") or not values.is_absolute_url(url):
        return False
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    if host in _PRIVATE_NAMES or host.endswith(".localhost"):
        return False
    address = _address(host)
    return address is None or not _is_private(address)


def _is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in network for network in _PRIVATE_V4)
    inner = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return any(address in network for network in _PRIVATE_V6) or (inner is not None and _is_private(inner))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read a host as an address, numbers in every base among them (https://url.spec.whatwg.org, IPv4 parser)."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    parts = [_number(part) for part in host.split(".")]
    numbers = [part for part in parts if part is not None]
    if len(numbers) != len(parts) or len(parts) > 4:  # noqa: PLR2004 - an IPv4 address has four
        return None
    value = sum(part << 8 * (3 - index) for index, part in enumerate(numbers[:-1])) + numbers[-1]
    return ipaddress.IPv4Address(value) if value < 1 << 32 else None


def _number(text: str) -> int | None:
    base = 16 if text.startswith("0x") else 8 if text.startswith("0") and len(text) > 1 else 10
    try:
        return int(text, base) if text.isascii() and text.isalnum() else None
    except ValueError:
        return None


_REPO = pattern(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+\Z")
_SCP = pattern(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:.+\Z")
_ENFORCED = frozenset({"auto_install", "required"})


@rule(
    "MP013",
    Severity.WARNING,
    "a remote source without a pin, or fetched without encryption",
    source=_MANAGED,
    backed_by="PB",
    why="Whoever controls the repository or the network decides what is installed; managed marketplaces install "
    "unasked only what is pinned.",
    bad='{"source": "github", "repo": "acme/review"}',
    good='{"source": "github", "repo": "acme/review", "sha": "4f2c1ab09d6e8c4f7b3a5d2e1c0f9b8a7d6e5c4b"}',
)
def loose_source(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """Report a remote source without a pin, or fetched without encryption.

    A git source has no `sha`, an archive no `sha256` (an error where the entry asks to be installed unasked); a git
    address or npm registry is http, a `repo` is not of the form owner/name.
    """
    del context
    for entry in marketplace.entries:
        pin = "sha" if entry.kind in _GIT else "sha256" if entry.kind == "archive" else ""
        if pin and pin not in entry.source:
            enforced = entry.value.get("installationPreference") in _ENFORCED
            yield loose_source.finding(
                f"entry {entry.label}: a source of kind {entry.kind} without `{pin}`",
                marketplace.locate(*entry.pointer, "source"),
                severity=Severity.ERROR if enforced else None,
                hint=f"pin it with {pin}",
            )
        for key, reason in _loose_addresses(entry):
            message = f"entry {entry.label}: `{key}` {reason}"
            yield loose_source.finding(message, marketplace.locate(*entry.pointer, "source", key))


def _loose_addresses(entry: Entry) -> Iterator[tuple[str, str]]:
    repo, url, registry = (entry.source.get(key) for key in ("repo", "url", "registry"))
    if entry.kind == "github" and isinstance(repo, str) and not _REPO.match(repo):
        yield "repo", f"{repo!r} is not of the form owner/name"
    if entry.kind in _GIT and isinstance(url, str):
        if url.lower().startswith("http:"):
            yield "url", "is fetched without encryption"
        elif not _is_git_address(url, entry.kind):
            yield "url", f"{url!r} is no address of a git repository"
    if entry.kind == "npm" and isinstance(registry, str) and registry.lower().startswith("http:"):
        yield "registry", "is asked without encryption"


def _is_git_address(url: str, kind: str) -> bool:
    short = kind == "git-subdir" and _REPO.match(url)
    return bool(short or _SCP.match(url)) or url.lower().startswith(("https://", "ssh://", "git://", "file://"))


_KEPT_HEADERS = frozenset(
    """
    host cookie connection content-length transfer-encoding upgrade te trailer expect via forwarded proxy-authorization
    x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip x-original-url
    """.split()  # noqa: SIM905 - as above
)
_HELPER = Member(lambda value: isinstance(value, str) and len(value) <= _SHOWN_MAX, f"a text of up to {_SHOWN_MAX}")
_HEADERS = Shape({}, {"headers": TEXT_MAP, "headersHelper": _HELPER})


@rule(
    "MP021",
    Severity.WARNING,
    "`headers` or `headersHelper` where they do nothing or are refused",
    source=_SOURCES,
    backed_by="C",
    why="They belong to archive sources; a helper is a program that runs on the user's machine, so the client takes it "
    "only from an entry that is the whole definition of its plugin.",
    bad='{"source": {"source": "archive", "url": "https://acme.example/review.zip"}, "headersHelper": "acme-token"}',
    good='{"source": {"source": "archive", "url": "https://acme.example/review.zip", "sha256": "…"}, '
    '"headersHelper": "acme-token", "strict": false}',
    since=_NEWEST,
)
def misused_headers(marketplace: Marketplace, context: Context) -> Iterator[Finding]:
    """Report `headers` or `headersHelper` where they do nothing or are refused.

    They stand beside a source that is no archive, have the wrong type (an error), set a header that an entry may not
    set; a helper stands in an entry without `strict: false` (an error) or beside an archive without `sha256`.
    """
    del context
    for entry in marketplace.entries:
        for misfit in misfits(entry.value, _HEADERS, entry.pointer):
            message = f"entry {entry.label}: {misfit.message}"
            yield misused_headers.finding(message, marketplace.locate(*misfit.pointer), severity=Severity.ERROR)
        yield from _misuses(marketplace, entry)


def _misuses(marketplace: Marketplace, entry: Entry) -> Iterator[Finding]:
    used = [key for key in ("headersHelper", "headers") if key in entry.value]
    if used and entry.kind != "archive":
        message = f"entry {entry.label}: `{used[0]}` does nothing beside a source of kind {entry.kind or 'unknown'}"
        yield misused_headers.finding(message, marketplace.locate(*entry.pointer, used[0]))
        return
    if "headersHelper" in used and entry.value.get("strict") is not False:
        message = f"entry {entry.label}: `headersHelper` needs `strict: false`"
        place = marketplace.locate(*entry.pointer, "headersHelper")
        yield misused_headers.finding(message, place, severity=Severity.ERROR)
    if "headersHelper" in used and "sha256" not in entry.source:
        message = f"entry {entry.label}: an archive fetched with a helper should have a `sha256`"
        yield misused_headers.finding(message, marketplace.locate(*entry.pointer, "source"))
    for name in _names(entry.value.get("headers")):
        if name.lower() in _KEPT_HEADERS:
            message = f"entry {entry.label}: the header {name!r} is not for entries to set"
            yield misused_headers.finding(message, marketplace.locate(*entry.pointer, "headers", name))


def _names(value: JsonValue) -> list[str]:
    return list(value) if isinstance(value, dict) else []
