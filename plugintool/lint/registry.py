"""The registry: every rule of the package ``lint.rules``, by id."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType, ModuleType

from plugintool.errors import ConfigError
from plugintool.lint import rules
from plugintool.lint.rule import Rule


@cache
def all_rules() -> Mapping[str, Rule]:
    """Return all rules by id, in order of id.

    Raises:
        ValueError: two rules have one id (our own mistake).
    """
    modules = (
        importlib.import_module(f"{rules.__name__}.{found.name}") for found in pkgutil.iter_modules(rules.__path__)
    )
    return MappingProxyType(collect(modules))


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


def check_prefixes(prefixes: Iterable[str], *, where: str) -> None:
    """Refuse a prefix that selects nothing.

    Raises:
        ConfigError: with a suggestion.
    """
    for prefix in prefixes:
        if not prefix or not any(rule_id.startswith(prefix) for rule_id in all_rules()):
            import difflib  # noqa: PLC0415 - only for a mistake

            near = difflib.get_close_matches(prefix.upper(), all_rules(), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else "plugintool explain lists all rules"
            raise ConfigError(f"no rule begins with {prefix!r}", field=where, hint=hint)
