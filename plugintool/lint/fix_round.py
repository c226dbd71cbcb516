"""Rounds of repair: find, choose edits that do not overlap, make them, look again, until nothing changes.

Nothing is written: a round works on the tree as it will be. After each round every file is read and checked anew. An
edit that left its finding there, a file that was read before and no longer is, or a warning that became an error sends
the round back: first with one repair a round in that file, in case two did not go together, then without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from plugintool.frozen import dataclass, field
from plugintool.lint import registry
from plugintool.lint.fix import Edit, Mended, Rename, Step, unchanged
from plugintool.lint.known import KEYS
from plugintool.lint.rule import Subject
from plugintool.plugin.frontmatter import FrontMatter, State
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding, Severity
from plugintool.tree.directory import Survey

if TYPE_CHECKING:
    from plugintool.plugin.marketplace import Marketplace

Looked: TypeAlias = "Plugin | Marketplace"
"""What is repaired."""
Lint: TypeAlias = Callable[[Survey], tuple[Looked, Sequence[Finding]]]
"""Reads a tree and checks it."""
Guard: TypeAlias = Callable[[Any], Sequence[Finding]]
"""Checks a plugin or marketplace by every rule."""
_ROUNDS = 200
"""Far more than repairs build on each other, and enough for one a round in a file where they do not go together."""
_Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mending:
    """The tree after all rounds and what it holds, what was repaired (in the places of its time), and what is left."""

    tree: Mended
    looked: Looked
    repaired: tuple[Finding, ...]
    left: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Repair:
    finding: Finding
    edits: tuple[Edit, ...]

    @property
    def paths(self) -> frozenset[RelPath]:
        """The files it changes, by their paths before."""
        return frozenset(edit.path for edit in self.edits)


def mend(found: Survey, lint: Lint, *, unsafe: bool, guard: Guard | None = None) -> Mending:
    """Repair what can be repaired.

    Args:
        found: the tree.
        lint: what to repair, and what is left.
        unsafe: also repairs that can change what the plugin means.
        guard: finds what repairs must not bring, when ``lint`` does not run every rule.
    """
    tree = unchanged(found)
    plugin, findings = lint(tree)
    errors = guard(plugin) if guard else findings
    repaired: list[Finding] = []
    doubts = _Doubts()
    for _ in range(_ROUNDS):
        step, repairs = _choose(tree, plugin, findings, doubts, unsafe=unsafe)
        if not repairs:
            break
        after = step.make()
        plugin_after, findings_after = lint(after)
        errors_after = guard(plugin_after) if guard else findings_after
        moves = _moves(repairs)
        broken = _no_longer_read(document_of(plugin), document_of(plugin_after), moves)
        failed = _failures(repairs, findings_after, broken, _with_new_errors(errors, errors_after, moves))
        if failed:
            doubts.learn(failed, repairs)
            continue
        repaired.extend(repair.finding for repair in repairs)
        tree, plugin, findings, errors = after, plugin_after, findings_after, errors_after
    return Mending(tree, plugin, tuple(repaired), tuple(findings))


def repairs_of(looked: Looked, finding: Finding, *, unsafe: bool) -> tuple[Edit, ...]:
    """Return the edits that repair one finding; none when its rule has no repair, or none that is safe."""
    rule = registry.all_rules().get(finding.code)
    if rule is None:
        return ()
    subject = looked if Subject.MARKETPLACE in rule.subjects else document_of(looked)
    edits = tuple(rule.fix(subject, finding)) if rule.fix else ()
    if not edits and unsafe and rule.unsafe_fix:
        edits = tuple(rule.unsafe_fix(subject, finding))
    return edits


def document_of(looked: Looked) -> Plugin:
    """Return what was looked at as a plugin: itself, or the file of a marketplace."""
    return looked if isinstance(looked, Plugin) else looked.document


@dataclass(slots=True)
class _Doubts:
    """What rounds that failed have taught: findings not to repair, and files with one repair a round."""

    refused: set[_Key] = field(default_factory=set)
    careful: set[RelPath] = field(default_factory=set)

    def learn(self, failed: Sequence[_Repair], made: Sequence[_Repair]) -> None:
        """Refuse what failed alone in its files; where others were at work, look at each by itself first."""
        busy = Counter(path for repair in made for path in repair.paths)
        for repair in failed:
            if all(busy[path] == 1 for path in repair.paths):
                self.refused.add(_key(repair.finding))
            self.careful |= repair.paths


def _choose(
    tree: Mended, plugin: Looked, findings: Iterable[Finding], doubts: _Doubts, *, unsafe: bool
) -> tuple[Step, list[_Repair]]:
    step, repairs, closed = Step(tree), [], set[RelPath]()
    for finding in findings:
        if _key(finding) in doubts.refused:
            continue
        repair = _Repair(finding, repairs_of(plugin, finding, unsafe=unsafe))
        if closed.isdisjoint(repair.paths) and step.add(repair.edits):
            repairs.append(repair)
            closed |= repair.paths & doubts.careful
    return step, repairs


def _failures(
    repairs: Iterable[_Repair], left: Sequence[Finding], broken: set[RelPath], worse: set[RelPath]
) -> list[_Repair]:
    """Return what did no good, broke a file, or brought an error where there was less than one."""
    still_there = {(finding.code, finding.location, finding.message) for finding in left}
    return [
        repair
        for repair in repairs
        if (repair.finding.code, repair.finding.location, repair.finding.message) in still_there
        or not broken.isdisjoint(repair.paths)
        or (repair.finding.severity is not Severity.ERROR and not worse.isdisjoint(repair.paths))
    ]


def _with_new_errors(
    before: Iterable[Finding], after: Iterable[Finding], moves: Mapping[RelPath, RelPath]
) -> set[RelPath]:
    """The edited files that have an error afterwards which they did not have before."""
    moved = {str(old): str(new) for old, new in moves.items()}
    known = {
        (finding.code, moved.get(finding.location.path, finding.location.path), finding.message)
        for finding in before
        if finding.severity is Severity.ERROR
    }
    new = {
        finding.location.path for finding in after if finding.severity is Severity.ERROR and _key(finding) not in known
    }
    return {old for old, path in moves.items() if path in new}


def _key(finding: Finding) -> _Key:
    """What stays of a finding when lines above it come and go."""
    return finding.code, finding.location.path, finding.message


def _moves(repairs: Iterable[_Repair]) -> dict[RelPath, RelPath]:
    """Where each file that was edited is afterwards."""
    edits = [edit for repair in repairs for edit in repair.edits]
    moved = {edit.path: edit.to for edit in edits if isinstance(edit, Rename)}
    return {edit.path: moved.get(edit.path, edit.path) for edit in edits}


def _no_longer_read(before: Plugin, after: Plugin, moves: Mapping[RelPath, RelPath]) -> set[RelPath]:
    """The edited files that were read before and, as a whole or in part, are not any more."""
    components = {component.path: component.front_matter for component in after.components}
    broken = set()
    for component in before.components:
        matter = component.front_matter
        if component.path in moves and matter.state is State.MAPPING:
            then = components.get(moves[component.path])
            if then is None or not _reads_as_well(matter, then, KEYS[component.kind]):
                broken.add(component.path)
    for path, text in before.json_files.items():
        if path in moves and text.is_readable:
            json = after.json_files.get(moves[path])
            if json is None or not json.is_readable or len(json.problems) > len(text.problems):
                broken.add(path)
    return broken


def _reads_as_well(before: FrontMatter, then: FrontMatter, read: frozenset[str]) -> bool:
    repaired = then.repaired and not before.repaired
    lost = before.values.keys() - then.values.keys()  # a misspelt key may go, one that is read may not
    return then.state is State.MAPPING and not repaired and lost.isdisjoint(read)
