"""Try one server: start it, judge what it says, and look at what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from plugintool.author.check_request import Site
from plugintool.author.checked import CheckedServer, server_of
from plugintool.frozen import replace
from plugintool.jsontext import JsonObject
from plugintool.jsonvalue import object_of
from plugintool.probe.bundle import Start
from plugintool.probe.codes import Flaw
from plugintool.probe.interview import Interview, interview
from plugintool.probe.lists import compare, declared_in, judge_list, judge_tools
from plugintool.probe.watch import changes, look_at
from plugintool.report import Finding

Tried: TypeAlias = "tuple[CheckedServer, tuple[Finding, ...]]"
"""A server and what was found."""
_UV_OWN = frozenset({".venv"})
"""What the host's uv makes in the directory of a bundle of its type: that is not the server's doing."""


def try_stdio(site: Site, start: Start, env: Mapping[str, str], manifest: JsonObject | None = None) -> Tried:
    """Start a stdio server and say how it did.

    Args:
        site: the server.
        start: its command, variables filled in.
        env: variables that it gets beside its own.
        manifest: the bundle manifest that its lists are compared with; None for servers of a plugin.
    """
    bench = site.bench
    apart = _UV_OWN if manifest is not None and _is_uv(manifest) else frozenset[str]()
    before = look_at(bench.root, apart=apart)
    launch = bench.place.launch(start.argv, {**env, **start.env})
    told = interview(launch, bench.request.patience, order=bench.request.order)
    flaws = (*start.flaws(), *told.flaws, *_judge(told, manifest), *changes(before, look_at(bench.root, apart=apart)))
    server = server_of(site.name, told, flaws, bench.redaction)
    return server, site.findings(flaws, stderr=server.stderr)


def try_remote(site: Site, transport: str, url: str, headers: Mapping[str, str]) -> Tried:
    """Ask a remote server when the user wants that; else say that it was not checked."""
    request = site.bench.request
    if not request.online:
        return leave_out(site, transport, Flaw("CH021", url))
    from plugintool.probe.remote import ask_remote  # noqa: PLC0415 - the one place that opens connections

    told = ask_remote(transport, url, headers, seconds=request.patience.answer)
    server = CheckedServer(
        name=site.name,
        transport=transport,
        state=told.state,
        version=told.version,
        server_name=told.name,
        server_version=told.server_version,
    )
    return server, site.findings(told.flaws)


def leave_out(site: Site, transport: str, flaw: Flaw) -> Tried:
    """Return a server that is not started, and why."""
    return CheckedServer(name=site.name, transport=transport, state="not checked"), site.findings([flaw])


def refuse(site: Site, why: str) -> Tried:
    """Return a server whose description cannot be used: it counts as tried, and has failed."""
    server, findings = leave_out(site, "stdio", Flaw("CH023", why))
    return replace(server, state="failed"), findings


def _is_uv(manifest: JsonObject) -> bool:
    return object_of(manifest.get("server")).get("type") == "uv"


def _judge(told: Interview, manifest: JsonObject | None) -> Iterable[Flaw]:
    if told.agreement is None:
        return
    for kind, items in (("tools", told.tools), ("prompts", told.prompts)):
        yield from judge_list(items or (), kind)
        if manifest is not None:
            yield from compare(declared_in(manifest, kind), items, kind)
    yield from judge_tools(told.tools or ())
