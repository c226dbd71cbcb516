"""Throw mutated plugins at the linter: whatever the bytes, there must be findings and never an exception.

    python -m scripts.fuzz_lint                          # 120,000 inputs on all processors
    python -m scripts.fuzz_lint --count 5000 --seed 7
    python -m scripts.fuzz_lint --replay build/fuzz/FILE.json

The seeds are the committed cases in fixtures/oracle. Of each, one file is changed: JSON by its structure (values taken
away, doubled, replaced, nested), front matter by its lines, any file by its bytes. The same seed gives the same inputs.
A failure is an exception, the finding LN001 (a rule that failed), or an input that takes longer than the limit; the
input is saved, and --replay shows what happens.
"""

from __future__ import annotations

import base64
import copy
import json
import multiprocessing
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from plugintool.cli.render.text import finding_lines
from plugintool.errors import PlugintoolError
from plugintool.lint.rule import ALL_TARGETS
from plugintool.lint.run import LintOptions, lint_marketplace, lint_plugin
from plugintool.plugin.inventory import inventory_of
from plugintool.plugin.load import load_plugin
from plugintool.plugin.marketplace import load_marketplace
from plugintool.relpath import RelPath
from plugintool.report import Finding
from plugintool.tree.memory import MemoryTree
from scripts.fuzz_arguments import end_with, make_parser

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "fixtures" / "oracle" / "cases.jsonl"
MARKETPLACE = ".claude-plugin/marketplace.json"
SECONDS_MAX = 5.0
"""An input of a few kilobytes that takes longer is a failure: some pattern or loop grows too fast."""
COUNT = 120_000
_SEED_BYTES = 20_000
_BLOCK = 500
"""Inputs that one process makes and judges at a time."""
_SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 1e308, 10**30, "", " ", "x", ".", "./", "./x", "./../x", "/x", "x\0y", "\ud800"),
    *("${CLAUDE_PLUGIN_ROOT}/x", "${user_config.k}", "${A:-b}", "https://x.example", "http://[", "http://a:999999/"),
    *("command", "http", "stdio", "always", "on-skill-invoke:x", "^1.0.0 ||", "a@b@c", "é", "\u202e", "claude-x"),
    *("x" * 5_000, "(" * 300, "[" * 300, "a b", "~/x", "C:\\x", "npx -y x", "curl x | sh", "${" * 200, "<a>" * 100),
    *([], {}, [None], [[]], {"": 1}, {"hooks": []}, ["./x", 5], {"source": "./x", "content": "y"}),
)
_YAML: tuple[str, ...] = (
    *(
        "null",
        "~",
        "5",
        "1e3",
        "0x1f",
        "true",
        "yes",
        "[a",
        "[a, b]",
        "{a: b}",
        "{a",
        '"x',
        "'x'",
        "&a b",
        "*a",
        "!x y",
    ),
    *(
        "|",
        ">",
        "- a",
        "? a",
        "@x",
        "%x",
        "`x`",
        "a: b",
        "a #b",
        "---",
        "...",
        "\t",
        "\u00a0",
        "\0",
        "\u2028",
        "<<: *a",
    ),
    *("x" * 3_000, "[" * 100, "{" * 100, "a: " * 100, '"\\x41\\u263A"', "!!python/object:os.system x", "Bash(*)"),
)
_BYTES: tuple[bytes, ...] = (
    *(
        b"",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\r\n",
        b"\r",
        b"\n\n",
        b"---\n",
        b'"',
        b"\\",
        b"{",
        b"}",
    ),
    *(b"[", b"]", b",", b":", b"/*", b"//", b"\\u0000", b"\\ud800", b"NaN", b"1" * 500, b"[" * 100, b"\xe2\x80\xae"),
)

Files: TypeAlias = dict[str, bytes]


@dataclass(slots=True)
class Tally:
    """What came of some inputs."""

    inputs: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def add(self, other: Tally) -> None:
        """Take the numbers of another one in."""
        self.inputs += other.inputs
        self.kinds += other.kinds
        self.codes += other.codes
        self.failures += other.failures
        self.slowest = max(self.slowest, other.slowest)


def seeds() -> list[Files]:
    """Return the files of every committed case that can be held in memory."""
    found: list[Files] = []
    for line in CASES.read_text("utf-8").splitlines():
        files = {name: _content(value) for name, value in json.loads(line)["files"].items()}
        plain = {name: data for name, data in files.items() if data is not None and not name.startswith("..")}
        if plain and sum(map(len, plain.values())) <= _SEED_BYTES and all(map(_is_portable, plain)):
            found.append(plain)
    return found


