"""``BuildPlan``: every entry of a source tree lands in exactly one of three lists, each with its reason.

Nothing is written here. The lists are sorted by path, so a plan, like the tree that is written from it, depends on the
content of the source only.
"""

from __future__ import annotations

from collections.abc import Iterator

from plugintool import jsontext, limits
from plugintool.build.bundle import SUFFIX, BundlePlan, bundle_directories, plan_bundle
from plugintool.build.fate import INCLUDED, INVALID, OMITTED, Fate, fates_at
from plugintool.build.ignore import is_own_output
from plugintool.build.judge import Judge, colliding, holds_secret, is_reserved, strange_entries
from plugintool.errors import BuildError, UnsafePathError
from plugintool.formats.patterns import PatternList
from plugintool.formats.project import PROJECT_FILE, Project
from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.pattern import pattern
from plugintool.plugin.components import DIRECTORIES, named_paths
from plugintool.plugin.discover import MARKETPLACE
from plugintool.plugin.model import MANIFEST, Plugin
from plugintool.plugin.paths import normalise, plugin_targets, resolve
from plugintool.relpath import RelPath
from plugintool.tree.directory import SourceFile, Survey
from plugintool.tree.overlay import OverlaidSurvey
from plugintool.tree.record import is_ours

DEFAULT_OUTPUT = "dist"
_SKILL = RelPath("SKILL.md")
_NAME = pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?\Z")
_BUNDLE_SUFFIXES = (SUFFIX, ".dxt")


@dataclass(frozen=True)
class BuildPlan:
    """What a build does.

    Attributes:
        name: the canonical name of the plugin: the name of its directory in the output.
        version: the version in the plugin manifest, empty when there is none.
        included, omitted, invalid: the fate of every entry, sorted by path.
        bundles: the plans of the MCP bundles; each is one entry of ``included``.
        generated: the content of files that are written by plugintool.
    """

    name: str
    version: str
    included: tuple[Fate, ...]
    omitted: tuple[Fate, ...]
    invalid: tuple[Fate, ...]
    bundles: tuple[BundlePlan, ...] = ()
    generated: dict[RelPath, bytes] = field(default_factory=dict)

    def fates(self) -> list[Fate]:
        """All entries, sorted by path."""
        return sorted((*self.included, *self.omitted, *self.invalid), key=lambda fate: fate.path)

    def fate_of(self, path: str) -> list[Fate]:
        """The fates of one path, or of everything below it; also inside a bundle."""
        inner = [fate for bundle in self.bundles for fate in (*bundle.included, *bundle.omitted)]
        return fates_at([*self.fates(), *inner], path)


def plan_build(plugin: Plugin, project: Project, *, output: str | None = DEFAULT_OUTPUT) -> BuildPlan:
    """Decide about every entry of a source tree.

    Args:
        plugin: loaded from a survey.
        project: its project file.
        output: the output directory when it lies inside the plugin, relative to it; else None.

    Raises:
        ConfigError: a pattern of the project file cannot be read.
        BuildError: the plugin was not loaded from a directory.
    """
    survey = plugin.survey
    if survey is None:
        raise BuildError("only a directory can be built", path=plugin.name, hint="name the source of the plugin")
    return _Planner(plugin, survey, project, output).plan()


def is_safe_name(name: str) -> bool:
    """Whether a plugin name can be the name of a directory and of an archive on every system."""
    try:
        RelPath(name)
    except UnsafePathError:
        return False
    return bool(_NAME.match(name))


def canonical_name(plugin: Plugin) -> str:
    """Return the name of a built tree: the manifest's; of a one-skill plugin the skill's, else the directory's."""
    if plugin.manifest is not None:
        return plugin.declared_name
    skill = next((one for one in plugin.components if one.path == _SKILL), None)
    named = skill.front_matter.text("name") if skill else ""
    return named if is_safe_name(named) else plugin.name


def _named_paths(plugin: Plugin) -> Iterator[tuple[str, str]]:
    """Yield each path that must be there, and what names it."""
    for declaration in (*plugin.hooks, *plugin.mcp, *plugin.lsp, *plugin.monitors):
        for text in _texts(declaration.value):
            for is_shell in (True, False):  # a path with blanks is read differently; either is enough to ask
                for target in plugin_targets(text, shell=is_shell):
                    yield normalise(target) or "", f"{declaration.path} runs it"
    for component in plugin.components:
        if component.declared:
            yield component.path, f"{plugin.manifest_path} names it"


