"""Write the plugins that ``make bench`` measures with; the same directory tree, byte for byte, on every machine.

::

    python scripts/make_workloads.py OUTDIR [--small | --growth]

w1 is a tiny plugin of 10 files: what a command costs before it does anything. w2 is an everyday plugin, 60 Markdown and
JSON files of about 385 KB. Both are clean for ``plugintool lint`` and for the genuine client. w1-bundle and w2-bundle
hold the same files and a bundle manifest, for programs that pack bundles. w5 is a marketplace of 1,000 plugins like w1,
w6 one plugin with 10,000 skills. With --growth there are also g1000, g10000 and g100000, plugins with so many skills.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu zan bel cor dem fil gor hal".split()  # noqa: SIM905 - it is a text
COMMON = "the of and to a in is for that with on as be this by use when from or an not".split()  # noqa: SIM905 - it is a text
RARE = 0.45
"""Share of rare words: with it the text deflates to about half its size, as real plugins do."""
GROWTH = (1000, 10_000, 100_000)
"""Skills of the plugins that show how the cost grows."""
SKILLS, REFERENCES, AGENTS = 24, 20, 6


def main() -> None:
    """Write all workloads below the directory given; what is there already is replaced."""
    parser = argparse.ArgumentParser(description="write the plugins that make bench measures with")
    parser.add_argument("target", type=Path, metavar="OUTDIR")
    parser.add_argument("--growth", action="store_true", help="also write g1000, g10000 and g100000")
    parser.add_argument("--small", action="store_true", help="write w1 and w2 only")
    options = parser.parse_args()
    target: Path = options.target
    for name, files in (("w1", tiny()), ("w2", everyday())):
        _write(target / name, files)
        _write(target / f"{name}-bundle", files | bundle_files(name))
        tell(name, files)
    many = {} if options.small else {"w5": marketplace(1000), "w6": many_skills("w6", 10_000)}
    growth = {f"g{count}": many_skills(f"g{count}", count) for count in GROWTH if options.growth}
    for name, files in (many | growth).items():
        _write(target / name, files)
        tell(name, files)


def tell(name: str, files: dict[str, str]) -> None:
    """Print how large a workload is."""
    print(f"{name}: {len(files)} files, {sum(len(text.encode()) for text in files.values())} bytes")


def tiny(name: str = "w1", seed: int = 1) -> dict[str, str]:
    """Return the files of w1, or of a plugin like it."""
    text = Prose(seed)
    return {
        **plugin_files(name, text),
        "hooks/hooks.json": _json({"hooks": {"PostToolUse": [_hook("Write|Edit", "hooks/note.sh")]}}),
        "hooks/note.sh": "#!/bin/sh\nexec cat >/dev/null\n",
        ".mcp.json": _json({"mcpServers": {"search": {"type": "http", "url": "https://mcp.example.org/search"}}}),
        "agents/reviewer.md": agent("reviewer", text, 1200),
        "commands/find-bugs.md": command(text, 900),
        "skills/triage/SKILL.md": skill("triage", text, 1500),
        "skills/security-review/SKILL.md": skill("security-review", text, 1800),
    }


def everyday() -> dict[str, str]:
    """Return the files of w2: 24 skills with 20 references, 6 agents, 6 commands, and the files of every plugin."""
    text = Prose(2)
    files = plugin_files("w2", text)
    for number in range(SKILLS):
        name = f"skill-{number:02}"
        files[f"skills/{name}/SKILL.md"] = skill(name, text, 6500)
        if number < REFERENCES:
            files[f"skills/{name}/references/details.md"] = text.markdown(8000)
    for number in range(AGENTS):
        files[f"agents/agent-{number}.md"] = agent(f"agent-{number}", text, 4500)
        files[f"commands/command-{number}.md"] = command(text, 3000)
    files["data/terms.json"] = _json({text.word(): text.sentence() for _ in range(150)})
    return files


def marketplace(count: int) -> dict[str, str]:
    """Return the files of w5: plugins like w1, and the list of them."""
    names = [f"plugin-{number:04}" for number in range(count)]
    entries = [{"name": name, "source": f"./plugins/{name}", "description": f"Plugin {name}"} for name in names]
    listed = {"name": "w5", "owner": {"name": "The authors"}, "metadata": {"description": "Many"}, "plugins": entries}
    files = {".claude-plugin/marketplace.json": _json(listed)}
    for seed, name in enumerate(names):
        files |= {f"plugins/{name}/{path}": text for path, text in tiny(name, seed).items()}
    return files


def many_skills(name: str, count: int) -> dict[str, str]:
    """Return the files of a plugin with so many skills, each of about 1.5 KB, of a hundred texts."""
    text = Prose(6)
    bodies = [text.markdown(1200) for _ in range(100)]
    files = plugin_files(name, text)
    for number in range(count):
        skill_name = f"skill-{number:06}"
        files[f"skills/{skill_name}/SKILL.md"] = skill(skill_name, text, 0) + bodies[number % len(bodies)]
    return files


def plugin_files(name: str, text: Prose) -> dict[str, str]:
    """Return the three files that every plugin has."""
    manifest = {
        "name": name,
        "version": "1.2.3",
        "description": text.sentence(),
        "author": {"name": "The authors"},
        "license": "Apache-2.0",
        "keywords": ["measuring"],
    }
    return {
        ".claude-plugin/plugin.json": _json(manifest),
        "README.md": text.markdown(1500),
        "LICENSE": "Licensed under the Apache License, Version 2.0.\n",
    }


def bundle_files(name: str) -> dict[str, str]:
    """Return what a directory needs besides to be packed as a bundle."""
    run = {"command": "node", "args": ["${__dirname}/server/index.js"]}
    manifest = {
        "manifest_version": "0.3",
        "name": name,
        "version": "1.2.3",
        "description": "A bundle to measure with",
        "author": {"name": "The authors"},
        "server": {"type": "node", "entry_point": "server/index.js", "mcp_config": run},
    }
    return {"manifest.json": _json(manifest), "server/index.js": "process.stdin.resume();\n"}


def skill(name: str, text: Prose, size: int) -> str:
    """Return a SKILL.md of about ``size`` bytes."""
    head = {
        "name": name,
        "description": f"{text.sentence()} Use it when asked to {text.word()}.",
        "license": "Apache-2.0",
    }
    return _front(head) + text.markdown(size)


def agent(name: str, text: Prose, size: int) -> str:
    """Return an agent's file of about ``size`` bytes."""
    return _front({"name": name, "description": text.sentence(), "tools": "Read, Grep"}) + text.markdown(size)


