"""What a command loads: start-up is a feature, and the device half loads nothing of the author half.

A linter sees who imports whom; it does not see that importing ``a.b.c`` runs ``a/b/__init__.py``, nor what a library
brings along. So every command is run on a small plugin in a process of its own, and ``sys.modules`` is read at its end.
The journey is one: each row of ``JOURNEY`` works on what the rows before have left.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROBE = """
import gc
import sys
from plugintool.__main__ import main
code = 0
try:
    main()
except SystemExit as request:
    code = request.code
with open({target!r}, "w") as target:
    target.write(repr((code, sorted(sys.modules), gc.get_freeze_count())))
"""

HEAVY = (
    "pydantic",
    "rich",
    "asyncio",
    "tuf",
    "requests",
    "urllib.request",
    "http",
    "ssl",
    "multiprocessing",
    "unittest",
)
"""Never, in no command: each costs more than a whole command may."""
AUTHOR_HALF = tuple(
    f"plugintool.{name}" for name in ("author", "scaffold", "lint", "build", "sign", "plugin", "formats")
)
FOREIGN_FORMATS = ("yaml", "jsonschema", "pathspec", "deflate", "tomllib")
ALL_LIBRARIES = ("cryptography", *FOREIGN_FORMATS)
DEVICE = (*AUTHOR_HALF, "yaml", "jsonschema", "pathspec", "deflate")
DEVICE_HALF = ("plugintool.device", "plugintool.install")
VERSION = ("click", "plugintool.cli", "dataclasses", "json", *ALL_LIBRARIES)
NO_OUTPUT = ("json", "dataclasses", "plugintool.report", "plugintool.cli.output")
HELP = (*ALL_LIBRARIES, "urllib", "pathlib", "hashlib", "tempfile", "subprocess", *AUTHOR_HALF, *DEVICE_HALF)


@dataclass(frozen=True)
class Row:
    """One command line of the journey and what it must not load; ``code`` is the exit code that it must have."""

    args: tuple[str, ...]
    never: tuple[str, ...]
    code: int = 0

    def __str__(self) -> str:
        return " ".join(self.args[:2])


TREE, ARCHIVE = "dist/org-plugins/tiny", "dist/tiny-1.0.0.zip"
POLICY, ROOT = ("--trust-policy", "acme.trust-policy.json"), ("--root", "device")
NO_AUTHOR_WORK = ("cryptography", "deflate", "plugintool.sign", "plugintool.scaffold")
MARKET = ("--name", "tiny-market", "--owner", "Acme", "--base-url", "https://acme.example")
NO_X509 = ("cryptography.x509", "plugintool.verify.certificate", "plugintool.verify.chain", "plugintool.fetch")
"""What pinned keys do without."""
NO_SIGNING = ("cryptography", "deflate", "plugintool.sign", *DEVICE_HALF)

NOT_FOR_PLAIN = (
    "dataclasses",
    "difflib",
    "hashlib",
    "importlib.resources",
    "pkgutil",
    "shlex",
    "tempfile",
    "zlib",
    "plugintool.formats",
    "plugintool.plugin.marketplace",
    "plugintool.tree.zip_format",
    "plugintool.lint.cache",
    "plugintool.lint.rules.bundle_manifest",
    "plugintool.lint.rules.marketplace_file",
)
"""What judging a plugin without bundles does not need, be its front matter simple: each costs a part of the whole."""

JOURNEY = (
    Row(("--version",), VERSION),
    Row(("--help",), (*HELP, *NO_OUTPUT)),
    Row(("lint", "--help"), ("cryptography", "deflate", "yaml", "jsonschema", "plugintool.author", "plugintool.lint")),
    Row(("device", "--help"), HELP),
    Row(("completion", "bash"), ALL_LIBRARIES),
    Row(("lint", "tiny"), (*NO_SIGNING, "jsonschema", "pathspec", "tomllib", "plugintool.scaffold")),
    Row(("lint", "plain"), (*NO_SIGNING, *FOREIGN_FORMATS, *NOT_FOR_PLAIN)),
    Row(("explain", "FM002"), (*NO_SIGNING, "jsonschema", "yaml", "pathspec")),
    Row(("new", "plugin", "other"), ("cryptography", "deflate", *DEVICE_HALF)),
    Row(("new", "bundle", "clock"), ("cryptography", "deflate", "jsonschema", *DEVICE_HALF)),
    Row(("build", "clock"), ("cryptography", "jsonschema", "pathspec", "plugintool.sign", "plugintool.device")),
    Row(("bump", "patch", "tiny", "--dry-run"), (*NO_SIGNING, "jsonschema", "pathspec", "tomllib")),
    Row(("build", "tiny"), ("cryptography", "deflate", "jsonschema", "plugintool.sign", "plugintool.device")),
    Row(("dev", "tiny", "--once"), ("cryptography", "deflate", "jsonschema", "plugintool.sign", "plugintool.device")),
    Row(("doctor", "tiny"), (*NO_SIGNING, "jsonschema", "plugintool.scaffold")),
    Row(("check", "tiny"), (*NO_SIGNING, "plugintool.probe.remote", "plugintool.scaffold"), code=1),
    Row(("inspect", "tiny"), ("deflate", "jsonschema", "plugintool.scaffold")),
    Row(("keys", "new", "acme", "--for", "tiny"), (*FOREIGN_FORMATS, *DEVICE_HALF)),
    Row(("sign", TREE, "--key", "acme.key.pem", "--sequence", "1"), ("deflate", "jsonschema", "plugintool.install")),
    Row(("pack", TREE), ("jsonschema", "plugintool.sign", "plugintool.install")),
    Row(("diff", ARCHIVE, "tiny"), (*NO_AUTHOR_WORK, "jsonschema", "plugintool.lint", "plugintool.device")),
    Row(("marketplace", ARCHIVE, *MARKET), (*NO_AUTHOR_WORK, "jsonschema", "pathspec", "tomllib")),
    Row(("unpack", ARCHIVE, "unpacked"), (*NO_SIGNING, "jsonschema", "pathspec", "tomllib", "plugintool.lint")),
    Row(("verify", TREE, *POLICY), DEVICE),
    Row(("verify", ARCHIVE, *POLICY), DEVICE),
    Row(("trust", "test", "acme.trust-policy.json", TREE), (*NO_X509, "deflate", "plugintool.sign", "plugintool.lint")),
    Row(
        ("trust", "init", "--from", TREE, "--public-key", "acme.pub.pem"),
        (*NO_X509, "deflate", "plugintool.lint", "plugintool.install"),
        code=2,
    ),
    Row(("device", "init", *ROOT, *POLICY), DEVICE),
    Row(("device", "install", *ROOT, ARCHIVE), DEVICE),
    Row(("device", "install", *ROOT, ARCHIVE, "--format", "json"), DEVICE),
    Row(("device", "status", *ROOT), DEVICE),
    Row(("device", "audit", *ROOT), DEVICE),
    Row(("device", "paths", *ROOT), DEVICE),
    Row(("device", "revert", *ROOT, "tiny"), DEVICE, code=4),
    Row(("device", "uninstall", *ROOT, "tiny"), DEVICE),
    Row(("verify", "tiny", *POLICY), DEVICE, code=3),
    Row(("device", "install", *ROOT, "tiny"), DEVICE, code=3),
)

FILES = {
    ".claude-plugin/plugin.json": json.dumps(
        {
            "name": "tiny",
            "version": "1.0.0",
            "description": "A plugin with one of each that the commands read.",
            "author": {"name": "The authors"},
            "license": "Apache-2.0",
        }
    ),
    "agents/reader.md": "---\nname: reader\ndescription: Reads one file when asked.\ntools: [Read]\n---\n\nRead it.\n",
    "commands/read.md": "---\ndescription: Read a file\n---\n\nRead the file.\n",
    "skills/reading/SKILL.md": "---\nname: reading\ndescription: How to read. Use it when reading.\n---\n\nSlowly.\n",
    "README.md": "# tiny\n\nA small plugin that the tests of start-up work on.\n",
    "LICENSE": "As the project itself.\n",
}


PLAIN = (".claude-plugin/plugin.json", "commands/read.md", "skills/reading/SKILL.md", "README.md", "LICENSE")
"""The files of a second plugin, whose front matter needs no YAML parser."""


_MODULES_HOLD = 10_000
"""Objects that the modules of the smallest command hold, at the least."""


@dataclass(frozen=True)
class Ran:
    """How a row ended."""

    code: int
    modules: frozenset[str]
    output: str
    frozen: int = 0


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> dict[Row, Ran]:
    """All rows, run one after another in one directory."""
    here = tmp_path_factory.mktemp("journey")
    files = {f"tiny/{name}": text for name, text in FILES.items()} | {f"plain/{name}": FILES[name] for name in PLAIN}
    for name, text in files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text, "utf-8")
    return {row: _run(row, here) for row in JOURNEY}


def _run(row: Row, here: Path) -> Ran:
    target = here.parent / "modules.txt"
    target.unlink(missing_ok=True)
    probe = PROBE.format(target=str(target))
    done = subprocess.run(
        [sys.executable, "-c", probe, *row.args], cwd=here, capture_output=True, text=True, check=False
    )
    code, modules, frozen = ast.literal_eval(target.read_text("utf-8")) if target.exists() else (done.returncode, [], 0)
    return Ran(code or 0, frozenset(modules), done.stdout + done.stderr, frozen)


@pytest.mark.parametrize("row", JOURNEY, ids=str)
def test_what_a_command_loads(journey: dict[Row, Ran], row: Row) -> None:
    """It ends as it must, and nothing of its list, nor below it, has been imported."""
    ran = journey[row]
    assert ran.code == row.code, ran.output
    loaded = {name for name in ran.modules for banned in (*HEAVY, *row.never) if _is_part(name, banned)}
    assert loaded == set()


def _is_part(name: str, banned: str) -> bool:
    return name == banned or name.startswith(f"{banned}.")


def test_the_end_of_a_command_looks_for_no_garbage(journey: dict[Row, Ran]) -> None:
    """Everything is left to the system at the end: looking through the modules costs a sixth of a small lint."""
    unfrozen = {str(row) for row, ran in journey.items() if row.args != ("--version",) and ran.frozen < _MODULES_HOLD}
    assert unfrozen == set()


def test_the_probe_sees_what_is_loaded(journey: dict[Row, Ran]) -> None:
    """The counter-test: the modules that a command must need are there."""
    needed = {"lint tiny": "yaml", "keys new": "cryptography", f"pack {TREE}": "deflate", "--help": "click"}
    ran = {str(row): result.modules for row, result in journey.items()}
    for name, module in needed.items():
        assert module in ran[name], name


def test_every_command_is_in_the_journey() -> None:
    """A new command needs a row, so that somebody decides what it may load; ``demo`` runs the others."""
    from plugintool.cli.main import COMMANDS  # noqa: PLC0415 - not for the other tests

    assert set(COMMANDS) - {row.args[0] for row in JOURNEY} == {"demo"}
