"""What is left out by default: only what no plugin runs."""

from __future__ import annotations

import pytest

from plugintool.build.fate import INCLUDE_REASONS
from plugintool.build.ignore import (
    INVALID_HINTS,
    INVALID_REASONS,
    OMIT_REASONS,
    holds_private_key,
    is_secret_name,
    judge_by_default,
    may_be_key,
)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (".gitignore", "version-control"),
        ("sub/.gitattributes", "version-control"),
        (".hg/store", "version-control"),
        (".github/workflows/x.yml", "continuous-integration"),
        ("__pycache__/x.cpython-311.pyc", "cache"),
        ("lib/x.pyc", "cache"),
        (".venv/bin/python", "cache"),
        (".DS_Store", "system-file"),
        ("skills/a/.DS_Store", "system-file"),
        ("._x", "system-file"),
        ("notes.md~", "system-file"),
        ("__MACOSX/x", "system-file"),
        (".idea/x.xml", "system-file"),
        (".codex-plugin/plugin.json", "other-tool"),
        (".cursor-plugin/x", "other-tool"),
        (".agents/skills/x/SKILL.md", "other-tool"),
        (".claude/settings.json", "other-tool"),
        (".npmrc", "other-tool"),
    ],
)
def test_left_out(path: str, code: str) -> None:
    found = judge_by_default(path)
    assert found is not None
    assert found.code == code
    assert found.rule.endswith("(built-in)")


@pytest.mark.parametrize(
    "path",
    [
        ".claude-plugin/plugin.json",
        ".mcp.json",
        ".lsp.json",
        "node_modules/x/index.js",
        "node_modules/.bin/x",
        "src/main.py",
        "tests/test_x.py",
        "dist/server.js",
        "docs/guide.md",
        "package-lock.json",
        "tsconfig.json",
        "index.d.ts",
        "Iterator.prototype.map/index.js",
        "x.log",
        "references/x.pdf",
        "uv.lock",
        ".browsers/x",
        "claude/x",
    ],
)
def test_kept(path: str) -> None:
    """Files that plugins are known to run or link to, among them those that mcpb pack 2.1.2 drops."""
    assert judge_by_default(path) is None


@pytest.mark.parametrize(
    "path", [".env", ".env.local", "a/.env.production", "id_rsa", "x/id_ed25519", "k.p12", "K.PFX"]
)
def test_names_of_secrets(path: str) -> None:
    assert is_secret_name(path)


@pytest.mark.parametrize(
    "path", [".env.example", ".env.sample", "id_rsa.pub", "env", "x.envrc", "a.pem", ".environment"]
)
def test_names_that_are_no_secret(path: str) -> None:
    assert not is_secret_name(path)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"-----BEGIN PRIVATE KEY-----\n", True),
        (b"-----BEGIN RSA PRIVATE KEY-----\n", True),
        (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", True),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", True),
        (b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n", True),
        (b"# my key\n-----BEGIN EC PRIVATE KEY-----\n", True),
        (b"-----BEGIN PUBLIC KEY-----\n", False),
        (b"-----BEGIN CERTIFICATE-----\n", False),
        (b"", False),
    ],
)
def test_private_keys_are_known_by_their_head(head: bytes, expected: bool) -> None:
    assert holds_private_key(head) is expected


def test_only_files_that_may_be_keys_are_looked_into() -> None:
    assert may_be_key("a/release.KEY")
    assert may_be_key("deploy")
    assert not may_be_key("a.b/x.md")


def test_every_code_is_explained_once() -> None:
    """``explain`` takes every code, so no two tables may share one."""
    tables = [set(OMIT_REASONS), set(INVALID_REASONS), set(INCLUDE_REASONS)]
    assert sum(map(len, tables)) == len(set().union(*tables))
    assert set(INVALID_HINTS) == set(INVALID_REASONS)
    assert all([*OMIT_REASONS.values(), *INVALID_REASONS.values(), *INVALID_HINTS.values()])