def _declared(plugin: Plugin, key: str) -> Iterator[str]:
    """Yield the paths below the root that one key of the manifest names."""
    yield from (found for text in named_paths(plugin.value.get(key)) if (found := resolve(text)))


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


class _Planner:
    """The state of one plan."""

    def __init__(self, plugin: Plugin, survey: Survey, project: Project, output: str | None) -> None:
        self._plugin = plugin
        self._survey = survey
        self._name = canonical_name(plugin)
        self._project = project
        self._output = output.strip("/") if output else None
        self._judge = Judge((PatternList(project.ignore),))
        self._named = {resolve(text) for text in plugin.bundles}
        self._declared = {found for key in DIRECTORIES.values() for found in _declared(plugin, key)}
        self._targets = {link.path: link.target for link in survey.links}
        self._bundles: dict[RelPath, BundlePlan] = {}
        self._fates: list[Fate] = []

    def plan(self) -> BuildPlan:
        """Return the plan."""
        for directory in bundle_directories(list(self._survey.sources)):
            if self._judge.omission(f"{directory}/manifest.json") is None:
                self._bundles[directory] = plan_bundle(self._survey, directory, self._project)
        generated = self._generated()
        self._fates += [self._fate_of(file) for file in self._survey.sources.values()]
        self._fates += [self._strange(fate) for fate in strange_entries(self._survey)]
        self._fates += [Fate(path, OMITTED, "version-control") for path in self._survey.version_control]
        self._fates += [self._empty(path) for path in self._survey.empty_directories]
        self._fates += [Fate(path, INCLUDED, "generated", "", len(data)) for path, data in generated.items()]
        for bundle in self._bundles.values():
            self._fates += [Fate(bundle.path, INCLUDED, "built-bundle", f"{bundle.directory}/"), *bundle.invalid]
        self._fates += [*self._manifest_problems(), *self._missed(), *colliding(self._paths(INCLUDED))]
        self._fates += [*self._too_long(), *self._over_limits()]
        return BuildPlan(
            name=self._name,
            version=self._plugin.version,
            included=self._of(INCLUDED),
            omitted=self._of(OMITTED),
            invalid=self._of(INVALID),
            bundles=tuple(self._bundles.values()),
            generated=generated,
        )

    def _of(self, fate: str) -> tuple[Fate, ...]:
        """The entries with one fate; what is invalid is only that."""
        invalid = set() if fate == INVALID else set(self._paths(INVALID))
        found = (one for one in self._fates if one.fate == fate and one.path not in invalid)
        return tuple(sorted(found, key=lambda one: (one.path, one.rule)))

    def _paths(self, fate: str) -> list[str]:
        return [one.path for one in self._fates if one.fate == fate]

    def _generated(self) -> dict[RelPath, bytes]:
        """The plugin manifest of a directory that has only a root ``SKILL.md``."""
        if self._plugin.manifest is not None or _SKILL not in self._survey.sources:
            return {}
        skill = next((one for one in self._plugin.components if one.path == _SKILL), None)
        manifest: JsonObject = {"name": self._name}
        if skill is not None and skill.front_matter.text("description"):
            manifest["description"] = skill.front_matter.text("description")
        return {MANIFEST: jsontext.pretty(manifest)}

    def _fate_of(self, file: SourceFile) -> Fate:
        found = self._omission(file)
        if found is not None:
            return found
        verdict = self._judge.verdict(file.path)
        if is_reserved(file.path):
            return Fate(file.path, INVALID, "reserved-name", "", file.size)
        if verdict is not None and not self._is_needed(file.path):
            return Fate(file.path, INCLUDED, "named" if verdict.code else "kept", verdict.rule, file.size)
        if holds_secret(self._survey, file.path):
            return Fate(file.path, INVALID, "secret", "", file.size)
        if isinstance(self._survey, OverlaidSurvey) and isinstance(self._survey.places.get(file.path), bytes):
            return Fate(file.path, INCLUDED, "generated", MARKETPLACE.name, file.size)
        if file.via:
            return Fate(file.path, INCLUDED, "link", f"{file.via} -> {self._targets[file.via]}", file.size)
        return Fate(file.path, INCLUDED, "source", "", file.size)

    def _omission(self, file: SourceFile) -> Fate | None:
        path, size = file.path, file.size
        if is_ours(path):
            return Fate(path, OMITTED, "derived", "", size)
        if self._is_needed(path):
            return None
        if self._output and is_own_output(path, self._output):
            return Fate(path, OMITTED, "own-output", f"{self._output}/ (output directory)", size)
        directory = next((one for one in self._bundles if path.startswith(f"{one}/")), None)
        if directory is not None:
            return Fate(path, OMITTED, "bundle-source", f"{directory}{SUFFIX}", size)
        verdict = self._judge.verdict(path)
        if verdict is not None:
            is_kept = not verdict.code or (verdict.code == "other-tool" and self._is_declared(path))
            return None if is_kept else Fate(path, OMITTED, verdict.code, verdict.rule, size)
        if path.endswith(_BUNDLE_SUFFIXES) and path not in self._named:
            return Fate(path, OMITTED, "unnamed-bundle", "mcpServers (plugin manifest)", size)
        return None

    def _is_needed(self, path: str) -> bool:
        """The manifest is what makes a plugin, and the project file says which files are executable."""
        return path in {self._plugin.manifest_path, PROJECT_FILE}

    def _is_declared(self, path: str) -> bool:
        """Whether the manifest names a file, or a directory above it, as components; 50 of 1,955 public plugins do."""
        return any(path == name or path.startswith(f"{name}/") for name in self._declared)

    def _strange(self, fate: Fate) -> Fate:
        """Something that is no file does no harm where files are left out anyway."""
        if self._output and is_own_output(fate.path, self._output):
            return Fate(fate.path, OMITTED, "own-output", f"{self._output}/ (output directory)")
        directory = next((one for one in self._bundles if fate.path.startswith(f"{one}/")), None)
        return self._judge_in(directory).omission(fate.path) or fate

    def _judge_in(self, directory: RelPath | None) -> Judge:
        return self._judge if directory is None else self._bundles[directory].judge

    def _empty(self, path: RelPath) -> Fate:
        return self._judge.omission(path) or Fate(path, OMITTED, "empty-directory")

    def _manifest_problems(self) -> Iterator[Fate]:
        plugin, name = self._plugin, self._name
        if plugin.manifest is None and _SKILL not in self._survey.sources:
            yield Fate(MANIFEST, INVALID, "manifest", "there is none, nor a root SKILL.md")
            return
        if plugin.manifest is not None and plugin.manifest.is_misspelt:
            yield Fate(plugin.manifest_path, INVALID, "manifest", f"its path must be {MANIFEST}")
        if not is_safe_name(name):
            wanted = "letters, digits, dot, dash and underscore, at most 100, first and last a letter or digit"
            yield Fate(
                MANIFEST, INVALID, "manifest", f"the name {name[:100]!r} cannot name a directory; allowed: {wanted}"
            )

    def _missed(self) -> Iterator[Fate]:
        """Files that are left out although the plugin names them: in a command, or in its manifest."""
        omitted = {one.path: one for one in self._fates if one.fate == OMITTED}
        for path, reason in dict.fromkeys(_named_paths(self._plugin)):
            if path in omitted:
                yield Fate(path, INVALID, "needed", f"{reason} ({omitted[path].rule or omitted[path].reason})")

    def _too_long(self) -> Iterator[Fate]:
        for path in self._paths(INCLUDED):
            units = len(f"{self._name}/{path}".encode("utf-16-le", "surrogatepass")) // 2
            if units > limits.DEVICE_PATH_UNITS:
                yield Fate(path, INVALID, "long-path", f"{units} units, more than {limits.DEVICE_PATH_UNITS}")

    def _over_limits(self) -> Iterator[Fate]:
        included = [one for one in self._fates if one.fate == INCLUDED]
        size = sum(one.size for one in included)
        if len(included) > limits.TREE_FILES:
            yield Fate("", INVALID, "limit", f"{len(included)} files, more than {limits.TREE_FILES}")
        if size > limits.TREE_BYTES:
            yield Fate("", INVALID, "limit", f"{size} bytes, more than {limits.TREE_BYTES}")
