"""Use case: look at the machine and the project, and say for each thing whether it is well and how to repair it.

Nothing is run, written or fetched.
"""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from plugintool import jsontext
from plugintool.envelope.bundle_file import MANIFEST_FILE
from plugintool.errors import PlugintoolError
from plugintool.formats.npm_lock import LOCK_NAMES
from plugintool.formats.project import Project, load_project
from plugintool.frozen import dataclass, field
from plugintool.jsontext import JsonObject, JsonValue
from plugintool.lint import registry
from plugintool.plugin.discover import find_plugins, is_bundle, is_plugin
from plugintool.plugin.load import load_plugin
from plugintool.plugin.model import Plugin
from plugintool.report import Outcome, Report
from plugintool.tree.directory import Survey, read_bounded, survey
from plugintool.tree.record import VERSION_FILE, is_signature_file

PYTHON = (3, 11)
REQUIRED = {
    "build": "1.2.1",
    "click": "8.5",
    "cryptography": "46.0.3",
    "deflate": "0.9.0",
    "jsonschema": "4.23",
    "packaging": "25.0",
    "pathspec": "0.12.1",
    "pyyaml": "6.0.2",
}
"""The oldest versions that are tested, as the package's own requirements say."""
EXACT = frozenset({"deflate"})
"""Libraries whose version decides about bytes that we write."""
_PROJECT_FILE = "plugintool.toml"


class Health(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it is, what was found, and how to repair it."""

    subject: str
    health: Health
    found: str
    fix: str = ""

    def as_json(self) -> JsonObject:
        """Return the published form."""
        return {"subject": self.subject, "health": self.health.value, "found": self.found, "fix": self.fix}


@dataclass(frozen=True, slots=True)
class Checkup:
    """All checks of one subject: the machine, or a project."""

    checks: tuple[Check, ...]

    def as_json(self) -> JsonObject:
        """Return the published form."""
        checks: list[JsonValue] = [{**check.as_json()} for check in self.checks]
        return {"checks": checks}


@dataclass(frozen=True)
class DoctorReport(Report[Checkup]):
    """The report of a checkup: it fails when one thing is an error."""

    @property
    def exit_code(self) -> int:
        """1 when a check found an error, or as for every report."""
        values = [outcome.value for outcome in self.outcomes if outcome.value is not None]
        bad = any(check.health is Health.ERROR for value in values for check in value.checks)
        return max(super().exit_code, int(bad))


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


@dataclass(frozen=True, slots=True)
class Machine:
    """What the checks of the machine look at."""

    python: tuple[int, int, int] = field(default_factory=lambda: sys.version_info[:3])
    system: str = field(default_factory=lambda: f"{platform.system()} {platform.machine()}")
    installed: Callable[[str], str | None] = _installed
    program: Callable[[str], str | None] = shutil.which


def examine(path: Path, machine: Machine | None = None) -> Report[Checkup]:
    """Look at the machine and at what is at ``path``: a plugin, a bundle, a marketplace, or a directory of plugins."""
    machine = machine or Machine()
    return DoctorReport(
        "doctor",
        (
            Outcome(subject="", value=Checkup(tuple(_of_machine(machine)))),
            Outcome(subject=str(path), value=Checkup(tuple(_of_project(path, machine)))),
        ),
    )


def _of_machine(machine: Machine) -> Iterator[Check]:
    shown = ".".join(map(str, machine.python))
    if machine.python[:2] < PYTHON:
        yield Check("Python", Health.ERROR, shown, f"install Python {'.'.join(map(str, PYTHON))} or newer")
    else:
        yield Check("Python", Health.OK, f"{shown} on {machine.system}")
    for name, wanted in REQUIRED.items():
        yield _of_library(name, wanted, machine.installed(name))
    for name, use in (("claude", "plugintool dev"), ("git", "lint --diff")):
        yield _of_program(machine, name, use, subject=name)


def _of_program(machine: Machine, name: str, use: str, *, subject: str) -> Check:
    place = machine.program(name)
    if place:
        return Check(subject, Health.OK, place)
    return Check(subject, Health.WARN, "not on the PATH", f"install {name} to use it with {use}")


def _of_library(name: str, wanted: str, found: str | None) -> Check:
    if found is None:
        return Check(name, Health.ERROR, "not installed", f"python -m pip install {name}=={wanted}")
    if name in EXACT and found != wanted:
        fix = f"python -m pip install {name}=={wanted}"
        return Check(name, Health.WARN, f"{found}: archives differ in bytes from those of {wanted}", fix)
    if _numbers(found) < _numbers(wanted):
        return Check(name, Health.ERROR, f"{found}, older than {wanted}", f"python -m pip install '{name}>={wanted}'")
    return Check(name, Health.OK, found)


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version; what is no number ends them."""
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits[:9]))
    return tuple(numbers)


