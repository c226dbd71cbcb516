"""A bundle in source form becomes one canonical archive, or says why it cannot."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import deflate
import pytest

from plugintool import limits
from plugintool.build.bundle import BundlePlan, bundle_directories, plan_bundle
from plugintool.formats.project import Project, load_project
from plugintool.relpath import RelPath
from plugintool.tree.directory import survey
from plugintool.tree.zip_reader import open_archive

CLOCK = RelPath("bundles/clock")
MANIFEST = "bundles/clock/manifest.json"


def plan(root: Path) -> BundlePlan:
    found = survey(root)
    return plan_bundle(found, CLOCK, load_project(found))


def problems(found: BundlePlan) -> list[str]:
    return [f"{fate.path}: {fate.why}" for fate in found.invalid]


def packed(root: Path) -> bytes:
    found, target = survey(root), io.BytesIO()
    plan(root).write(found, target, load_project(found))
    return target.getvalue()


def with_manifest(bundle_files: dict[str, str], **members: Any) -> dict[str, str]:
    value = json.loads(bundle_files[MANIFEST])
    for key, member in members.items():
        (value["server"] if key == "entry_point" else value)[key] = member
    return {**bundle_files, MANIFEST: json.dumps(value)}


def test_only_directories_with_a_manifest_are_bundles() -> None:
    paths = [
        MANIFEST,
        "bundles/x/readme",
        "bundles/manifest.json",
        "a/bundles/y/manifest.json",
        "bundles/z/w/manifest.json",
    ]
    assert bundle_directories(paths) == [CLOCK]


def test_the_bundle_holds_the_files_below_its_directory(
    make_plugin: Any, bundle_files: dict[str, str], tmp_path: Path
) -> None:
    root = make_plugin({**bundle_files, "bundles/clock/bin/run": "#!/bin/sh\n"})
    (tmp_path / "x.mcpb").write_bytes(packed(root))
    with open_archive(tmp_path / "x.mcpb") as tree:
        found = {file.path: file.executable for file in tree.files()}
    assert found == {"manifest.json": False, "server/index.js": False, "bin/run": True}


def test_the_same_source_gives_the_same_bytes(make_plugin: Any, bundle_files: dict[str, str]) -> None:
    files = {**bundle_files, "bundles/clock/a": "x" * 5000}
    one, other = make_plugin(files, at="one"), make_plugin(dict(reversed(files.items())), at="two")
    assert packed(one) == packed(other)


def test_large_files_are_compressed_by_the_pinned_encoder_too(
    make_plugin: Any, bundle_files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of the plugin covers these bytes, so they must not depend on the zlib of the machine."""
    monkeypatch.setattr(limits, "ONE_SHOT_BYTES", 1000)
    data = packed(make_plugin({**bundle_files, "bundles/clock/large": "x" * 5000}))
    info = zipfile.ZipFile(io.BytesIO(data)).getinfo("large")
    assert (info.compress_type, info.compress_size) == (
        zipfile.ZIP_DEFLATED,
        len(deflate.deflate_compress(b"x" * 5000, 6)),
    )


def test_mcpbignore_is_honoured_without_case(make_plugin: Any, bundle_files: dict[str, str]) -> None:
    files = {
        "src/x.ts": "x",
        "A.TXT": "x",
        "keep/.DS_Store": "x",
        ".npmrc": "x",
        ".mcpbignore": "/SRC\n*.txt\n!.npmrc\n",
    }
    found = plan(make_plugin({**bundle_files, **{f"bundles/clock/{path}": text for path, text in files.items()}}))
    assert {fate.path.removeprefix("bundles/clock/"): fate.reason for fate in found.omitted} == {
        ".mcpbignore": "other-tool",
        "src/x.ts": "pattern",
        "A.TXT": "pattern",
        "keep/.DS_Store": "system-file",
    }
    assert [fate.rule for fate in found.omitted if fate.path.endswith("x.ts")] == ["/SRC (bundles/clock/.mcpbignore:1)"]
    assert "bundles/clock/.npmrc" in [fate.path for fate in found.included]


