"""Every template is complete and honest about itself."""

from __future__ import annotations

import pathlib
import stat
from importlib import resources

import pytest

from plugintool.scaffold import catalog
from plugintool.scaffold.catalog import load_template, template_names
from plugintool.scaffold.compose import CI, SERVERS
from plugintool.scaffold.render import placeholders

NAMES = template_names()
SHEBANG = "#!"


def texts_of(template: catalog.Template) -> list[str]:
    listed = (*template.executables, *template.merged, template.server_reference)
    return [*template.files, *template.files.values(), *listed, template.readme]


def test_the_catalog_names_every_directory_of_the_templates(root: pathlib.Path) -> None:
    assert sorted(path.name for path in (root / "templates").iterdir() if path.is_dir()) == NAMES


def test_the_catalog_has_what_the_commands_need() -> None:
    wanted = {"plugin", "review-agent", "find-all-bugs", "security-review", "edit-check", "session-context"}
    wanted |= {"remote-server", "local-server", "agent", "command", "skill", *CI.values(), *SERVERS.values()}
    assert set(NAMES) == wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_template_declares_exactly_the_placeholders_that_occur(name: str) -> None:
    template = load_template(name)
    used = set().union(*(placeholders(text) for text in texts_of(template)))
    assert used == set(template.variables)


@pytest.mark.parametrize("name", NAMES)
def test_the_files_a_template_speaks_of_are_there(name: str) -> None:
    template = load_template(name)
    assert {*template.executables, *template.merged} <= template.files.keys()


@pytest.mark.parametrize("name", NAMES)
def test_executables_are_exactly_the_files_with_a_shebang_and_have_the_bit(name: str, root: pathlib.Path) -> None:
    """The declared list, the content and the mode in the checkout agree."""
    template = load_template(name)
    directory = root / "templates" / name / "files"
    with_shebang = {path for path, text in template.files.items() if text.startswith(SHEBANG)}
    own = (path for path in template.files if (directory / path).is_file())
    with_bit = {path for path in own if (directory / path).stat().st_mode & stat.S_IXUSR}
    assert set(template.executables) == with_shebang == with_bit


@pytest.mark.parametrize("name", NAMES)
def test_a_template_leaves_nothing_to_replace_and_contacts_nobody(name: str) -> None:
    text = "\n".join(load_template(name).files.values())
    for forbidden in ("TODO", "FIXME", "XXX", "example.com", "your-", "YOUR_", "lorem", "\r", "\t"):
        assert forbidden not in text


@pytest.mark.parametrize("name", NAMES)
def test_files_end_with_one_line_end(name: str) -> None:
    for path, text in load_template(name).files.items():
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path


def test_files_are_sorted_by_path_and_include_hidden_ones() -> None:
    files = list(load_template("plugin").files)
    assert files == [".claude-plugin/plugin.json", "LICENSE", "README.md"]


def test_the_packaged_place_comes_first(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a wheel the templates lie inside the package; the checkout is looked at only when they do not."""
    (tmp_path / "_templates" / "only").mkdir(parents=True)
    (tmp_path / "_templates" / "only" / "template.json").write_text("{}")
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path)
    assert template_names() == ["only"]
    monkeypatch.setattr(resources, "files", lambda _package: tmp_path / "elsewhere")
    assert template_names() == NAMES


def test_an_unknown_template_is_a_bug_and_no_error_for_users() -> None:
    with pytest.raises(FileNotFoundError):
        load_template("nothing")


def test_a_template_has_the_files_of_its_base_except_those_of_its_own() -> None:
    base, derived = load_template("bundle-node"), load_template("local-server")
    assert derived.files.keys() == base.files.keys()
    differing = {path for path in base.files if base.files[path] != derived.files[path]}
    assert differing == {"manifest.json", "server/tools.js"}


def test_a_template_of_a_bundle_has_the_paths_of_one_that_stands_by_itself() -> None:
    for name in (*SERVERS.values(), "local-server"):
        assert {"manifest.json", "README.md"} < load_template(name).files.keys(), name
