"""What is left out of a build by default, and what must never be in one.

The list is short on purpose: no list of wanted directories works (in 83 of 1,551 public plugins ``hooks`` run scripts
of some other directory), so only what no plugin runs is dropped: version control, caches, debris of operating systems
and editors, and the folders of other tools. A pattern of the project file wins over everything here.
"""

from __future__ import annotations

import re

from plugintool.formats.patterns import PatternList
from plugintool.frozen import dataclass

OMIT_REASONS = {
    "version-control": "version control and its settings are no part of a plugin",
    "continuous-integration": "settings of a build service or a forge",
    "cache": "a cache: made again by the program that owns it",
    "system-file": "debris of an operating system or an editor",
    "other-tool": "a folder or the settings of another tool, which the apps do not read",
    "own-output": "an output of plugintool from an earlier run",
    "project-file": "the settings of plugintool for this directory, which no host reads",
    "derived": "plugintool derives this file itself; a copy would be out of date",
    "bundle-source": "the source of an MCP bundle, which is in the built tree as one file",
    "unnamed-bundle": "an MCP bundle that mcpServers does not name",
    "dev-dependency": "a package that only development needs",
    "not-locked": "a package that the lock file does not know and npm would not install",
    "not-read": "a file of a dependency that no run time reads",
    "package-manager": "what a package manager keeps for itself",
    "builder-path": "a start script or note with a path of the machine that made it",
    "pattern": "a pattern of the project file or of .mcpbignore",
    "empty-directory": "archives, git and digests do not know empty directories",
}
"""Code of each reason for leaving something out, and what it says."""

INVALID_REASONS = {
    "unsafe-name": "a name that some system cannot store or reads differently",
    "special-file": "no regular file",
    "unreadable": "it cannot be read",
    "link-leaves": "a symbolic link that leaves the plugin: on a device its target is not there",
    "link-absolute": "a symbolic link with an absolute target: on a device its target is not there",
    "link-dangling": "a symbolic link to nothing",
    "link-loop": "a symbolic link that leads back to itself",
    "collision": "two names that some system cannot keep apart",
    "secret": "a private key or a file of secrets",
    "long-path": "a path that Windows does not reach below the directory of the apps",
    "reserved-name": "in the way of a file that the app or plugintool writes",
    "needed": "it is left out, but the plugin does not work without it",
    "manifest": "the plugin manifest cannot be used",
    "bundle": "an MCP bundle that cannot be built",
    "dependencies": "what is installed differs from the lock file, or cannot be kept in a bundle",
    "platform": "the bundle does not run everywhere where its manifest says",
    "limit": "more than what devices take",
}
"""Code of each reason for which a file stops the build, and what it says."""

INVALID_HINTS = {
    "unsafe-name": "rename it",
    "special-file": "remove it, or add it to build.ignore in plugintool.toml",
    "unreadable": "change its permissions, or add it to build.ignore in plugintool.toml",
    "link-leaves": "put a copy of the target into the plugin",
    "link-absolute": "make the link relative",
    "link-dangling": "remove the link, or make its target (a submodule that is not checked out?)",
    "link-loop": "remove the link",
    "collision": "rename one of them",
    "secret": "remove it; if it is no secret, build with --allow-secret {path}, or keep it with !{path} in build.ignore"
    " of plugintool.toml",
    "long-path": "shorten the names of its directories",
    "reserved-name": "rename or remove it",
    "needed": 'take the pattern back, or keep it with "!{path}" in build.ignore of plugintool.toml',
    "manifest": "see plugintool lint",
    "bundle": "see plugintool lint",
    "dependencies": "run npm ci --omit=dev, or build with --vendor or --wheels DIRECTORY",
    "platform": "change the bundle manifest, or leave the module out with .mcpbignore",
    "limit": "leave files out with build.ignore in plugintool.toml",
}
"""What to do about each; ``{path}`` is the file."""

