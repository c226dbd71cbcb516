"""Every rule: documented, unique, with a plugin that it finds, one that it does not, and a page that is up to date."""

from __future__ import annotations

import importlib
import pkgutil
import re
import types
from pathlib import Path

import pytest

from plugintool.lint import registry, rules
from plugintool.lint.rule import ALL_TARGETS, BASES, DEFAULT_TARGETS, Rule, RuleFinding, Source, Subject, rule
from plugintool.lint.run import LintOptions, rules_for, selected_rules
from plugintool.plugin.model import Plugin
from plugintool.report import Location, Severity
from scripts import make_rule_pages
from tests import rule_fixtures

RULES = list(registry.all_rules().values())
BY_ENGINE_ONLY = {"LN001"}
"""A rule that fails needs a broken rule, not a plugin; see test_lint_run."""
WITH_FIXTURE = [found.id for found in RULES if found.id not in BY_ENGINE_ONLY]
ERRORS = """
PM001 PM002 PM003 PM010 PM011 PM012 PM014 PM016 PM022 PM027 PM028 PM030 PA001 PA002 PA003 PA004
PA005 PA006 PA010 UC001 UC002 UC004 UC012 UC013 DP001 FM001 FM003 FM005 FM007 FM016 SK002 SK019
HK001 HK004 HK006 HK025 HK029 HK030 HK031 MC001 MC002 MC003 MC006 MC011 MC013 LS001 OC001 PT001 PT003 PT004 PT005
PT009 PT021 SE001 OP006
MP001 MP002 MP007 MP009 MP010 MP011 MP016 MP018 MP020 OP001 MB001 MB002 MB003 MB005 MB006 MB007 MB010 MB011
MB014 MB015 MB016 MB017 MB020 MB033 MB039 MB046 MB057 MB058 MB021 MB022 MB023 MB027 MB028 MB030 MB036 MB042
MB050 MB051 MB052 MB054
PA015 AG002 SK014 MC009 PT017 SE002
"""
WARNINGS = """
PM004 PM005 PM008 PM013 PM015 PM018 PM020 PM024 PM026 PM031 PM035 PM037 FM002 FM004 FM009 FM012
SK001 SK003 SK011 HK002 HK003 HK018 MC007 MC008 MC012 PT002 PT007 PT008 PT020 PT022 PT023
MP003 MP005 MP006 MP013 MP015 MP017 MP021 MP023 OP005 OP008 OP009 MB004 MB009 MB012 MB013 MB018 MB019 MB024 MB025
MB026 MB029 MB031 MB032 MB034 MB035 MB037 MB038 MB040 MB045 MB047 MB049 MB041 PM021 MB043 MB044 MB048 MB056
PM029 PM038 PM041 PA008 PA014 UC005 UC008 UC010 DP002 FM011 FM014 FM017 FM020 FM023 AG001 AG004
AG005 CM002 SK006 SK008 SK009 SK013 SK016 HK008 HK009 HK010 HK012 HK013 HK014 HK015 HK016
HK026 HK028 MC005 MC014 MC015 OC002 OC004 OC006 OC007 OC009 PT006 PT010 PT011 PT012 PT013 PT016 PT024
PT025 SE003 SE004 SE005 SE007 DX001 DX002 DX003 DX005
"""
INFOS = """
MB008 SK005 PM034 PA012 AG008 CM001 SK010 SK015 MC021 MC023 OC008 OC010 SE008
"""
SEVERITIES = {
    **dict.fromkeys(ERRORS.split(), Severity.ERROR),
    **dict.fromkeys(WARNINGS.split(), Severity.WARNING),
    **dict.fromkeys(INFOS.split(), Severity.INFO),
}
"""The published severities: a change here is a change of what fails a build."""


def test_the_published_rules_are_there_with_their_severities() -> None:
    """Ids are never reused and never vanish."""
    found = {item.id: item.severity for item in RULES if not item.id.startswith("LN")}
    assert found == SEVERITIES


@pytest.mark.parametrize("found", RULES, ids=lambda found: found.id)
def test_a_rule_is_documented(found: Rule) -> None:
    """What, why, both examples and a dated source; texts are sentences, summaries are not."""
    assert re.fullmatch(r"[A-Z]{2}[0-9]{3}", found.id)
    assert re.fullmatch(r"[a-z][a-z0-9-]{4,40}", found.name)
    assert found.docs.what.endswith(".")
    assert found.docs.why.endswith(".")
    assert found.docs.bad != found.docs.good
    assert not found.summary.endswith(".")
    assert all((found.source.document, found.source.section, found.source.date))
    assert found.backed_by
    assert set(found.backed_by) <= set(BASES)
    assert found.targets
    assert set(found.targets) <= set(ALL_TARGETS)


@pytest.mark.parametrize("rule_id", WITH_FIXTURE)
def test_the_bad_plugin_gives_this_finding_and_no_other(rule_id: str, tmp_path: Path) -> None:
    """A bad plugin shows one mistake; what it cannot avoid stands in ``also``."""
    root = rule_fixtures.build_fixture(rule_id, "bad", tmp_path)
    also = set(rule_fixtures.extra_of(rule_id).get("also", []))
    assert rule_fixtures.codes(rule_fixtures.lint_fixture(rule_id, root)) == {rule_id, *also}


@pytest.mark.parametrize("rule_id", WITH_FIXTURE)
def test_the_good_plugin_gives_no_such_finding(rule_id: str, tmp_path: Path) -> None:
    """The repaired plugin is silent, for all rules unless the good form has another flaw by its nature."""
    root = rule_fixtures.build_fixture(rule_id, "good", tmp_path)
    assert rule_fixtures.codes(rule_fixtures.lint_fixture(rule_id, root)) == set()


