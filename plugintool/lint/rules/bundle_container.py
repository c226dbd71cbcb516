"""MB057, MB058: bundles that are in the plugin as files, read as strictly as a verifier reads them."""

from __future__ import annotations

from collections.abc import Iterator

from plugintool.errors import InputError
from plugintool.lint.rule import Context, Source, at, rule
from plugintool.lint.rules.bundle_sources import MEASURED, TARGETS
from plugintool.plugin.model import Plugin
from plugintool.relpath import RelPath
from plugintool.report import Finding, Severity

_ENDINGS = (".mcpb", ".dxt")
_CONTAINER = Source("docs/reference/archives.md", "C01 to C32", "2026-11")


def _bundles(plugin: Plugin) -> list[RelPath]:
    """The bundles in the tree; an empty one is a bundle that build will make."""
    return [path for path in plugin.files if path.lower().endswith(_ENDINGS) and plugin.head(path)]


@rule(
    "MB057",
    Severity.ERROR,
    "a bundle whose container is not read alike by all readers",
    source=_CONTAINER,
    backed_by="B",
    why="Where readers disagree about what is in an archive, what was checked is not what is installed; verify and "
    "hosts with a strict reader refuse it.",
    bad="clock.mcpb with bytes behind the end record",
    good="clock.mcpb as plugintool build writes it",
    targets=TARGETS,
)
def loose_bundle_container(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """A .mcpb or .dxt file breaks a rule of docs/reference/archives.md: how records lie, names, sizes, links, modes."""
    del context
    from plugintool.envelope.bundle_file import survey_bundle  # noqa: PLC0415 - only where there is a bundle

    for path in _bundles(plugin):
        try:
            with plugin.tree.open(path) as source:
                for breach in survey_bundle(source).breaches:
                    what = f"the entry {breach.entry}: {breach.text}" if breach.entry else breach.text
                    yield loose_bundle_container.finding(what, at(path), hint=breach.repair)
        except InputError as error:
            yield loose_bundle_container.finding(f"it cannot be read: {error.message}", at(path))


@rule(
    "MB058",
    Severity.ERROR,
    "a signed bundle that desktop hosts cannot open",
    source=MEASURED,
    backed_by="D",
    why="The official tool writes the signature behind an archive that says nothing follows it; hosts that read with "
    "yauzl refuse the file.",
    bad="clock.mcpb signed by @anthropic-ai/mcpb 2.1.2",
    good="clock.mcpb signed by plugintool, whose end record declares the signature as its comment",
    targets=TARGETS,
)
def unopenable_signature(plugin: Plugin, context: Context) -> Iterator[Finding]:
    """The end record of a signed .mcpb or .dxt file declares no comment, although the signature block follows it."""
    del context
    from plugintool.envelope.mcpb_block import find_block  # noqa: PLC0415 - as above

    for path in _bundles(plugin):
        try:
            with plugin.tree.open(path) as source:
                block = find_block(source)
        except InputError:
            continue  # MB057
        if block is not None and block.comment_length == 0:
            message = "the signature stands behind the end of the archive (dialect D1)"
            hint = "take the block away and sign again in the dialect D2"
            yield unopenable_signature.finding(message, at(path), hint=hint)
