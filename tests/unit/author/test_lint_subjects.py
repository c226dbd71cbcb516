"""What a path means to lint, and how each kind of subject is judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugintool.author.lint_subjects import Judgement, LintSubject, What, judge, subjects_of
from plugintool.errors import ConfigError, MissingPathError
from plugintool.lint.rule import Subject
from plugintool.lint.run import LintOptions, rules_for
from tests.rule_fixtures import clean_plugin

JUDGEMENT = Judgement(options=LintOptions())


def marketplace(where: Path, *sources: str, name: str = "acme") -> Path:
    """Write a marketplace that lists local plugins, and the plugins."""
    entries = []
    for source in sources:
        plugin = Path(source).name or name
        entries.append({"name": plugin, "source": source, "description": "d"})
        clean_plugin((where / source).parent, name=plugin)
    file = where / ".claude-plugin/marketplace.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"name": name, "owner": {"name": "Acme"}, "plugins": entries}))
    return where


def shown(path: str, *, as_client: bool = False) -> list[tuple[str, str]]:
    return [(subject.shown, subject.what.value) for subject in subjects_of(path, as_client=as_client)]


def test_a_plugin_is_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = clean_plugin(tmp_path)
    assert shown(str(root)) == [(str(root), "plugin")]
    assert shown(f"{root}/") == [(f"{root}/", "plugin")]
    monkeypatch.chdir(root)
    assert shown(".") == [(".", "plugin")]


def test_a_manifest_means_its_plugin(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path)
    assert shown(str(root / ".claude-plugin/plugin.json")) == [(str(root), "plugin")]


def test_a_marketplace_comes_before_its_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the words of the user, so that he can click on them."""
    marketplace(tmp_path / "m", "./plugins/b", "./plugins/a")
    monkeypatch.chdir(tmp_path)
    assert shown("m") == [("m", "marketplace"), ("m/plugins/a", "plugin"), ("m/plugins/b", "plugin")]
    file = "m/.claude-plugin/marketplace.json"
    assert shown(file) == [("m", "marketplace"), ("m/plugins/a", "plugin"), ("m/plugins/b", "plugin")]
    monkeypatch.chdir("m")
    assert shown(".")[1] == ("plugins/a", "plugin")


def test_the_client_looks_at_the_marketplace_only(tmp_path: Path) -> None:
    root = str(marketplace(tmp_path / "m", "./plugins/a"))
    assert shown(root, as_client=True) == [(root, "marketplace")]


def test_a_plugin_that_is_its_own_marketplace_is_both(tmp_path: Path) -> None:
    root = clean_plugin(tmp_path, name="acme")
    entry = {"name": "acme", "source": "./", "description": "d"}
    document = {"name": "acme", "owner": {"name": "Acme"}, "plugins": [entry]}
    (root / ".claude-plugin/marketplace.json").write_text(json.dumps(document))
    assert shown(str(root)) == [(str(root), "marketplace"), (str(root), "plugin")]


def test_an_org_plugins_directory_is_one_and_all_its_plugins(tmp_path: Path) -> None:
    root = tmp_path / "org-plugins"
    clean_plugin(root, name="b")
    clean_plugin(root, name="a")
    expected = [(str(root), "org-plugins"), (str(root / "a"), "plugin"), (str(root / "b"), "plugin")]
    assert shown(str(root)) == expected
    assert shown(str(root), as_client=True) == expected[1:]


def test_an_empty_org_plugins_directory_is_no_plugin(tmp_path: Path) -> None:
    (tmp_path / "org-plugins").mkdir()
    assert shown(str(tmp_path / "org-plugins")) == [(str(tmp_path / "org-plugins"), "org-plugins")]


@pytest.mark.parametrize("name", ["gone", "file.txt"])
def test_a_path_that_means_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(MissingPathError):
        shown(str(tmp_path / name))


