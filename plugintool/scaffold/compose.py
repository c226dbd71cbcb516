"""Which files a new plugin or component consists of: pure, from checked answers to rendered parts.

A new plugin is the part ``plugin`` and one part for each kind of component that was asked for. The examples are those
of a plugin that reviews code; a component made by name comes from a template that fits any subject.
"""

from __future__ import annotations

from collections.abc import Sequence

from plugintool import __version__
from plugintool.frozen import dataclass, replace
from plugintool.relpath import RelPath
from plugintool.scaffold import merge
from plugintool.scaffold.catalog import Template, load_template
from plugintool.scaffold.names import Author, title_of
from plugintool.scaffold.render import RenderedFile, fill, render

MANIFEST = RelPath(".claude-plugin/plugin.json")
README = RelPath("README.md")
LICENSE = RelPath("LICENSE")
LICENSE_ID = "MIT"
"""SPDX identifier of the text in the template ``plugin``."""

KINDS = ("agent", "command", "skill", "hook", "mcp", "bundle")
"""Kinds of component of a new plugin, in the order in which its README lists them."""
DEFAULT_KINDS = ("agent", "command", "skill", "mcp")
EVENTS = {"PostToolUse": "edit-check", "SessionStart": "session-context"}
"""Hook events for which there is a template, the default one first."""
CI = {"github": "ci-github", "gitlab": "ci-gitlab"}
"""Services that run checks, each with its template."""

