"""``.mcpbignore`` excludes the same files as with ``mcpb pack``, where only the file itself decides."""

from __future__ import annotations

import json
import os
import random
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool.build.bundle import plan_bundle
from plugintool.formats.patterns import parse_mcpbignore
from plugintool.formats.project import Project
from plugintool.tree.directory import survey
from tests.bundle_world import bundle_manifest
from tests.conftest import NODE_PACKAGES

pytestmark = pytest.mark.foreign("node", "@anthropic-ai/mcpb")

WALK = """
const ignore = require('ignore');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { text, files } = JSON.parse(line);
  const lines = text.split(/\\r?\\n/).map((one) => one.trim()).filter((one) => one.length > 0 && !one.startsWith('#'));
  const checker = ignore().add(lines);
  const levels = (path) => path.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'));
  const kept = files.filter((path) => !levels(path).some((level) => checker.ignores(level)));
  process.stdout.write(JSON.stringify(kept) + '\\n');
});
"""
"""How files.js of the package asks: each name on the way to a file, as it goes down, without a slash at the end."""
NAMES = ["a", "b", "A", "ab", "x.js", "y.map", ".c", "d e", "src", "node_modules", "\u00e9", "[z]", "a.b", "!k", "#h"]
PIECES = ["a", "b", "A", "ab", "*", "**", "?", "*.js", "a*", "*b", "[ab]", "[!a]", "[a-c]*", "src", "X.JS", "d e", ".c"]
ODD = [
    "",
    "#h",
    "\\#h",
    "\\!k",
    "!",
    "\\",
    "a\\",
    "./a",
    "../a",
    "{a,b}",
    "\\[z\\]",
    "a # b",
    "\u00c9",
    "*.{js,map}",
    "/",
    "//",
]
FILES = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join), min_size=1, max_size=12)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """One line: mostly a pattern of whole segments, sometimes something odd; blanks around it do not count."""
    if draw(st.integers(0, 5)) == 0:
        body = draw(st.sampled_from(ODD))
    else:
        body = "/".join(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3)))
        body = draw(st.sampled_from(["", "", "/"])) + body + draw(st.sampled_from(["", "", "/"]))
    return draw(st.sampled_from(["", "", " ", "\t"])) + draw(st.sampled_from(["", "", "!"])) + body


def compatible(paths: list[str]) -> list[str]:
    """Drop paths of which another is the parent."""
    return [path for path in sorted(set(paths)) if not any(path.startswith(f"{other}/") for other in paths)]


@pytest.fixture(scope="module")
def theirs(foreign: Callable[[str], str]) -> Iterator[Callable[[str, list[str]], list[str]]]:
    """Ask the package that ``mcpb pack`` asks, in one process."""
    env = {**os.environ, "NODE_PATH": str(NODE_PACKAGES)}
    command = [foreign("node"), "-e", WALK]
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(text: str, files: list[str]) -> list[str]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"text": text, "files": files}) + "\n")
            process.stdin.flush()
            found: list[str] = json.loads(process.stdout.readline())
            return found

        yield ask
        assert process.stdin is not None
        process.stdin.close()


def ours(text: str, files: list[str]) -> list[str]:
    patterns = parse_mcpbignore(text.encode(), origin="")
    return [path for path in files if (found := patterns.find(path)) is None or not found.is_included]


def test_the_same_files_are_kept(theirs: Callable[[str, list[str]], list[str]]) -> None:
    @settings(max_examples=400)
    @given(st.lists(lines(), min_size=1, max_size=5), FILES.map(compatible), st.sampled_from(["\n", "\r\n"]))
    def agrees(texts: list[str], files: list[str], end: str) -> None:
        text = end.join(texts)
        assert ours(text, files) == theirs(text, files)

    agrees()


@pytest.mark.parametrize("seed", range(3))
def test_the_program_itself_packs_the_same_files(seed: int, tmp_path: Path, foreign: Callable[[str], str]) -> None:
    """On a tree of which neither built-in list knows a name."""
    chance = random.Random(seed)
    names = ["a", "b", "lib", "src", "x.js", "Y.JS", "deep", "keep.txt", "A.txt"]
    root = tmp_path / "bundle"
    paths = compatible(["/".join(chance.choices(names, k=chance.randint(1, 4))) for _ in range(60)])
    manifest = bundle_manifest("zz/server.js")
    patterns = chance.choices(["*.txt", "/lib/", "src", "!src/x.js", "deep/*", "!deep/a", "b/**/a", "!*.JS", "a/"], k=4)
    texts = {"manifest.json": json.dumps(manifest), ".mcpbignore": "\n".join(patterns), "zone/.mcpbignore": "*\n"}
    for path in [*paths, "zz/server.js", *texts]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(texts.get(path, "x"))
    packed = tmp_path / "theirs.mcpb"
    program = [foreign("node"), f"{foreign('@anthropic-ai/mcpb')}/dist/cli/cli.js", "pack", str(root), str(packed)]
    subprocess.run(program, check=True, capture_output=True, timeout=60)
    with zipfile.ZipFile(packed) as archive:
        expected = sorted(archive.namelist())
    plan = plan_bundle(survey(root), "", Project())
    assert [fate.path for fate in plan.included] == expected
    assert {fate.reason for fate in plan.omitted} <= {"pattern", "other-tool"}
