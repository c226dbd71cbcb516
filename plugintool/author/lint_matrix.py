"""Use case: for each target and version of it, whether plugins work there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugintool.author.lint import LintRequest, judgement_of
from plugintool.author.lint_subjects import Judgement, LintSubject, What, options_for, subjects_of
from plugintool.errors import ConfigError, PlugintoolError
from plugintool.lint.matrix import Matrix, matrix_of
from plugintool.lint.targets import Target
from plugintool.plugin.load import load_plugin
from plugintool.report import Outcome, Report, Severity
from plugintool.tree.directory import survey


def lint_matrix(paths: Sequence[str], request: LintRequest | None = None) -> Report[Matrix]:
    """Judge every plugin that ``paths`` mean for all versions of its targets; a row that is refused fails the run.

    Raises:
        ConfigError: a rule, target or version that does not exist, the profile of the client, or an option that
            is about findings.
    """
    request = request or LintRequest()
    judgement, targets = judgement_of(request)
    if judgement.options.profile != "default":
        raise ConfigError("the client has one target only", field="--matrix", hint="leave --profile away")
    if request.baseline or request.write_baseline or request.statistics:
        raise ConfigError("the matrix shows no findings", field="--matrix", hint="leave baseline and statistics away")
    return Report("lint", tuple(outcome for path in paths for outcome in _of_path(path, judgement, targets)))


def _of_path(path: str, judgement: Judgement, targets: tuple[Target, ...]) -> Iterator[Outcome[Matrix]]:
    try:
        subjects = [
            subject for subject in subjects_of(path, as_client=False) if subject.what in {What.PLUGIN, What.LISTED}
        ]
    except PlugintoolError as error:
        yield Outcome(subject=path, error=error)
        return
    for subject in subjects:
        yield _of_plugin(subject, judgement, targets)


def _of_plugin(subject: LintSubject, judgement: Judgement, targets: tuple[Target, ...]) -> Outcome[Matrix]:
    try:
        plugin = load_plugin(survey(subject.place))
        options = options_for(plugin, judgement)
        matrix = matrix_of(plugin, targets or tuple(map(Target, options.targets)), options)
    except PlugintoolError as error:
        return Outcome(subject=subject.shown, error=error)
    return Outcome(subject=subject.shown, value=matrix, omitted={Severity.ERROR: matrix.refusals})
