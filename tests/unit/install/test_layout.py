"""Where things are, for every combination of options."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.errors import ConfigError
from plugintool.install.layout import layout_for


def test_the_places_of_macos_are_fixed() -> None:
    layout = layout_for(machine="darwin")
    assert layout.org_plugins == Path("/Library/Application Support/Claude/org-plugins")
    assert layout.state == Path("/Library/Application Support/plugintool")
    assert (layout.platform, layout.mode, layout.root) == ("macos", "link", None)


def test_the_places_of_windows_are_fixed() -> None:
    layout = layout_for(machine="win32")
    assert layout.org_plugins.as_posix() == "C:/Program Files/Claude/org-plugins"
    assert layout.state.as_posix() == "C:/Program Files/plugintool"
    assert layout.mode == "per_file"


def test_environment_and_home_take_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    before = layout_for(machine="darwin")
    for name in ("HOME", "ProgramFiles", "PLUGINTOOL_ROOT", "XDG_STATE_HOME", "APPDATA"):
        monkeypatch.setenv(name, "/elsewhere")
    assert layout_for(machine="darwin") == before


def test_linux_has_no_directory_of_the_app() -> None:
    with pytest.raises(ConfigError, match="no org-plugins directory") as caught:
        layout_for(machine="linux")
    assert caught.value.exit_code == 2
    assert "--root" in caught.value.detail["hint"]


def test_linux_with_a_plugin_directory_keeps_its_state_in_var(tmp_path: Path) -> None:
    layout = layout_for(org_plugins=tmp_path, machine="linux")
    assert (layout.org_plugins, layout.state, layout.mode) == (tmp_path, Path("/var/lib/plugintool"), "link")


@pytest.mark.parametrize(
    ("platform", "plugins", "state"),
    [
        (None, "Library/Application Support/Claude/org-plugins", "Library/Application Support/plugintool"),
        ("macos", "Library/Application Support/Claude/org-plugins", "Library/Application Support/plugintool"),
        ("windows", "Program Files/Claude/org-plugins", "Program Files/plugintool"),
    ],
)
def test_with_root_everything_lies_below_it(tmp_path: Path, platform: str | None, plugins: str, state: str) -> None:
    layout = layout_for(root=tmp_path, platform=platform, machine="linux")
    assert (layout.org_plugins, layout.state) == (tmp_path / plugins, tmp_path / state)
    assert layout.root == tmp_path


def test_a_relative_root_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert layout_for(root=Path("image")).root == tmp_path / "image"


def test_another_platform_needs_a_root() -> None:
    with pytest.raises(ConfigError, match="another platform"):
        layout_for(platform="windows", machine="linux")


def test_org_plugins_must_be_below_the_root(tmp_path: Path) -> None:
    inside = layout_for(root=tmp_path, org_plugins=tmp_path / "plugins")
    assert inside.org_plugins == tmp_path / "plugins"
    with pytest.raises(ConfigError, match="not below"):
        layout_for(root=tmp_path / "image", org_plugins=tmp_path / "plugins")


def test_all_state_is_below_the_state_directory(tmp_path: Path) -> None:
    layout = layout_for(root=tmp_path)
    places = (
        layout.trust_policy,
        layout.receipt("acme"),
        layout.stored("acme", "0123456789ab"),
        layout.stored_statement("acme", "0123456789ab"),
        layout.staging,
        layout.journal,
        layout.lock,
    )
    assert all(layout.state in place.parents for place in places)
    assert layout.destination("acme") == layout.org_plugins / "acme"
    assert layout.directories()[0] == layout.org_plugins
