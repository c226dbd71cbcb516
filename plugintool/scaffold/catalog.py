"""The templates: packaged as ``plugintool/_templates``, or the ``templates/`` directory of a checkout.

A template is a directory with ``template.json`` and ``files/``; ``templates/README.md`` describes both. An editable
installation has no ``_templates`` beside the package, so the checkout is the second place to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from plugintool import jsontext
from plugintool.frozen import dataclass

PLACE = "_templates"
"""Where the wheel has the templates, inside the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template.

    Attributes:
        name: the name of its directory.
        provides: the phrase with which a new plugin describes itself; may be empty.
        variables: the declared placeholders, each with its meaning.
        executables: paths of programs, with placeholders.
        merged: paths of files that are merged into existing ones.
        server_reference: the bundle that the plugin manifest must name, with placeholders; may be empty.
        readme: the entry for the README of a new plugin, with placeholders; may be empty.
        files: content by path, both with placeholders, sorted by path; those of its base among them.
    """

    name: str
    provides: str
    variables: dict[str, str]
    executables: tuple[str, ...]
    merged: tuple[str, ...]
    server_reference: str
    readme: str
    files: dict[str, str]


def templates_root() -> Traversable:
    """Return the directory of all templates."""
    packaged = resources.files("plugintool") / PLACE
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "templates"


def template_names() -> list[str]:
    """Return the names of all templates, sorted."""
    return sorted(entry.name for entry in templates_root().iterdir() if (entry / "template.json").is_file())


def load_template(name: str) -> Template:
    """Read one template; it is part of this program, so anything wrong with it is a bug and no ``PlugintoolError``."""
    root = templates_root() / name
    described = jsontext.read_strict((root / "template.json").read_bytes(), path=f"{name}/template.json")
    assert isinstance(described, dict)
    return Template(
        name=name,
        provides=str(described["provides"]),
        variables={key: str(value) for key, value in _mapping(described["variables"]).items()},
        executables=_texts(described["executable"]),
        merged=_texts(described["merged"]),
        server_reference=str(described["server_reference"]),
        readme=str(described["readme"]),
        files=dict(sorted(_files(root, str(described.get("base", ""))))),
    )


def _files(root: Traversable, base: str) -> Iterator[tuple[str, str]]:
    """Yield path and content; of two with one path the later counts, which is the template's own."""
    if base:
        yield from load_template(base).files.items()
    if (root / "files").is_dir():
        yield from _walk(root / "files", "")


def _walk(directory: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield what the template ships; an installer compiles every .py file of a package, also those of templates."""
    for entry in directory.iterdir():
        path = prefix + entry.name
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from _walk(entry, path + "/")
        else:
            yield path, entry.read_bytes().decode()  # read_text would translate line ends on Windows


def _mapping(value: jsontext.JsonValue) -> jsontext.JsonObject:
    assert isinstance(value, dict)
    return value


def _texts(value: jsontext.JsonValue) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(map(str, value))