@pytest.mark.parametrize("rule_id", WITH_FIXTURE)
def test_a_finding_says_where(rule_id: str, tmp_path: Path) -> None:
    """The file is named, and it is there; a JSON or Markdown finding has a line."""
    root = rule_fixtures.build_fixture(rule_id, "bad", tmp_path)
    findings = [found for found in rule_fixtures.lint_fixture(rule_id, root) if found.code == rule_id]
    for found in findings:
        assert found.message[0].islower() or found.message[0] in "`'$.C"
        assert not found.message.endswith(".")
        assert "\n" not in found.message
        assert (found.location.line == 0) == (found.location.column == 0)


def test_every_fixture_belongs_to_a_rule() -> None:
    """A fixture of a rule that went would never be run again."""
    assert {path.name for path in rule_fixtures.FIXTURES.iterdir()} == set(WITH_FIXTURE)


def test_the_pages_are_up_to_date() -> None:
    """``python scripts/make_rule_pages.py`` writes them."""
    assert make_rule_pages.stale(make_rule_pages.PAGES) == []


def test_a_changed_and_a_foreign_page_are_stale(tmp_path: Path) -> None:
    for name, text in make_rule_pages.pages().items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "HK002.md").write_text("old", "utf-8")
    (tmp_path / "ZZ999.md").write_text("of a rule that went", "utf-8")
    assert make_rule_pages.stale(tmp_path) == ["HK002.md", "ZZ999.md"]


def test_check_names_what_is_stale(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_rule_pages, "PAGES", tmp_path)
    assert make_rule_pages.main(["--check"]) == 1
    assert "PM001.md" in capsys.readouterr().out
    (tmp_path / "ZZ999.md").write_text("of a rule that went", "utf-8")
    assert make_rule_pages.main([]) == 0
    assert make_rule_pages.main(["--check"]) == 0
    assert not (tmp_path / "ZZ999.md").exists()


def make_rule(rule_id: str, name: str) -> Rule:
    def check(plugin: Plugin, context: object) -> None:
        """Nothing is checked."""

    check.__name__ = name
    source = Source("a document", "a section", "2026")
    made = rule(rule_id, Severity.ERROR, "x", source=source, backed_by="B", why="W.", bad="b", good="g")
    return made(check)  # type: ignore[arg-type]


def as_module(*rules: Rule) -> types.ModuleType:
    module = types.ModuleType("family")
    for number, found in enumerate(rules):
        setattr(module, f"rule_{number}", found)
    return module


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="one id"):
        registry.collect([as_module(make_rule("ZZ001", "first")), as_module(make_rule("ZZ001", "second"))])


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        registry.collect([as_module(make_rule("ZZ001", "first"), make_rule("ZZ002", "first"))])


def test_a_rule_that_another_family_imports_counts_once() -> None:
    found = make_rule("ZZ001", "first")
    assert registry.collect([as_module(found), as_module(found)]) == {"ZZ001": found}


@pytest.mark.parametrize("family", registry.FAMILIES)
def test_a_family_keeps_to_its_scope(family: str) -> None:
    """Else a rule would be missing where its family is not imported."""
    scope = registry.scope_of(family)
    module = importlib.import_module(f"plugintool.lint.rules.{family}")
    own = [
        item for item in vars(module).values() if isinstance(item, Rule) and item.check.__module__ == module.__name__
    ]
    for found in own if scope else []:
        assert scope is not None
        assert found.subjects <= scope.subjects
        assert set(found.targets) <= scope.targets


@pytest.mark.parametrize("subject", Subject)
@pytest.mark.parametrize("target", ALL_TARGETS)
@pytest.mark.parametrize("profile", ["default", "client"])
def test_what_is_not_imported_would_not_have_run(subject: Subject, target: str, profile: str) -> None:
    """The rules that run are those that all families together would give."""
    options = LintOptions(targets=(target,), profile=profile)
    expected = [found for found in selected_rules(options) if subject in found.subjects]
    assert rules_for(subject, options) == expected


def test_a_plain_plugin_needs_few_families() -> None:
    about = registry.rules_about(Subject.PLUGIN, DEFAULT_TARGETS)
    assert {"PM001", "LN001"} < set(about)
    assert not {"MB001", "MP001"} & set(about)
    assert "MB001" in registry.rules_about(Subject.PLUGIN, ("mcpb",))
    assert "MP001" in registry.rules_about(Subject.MARKETPLACE, DEFAULT_TARGETS)


def test_every_module_of_rules_is_listed() -> None:
    """A table saves looking through the directory at each start, and works where there is none."""
    assert tuple(sorted(found.name for found in pkgutil.iter_modules(rules.__path__))) == registry.FAMILIES


def test_every_scope_has_families() -> None:
    for prefix in registry.SCOPES:
        assert [name for name in registry.FAMILIES if name.startswith(prefix)]


def test_rules_are_in_order_of_id() -> None:
    assert [found.id for found in RULES] == sorted(found.id for found in RULES)


def test_a_finding_carries_the_rule_and_may_change_its_severity() -> None:
    found = make_rule("ZZ001", "first")
    place = Location("x")
    assert found.finding("text", place).severity is Severity.ERROR
    assert found.finding("text", place, severity=Severity.INFO).severity is Severity.INFO
    assert isinstance(found.finding("text", place), RuleFinding)
    assert found.finding("text", place).code == "ZZ001"