def _of_project(path: Path, machine: Machine) -> Iterator[Check]:
    try:
        found = find_plugins(path)
    except PlugintoolError as error:
        yield _failed("project", error, "name the directory of a plugin")
        return
    plugins = [place for place in found if is_plugin(place)]
    bundles = [path] if is_bundle(path) else [bundle for place in plugins for bundle in _bundles_in(place)]
    if not plugins and not bundles:
        fix = "plugintool new plugin NAME makes one, plugintool new bundle NAME a bundle"
        yield Check("plugin", Health.WARN, "no .claude-plugin/plugin.json here", fix)
    for place in plugins:
        try:
            yield from _of_plugin(place)
        except PlugintoolError as error:
            yield _failed("plugin", error, "make it readable")
    for place in bundles:
        try:
            yield from _of_bundle(place, machine)
        except PlugintoolError as error:
            yield _failed("bundle", error, "make it readable")
    yield from _of_output(path, plugins)


def _bundles_in(plugin: Path) -> list[Path]:
    """The sources of bundles of a plugin."""
    return sorted(file.parent for file in plugin.glob(f"bundles/*/{MANIFEST_FILE}"))


def _of_bundle(place: Path, machine: Machine) -> Iterator[Check]:
    """Its manifest, and the programs that ``check`` and ``build --vendor`` need for it."""
    name = place.resolve().name
    value = jsontext.read(read_bounded(place / MANIFEST_FILE)).value
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        yield Check(f"{name}: bundle", Health.ERROR, f"{MANIFEST_FILE} cannot be used", "plugintool lint says where")
        return
    yield Check(f"{name}: bundle", Health.OK, f"{value['name']} {value.get('version', '')}".rstrip())
    wanted = dict.fromkeys(_command_of(value), "plugintool check")
    if any((place / lock).is_file() for lock in LOCK_NAMES):
        wanted["npm"] = "plugintool build --vendor"
    for program, use in wanted.items():
        yield _of_program(machine, program, use, subject=f"{name}: {program}")


def _command_of(manifest: JsonObject) -> Iterator[str]:
    """The program of the server, where it is looked for on the PATH."""
    server = manifest.get("server")
    config = server.get("mcp_config") if isinstance(server, dict) else None
    command = config.get("command") if isinstance(config, dict) else None
    if isinstance(command, str) and command and not set("/\\$") & set(command):
        yield command


def _of_plugin(place: Path) -> Iterator[Check]:
    tree: Survey = survey(place)
    plugin = load_plugin(tree)
    yield _of_manifest(plugin)
    try:
        project = load_project(tree)
        _check_rules(project)
    except PlugintoolError as error:
        yield _failed(
            f"{plugin.name}: {_PROJECT_FILE}", error, "docs/reference/project-file.md says what may stand in it"
        )
        return
    said = ", ".join(project.targets) or "the usual targets"
    found = f"readable; for {said}" if _PROJECT_FILE in plugin.files else "none: defaults hold"
    yield Check(f"{plugin.name}: {_PROJECT_FILE}", Health.OK, found)


def _of_manifest(plugin: Plugin) -> Check:
    subject = f"{plugin.name}: plugin"
    if plugin.manifest is None:
        return Check(subject, Health.WARN, "a skill without plugin.json", "plugintool lint --fix writes one")
    if not plugin.manifest.json.is_readable or not plugin.declared_name:
        fix = "plugintool lint says where"
        return Check(subject, Health.ERROR, f"{plugin.manifest.path} cannot be used", fix)
    if plugin.declared_name != plugin.name:
        found = f"named {plugin.declared_name}, in a directory called {plugin.name}"
        return Check(subject, Health.WARN, found, "give both the same name")
    return Check(subject, Health.OK, f"{plugin.declared_name} {plugin.version}".rstrip())


def _check_rules(project: Project) -> None:
    registry.check_prefixes(project.lint_select, where="lint.select")
    registry.check_prefixes(project.lint_ignore, where="lint.ignore")
    for prefixes in project.lint_per_path.values():
        registry.check_prefixes(prefixes, where="lint.per-path")


def _of_output(path: Path, plugins: list[Path]) -> Iterator[Check]:
    """What ``build`` left in ``dist``; whether it is newer than its source is told by the times of files."""
    built = path / "dist" / "org-plugins"
    for place in plugins:
        name = place.resolve().name
        if not (built / name).is_dir():
            continue
        subject = f"{name}: dist"
        try:
            tree = survey(built / name)
        except PlugintoolError as error:
            yield _failed(subject, error, "remove dist/ and build again")
            continue
        signatures = sum(is_signature_file(file) for file in tree.sources)
        if VERSION_FILE not in tree.sources:
            yield Check(subject, Health.ERROR, "no complete built tree", "remove it and run plugintool build")
        elif _newest(survey(place), without="dist/") > (built / name / VERSION_FILE).stat().st_mtime:
            yield Check(subject, Health.WARN, "older than its source", "run plugintool build")
        else:
            yield Check(subject, Health.OK, f"built, {signatures} signatures" if signatures else "built, not signed")


def _newest(tree: Survey, *, without: str) -> float:
    """The time of the latest change of a file, in seconds; 0 when there is none."""
    times = []
    for path in tree.sources:
        if not path.startswith(without):
            try:
                times.append((tree.root / path).stat().st_mtime)
            except OSError:
                continue
    return max(times, default=0)


def _failed(subject: str, error: PlugintoolError, fix: str) -> Check:
    place = str(error.detail.get("path", ""))
    line = f":{error.detail['line']}" if error.detail.get("line") else ""
    message = f"{place}{line}: {error.message}" if place else error.message
    return Check(subject, Health.ERROR, message, error.detail.get("hint") or fix)