class TestJudge:
    """One subject."""

    def test_a_plugin(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"commands/a.md": "Check.\n"})
        result = judge(LintSubject("p", What.PLUGIN, root), JUDGEMENT)
        assert (result.name, result.checked["commands"]) == ("acme-review", 1)
        assert [finding.code for finding in result.findings] == ["FM004"]
        assert "FM004" in result.rules
        assert not any(rule.startswith("MP") for rule in result.rules)

    def test_a_plugin_that_only_its_entry_describes(self, tmp_path: Path) -> None:
        """Public marketplaces list directories that hold a README and nothing else: the entry names the servers."""
        root = marketplace(tmp_path / "m", "./plugins/a", "./plugins/b")
        (root / "plugins/a/.claude-plugin/plugin.json").unlink()
        whole, listed, plugin = subjects_of(str(root), as_client=False)
        assert (whole.what, listed.what, plugin.what) == (What.MARKETPLACE, What.LISTED, What.PLUGIN)
        assert "PM001" not in {finding.code for finding in judge(listed, JUDGEMENT).findings}
        assert "MP023" in {finding.code for finding in judge(whole, JUDGEMENT).findings}
        (alone,) = subjects_of(str(root / "plugins/a"), as_client=False)
        assert alone.what is What.PLUGIN
        assert "PM001" in {finding.code for finding in judge(alone, JUDGEMENT).findings}

    def test_the_components_of_a_listed_directory_are_judged(self, tmp_path: Path) -> None:
        root = marketplace(tmp_path / "m", "./plugins/a")
        (root / "plugins/a/.claude-plugin/plugin.json").unlink()
        (root / "plugins/a/commands").mkdir()
        (root / "plugins/a/commands/x.md").write_text("Check.\n")
        _, listed = subjects_of(str(root), as_client=False)
        assert "FM004" in {finding.code for finding in judge(listed, JUDGEMENT).findings}

    def test_a_marketplace(self, tmp_path: Path) -> None:
        """Its own rules only: those on components run on its plugins."""
        root = marketplace(tmp_path / "m", "./plugins/a", "./plugins/b")
        result = judge(LintSubject("m", What.MARKETPLACE, root / ".claude-plugin/marketplace.json"), JUDGEMENT)
        assert (result.name, dict(result.checked)) == ("m", {"plugins": 2})
        assert "FM004" not in result.rules

    def test_a_broken_marketplace(self, tmp_path: Path) -> None:
        root = marketplace(tmp_path / "m")
        (root / ".claude-plugin/marketplace.json").write_text("{")
        result = judge(LintSubject("m", What.MARKETPLACE, root / ".claude-plugin/marketplace.json"), JUDGEMENT)
        assert {finding.location.path for finding in result.findings} == {".claude-plugin/marketplace.json"}

    def test_the_project_file_of_a_marketplace(self, tmp_path: Path) -> None:
        root = marketplace(tmp_path / "m")
        file = root / ".claude-plugin/marketplace.json"
        file.write_text("{")
        subject = LintSubject("m", What.MARKETPLACE, file)
        (root / "plugintool.toml").write_text('[lint]\nignore = ["PM"]\n')
        assert "PM002" not in judge(subject, JUDGEMENT).rules + tuple(
            f.code for f in judge(subject, JUDGEMENT).findings
        )
        (root / "plugintool.toml").write_text("lint = 5\n")
        with pytest.raises(ConfigError):
            judge(subject, JUDGEMENT)
        client = Judgement(options=LintOptions(profile="client"))
        assert judge(subject, client).findings

    def test_an_org_plugins_directory(self, tmp_path: Path) -> None:
        root = tmp_path / "org-plugins"
        clean_plugin(root, name="a")
        (root / "stray").mkdir()
        result = judge(LintSubject("o", What.ORG_PLUGINS, root), JUDGEMENT)
        assert dict(result.checked) == {"plugins": 1}
        assert result.rules == tuple(rule.id for rule in rules_for(Subject.ORG_PLUGINS, JUDGEMENT.options))
        assert {finding.code for finding in result.findings} <= set(result.rules)
