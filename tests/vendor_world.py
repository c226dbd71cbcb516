"""Tiny packages of npm and wheels, made in memory, for the tests of what is vendored into bundles."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PLATFORM_TAG = "cp311-cp311-manylinux_2_17_x86_64"


def bundle_manifest(kind: str = "node", /, **members: Any) -> dict[str, Any]:
    """A bundle manifest; ``kind`` is the type of its server."""
    entry = {"node": "server/index.js", "python": "server/main.py"}.get(kind, "server/run")
    launch: dict[str, Any] = {"command": kind, "args": ["${__dirname}/" + entry]}
    if kind == "python":
        launch["env"] = {"PYTHONPATH": "${__dirname}/server/lib"}
    return {
        "manifest_version": "0.3",
        "name": "clock",
        "version": "1.0.0",
        "description": "tells the time",
        "author": {"name": "Acme"},
        "server": {"type": kind, "entry_point": entry, "mcp_config": launch},
        **members,
    }


def write_files(root: Path, files: Mapping[str, str | bytes | dict[str, Any]]) -> Path:
    """Write files below ``root``; a dictionary is written as JSON."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content) if isinstance(content, dict) else content
        target.write_bytes(text.encode() if isinstance(text, str) else text)
    return root


def encoded_sha256(data: bytes) -> str:
    """The hash of a file as RECORD writes it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def wheel_files(
    name: str = "tick",
    version: str = "1.0",
    *,
    tags: tuple[str, ...] = ("py3-none-any",),
    files: Mapping[str, bytes] | None = None,
    metadata: str = "License-Expression: MIT\n",
) -> dict[str, bytes]:
    """The files of a wheel with a right RECORD; ``files`` are added, or replace one of the same name."""
    info = f"{name}-{version}.dist-info"
    content = {
        f"{name}/__init__.py": b"NAME = 'tick'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}\n".encode(),
        f"{info}/WHEEL": "".join(
            ["Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n", *(f"Tag: {tag}\n" for tag in tags)]
        ).encode(),
        **(files or {}),
    }
    rows = [[path, encoded_sha256(data), str(len(data))] for path, data in content.items()]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([*rows, [f"{info}/RECORD", "", ""]])
    return {**content, f"{info}/RECORD": out.getvalue().encode()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive as Python writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data)
    return out.getvalue()


def write_wheel(directory: Path, name: str = "tick", version: str = "1.0", **options: Any) -> Path:
    """Write a wheel and return its path; ``options`` are those of ``wheel_files``, and ``broken`` its content."""
    broken = options.pop("broken", None)
    tags = options.get("tags", ("py3-none-any",))
    path = directory / f"{name}-{version}-{tags[0]}.whl"
    directory.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped(broken if broken is not None else wheel_files(name, version, **options)))
    return path


def sha256_of(path: Path) -> str:
    """The digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def requirement(wheel: Path, digest: str = "") -> str:
    """The line of a lock file for a wheel."""
    name, version = wheel.name.split("-")[:2]
    return f"{name}=={version} \\\n    --hash=sha256:{digest or sha256_of(wheel)}\n"


def tarball(package: Mapping[str, Any], files: Mapping[str, str] | None = None) -> bytes:
    """A package of npm as ``npm pack`` writes it."""
    out = io.BytesIO()
    content = {"package.json": json.dumps(package), "index.js": "module.exports = 1;\n", **(files or {})}
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        for path, text in content.items():
            info = tarfile.TarInfo(f"package/{path}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def integrity(data: bytes) -> str:
    """The hash of a package as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def npm_lock(packages: Mapping[str, Mapping[str, Any]], **root: Any) -> dict[str, Any]:
    """A lock file; hashes are added where a package has none and is no link."""
    some = integrity(b"some package")
    filled = {
        path: {"version": "1.0.0", "integrity": some, **value} if not value.get("link") else dict(value)
        for path, value in packages.items()
    }
    return {"name": "clock", "lockfileVersion": 3, "requires": True, "packages": {"": root, **filled}}


def installed(names: Mapping[str, str], **members: Any) -> dict[str, dict[str, Any] | str]:
    """The files of installed packages: places below the bundle to versions."""
    files: dict[str, dict[str, Any] | str] = {}
    for place, version in names.items():
        name = place.rpartition("node_modules/")[2]
        files[f"{place}/package.json"] = {"name": name, "version": version, **members}
        files[f"{place}/index.js"] = "module.exports = 1;\n"
    return files
