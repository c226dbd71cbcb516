"""Check the server of one bundle: what its manifest starts, and whether it is what the manifest says."""

from __future__ import annotations

from plugintool import limits
from plugintool.author.check_request import Bench, Site
from plugintool.author.check_server import Tried, leave_out, refuse, try_stdio
from plugintool.errors import MissingPathError
from plugintool.formats.bundle_manifest import BUNDLE_MANIFEST, BundleManifest, read_bundle_manifest
from plugintool.frozen import replace
from plugintool.jsontext import JsonObject, locate
from plugintool.jsonvalue import items_of, object_of
from plugintool.probe.bundle import Start, missing_settings, platform_of, settings_of, start_of
from plugintool.probe.codes import Flaw
from plugintool.report import Location
from plugintool.tree.entry import Tree


def read_manifest(tree: Tree) -> BundleManifest:
    """Read the bundle manifest of a tree.

    Raises:
        MissingPathError: there is none.
    """
    if all(file.path != BUNDLE_MANIFEST for file in tree.files()):
        raise MissingPathError("there is no bundle manifest", path=BUNDLE_MANIFEST, hint="name a bundle or its source")
    with tree.open(BUNDLE_MANIFEST) as source:
        return read_bundle_manifest(source.read(limits.TEXT_BYTES + 1))


def try_bundle(manifest: BundleManifest, bench: Bench, *, prefix: str = "", name: str = "") -> Tried:
    """Start the server of a bundle.

    Args:
        manifest: its manifest.
        bench: where it is unpacked.
        prefix: the path of the manifest's directory in the subject, empty or with a final slash.
        name: how the bundle is called when its manifest does not say.
    """
    value, name = manifest.value, manifest.text("name") or name or "bundle"
    options = value.get("user_config")
    bench = bench.hiding(options)
    site = Site("server", name, _place(manifest, prefix, ("server",)), bench)
    if not _is_for_platform(value):
        site = replace(site, place=_place(manifest, prefix, ("compatibility", "platforms")))
        return leave_out(site, "stdio", Flaw("CH020", f"{platform_of()} is not among its platforms"))
    missing = missing_settings(options, bench.request.settings)
    if missing:
        return leave_out(site, "stdio", Flaw("CH017", ", ".join(missing)))
    start = _start(value, bench)
    if start is None:
        problems = manifest.describe()
        return refuse(site, problems[0] if problems else "server.mcp_config names no command")
    return try_stdio(site, start, {}, value)


def _start(value: JsonObject, bench: Bench) -> Start | None:
    settings = settings_of(value.get("user_config"), bench.request.settings)
    return start_of(value, bench.root, bench.place.home, settings)


def _is_for_platform(value: JsonObject) -> bool:
    platforms = items_of(object_of(value.get("compatibility")).get("platforms"))
    return not platforms or platform_of() in platforms


def _place(manifest: BundleManifest, prefix: str, pointer: tuple[str, ...]) -> Location:
    path = f"{prefix}{BUNDLE_MANIFEST}"
    line, column = locate(manifest.json.text, pointer) if manifest.json.is_readable else (0, 0)
    return Location(path, line, column, pointer)
