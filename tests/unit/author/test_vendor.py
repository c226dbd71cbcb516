"""What is brought in for the bundles of a build, whose files it lies over, and the bills that are written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from plugintool.author.build import BuildOptions, build_plugins, list_fates
from plugintool.author.build_bundle import stopping
from plugintool.author.lint_bundle import lint_with_bundles
from plugintool.author.vendor import NO_VENDORING, VendorRequest, supplied
from plugintool.build.bundle_file import BuiltBundle
from plugintool.build.write import Built
from plugintool.errors import BuildError, InputError, MalformedFileError, MissingPathError, PlugintoolError
from plugintool.report import Finding, Location, Outcome, Severity
from plugintool.tree.directory import survey
from plugintool.tree.zip_reader import open_archive
from tests.vendor_world import bundle_manifest, installed, requirement, sha256_of, wheel_files, write_files, write_wheel

SKILL = "---\nname: greet\ndescription: Greets whoever asks to be greeted, by name.\n---\nSay hello to the user.\n"


def python_bundle(prefix: str = "", wheel: Path | None = None, **members: Any) -> dict[str, Any]:
    files = {"manifest.json": bundle_manifest("python", **members), "server/main.py": "import tick\n"}
    if wheel is not None:
        files["requirements.txt"] = requirement(wheel)
    return {prefix + path: value for path, value in files.items()}


def node_bundle(prefix: str = "", **members: Any) -> dict[str, Any]:
    files = {"manifest.json": bundle_manifest("node", **members), "server/index.js": "console.log(1)\n"}
    return {prefix + path: value for path, value in files.items()}


def plugin(tmp_path: Path, files: dict[str, Any], servers: Sequence[str] = ()) -> Path:
    manifest = {
        "name": "demo",
        "version": "1.0.0",
        "description": "A demo of what is brought in.",
        "author": {"name": "Acme"},
        "mcpServers": [f"./bundles/{name}.mcpb" for name in servers],
    }
    everything = {".claude-plugin/plugin.json": manifest, "skills/greet/SKILL.md": SKILL, **files}
    return write_files(tmp_path / "demo", everything)


def build(path: Path, out: Path, request: VendorRequest = NO_VENDORING) -> Outcome[Built | BuiltBundle]:
    options = BuildOptions(out=out, lint=lint_with_bundles, vendor=request)
    (outcome,) = build_plugins([path], options).outcomes
    return outcome


def error_of(outcome: Outcome[Any]) -> PlugintoolError:
    assert outcome.error is not None
    return outcome.error


def entries(path: Path) -> list[str]:
    with open_archive(path) as tree:
        return [str(file.path) for file in tree.files()]


def bill(path: Path) -> Any:
    text = path.read_text("utf-8")
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert problem is None, problem
    return json.loads(text)


# -- bundles by themselves -------------------------------------------------------------------------------------------


def test_a_bundle_is_built_with_wheels_of_a_directory(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels")
    root = write_files(tmp_path / "clock", python_bundle(wheel=wheel))
    outcome = build(root, tmp_path / "dist", VendorRequest(wheels=tmp_path / "wheels"))
    assert outcome.error is None
    assert isinstance(outcome.value, BuiltBundle)
    assert "server/lib/tick/__init__.py" in entries(outcome.value.path)
    assert not (root / "server/lib").exists()
    found = bill(tmp_path / "dist/clock-1.0.0.mcpb.cdx.json")
    assert found["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": sha256_of(outcome.value.path)}]
    (component,) = found["components"]
    assert component["hashes"] == [{"alg": "SHA-256", "content": sha256_of(wheel)}]
    assert outcome.value.as_json()["bills"] == [str(tmp_path / "dist/clock-1.0.0.mcpb.cdx.json")]


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels", files={"tick/data": os.urandom(1000)})
    root = write_files(tmp_path / "clock", python_bundle(wheel=wheel))
    made = []
    for name in ("one", "two"):
        outcome = build(root, tmp_path / name, VendorRequest(wheels=tmp_path / "wheels"))
        assert outcome.error is None
        made.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert made[0] == made[1]
    assert set(made[0]) == {"clock-1.0.0.mcpb", "clock-1.0.0.mcpb.cdx.json"}


def test_what_lay_there_before_is_replaced(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels")
    root = write_files(tmp_path / "clock", {**python_bundle(wheel=wheel), "server/lib/old.py": "old"})
    outcome = build(root, tmp_path / "dist", VendorRequest(wheels=tmp_path / "wheels"))
    assert isinstance(outcome.value, BuiltBundle)
    assert "server/lib/old.py" not in entries(outcome.value.path)
    assert (root / "server/lib/old.py").read_text() == "old"


def test_without_being_asked_nothing_is_brought_in(tmp_path: Path) -> None:
    """And the error says how to ask."""
    wheel = write_wheel(tmp_path / "wheels")
    root = write_files(tmp_path / "clock", {**python_bundle(wheel=wheel), "server/lib/mine.py": "1"})
    error = error_of(build(root, tmp_path / "dist"))
    assert "nothing of it is in the bundle" in error.detail["problems"][0]
    assert "--vendor" in error.detail["hint"]
    assert not (tmp_path / "dist").exists()


def test_a_bundle_without_dependencies_has_a_bill_too(tmp_path: Path) -> None:
    root = write_files(tmp_path / "clock", node_bundle(license="MIT"))
    outcome = build(root, tmp_path / "dist")
    assert outcome.error is None
    found = bill(tmp_path / "dist/clock-1.0.0.mcpb.cdx.json")
    assert found["components"] == []
    assert found["metadata"]["component"]["licenses"] == [{"expression": "MIT"}]


def test_what_the_author_installed_is_in_the_bill(tmp_path: Path) -> None:
    files = {**node_bundle(), **installed({"node_modules/atlas": "1.2.3"}, license="ISC")}
    outcome = build(write_files(tmp_path / "clock", files), tmp_path / "dist")
    assert outcome.error is None
    (component,) = bill(tmp_path / "dist/clock-1.0.0.mcpb.cdx.json")["components"]
    assert (component["purl"], component["licenses"]) == ("pkg:npm/atlas@1.2.3", [{"expression": "ISC"}])


def test_an_older_bill_is_replaced(tmp_path: Path) -> None:
    root = write_files(tmp_path / "clock", node_bundle())
    write_files(tmp_path / "dist", {"clock-1.0.0.mcpb.cdx.json": "old"})
    assert build(root, tmp_path / "dist").error is None
    assert bill(tmp_path / "dist/clock-1.0.0.mcpb.cdx.json")["specVersion"] == "1.6"


def test_a_bill_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    root = write_files(tmp_path / "clock", node_bundle())
    (tmp_path / "dist/clock-1.0.0.mcpb.cdx.json").mkdir(parents=True)
    error = error_of(build(root, tmp_path / "dist"))
    assert "a directory is in the way of clock-1.0.0.mcpb.cdx.json" in error.message


@pytest.mark.parametrize("kind", ["uv", "binary"])
def test_other_servers_have_nothing_brought_in(kind: str, tmp_path: Path) -> None:
    """Also when there is a lock file: a host of ``uv`` fetches what it says."""
    manifest = bundle_manifest(kind, manifest_version="0.4")
    files: dict[str, Any] = {"manifest.json": manifest, "requirements.txt": "x==1\n"}
    files |= {"package.json": {"dependencies": {"a": "1"}}}
    source = survey(write_files(tmp_path / "clock", files))
    with supplied(source, VendorRequest(from_network=True, wheels=tmp_path)) as found:
        assert found.source is source


def test_wheels_alone_bring_nothing_into_a_node_bundle(tmp_path: Path) -> None:
    source = survey(write_files(tmp_path / "clock", {**node_bundle(), "package.json": {"dependencies": {"a": "1"}}}))
    with supplied(source, VendorRequest(wheels=tmp_path)) as found:
        assert found.source is source


# -- bundles of a plugin ---------------------------------------------------------------------------------------------


def test_each_bundle_of_a_plugin_gets_what_it_needs(tmp_path: Path) -> None:
    one, two = write_wheel(tmp_path / "wheels", "tick"), write_wheel(tmp_path / "wheels", "tock")
    files = {
        **python_bundle("bundles/one/", one, name="one"),
        **python_bundle("bundles/two/", two, name="two"),
        **node_bundle("bundles/three/", name="three"),
    }
    root = plugin(tmp_path, files, ("one", "two", "three"))
    outcome = build(root, tmp_path / "dist", VendorRequest(wheels=tmp_path / "wheels"))
    assert outcome.error is None, outcome.error.detail
    assert isinstance(outcome.value, Built)
    assert "server/lib/tick/__init__.py" in entries(outcome.value.root / "bundles/one.mcpb")
    assert "server/lib/tock/__init__.py" in entries(outcome.value.root / "bundles/two.mcpb")
    names = [path.name for path in outcome.value.bills]
    assert names == ["one-1.0.0.mcpb.cdx.json", "three-1.0.0.mcpb.cdx.json", "two-1.0.0.mcpb.cdx.json"]
    for path in outcome.value.bills:
        inner = outcome.value.root / f"bundles/{path.name.partition('-')[0]}.mcpb"
        assert bill(path)["metadata"]["component"]["hashes"][0]["content"] == sha256_of(inner)


def test_the_record_in_a_bill_is_that_of_the_files(tmp_path: Path) -> None:
    """The same whether the bundle stands by itself or in a plugin."""
    files = {**node_bundle(), "bin/run": "#!/bin/sh\n"}
    alone = write_files(tmp_path / "alone", files)
    inside = plugin(tmp_path, {f"bundles/clock/{path}": value for path, value in files.items()}, ("clock",))
    digests = set()
    for root in (alone, inside):
        outcome = build(root, tmp_path / f"dist-{root.name}")
        assert outcome.value is not None
        digests.add(json.dumps(bill(outcome.value.bills[0])["metadata"]["component"]))
    assert len(digests) == 1


def test_an_error_names_the_bundle(tmp_path: Path) -> None:
    root = plugin(tmp_path, {**python_bundle("bundles/one/"), "bundles/one/requirements.txt": "tick==1\n"}, ("one",))
    error = error_of(build(root, tmp_path / "dist", VendorRequest(wheels=tmp_path)))
    assert isinstance(error, MalformedFileError)
    assert error.detail["path"] == "bundles/one/requirements.txt"


def test_a_plugin_without_bundles_needs_nothing(tmp_path: Path) -> None:
    outcome = build(plugin(tmp_path, {}), tmp_path / "dist", VendorRequest(wheels=tmp_path))
    assert outcome.error is None
    assert outcome.value is not None
    assert outcome.value.bills == ()


# -- nothing half done -----------------------------------------------------------------------------------------------


BAD: dict[str, tuple[dict[str, Any], type[PlugintoolError], str]] = {
    "another hash": ({"requirements.txt": "tick==1.0 --hash=sha256:" + "0" * 64}, BuildError, "another hash"),
    "no hash": ({"requirements.txt": "tick==1.0"}, MalformedFileError, "has no hash"),
    "another version": ({"requirements.txt": "tick==9 --hash=sha256:" + "0" * 64}, BuildError, "there is no wheel"),
    "a broken pylock": ({"pylock.toml": "["}, MalformedFileError, ""),
    "uv only": ({"uv.lock": "version = 1"}, InputError, ""),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_leaves_nothing(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, kind, said = BAD[case]
    write_wheel(tmp_path / "wheels")
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    root = write_files(tmp_path / "clock", {**python_bundle(), **files})
    error = error_of(build(root, tmp_path / "dist", VendorRequest(wheels=tmp_path / "wheels")))
    assert isinstance(error, kind)
    assert said in " ".join(error.detail.get("problems", ()))
    assert not (tmp_path / "dist").exists()
    assert list(private.iterdir()) == []


def test_a_hostile_wheel_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    wheel = write_wheel(tmp_path / "wheels", files={"../../../up.py": b"x"})
    root = write_files(tmp_path / "clock", python_bundle(wheel=wheel))
    assert isinstance(build(root, tmp_path / "dist", VendorRequest(wheels=tmp_path / "wheels")).error, InputError)
    assert list(private.iterdir()) == []
    assert not list(tmp_path.rglob("up.py"))


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    root = write_files(tmp_path / "clock", python_bundle(wheel=write_wheel(tmp_path / "wheels")))

    def interrupted() -> None:
        with supplied(survey(root), VendorRequest(wheels=tmp_path / "wheels")) as found:
            assert found.origins[""][0].name == "tick"
            assert list(private.iterdir()) != []
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(private.iterdir()) == []


@pytest.mark.parametrize("make", [lambda _: None, lambda path: path.touch()])
def test_a_directory_of_wheels_that_is_none(make: Any, tmp_path: Path) -> None:
    make(tmp_path / "wheels")
    root = write_files(tmp_path / "clock", node_bundle())
    error = error_of(build(root, tmp_path / "dist", VendorRequest(wheels=tmp_path / "wheels")))
    assert isinstance(error, MissingPathError)
    assert error.detail["path"] == str(tmp_path / "wheels")


# -- the request -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        (NO_VENDORING, []),
        (VendorRequest(from_network=True), ["--vendor"]),
        (VendorRequest(wheels=Path("/w")), ["--wheels", "/w"]),
        (VendorRequest(from_network=True, wheels=Path("/w")), ["--vendor", "--wheels", "/w"]),
    ],
)
def test_a_request_is_asked_again_by_its_options(request_: VendorRequest, arguments: list[str]) -> None:
    """So that a second build, which compares, gets the same."""
    assert request_.arguments() == arguments
    assert request_.is_empty is (arguments == [])


def test_a_relative_directory_is_told_as_it_is_from_here() -> None:
    assert VendorRequest(wheels=Path("w")).arguments() == ["--wheels", os.path.abspath("w")]


# -- lint speaks about the author's files ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "stops"),
    [
        ("server/index.js", True),
        ("node_modules/jose/key.js", False),
        ("packages/own/node_modules/jose/key.js", False),
        ("server/lib/cryptography/ssh.py", False),
        ("server/other.py", True),
        ("library/x.py", True),
    ],
)
def test_a_text_in_a_dependency_that_looks_like_a_key_stops_no_build(path: str, stops: bool, tmp_path: Path) -> None:
    files = {f"server/lib/{name}": data for name, data in wheel_files().items()}
    source = survey(write_files(tmp_path, {**files, path: "x"}))
    findings = [Finding("SE001", severity, "a private key", Location(path)) for severity in Severity]
    assert [one.severity for one in stopping(findings, source)] == ([Severity.ERROR] if stops else [])


def test_a_key_of_the_author_still_stops_the_build(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"
    files = {**node_bundle(), "node_modules/jose/key.js": f"const head = '{key.splitlines()[0]}';\n"}
    assert build(write_files(tmp_path / "clock", files), tmp_path / "dist").error is None
    files["server/key.js"] = f"const key = `{key}`;\n"
    outcome = build(write_files(tmp_path / "other", files), tmp_path / "dist")
    assert [finding.location.path for finding in outcome.findings] == ["server/key.js"]


def test_the_fates_of_what_is_brought_in_are_told(tmp_path: Path) -> None:
    """With ``--list`` and ``--why``: also of what stays out, and nothing is written."""
    wheel = write_wheel(tmp_path / "wheels", files={"tick-1.0.data/scripts/tick": b"#!python\n"})
    root = write_files(tmp_path / "clock", python_bundle(wheel=wheel))
    request = VendorRequest(wheels=tmp_path / "wheels")
    (outcome,) = list_fates([root], out=tmp_path / "dist", vendor=request).outcomes
    assert outcome.error is None
    assert outcome.value is not None
    fates = {fate.path: (fate.fate, fate.reason) for fate in outcome.value.fates}
    assert fates["server/lib/tick/__init__.py"][0] == "included"
    assert fates["server/lib/bin/tick"] == ("omitted", "builder-path")
    (outcome,) = list_fates([root], out=tmp_path / "dist", why=["server/lib/bin"], vendor=request).outcomes
    assert outcome.value is not None
    assert [fate.path for fate in outcome.value.fates] == ["server/lib/bin/tick"]
    assert not (tmp_path / "dist").exists()


def test_several_bundles_are_built_by_several_processes(tmp_path: Path) -> None:
    """What was asked for, and what was made, travels between them."""
    wheel = write_wheel(tmp_path / "wheels")
    roots = [write_files(tmp_path / name, python_bundle(wheel=wheel, name=name)) for name in ("one", "two")]
    request = VendorRequest(wheels=tmp_path / "wheels", environment={"PATH": "/bin"})
    options = BuildOptions(out=tmp_path / "dist", lint=lint_with_bundles, vendor=request, jobs=2)
    report = build_plugins(roots, options)
    assert [outcome.error for outcome in report.outcomes] == [None, None]
    assert sorted(path.name for path in (tmp_path / "dist").iterdir()) == [
        "one-1.0.0.mcpb",
        "one-1.0.0.mcpb.cdx.json",
        "two-1.0.0.mcpb",
        "two-1.0.0.mcpb.cdx.json",
    ]