def command(text: Prose, size: int) -> str:
    """Return a command's file of about ``size`` bytes."""
    return _front({"description": text.sentence(), "argument-hint": "<path>"}) + text.markdown(size)


class Prose:
    """A source of text that compresses about as real Markdown does: few common words, many rare ones."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same text everywhere is the purpose

    def word(self) -> str:
        """Return a rare word."""
        return "".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 4)))

    def sentence(self) -> str:
        """Return a sentence of ten to eighteen words."""
        words = [
            self.word() if self._random.random() < RARE else self._random.choice(COMMON)
            for _ in range(self._random.randint(10, 18))
        ]
        return f"{' '.join(words).capitalize()}."

    def markdown(self, size: int) -> str:
        """Return headings, lists and paragraphs of at least ``size`` bytes."""
        return "".join(self._blocks(size))

    def _blocks(self, size: int) -> Iterator[str]:
        written = 0
        while written < size:
            kind = self._random.randrange(6)
            body = self.sentence()
            block = (
                f"## {body[:40]}\n\n"
                if kind == 0
                else f"- {body}\n"
                if kind == 1
                else f"\n{body} {self.sentence()}\n\n"
            )
            written += len(block)
            yield block


def _hook(matcher: str, script: str) -> dict[str, object]:
    return {"matcher": matcher, "hooks": [{"type": "command", "command": f'"${{CLAUDE_PLUGIN_ROOT}}/{script}"'}]}


def _front(head: dict[str, str]) -> str:
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in head.items())
    return f"---\n{lines}---\n\n"


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _write(target: Path, files: dict[str, str]) -> None:
    shutil.rmtree(target, ignore_errors=True)
    for name, text in sorted(files.items()):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        path.chmod(0o755 if name.endswith(".sh") else 0o644)


if __name__ == "__main__":
    main()