_SEGMENTS = {
    "version-control": ".hg .svn .bzr CVS .gitignore .gitattributes .gitmodules .gitkeep .hgignore .jj",
    "continuous-integration": ".github .gitlab .gitlab-ci.yml .circleci .travis.yml .pre-commit-config.yaml",
    "cache": "__pycache__ .pytest_cache .mypy_cache .ruff_cache .hypothesis .tox .nox .npm .nyc_output .eslintcache"
    " .cache .parcel-cache .turbo .venv",
    "system-file": ".DS_Store Thumbs.db desktop.ini __MACOSX .Spotlight-V100 .Trashes .fseventsd .vscode .idea",
    "other-tool": ".codex-plugin .cursor-plugin .cursor .agents .claude .opencode .kimi-plugin .gemini .windsurf"
    " .npmrc .yarnrc .editorconfig",
}
"""Names of files or directories at any depth."""
_SUFFIXES = {"cache": ".pyc .pyo .tsbuildinfo", "system-file": "~ .swp .swo"}
_PREFIXES = {"system-file": "._ .#"}
_BY_SEGMENT = {name: code for code, names in _SEGMENTS.items() for name in names.split()}
_BY_SUFFIX = {text: code for code, texts in _SUFFIXES.items() for text in texts.split()}
_BY_PREFIX = {text: code for code, texts in _PREFIXES.items() for text in texts.split()}
_ANY_SUFFIX, _ANY_PREFIX = tuple(_BY_SUFFIX), tuple(_BY_PREFIX)

_OUTPUTS = re.compile(r"(?:org-plugins|marketplace)/|[^/]+\.(?:zip|mcpb|cdx\.json)\Z")
_SECRET_NAMES = re.compile(
    r"\.env(?:\.(?!example$|sample$|template$|dist$).*)?|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|\.netrc|\.pypirc"
    r"|\.git-credentials|\.htpasswd|.*\.(?:p12|pfx|jks|keystore|kdbx|ppk)",
    re.IGNORECASE,
)
_KEY_SUFFIXES = (".pem", ".key", ".p8", ".pk8", ".crt", ".cer")
_PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a file is left out: a code of ``OMIT_REASONS``, and the rule with its origin; an empty code keeps it."""

    code: str
    rule: str


def is_own_output(path: str, output: str) -> bool:
    """Whether a file is what plugintool writes into its output directory, which lies at ``output`` in the tree.

    Other files there are none of ours: ``dist`` is also where compilers write the code of a server.
    """
    return path.startswith(f"{output}/") and bool(_OUTPUTS.match(path, len(output) + 1))


def judge_by_default(path: str) -> Verdict | None:
    """Return the verdict of the built-in list on a file or directory, or None."""
    for segment in path.split("/"):
        found = _judge_segment(segment)
        if found is not None:
            return found
    return None


def judge_by_patterns(path: str, patterns: PatternList) -> Verdict | None:
    """Return what the patterns of a project say: left out, kept although the built-in list says otherwise, or None.

    Raises:
        ConfigError: a pattern cannot be read.
    """
    found = patterns.find(path)
    if found is None:
        return None
    return Verdict("pattern" if found.is_included else "", found.pattern.describe())


def is_secret_name(path: str) -> bool:
    """Whether a file with this name holds secrets by custom."""
    return bool(_SECRET_NAMES.fullmatch(path.rpartition("/")[2]))


def may_be_key(path: str) -> bool:
    """Whether a file should be looked into for a private key: by its suffix, or because it has none."""
    name = path.rpartition("/")[2]
    return name.lower().endswith(_KEY_SUFFIXES) or "." not in name


def holds_private_key(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a private key in PEM form."""
    return bool(_PRIVATE_KEY.search(head))


def _judge_segment(segment: str) -> Verdict | None:
    if segment in _BY_SEGMENT:
        return Verdict(_BY_SEGMENT[segment], f"{segment} (built-in)")
    if segment.endswith(_ANY_SUFFIX):
        suffix = next(suffix for suffix in _ANY_SUFFIX if segment.endswith(suffix))
        return Verdict(_BY_SUFFIX[suffix], f"*{suffix} (built-in)")
    if segment.startswith(_ANY_PREFIX):
        prefix = next(prefix for prefix in _ANY_PREFIX if segment.startswith(prefix))
        return Verdict(_BY_PREFIX[prefix], f"{prefix}* (built-in)")
    return None
