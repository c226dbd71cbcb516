"""The bill of materials: valid CycloneDX 1.6, the same bytes for the same bundle, nothing of the machine."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool import __version__
from plugintool.build.node_modules import NodeModules
from plugintool.build.package import Package, node_packages
from plugintool.build.sbom import Subject, make_bill
from plugintool.digest import sha256
from plugintool.errors import MalformedFileError
from plugintool.formats.npm_lock import read_npm_lock
from plugintool.tree.memory import MemoryTree
from tests.vendor_world import npm_lock

SUBJECT = Subject(
    name="@acme/clock",
    version="1.0.0",
    file_name="acme-clock-1.0.0.mcpb",
    sha256=sha256(b"bundle"),
    record=sha256(b"record"),
    license="Apache-2.0",
)
ATLAS = Package(
    ecosystem="npm",
    name="@acme/atlas",
    version="1.2.3",
    license="MIT",
    hash=("SHA-512", "ab" * 64),
    url="https://registry.example/atlas.tgz",
    places=("node_modules/@acme/atlas", "node_modules/b/node_modules/@acme/atlas"),
)
BARE = Package(ecosystem="pypi", name="tick", version="", places=("server/lib/tick-1.dist-info",))


def bill(*components: Package, subject: Subject = SUBJECT) -> Any:
    data = make_bill(subject, components)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(data.decode())
    assert problem is None, problem
    return json.loads(data)


def test_a_bill_names_the_bundle_with_its_digests() -> None:
    found = bill()
    assert found["specVersion"] == "1.6"
    root = found["metadata"]["component"]
    assert (root["name"], root["version"]) == ("@acme/clock", "1.0.0")
    assert root["hashes"] == [{"alg": "SHA-256", "content": SUBJECT.sha256}]
    assert root["licenses"] == [{"expression": "Apache-2.0"}]
    assert {one["name"]: one["value"] for one in root["properties"]} == {
        "plugintool:file": "acme-clock-1.0.0.mcpb",
        "plugintool:record": f"sha256:{SUBJECT.record}",
    }
    assert found["metadata"]["tools"]["components"][0]["version"] == __version__
    assert found["components"] == []


def test_a_component_is_told_with_all_that_is_known() -> None:
    (found,) = bill(ATLAS)["components"]
    assert found == {
        "type": "library",
        "bom-ref": "pkg:npm/%40acme/atlas@1.2.3",
        "group": "@acme",
        "name": "atlas",
        "version": "1.2.3",
        "purl": "pkg:npm/%40acme/atlas@1.2.3",
        "hashes": [{"alg": "SHA-512", "content": "ab" * 64}],
        "licenses": [{"expression": "MIT"}],
        "externalReferences": [
            {
                "type": "distribution",
                "url": "https://registry.example/atlas.tgz",
                "hashes": [{"alg": "SHA-512", "content": "ab" * 64}],
            }
        ],
        "evidence": {"occurrences": [{"location": place} for place in ATLAS.places]},
    }


def test_what_ties_a_component_to_a_platform_is_a_property() -> None:
    one = Package(ecosystem="pypi", name="x", version="1", places=("p",), native=("cp311-cp311-win_amd64",))
    assert bill(one)["components"][0]["properties"] == [{"name": "plugintool:native", "value": "cp311-cp311-win_amd64"}]


def test_what_is_not_known_is_not_told() -> None:
    (found,) = bill(BARE)["components"]
    assert found == {
        "type": "library",
        "bom-ref": "pkg:pypi/tick",
        "name": "tick",
        "purl": "pkg:pypi/tick",
        "evidence": {"occurrences": [{"location": "server/lib/tick-1.dist-info"}]},
    }


def test_a_bundle_without_a_version_is_fine() -> None:
    found = bill(subject=Subject(name="x", version="", file_name="x.mcpb", sha256=sha256(b""), record=sha256(b"r")))
    assert "version" not in found["metadata"]["component"]


def test_two_components_with_one_url_have_two_references() -> None:
    """Two copies that differ in what is known of them."""
    found = bill(ATLAS, Package(ecosystem="npm", name="@acme/atlas", version="1.2.3", places=("node_modules/c",)))
    references = [one["bom-ref"] for one in found["components"]]
    assert references == [f"{ATLAS.purl}#node_modules/@acme/atlas", f"{ATLAS.purl}#node_modules/c"]


@pytest.mark.parametrize(
    ("text", "is_expression"),
    [
        ("MIT", True),
        ("MIT OR Apache-2.0", True),
        ("(MIT OR GPL-3.0-or-later) AND BSD-3-Clause", True),
        ("GPL-2.0+ WITH Classpath-exception-2.0", True),
        ("Apache License 2.0", False),
        ("SEE LICENSE IN LICENSE", False),
        ("BSD", False),
        ("MIT OR", False),
        ("(MIT", False),
        ("MIT/X11", False),
        ("UNLICENSED", False),
        ("MIT, ISC", False),
        ("<script>", False),
    ],
)
def test_a_licence_is_an_expression_or_a_name(text: str, is_expression: bool) -> None:
    """Whatever a package says; a text that is no identifier of SPDX must not look like one."""
    (found,) = bill(Package(ecosystem="npm", name="x", version="1", license=text, places=("p",)))["components"]
    expected = {"expression": text} if is_expression else {"license": {"name": text}}
    assert found["licenses"] == [expected]


def test_an_expression_that_metadata_promises_is_taken_as_one() -> None:
    one = Package(ecosystem="pypi", name="x", version="1", license="LicenseRef-Own", is_spdx=True, places=("p",))
    assert bill(one)["components"][0]["licenses"] == [{"expression": "LicenseRef-Own"}]


def test_the_same_bundle_has_the_same_bill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the time: the serial number comes from the digest of the bundle."""
    first = make_bill(SUBJECT, [ATLAS, BARE])
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert make_bill(SUBJECT, [ATLAS, BARE]) == first
    assert first.endswith(b"}\n")
    other = Subject(name="x", version="1", file_name="x", sha256=sha256(b"other"), record=SUBJECT.record)
    assert bill(subject=other)["serialNumber"] != json.loads(first)["serialNumber"]