def test_patterns_of_the_project_come_first(make_plugin: Any, bundle_files: dict[str, str]) -> None:
    project = '[build]\nignore = ["*.psd"]\n[bundles.clock]\nignore = ["/test/", "!keep.log"]\n'
    files = {"a.psd": "x", "test/x": "x", "keep.log": "x", "drop.log": "x", ".mcpbignore": "*.log\n"}
    found = plan(
        make_plugin({**bundle_files, "plugintool.toml": project, **{f"bundles/clock/{p}": t for p, t in files.items()}})
    )
    included = [fate.path.removeprefix("bundles/clock/") for fate in found.included]
    assert included == ["keep.log", "manifest.json", "server/index.js"]


def test_what_runs_is_kept(make_plugin: Any, bundle_files: dict[str, str]) -> None:
    """Files that mcpb pack 2.1.2 drops by default although bundles run or read them."""
    names = ["x/Iterator.prototype.map/index.js", "package-lock.json", "tsconfig.json", "types/x.d.ts", "uv.lock"]
    found = plan(make_plugin({**bundle_files, **{f"bundles/clock/{name}": "x" for name in names}}))
    assert {f"bundles/clock/{name}" for name in names} <= {fate.path for fate in found.included}


def test_secrets_and_inner_bundles_do_not_get_in(make_plugin: Any, bundle_files: dict[str, str]) -> None:
    files = {"server/.env": "x", "server.key": "-----BEGIN PRIVATE KEY-----", "old.mcpb": "x"}
    found = plan(make_plugin({**bundle_files, **{f"bundles/clock/{path}": text for path, text in files.items()}}))
    assert [fate.reason for fate in found.invalid] == ["secret", "secret"]
    assert [fate.reason for fate in found.omitted] == ["unnamed-bundle"]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"entry_point": "server/main.js"}, "server.entry_point: 'server/main.js' is not in the bundle"),
        ({"entry_point": "../x.js"}, "is no path inside the bundle"),
        ({"entry_point": "/x.js"}, "is no path inside the bundle"),
        ({"icon": "https://acme.example/x.png"}, "is no path inside the bundle"),
        ({"icon": "icon.png"}, "icon: 'icon.png' is not in the bundle"),
        ({"icons": [{"src": "a.png", "size": "1x1"}]}, "icons[0].src: 'a.png' is not in the bundle"),
        ({"name": None}, "/name"),
        ({"author": "x"}, "/author"),
        ({"manifest_version": "9"}, "is no version of the format"),
    ],
)
def test_a_manifest_that_is_wrong_stops_the_build(
    make_plugin: Any, bundle_files: dict[str, str], members: dict[str, Any], expected: str
) -> None:
    found = plan(make_plugin(with_manifest(bundle_files, **members)))
    assert any(expected in line for line in problems(found)), problems(found)
    assert {fate.reason for fate in found.invalid} == {"bundle"}


def test_what_hosts_understand_is_fine(make_plugin: Any, bundle_files: dict[str, str]) -> None:
    assert not plan(make_plugin(with_manifest(bundle_files, entry_point="./server/index.js"))).invalid


def test_a_manifest_that_is_left_out_stops_the_build(make_plugin: Any, bundle_files: dict[str, str]) -> None:
    found = plan(make_plugin({**bundle_files, "bundles/clock/.mcpbignore": "manifest.json\n"}))
    assert [(fate.path, fate.reason) for fate in found.invalid] == [(MANIFEST, "needed")]


def test_executables_follow_the_patterns_of_the_project(make_plugin: Any, bundle_files: dict[str, str]) -> None:
    """Patterns are relative to the plugin, also for files that end up in a bundle."""
    root = make_plugin({**bundle_files, "plugintool.toml": '[build]\nexecutables = ["bundles/clock/server/*"]\n'})
    modes = {info.filename: info.external_attr >> 16 for info in zipfile.ZipFile(io.BytesIO(packed(root))).infolist()}
    assert modes == {"manifest.json": 0o100644, "server/index.js": 0o100755}


def test_an_unreadable_manifest_is_a_problem_not_a_crash(make_plugin: Any, bundle_files: dict[str, str]) -> None:
    found = plan(make_plugin({**bundle_files, MANIFEST: "{"}))
    assert problems(found)
    assert Project() == load_project(survey(make_plugin(bundle_files)))
