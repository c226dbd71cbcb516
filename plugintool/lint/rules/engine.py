"""Rules about lint itself: what it could not do, what it looked at, and what was taken away."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.lint.rule import Context, Source, rule
from plugintool.plugin.model import Plugin
from plugintool.report import Finding, Location, Severity

_OURS = Source("docs/reference/rules/README.md", "LN", "2026-11")


@rule(
    "LN001",
    Severity.ERROR,
    "a rule failed: its verdict is missing",
    source=_OURS,
    backed_by="B",
    why="A rule that breaks must not look like a rule that found nothing.",
    bad="lint meets a file that one of its rules cannot cope with",
    good="report the plugin to the makers of plugintool; select around the rule with --ignore until it is repaired",
)
def rule_failed(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A rule ended with an unexpected error. The engine makes this finding; it cannot be suppressed."""
    del plugin, context
    yield from ()


@rule(
    "LN002",
    Severity.WARNING,
    "nothing was looked at: the plugin holds no component",
    source=Source("https://github.com/anthropics/claude-code/issues/87004", "green without looking", "2026-11"),
    backed_by="BR",
    why="A plugin whose skills stand in the wrong directory passes every check, and does nothing.",
    bad=".claude-plugin/plugin.json\nskill/review/SKILL.md",
    good=".claude-plugin/plugin.json\nskills/review/SKILL.md",
)
def nothing_checked(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """No agent, command, skill, hook, server, monitor, theme, style or workflow was found."""
    del context
    if not has_content(plugin):
        yield nothing_checked.finding(
            "no component was found, so nothing but the manifest was checked",
            Location(plugin.manifest_path if plugin.manifest else ""),
            hint="components belong in skills/, commands/, agents/, hooks/hooks.json or .mcp.json at the plugin root",
        )


@rule(
    "LN003",
    Severity.ERROR,
    "a suppression without a rule id or without a reason",
    source=_OURS,
    backed_by="B",
    why="In half a year nobody knows why a finding was taken away; without a reason it stays.",
    bad="<!-- plugintool: ignore FM009 -->",
    good="<!-- plugintool: ignore FM009 the description is written by the release job -->",
)
def unexplained_suppression(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A suppression names no rule, or gives no reason. The engine makes this finding; nothing is suppressed."""
    del plugin, context
    yield from ()


@rule(
    "LN004",
    Severity.WARNING,
    "a suppression that suppresses nothing",
    source=_OURS,
    backed_by="B",
    why="A suppression that outlives its finding hides the next one.",
    bad="<!-- plugintool: ignore FM004 old client --> in a file that has front matter",
    good="remove the comment",
)
def unused_suppression(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A suppression covers no finding of this run. The engine makes this finding."""
    del plugin, context
    yield from ()


def has_content(plugin: Plugin) -> bool:
    """Whether there is anything but a manifest."""
    sets = (plugin.components, plugin.hooks, plugin.mcp, plugin.lsp, plugin.monitors, plugin.bundles)
    others = ("themes", "output-styles", "workflows", "bin", "settings.json")
    named = ("outputStyles", "workflows", "commands", "settings", "experimental")
    return any(sets) or any(plugin.has(name) for name in others) or any(plugin.value.get(key) for key in named)