def _is_portable(path: str) -> bool:
    """Whether a tree in memory can hold the path."""
    try:
        RelPath(path)
    except PlugintoolError:
        return False
    return True


def _content(value: Any) -> bytes | None:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if "base64" in value:
        return base64.b64decode(value["base64"])
    return value["text"].encode("utf-8", "surrogatepass") if "text" in value else None


def mutate(files: Files, chance: random.Random) -> tuple[Files, str]:
    """Return the files with one of them changed, and its kind."""
    name = chance.choice(sorted(files))
    data = files[name]
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = _mutate_one(name, data, chance)
    return {**files, name: data}, _kind(name)


def _kind(name: str) -> str:
    known = {"plugin.json": "manifest", "marketplace.json": "marketplace", "hooks.json": "hooks", ".mcp.json": "mcp"}
    return known.get(name.rpartition("/")[2], "front matter" if name.lower().endswith(".md") else "other")


def _mutate_one(name: str, data: bytes, chance: random.Random) -> bytes:
    roll = chance.random()
    if name.lower().endswith(".md") and roll < 0.6:  # noqa: PLR2004 - most by structure, the rest by bytes
        return _mutate_lines(data, chance)
    if roll < 0.75 and name.lower().endswith(".json"):  # noqa: PLR2004 - as above
        return _mutate_json(data, chance)
    return _mutate_bytes(data, chance)


def _mutate_bytes(data: bytes, chance: random.Random) -> bytes:
    start = chance.randint(0, len(data))
    end = min(len(data), start + chance.choice((0, 0, 1, 1, 2, 8, 64)))
    change = chance.randrange(4)
    if change == 0:
        return data[:start] + chance.choice(_BYTES) + data[end:]
    if change == 1:
        return data[:start] + bytes(chance.randrange(256) for _ in range(chance.randint(1, 4))) + data[end:]
    if change == 2:  # noqa: PLR2004 - the third of four
        return data[:end] + data[start:]
    return data[:start]


def _mutate_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.decode("utf-8", "replace").split("\n")
    place = chance.randrange(len(lines))
    key, colon, _ = lines[place].partition(":")
    change = chance.randrange(5)
    if change == 0:
        lines[place] = f"{key}{colon} {chance.choice(_YAML)}"
    elif change == 1:
        lines.insert(place, chance.choice(lines))
    elif change == 2:  # noqa: PLR2004 - the third of five
        del lines[place]
    elif change == 3:  # noqa: PLR2004 - as above
        lines.insert(place, chance.choice(_YAML))
    else:
        lines[place] = chance.choice((" ", "\t", "  - ")) + lines[place]
    return chance.choice(("\n", "\n", "\n", "\r\n")).join(lines).encode("utf-8", "surrogatepass")


def _mutate_json(data: bytes, chance: random.Random) -> bytes:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _mutate_bytes(data, chance)
    holder = [value]
    parent, key = chance.choice(list(_places(holder)))
    change = chance.randrange(5)
    if change == 0:
        parent[key] = copy.deepcopy(chance.choice(_SCALARS))
    elif change == 1:
        parent[key] = [parent[key]] * chance.choice((1, 2, 50))
    elif change == 2:  # noqa: PLR2004 - the third of five
        parent[key] = {chance.choice(("", "hooks", "mcpServers", "type", "x")): parent[key]}
    elif change == 3 and isinstance(parent, dict):  # noqa: PLR2004 - as above
        parent[chance.choice(("", "name", "type", "timout", "matcher", "\ud800", key.upper()))] = parent.pop(key)
    elif isinstance(parent, dict):
        del parent[key]
    return json.dumps(holder[0]).encode("utf-8", "surrogatepass")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container with each of its keys or indexes."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        inner: Iterator[Any] = iter(item) if isinstance(item, dict) else iter(range(len(item)))
        for key in list(inner):
            yield item, key
            if isinstance(item[key], (dict, list)):
                waiting.append(item[key])


