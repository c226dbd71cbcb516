"""Placeholders: replaced exactly once, quoted where they stand in quotes, never left over."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from plugintool.errors import UnsafePathError
from plugintool.scaffold.catalog import Template
from plugintool.scaffold.render import RenderedFile, fill, placeholders, render

VISIBLE = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=60)


def make_template(files: dict[str, str], *, variables: str = "name", **members: tuple[str, ...]) -> Template:
    return Template(
        name="made",
        provides="",
        variables=dict.fromkeys(variables.split(), "a meaning"),
        executables=members.get("executables", ()),
        merged=members.get("merged", ()),
        server_reference="",
        readme="",
        files=files,
    )


def test_a_placeholder_becomes_its_answer() -> None:
    assert fill("# {{title}} and {{title}}", {"title": "Reviewer"}) == "# Reviewer and Reviewer"


def test_between_double_quotes_the_answer_becomes_a_json_text() -> None:
    assert fill('{"a": "{{a}}"}', {"a": 'say "hi" \\ ü'}) == '{"a": "say \\"hi\\" \\\\ ü"}'


def test_inside_a_longer_quoted_text_the_answer_is_written_as_it_is() -> None:
    assert fill('"x/{{a}}.sh"', {"a": "b"}) == '"x/b.sh"'


def test_answers_are_not_searched_again() -> None:
    assert fill("{{a}} {{b}}", {"a": "{{b}}", "b": "x"}) == "{{b}} x"


def test_all_missing_answers_are_named() -> None:
    with pytest.raises(ValueError, match=r"no answer for alpha, beta"):
        fill("{{beta}} {{alpha}}", {})


@pytest.mark.parametrize("text", ["{{", "{{Name}}", "{{ name }}", "{{name}", "a {{name}} b {{x-y}}"])
def test_braces_that_begin_no_placeholder_are_a_mistake(text: str) -> None:
    with pytest.raises(ValueError, match="two opening braces"):
        placeholders(text)


def test_shell_and_client_variables_are_left_alone() -> None:
    text = '"${CLAUDE_PLUGIN_ROOT}/x" $ARGUMENTS ${__dirname} {a: {b: 1}}'
    assert fill(text, {}) == text


def test_paths_are_filled_in_too() -> None:
    template = make_template({"agents/{{name}}.md": "I am {{name}}\n"})
    assert render(template, {"name": "scout"}) == [RenderedFile("agents/scout.md", b"I am scout\n")]  # type: ignore[arg-type]


def test_executables_and_merged_files_are_marked() -> None:
    files = {"bin/{{name}}": "#!/bin/sh\n", "hooks/hooks.json": "{}", "other": ""}
    template = make_template(files, executables=("bin/{{name}}",), merged=("hooks/hooks.json",))
    marked = {file.path: (file.executable, file.merged) for file in render(template, {"name": "go"})}
    assert marked == {"bin/go": (True, False), "hooks/hooks.json": (False, True), "other": (False, False)}


def test_a_placeholder_that_is_not_declared_is_a_mistake_even_with_an_answer() -> None:
    with pytest.raises(ValueError, match="no answer for other"):
        render(make_template({"a": "{{other}}"}), {"name": "x", "other": "y"})


def test_an_answer_cannot_lead_out_of_the_plugin() -> None:
    with pytest.raises(UnsafePathError):
        render(make_template({"agents/{{name}}.md": ""}), {"name": "../../escape"})


@given(VISIBLE)
def test_any_visible_answer_is_right_in_json_and_in_yaml(answer: str) -> None:
    filled = fill('{"key": "{{answer}}"}', {"answer": answer})
    assert json.loads(filled) == {"key": answer}
    assert yaml.safe_load(filled) == {"key": answer}