def test_the_form_is_canonical() -> None:
    """Keys sorted, no blanks: two bills are compared by their bytes."""
    data = make_bill(SUBJECT, [ATLAS])
    again = json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert data == again.encode() + b"\n"


def test_odd_texts_are_kept_as_texts() -> None:
    one = Package(ecosystem="npm", name="größe", version="1", license="\x1b[31m", places=("node_modules/größe",))
    assert bill(one)["components"][0]["name"] == "größe"


ODD_TEXTS = st.text(max_size=12) | st.sampled_from(
    ["\ud800", "https://x y/<z>", "https://[", "a/b/c", "@/", "%zz", "\0"]
)


@settings(max_examples=60)
@given(name=ODD_TEXTS, version=ODD_TEXTS, text=ODD_TEXTS, url=ODD_TEXTS)
def test_whatever_packages_say_the_bill_is_valid(name: str, version: str, text: str, url: str) -> None:
    """All of it is foreign text."""
    package = json.dumps({"name": name, "version": version, "license": text})
    lock = npm_lock({"node_modules/a": {"resolved": url, "license": text, "version": version}})
    modules = NodeModules()
    with contextlib.suppress(MalformedFileError):  # a lock file is read strictly: some of these texts cannot be in one
        modules = NodeModules(read_npm_lock(json.dumps(lock).encode(), path="x"))
    tree = MemoryTree("x", {"node_modules/a/package.json": package.encode()})
    found = node_packages(tree, ["node_modules/a/package.json"], modules)
    assert len(bill(*found)["components"]) == 1


@pytest.mark.parametrize(
    ("resolved", "told"),
    [
        ("https://x.example/a%20b.tgz", True),
        ("https://x.example/a b.tgz", False),
        ("https://x.example/%zz", False),
        ("https://x.example/<a>", False),
        ("javascript:alert(1)", False),
    ],
)
def test_only_addresses_that_are_some_are_told(resolved: str, told: bool) -> None:
    lock = npm_lock({"node_modules/a": {"resolved": resolved}})
    modules = NodeModules(read_npm_lock(json.dumps(lock).encode(), path="x"))
    tree = MemoryTree("x", {"node_modules/a/package.json": b"{}"})
    (found,) = bill(*node_packages(tree, ["node_modules/a/package.json"], modules))["components"]
    assert ("externalReferences" in found) is told