def judge(files: Files, directory: Path) -> tuple[Finding, ...]:
    """Load, sum up and lint one input as an author and as the genuine client; print what was found into nothing."""
    if MARKETPLACE in files:
        return _judge_marketplace(files[MARKETPLACE], directory)
    plugin = load_plugin(MemoryTree("acme-review", files))
    json.dumps(inventory_of(plugin).as_json())
    found = lint_plugin(plugin, LintOptions(targets=ALL_TARGETS))
    for client in ((2, 1, 330), (2, 1, 197)):
        found += lint_plugin(plugin, LintOptions(profile="client", client=client))
    _show(found)
    return found


def _judge_marketplace(data: bytes, directory: Path) -> tuple[Finding, ...]:
    file = directory / MARKETPLACE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    marketplace = load_marketplace(file)
    found = lint_marketplace(marketplace, LintOptions(targets=ALL_TARGETS))
    found += lint_marketplace(marketplace, LintOptions(profile="client"))
    _show(found)
    return found


def _show(findings: Sequence[Finding]) -> None:
    for finding in findings:
        json.dumps(finding.as_json())
        "\n".join(finding_lines(finding, subject="x")).encode()


def failure_of(files: Files, directory: Path) -> tuple[str, tuple[Finding, ...]]:
    """Return what went wrong with one input (empty when nothing did) and its findings."""
    started = time.perf_counter()
    try:
        found = judge(files, directory)
    except PlugintoolError as error:
        return f"{type(error).__name__}: {error}", ()
    except Exception:  # noqa: BLE001 - that is what is looked for
        return traceback.format_exc(), ()
    broken = next((finding.message for finding in found if finding.code == "LN001"), "")
    seconds = time.perf_counter() - started
    return broken or (f"took {seconds:.1f} seconds" if seconds > SECONDS_MAX else ""), found


def run_block(task: tuple[int, int, int, str]) -> Tally:
    """Make and judge the inputs of one block.

    Args:
        task: the seed, the number of the block, how many inputs, and the directory where failures are saved.
    """
    seed, block, count, save = task
    chance, corpus, tally = random.Random(f"{seed}/{block}"), seeds(), Tally()  # noqa: S311 - the same inputs each time
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        for number in range(count):
            files, kind = mutate(chance.choice(corpus), chance)
            started = time.perf_counter()
            failure, found = failure_of(files, Path(name))
            tally.slowest = max(tally.slowest, time.perf_counter() - started)
            tally.inputs += 1
            tally.kinds[kind] += 1
            tally.codes.update({finding.code for finding in found})
            if failure:
                tally.failures.append(_save(files, failure, Path(save) / f"{seed}-{block}-{number}.json"))
    return tally


def _save(files: Files, failure: str, target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    encoded = {name: base64.b64encode(data).decode() for name, data in files.items()}
    target.write_text(json.dumps({"failure": failure, "files": encoded}, indent=2), "utf-8")
    return f"{target}: {failure.strip().splitlines()[-1]}"


def run(*, count: int, seed: int, jobs: int, save: Path) -> Tally:
    """Judge ``count`` inputs in ``jobs`` processes; the inputs do not depend on ``jobs``."""
    sizes = [min(_BLOCK, count - start) for start in range(0, count, _BLOCK)]
    tasks = [(seed, block, size, str(save)) for block, size in enumerate(sizes)]
    total = Tally()
    if jobs == 1:
        for task in tasks:
            total.add(run_block(task))
        return total
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for tally in pool.imap_unordered(run_block, tasks):
            total.add(tally)
    return total


def replay(path: Path) -> int:
    """Judge a saved input again and print what happens."""
    saved = json.loads(path.read_text("utf-8"))
    files = {name: base64.b64decode(data) for name, data in saved["files"].items()}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        failure, found = failure_of(files, Path(name))
    print(failure or f"no failure; {len(found)} findings")
    return int(bool(failure))


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the figures; 1 when something failed."""
    args = make_parser(__doc__, count=COUNT).parse_args(argv)
    if args.replay:
        return replay(args.replay)
    started = time.perf_counter()
    total = run(count=args.count, seed=args.seed, jobs=args.jobs, save=args.save)
    kinds = ", ".join(f"{number} {kind}" for kind, number in total.kinds.most_common())
    print(f"{total.inputs} inputs in {time.perf_counter() - started:.0f} s with seed {args.seed}: {kinds}")
    print(f"{len(total.codes)} rules found something; slowest input {total.slowest:.2f} s")
    return end_with(total.failures)


if __name__ == "__main__":
    sys.exit(main())
