"""Use case: explain every code that plugintool prints, offline.

Codes are ids of rules (``HK018``), verification steps (``step-3`` or ``3``), codes of errors (``not-signed``), the
rules of paths and archives (``C19``), the reasons for which build leaves a file out, the findings of an audit
(``AU001``), of a trust policy (``TP001``) and of a check (``CH001``), and the gates of ``diff`` (``new-hook``).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from plugintool import errors, relpath
from plugintool.errors import ConfigError, PlugintoolError
from plugintool.frozen import dataclass
from plugintool.jsontext import JsonObject
from plugintool.report import Report, collect

_STEP = re.compile(r"(?:step[- ]?)?([1-9])\Z", re.IGNORECASE)
_SHOWN = 2
"""Suggestions shown for an unknown code."""
_PATH_RULE = re.compile(r"\* (C[0-9]{2}) (.*?)(?=;\n|\.\n)", re.DOTALL)
_TREE_RULES = {
    "C22": "no two paths of a tree are equal after folding letter case and compatibility forms (NFKC), and no file is "
    "the parent directory of another",
    "C23": "only regular files and directories: no symbolic links, FIFOs, sockets or devices",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one code means.

    Attributes:
        code: as it is printed.
        kind: ``rule``, ``step``, ``error``, ``path rule``, ``archive rule``, ``omit reason``,
            ``invalid reason``, ``audit finding``, ``trust finding``, ``check finding`` or ``release gate``.
        title: one line.
        sections: heading to text, in the order in which they are shown.
    """

    code: str
    kind: str
    title: str
    sections: Mapping[str, str]

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"code": self.code, "kind": self.kind, "title": self.title, "sections": {**self.sections}}


def explain(codes: Sequence[str]) -> Report[Explanation]:
    """Explain codes; without any, all of them in the order of their kinds."""
    return collect("explain", codes or tuple(explanations()), _find)


def explanations() -> dict[str, Explanation]:
    """Return every explanation by its code."""
    return {code: explanation for kind in _KINDS for code, explanation in _table(kind).items()}


def _find(code: str) -> Explanation:
    """Look into one kind after the other, so that a rule is explained without importing the device half."""
    step = _STEP.match(code)
    wanted = f"step-{step[1]}" if step else code.lower()
    for kind in _KINDS:
        for name, explanation in _table(kind).items():
            if name.lower() == wanted:
                return explanation
    folded = {name.lower(): name for name in explanations()}
    near = difflib.get_close_matches(code.lower(), folded, n=_SHOWN, cutoff=0.65)
    hint = f"did you mean {' or '.join(folded[item] for item in near)}?" if near else "plugintool explain lists all"
    raise ConfigError(f"unknown code {code!r}", hint=hint)


@cache
def _table(kind: Callable[[], Iterator[Explanation]]) -> Mapping[str, Explanation]:
    return {explanation.code: explanation for explanation in kind()}


def _rules() -> Iterator[Explanation]:
    from plugintool.lint.registry import all_rules  # noqa: PLC0415 - each kind imports what it needs
    from plugintool.lint.rule import BASES  # noqa: PLC0415

    for rule in all_rules().values():
        sections = {
            "severity": rule.severity.value,
            "checks": rule.docs.what,
            "why": rule.docs.why,
            "bad": rule.docs.bad,
            "good": rule.docs.good,
            "repair": rule.repair,
            "backed by": "; ".join(BASES[letter] for letter in rule.backed_by),
            "source": f"{rule.source.document}, {rule.source.section}, {rule.source.date}",
            "targets": ", ".join(rule.targets),
        }
        yield Explanation(rule.id, "rule", f"{rule.name}: {rule.summary}", sections)


def _steps() -> Iterator[Explanation]:
    from plugintool.verify.steps import STEPS  # noqa: PLC0415

    for step in STEPS:
        sections = {"asks": step.asks, "repair": step.repair}
        yield Explanation(f"step-{step.number}", "step", f"verification step {step.number}: {step.name}", sections)


def _errors() -> Iterator[Explanation]:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    for found in classes:
        if issubclass(found, PlugintoolError):
            title = " ".join((found.__doc__ or "").split())
            sections = {"exit code": str(found.exit_code), "class": found.__name__}
            yield Explanation(found.code, "error", title, sections)


def _path_rules() -> Iterator[Explanation]:
    described = dict(_PATH_RULE.findall(relpath.__doc__ or ""))
    for code, text in sorted({**described, **_TREE_RULES}.items()):
        sections = {"repair": "rename the file, or take it out", "page": "docs/reference/paths.md"}
        yield Explanation(code, "path rule", " ".join(text.split()).replace("``", ""), sections)


def _archive_rules() -> Iterator[Explanation]:
    from plugintool.tree.zip_profile import ARCHIVE_RULES, repair_of  # noqa: PLC0415

    for code, text in ARCHIVE_RULES.items():
        sections = {"repair": repair_of(code), "page": "docs/reference/archives.md"}
        yield Explanation(code, "archive rule", text, sections)


def _omit_reasons() -> Iterator[Explanation]:
    from plugintool.build.ignore import INVALID_HINTS, INVALID_REASONS, OMIT_REASONS  # noqa: PLC0415

    see = "plugintool build --list, plugintool build --why PATH"
    for code, text in OMIT_REASONS.items():
        yield Explanation(code, "omit reason", text, {"see": see})
    for code, text in INVALID_REASONS.items():
        repair = INVALID_HINTS.get(code, "").replace("{path}", "PATH")
        yield Explanation(code, "invalid reason", text, {"repair": repair, "see": see})


def _audit_codes() -> Iterator[Explanation]:
    from plugintool.device.audit import AUDIT_CODES  # noqa: PLC0415

    for code, (title, hint) in AUDIT_CODES.items():
        sections = {"repair": hint, "page": "docs/reference/device-files.md"}
        yield Explanation(code, "audit finding", title, sections)


def _trust_codes() -> Iterator[Explanation]:
    from plugintool.author.trust_codes import TRUST_CODES  # noqa: PLC0415

    for code, (severity, title, hint) in TRUST_CODES.items():
        sections = {"severity": severity.value, "repair": hint, "page": "docs/reference/trust-policy.md"}
        yield Explanation(code, "trust finding", title, sections)


def _check_codes() -> Iterator[Explanation]:
    from plugintool.probe.codes import CHECK_CODES  # noqa: PLC0415

    for code, found in CHECK_CODES.items():
        sections = {"severity": found.severity.value, "why": found.why, "repair": found.repair}
        yield Explanation(code, "check finding", found.title, sections | {"page": "docs/reference/check.md"})


def _gates() -> Iterator[Explanation]:
    from plugintool.plugin.diff import GATES  # noqa: PLC0415

    for code, text in GATES.items():
        yield Explanation(code, "release gate", text, {"see": f"plugintool diff OLD NEW --fail-on {code}"})


_KINDS = (
    _rules,
    _steps,
    _errors,
    _path_rules,
    _archive_rules,
    _omit_reasons,
    _audit_codes,
    _trust_codes,
    _check_codes,
    _gates,
)
"""What makes the explanations of each kind, in the order in which they are listed and looked through."""
