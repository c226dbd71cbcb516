"""A bundle manifest is judged by the schema of its version; whatever it holds gives a value."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugintool.formats.bundle_manifest import VERSIONS, BundleManifest, read_bundle_manifest
from tests.bundle_world import bundle_manifest

GOOD: dict[str, Any] = bundle_manifest("server/index.js")
OPTION = {"type": "string", "title": "t", "description": "d"}


def read(value: Any) -> BundleManifest:
    return read_bundle_manifest(json.dumps(value).encode())


def changed(version: str, /, **members: Any) -> dict[str, Any]:
    """Return a good manifest of ``version`` with members set; ``a__b`` is ``b`` in ``a``, None takes it out."""
    value = copy.deepcopy(GOOD)
    value["manifest_version"] = version
    for key, member in members.items():
        holder, *rest = value, *key.split("__")
        for step in rest[:-1]:
            holder = holder.setdefault(step, {})
        if member is None:
            del holder[rest[-1]]
        else:
            holder[rest[-1]] = member
    return value


ALL, NONE = set(VERSIONS), set[str]()
FROM_2, FROM_3, ONLY_4 = ALL - {"0.1"}, {"0.3", "0.4"}, {"0.4"}


@pytest.mark.parametrize(
    ("members", "accepted"),
    [
        ({}, ALL),
        ({"name": None}, NONE),
        ({"version": None}, NONE),
        ({"description": None}, NONE),
        ({"author": "Acme"}, NONE),
        ({"author__org": "x"}, NONE),
        ({"author__email": "nobody"}, NONE),
        ({"author__email": "a@b.example"}, ALL),
        ({"unknown": 1}, NONE),
        ({"server": None}, NONE),
        ({"server__foo": 1}, NONE),
        ({"server__type": "deno"}, NONE),
        ({"server__type": "uv"}, ONLY_4),
        ({"server__mcp_config": None}, NONE),
        ({"server__mcp_config": None, "server__type": "uv"}, ONLY_4),
        ({"server__mcp_config__cwd": "x"}, NONE),
        ({"server__mcp_config__args": [1]}, NONE),
        ({"server__mcp_config__env": {"A": 1}}, NONE),
        ({"server__mcp_config__platform_overrides": {"freebsd": {"args": []}}}, ALL),
        ({"server__mcp_config__platform_overrides": {"win32": {"cwd": "x"}}}, NONE),
        ({"privacy_policies": ["https://acme.example"]}, FROM_2),
        ({"icons": [{"src": "a.png", "size": "16x16"}]}, FROM_3),
        ({"icons": [{"src": "a.png", "size": "big"}]}, NONE),
        ({"_meta": {"com.acme": {}}}, FROM_3),
        ({"_meta": {"com.acme": 1}}, NONE),
        ({"localization": {"resources": "r/${LOCALE}.json", "default_locale": "en-US"}}, FROM_3),
        ({"localization": {"resources": "r/${locale}.json", "default_locale": "en_US"}}, NONE),
        ({"repository": "git@host:x"}, NONE),
        ({"repository": {"type": "git", "url": "git+https://acme.example/x"}}, ALL),
        ({"homepage": "acme"}, NONE),
        ({"homepage": "https://acme.example"}, ALL),
        ({"tools": [{"name": "a", "inputSchema": {}}]}, NONE),
        ({"tools": [{"name": "a", "description": "b"}], "tools_generated": True}, ALL),
        ({"prompts": [{"name": "a", "text": "b", "arguments": ["c"]}]}, ALL),
        ({"prompts": [{"name": "a"}]}, NONE),
        ({"compatibility": {"platforms": ["macos"]}}, NONE),
        ({"compatibility": {"platforms": ["darwin"], "runtimes": {"node": ">=20"}}}, ALL),
        ({"compatibility": {"other_client": ">=1"}}, ALL),
        ({"compatibility": {"runtimes": {"deno": "1"}}}, NONE),
        ({"user_config": {"k": OPTION}}, ALL),
        ({"user_config": {"k": {**OPTION, "type": "enum"}}}, NONE),
        ({"user_config": {"k": {**OPTION, "enum": []}}}, NONE),
        ({"user_config": {"k": {**OPTION, "default": ["a"]}}}, ALL),
        ({"user_config": {"k": {**OPTION, "default": {}}}}, NONE),
        ({"dxt_version": "0.9"}, NONE),
        ({"keywords": ["a"], "license": "MIT", "screenshots": ["a.png"], "icon": "a.png"}, ALL),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_schema_of_the_version_decides(version: str, members: dict[str, Any], accepted: set[str]) -> None:
    """What ``mcpb validate`` 2.1.2 says, but for the two differences that the schemas name."""
    found = read(changed(version, **members))
    assert (not found.problems) == (version in accepted), found.describe()
    assert found.version == version


def test_the_older_spelling_of_the_version_counts() -> None:
    value = {key: item for key, item in GOOD.items() if key != "manifest_version"} | {"dxt_version": "0.1"}
    assert read(value).version == "0.1"
    assert not read(value).problems


@pytest.mark.parametrize("version", ["1.0", "0.5", "", 0.3, 3, None, ["0.3"], {"a": 1}])
def test_an_unknown_version_is_one_problem(version: Any) -> None:
    found = read({**GOOD, "manifest_version": version})
    assert found.version is None
    assert [problem.pointer for problem in found.problems] == [("manifest_version",)]


def test_no_version_is_one_problem() -> None:
    assert "manifest_version is missing" in read({"name": "x"}).problems[0].message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
        json.dumps(GOOD).encode("utf-16"),
        json.dumps(GOOD).encode() + b"{}",
        json.dumps(GOOD).replace("1.0.0", "\\ud800").encode(),
        b'{"name": NaN}',
        b"// comment\n" + json.dumps(GOOD).encode(),
        json.dumps(GOOD).encode()[:-1] + b', "name": "other"}',
        b"[" * 200_000,
        b'{"a": ' * 100 + b"1" + b"}" * 100,
        b" " * 2_000_000,
        json.dumps({**GOOD, "user_config": {"__proto__": OPTION}}).encode(),
        json.dumps({**GOOD, "_meta": {"a": {"b": [{"constructor": 1}]}}}).encode(),
    ],
)
def test_a_text_that_readers_understand_differently_has_a_problem(data: bytes) -> None:
    assert read_bundle_manifest(data).problems


@given(st.binary(max_size=300))
def test_any_bytes_give_a_value(data: bytes) -> None:
    assert read_bundle_manifest(data).describe()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*GOOD, "user_config", "icons", "x"]), inner, max_size=4)
        ),
        max_leaves=15,
    ),
    st.sampled_from(VERSIONS),
)
def test_any_object_gives_short_problems(value: Any, version: str) -> None:
    found = read({**(value if isinstance(value, dict) else {"server": value}), "manifest_version": version})
    assert found.problems
    assert all(len(problem.message) < 1000 for problem in found.problems)


def test_problems_name_line_and_field() -> None:
    data = json.dumps({**GOOD, "homepage": "acme"}, indent=2).encode()
    (line,) = read_bundle_manifest(data).describe()
    assert line.startswith("line 19: /homepage: 'acme' is not allowed")


def test_text_reads_nested_members_and_nothing_else() -> None:
    found = read(GOOD)
    assert found.text("server", "mcp_config", "command") == "node"
    assert found.text("server", "mcp_config") == found.text("server", "x", "y") == found.text("name", "x") == ""


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schemas_are_valid_and_state_their_source(version: str) -> None:
    data = (
        resources.files("plugintool.formats").joinpath("schemas", f"bundle-manifest-{version}.json").read_text("utf-8")
    )
    schema = json.loads(data)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "MANIFEST.md of modelcontextprotocol/mcpb, read 2025-12" in schema["$comment"]
    assert version in schema["title"]


def test_jsonschema_is_imported_on_first_use_only(root: Path) -> None:
    script = (
        "import sys\nfrom plugintool.formats.bundle_manifest import read_bundle_manifest\n"
        "read_bundle_manifest(b'[]'); assert 'jsonschema' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root)
