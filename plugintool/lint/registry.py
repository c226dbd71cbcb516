"""The registry: every rule of the package ``lint.rules``, by id.

A module of ``lint.rules`` is a *family*. Most plugins have no bundle and are no marketplace, so the families about
those are imported only where they are asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from types import MappingProxyType, ModuleType
from typing import NamedTuple

from plugintool.errors import ConfigError
from plugintool.lint import rules
from plugintool.lint.rule import ALL_TARGETS, Rule, Subject

FAMILIES = (
    "agents",
    "built_tree",
    "bundle_container",
    "bundle_files",
    "bundle_manifest",
    "bundle_modules",
    "bundle_options",
    "bundle_programs",
    "bundle_runtimes",
    "bundle_server",
    "bundle_sources",
    "command_paths",
    "component_path_advice",
    "component_paths",
    "documentation",
    "engine",
    "front_matter",
    "front_matter_values",
    "hook_guards",
    "hook_handlers",
    "hook_matchers",
    "hook_paths",
    "hooks",
    "manifest_advice",
    "manifest_fields",
    "manifest_file",
    "manifest_name",
    "marketplace_entries",
    "marketplace_file",
    "marketplace_sources",
    "mcp",
    "option_advice",
    "other_components",
    "other_content",
    "programs",
    "risky_texts",
    "secret_values",
    "secrets",
    "server_advice",
    "skill_texts",
    "skills",
    "tree",
    "tree_content",
    "user_config",
)
"""The modules of ``lint.rules``, in order of name; a test compares them with the files."""


class Scope(NamedTuple):
    """What the rules of some families are about; a rule of theirs has no other subject and no other target."""

    subjects: frozenset[Subject]
    targets: frozenset[str]

    def meets(self, subject: Subject, targets: Iterable[str]) -> bool:
        """Whether a rule in it can run on a subject that is meant for ``targets``."""
        return subject in self.subjects and not self.targets.isdisjoint(targets)


SCOPES = {
    "bundle_": Scope(frozenset({Subject.PLUGIN}), frozenset({"mcpb", "directory"})),
    "marketplace_": Scope(frozenset({Subject.MARKETPLACE}), frozenset(ALL_TARGETS)),
}
"""How the names of families begin that are not about every subject or target."""


def all_rules() -> Mapping[str, Rule]:
    """Return all rules by id, in order of id.

    Raises:
        ValueError: two rules have one id (our own mistake).
    """
    return _rules_of(FAMILIES)


def rules_about(subject: Subject, targets: Iterable[str]) -> Mapping[str, Rule]:
    """Return all rules that can run on a subject that is meant for ``targets``, and others, in order of id."""
    return _rules_of(_families_about(subject, frozenset(targets)))


@cache
def _families_about(subject: Subject, targets: frozenset[str]) -> tuple[str, ...]:
    scopes = ((name, scope_of(name)) for name in FAMILIES)
    return tuple(name for name, scope in scopes if scope is None or scope.meets(subject, targets))


def scope_of(family: str) -> Scope | None:
    """Return what a family is about; None when it is not limited."""
    return next((scope for prefix, scope in SCOPES.items() if family.startswith(prefix)), None)


@cache
def _rules_of(names: tuple[str, ...]) -> Mapping[str, Rule]:
    return MappingProxyType(collect(importlib.import_module(f"{rules.__name__}.{name}") for name in names))


def collect(modules: Iterable[ModuleType]) -> dict[str, Rule]:
    """Return the rules that modules define, in order of id; a rule that is only imported counts once.

    Raises:
        ValueError: two rules have one id or one name.
    """
    found = {id(value): value for module in modules for value in vars(module).values() if isinstance(value, Rule)}
    result = {rule.id: rule for rule in sorted(found.values(), key=lambda rule: rule.id)}
    if len(result) != len(found) or len({rule.name for rule in found.values()}) != len(found):
        raise ValueError("two rules have one id or one name")
    return result


def check_prefixes(prefixes: Iterable[str], *, where: str, near: Collection[str] = ()) -> None:
    """Refuse a prefix that selects nothing.

    Args:
        prefixes: of rule ids.
        where: where they stand.
        near: ids that are looked at first: those of the rules that are loaded already.

    Raises:
        ConfigError: with a suggestion.
    """
    for prefix in prefixes:
        if not prefix or not (_selects(prefix, near) or _selects(prefix, all_rules())):
            import difflib  # noqa: PLC0415 - only for a mistake

            meant = difflib.get_close_matches(prefix.upper(), all_rules(), n=1, cutoff=0.5)
            hint = f"did you mean {meant[0]}?" if meant else "plugintool explain lists all rules"
            raise ConfigError(f"no rule begins with {prefix!r}", field=where, hint=hint)


def _selects(prefix: str, rule_ids: Iterable[str]) -> bool:
    return any(rule_id.startswith(prefix) for rule_id in rule_ids)