_EXAMPLES = {
    "agent": ("review-agent", ""),
    "command": ("find-all-bugs", "find-all-bugs"),
    "skill": ("security-review", "security-review"),
    "hook": ("edit-check", "check-edits"),
    "mcp": ("remote-server", ""),
    "bundle": ("local-server", ""),
}
"""Template and name of the component; an empty name is that of the plugin."""
SERVERS = {"node": "bundle-node", "python": "bundle-python", "binary": "bundle-binary", "uv": "bundle-uv"}
"""Types of server of a bundle, each with its template."""
_BUNDLES = "bundles"
_NAMED = {"agent": "agent", "command": "command", "skill": "skill", "mcp": "remote-server"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component, or the files of the plugin itself.

    Attributes:
        kind: one of ``KINDS``, or ``plugin``.
        name: the component's name.
        files: what to write.
        server_reference: the bundle that the plugin manifest must name; may be empty.
        readme: its entry in the plugin's README; may be empty.
        provides: its phrase in the plugin's description; may be empty.
    """

    kind: str
    name: str
    files: tuple[RenderedFile, ...]
    server_reference: str = ""
    readme: str = ""
    provides: str = ""


def compose_example(kind: str, *, plugin: str, author: Author, url: str = "") -> Part:
    """Return the example component of ``kind`` for a plugin; ``url`` is the address of an MCP server, if known."""
    template_name, own_name = _EXAMPLES[kind]
    if kind == "bundle":
        return _bundle(load_template(template_name), f"{plugin}-tools", author=author, description="", inside=True)
    name = own_name or plugin
    answers = {
        "name": name,
        "plugin": plugin,
        "title": title_of(name),
        "author": author.name,
        "url": url or _open_address(plugin),
        "address": f"at `{url}`." if url else _explain_address(plugin),
    }
    return _part(kind, name, load_template(template_name), answers)


def compose_component(kind: str, name: str, *, description: str = "", url: str = "", event: str = "") -> Part:
    """Return a component of ``kind`` under its own name; without ``description`` one is made from the name."""
    template = load_template(EVENTS[event] if kind == "hook" else _NAMED[kind])
    answers = {
        "name": name,
        "title": title_of(name),
        "description": description or _describe(kind, name),
        "url": url,
        "address": f"at `{url}`.",
    }
    return _part(kind, name, template, answers)


def compose_bundle(server: str, name: str, *, author: Author, description: str = "", inside: bool = False) -> Part:
    """Return a bundle with a server of one of the types of ``SERVERS``.

    Args:
        server: the type.
        name: of the bundle and of its directory.
        author: named in its manifest.
        description: one line; empty for what the server does as it is.
        inside: whether it is part of a plugin: then it lies below ``bundles/``, and the plugin manifest names it.
    """
    return _bundle(load_template(SERVERS[server]), name, author=author, description=description, inside=inside)


def compose_ci(service: str, *, plugin: str) -> Part:
    """Return what lets a service of ``CI`` check, build, sign and pack a plugin whose directory is a repository."""
    answers = {"name": plugin, "version": __version__, "opening": "{{"}
    return _part("ci", service, load_template(CI[service]), answers)


def compose_base(name: str, parts: Sequence[Part], *, author: Author, description: str, with_license: bool) -> Part:
    """Return the files of the plugin itself; ``parts`` are described in its manifest and README."""
    described = description or describe_parts(parts) or f"{title_of(name)}, a plugin for Claude."
    answers = {
        "name": name,
        "title": title_of(name),
        "description": described,
        "author": author.name,
        "components": "\n".join(part.readme for part in parts) or "See the directories beside this file.",
        "usage": _usage(name, needs_build=any(part.server_reference for part in parts)),
    }
    part = _part("plugin", name, load_template("plugin"), answers)
    files = [
        _complete(file, parts, author, with_license) for file in part.files if with_license or file.path != LICENSE
    ]
    return Part(kind="plugin", name=name, files=tuple(files))


def describe_parts(parts: Sequence[Part]) -> str:
    """Return ``Adds a reviewing agent and a remote MCP server.``; empty for no parts."""
    return f"Adds {join_words([part.provides for part in parts])}." if parts else ""


def join_words(words: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _bundle(template: Template, name: str, *, author: Author, description: str, inside: bool) -> Part:
    does = template.provides[:1].upper() + template.provides[1:]
    answers = {"name": name, "title": title_of(name), "author": author.name, "description": description or does}
    part = _part("bundle", name, template, answers)
    if not inside:
        return replace(part, server_reference="", readme="")
    below = (replace(file, path=RelPath(f"{_BUNDLES}/{name}/{file.path}")) for file in part.files)
    return replace(part, files=tuple(below))


def _part(kind: str, name: str, template: Template, answers: dict[str, str]) -> Part:
    return Part(
        kind=kind,
        name=name,
        files=tuple(render(template, answers)),
        server_reference=fill(template.server_reference, answers),
        readme=fill(template.readme, answers),
        provides=template.provides,
    )


def _complete(file: RenderedFile, parts: Sequence[Part], author: Author, with_license: bool) -> RenderedFile:  # noqa: FBT001 - private
    """Add to the manifest what a template cannot say: members that only some plugins have."""
    if file.path != MANIFEST:
        return file
    data = file.data
    if author.email:
        data = merge.add_member(data, ("author",), "email", author.email, path=MANIFEST)
    if with_license:
        data = merge.add_member(data, (), "license", LICENSE_ID, path=MANIFEST)
    for part in parts:
        if part.server_reference:
            data = merge.add_server_reference(data, part.server_reference, path=MANIFEST)
    return RenderedFile(MANIFEST, data)


def _describe(kind: str, name: str) -> str:
    words = name.replace("-", " ")
    if kind == "command":
        return title_of(name)
    return f"Helps with {words}. Use it when the task is about {words}."


def _address_variable(plugin: str) -> str:
    return "MCP_URL_" + plugin.upper().replace("-", "_")


def _open_address(plugin: str) -> str:
    """Return an address that its user decides, and that reaches nobody until then: ``.invalid`` (RFC 2606)."""
    return f"${{{_address_variable(plugin)}:-https://mcp.invalid/{plugin}}}"


def _explain_address(plugin: str) -> str:
    return (
        f"to try it, set the environment variable `{_address_variable(plugin)}` to the address of your server. Write "
        "the address into `.mcp.json` before you release: an app on a device does not see your variables. Until then "
        "the address ends in `.invalid`, a domain that never exists (RFC 2606), so nothing is contacted and the server "
        "is shown as not connected."
    )


def _usage(name: str, *, needs_build: bool) -> str:
    if not needs_build:
        return f"Run this in the directory above it:\n\n    claude --plugin-dir {name}"
    return (
        "The build packs the bundle, so build the plugin first. Run this in the directory above it:\n\n"
        f"    plugintool build {name}\n    claude --plugin-dir dist/org-plugins/{name}"
    )
