"""What repairs make of the front matter and the bytes of components; and what they leave to a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugintool.lint.fix_keys import boolean_of, written
from tests.fix_world import after, mended
from tests.rule_fixtures import clean_plugin

AGENT, COMMAND, SKILL = "agents/reviewer.md", "commands/check.md", "skills/review/SKILL.md"
SAID = "description: Reviews code"


def matter(*lines: str, end: str = "\n") -> str:
    return end.join(["---", *lines, "---", "", "Text.", ""])


def lines_after(where: Path, path: str, *lines: str, rule: str, unsafe: bool = False, client: str = "") -> list[str]:
    """The lines between the hyphens after repairs."""
    version = tuple(map(int, client.split("."))) if client else (2, 1, 330)
    text = after(where, {path: matter(*lines)}, path, rule, unsafe=unsafe, client=version)
    return text.split("---\n")[1].splitlines()


class TestKeys:
    """FM014."""

    @pytest.mark.parametrize(
        ("path", "key", "wanted"),
        [
            (COMMAND, "allowedTools", "allowed-tools"),
            (SKILL, "allowed_tools", "allowed-tools"),
            (SKILL, "argument_hint", "argument-hint"),
            (AGENT, "allowed-tools", "tools"),
            (AGENT, "disallowed-tools", "disallowedTools"),
            (AGENT, "modle", "model"),
            (AGENT, "owner", "owner"),
        ],
    )
    def test_a_key(self, tmp_path: Path, path: str, key: str, wanted: str) -> None:
        assert lines_after(tmp_path, path, SAID, f"{key}: Read", rule="FM014") == [SAID, f"{wanted}: Read"]

    def test_a_limit_becomes_a_permission_only_when_asked_for(self, tmp_path: Path) -> None:
        """``tools`` limits an agent; ``allowed-tools`` lets a skill use tools without a question."""
        lines = (SAID, "tools: Bash")
        assert lines_after(tmp_path / "a", SKILL, *lines, rule="FM014") == list(lines)
        assert lines_after(tmp_path / "b", SKILL, *lines, rule="FM014", unsafe=True)[1] == "allowed-tools: Bash"

    def test_a_key_that_is_there_already_stays(self, tmp_path: Path) -> None:
        lines = (SAID, "allowed-tools: Read", "tools: Write")
        assert lines_after(tmp_path, COMMAND, *lines, rule="FM014") == list(lines)

    def test_line_ends_and_marks_stay(self, tmp_path: Path) -> None:
        text = "\ufeff" + matter(SAID, "allowedTools:  [Read,  Write] # both", end="\r\n")
        assert after(tmp_path, {COMMAND: text}, COMMAND, "FM014") == text.replace("allowedTools", "allowed-tools")


class TestValues:
    """FM017."""

    @pytest.mark.parametrize(
        ("path", "before", "wanted"),
        [
            (AGENT, "color: Blue", "color: blue"),
            (AGENT, "color: mauve", "color: mauve"),
            (AGENT, "effort: hihg", "effort: high"),
            (AGENT, "model: Sonnet", "model: sonnet"),
            (AGENT, "model: gpt-5", "model: gpt-5"),
            (AGENT, "memory: 'projct'", "memory: project"),
            (SKILL, "context: fork", "context: fork"),
            (SKILL, "effort: [high]", "effort: [high]"),
        ],
    )
    def test_a_value_with_one_meaning(self, tmp_path: Path, path: str, before: str, wanted: str) -> None:
        assert lines_after(tmp_path, path, SAID, before, rule="FM017")[1] == wanted

    @pytest.mark.parametrize("word", ["yes", "on", "YES", '"yes"'])
    def test_booleans_for_clients_that_want_true(self, tmp_path: Path, word: str) -> None:
        """Since 2.1.218 the client reads them, and nothing is to be repaired."""
        line = f"user-invocable: {word}"
        assert (
            lines_after(tmp_path / "a", SKILL, SAID, line, rule="FM017", client="2.1.197")[1] == "user-invocable: true"
        )
        assert lines_after(tmp_path / "b", SKILL, SAID, line, rule="FM017")[1] == line

    @pytest.mark.parametrize(
        ("word", "wanted"), [("no", "false"), ("Off", "false"), ("0", "false"), ("1", "true"), ("maybe", "")]
    )
    def test_words_for_booleans(self, word: str, wanted: str) -> None:
        assert boolean_of(word) == wanted

    @pytest.mark.parametrize(
        ("text", "wanted"), [("review", "review"), ("true", "true"), ("1", '"1"'), ("a: b", '"a: b"')]
    )
    def test_a_value_is_written_so_that_it_reads_the_same(self, text: str, wanted: str) -> None:
        assert written(text) == wanted


class TestTools:
    """FM020."""

    @pytest.mark.parametrize(
        ("before", "wanted"),
        [
            (["allowed-tools: Raed, Bash(git:*)"], ["allowed-tools: Read, Bash(git:*)"]),
            (["allowed-tools: read bash"], ["allowed-tools: Read Bash"]),
            (["allowed-tools: [read, Write]"], ["allowed-tools: [Read, Write]"]),
            (["allowed-tools:", "- read", "- Write"], ["allowed-tools:", "- Read", "- Write"]),
            (["allowed-tools:", "  - Write", "  - 'edit'"], ["allowed-tools:", "  - Write", "  - 'Edit'"]),
            (["allowed-tools: Bash(read:*), mcp__x__read"], ["allowed-tools: Bash(read:*), mcp__x__read"]),
            (["allowed-tools: Bash(git:*"], ["allowed-tools: Bash(git:*"]),
            (["allowed-tools: Deploy"], ["allowed-tools: Deploy"]),
        ],
    )
    def test_a_list(self, tmp_path: Path, before: list[str], wanted: list[str]) -> None:
        """What stands in parentheses is a pattern, not a tool."""
        assert lines_after(tmp_path, COMMAND, SAID, *before, rule="FM020") == [SAID, *wanted]


class TestDuplicates:
    """FM011."""

    def test_the_last_one_counts_and_stays(self, tmp_path: Path) -> None:
        lines = ("model: opus", SAID, "model: haiku", "model: sonnet")
        assert lines_after(tmp_path, COMMAND, *lines, rule="FM011") == [SAID, "model: sonnet"]

    def test_a_value_of_several_lines_is_for_a_person(self, tmp_path: Path) -> None:
        lines = ("description: >", "  Reviews", "  code", SAID)
        assert lines_after(tmp_path, COMMAND, *lines, rule="FM011") == list(lines)

    def test_an_anchor_is_for_a_person(self, tmp_path: Path) -> None:
        lines = ("description: &a Reviews code", "when_to_use: *a")
        assert lines_after(tmp_path, COMMAND, *lines, rule="FM011") == list(lines)


class TestNames:
    """AG001, AG002, SK005, SK006."""

    def test_an_agent_gets_the_name_of_its_file(self, tmp_path: Path) -> None:
        assert lines_after(tmp_path, AGENT, SAID, rule="AG001") == ["name: reviewer", SAID]

    @pytest.mark.parametrize("empty", ["name:", "name: ''", 'name: ""', "name: ~", "name: null"])
    def test_an_empty_name_is_filled(self, tmp_path: Path, empty: str) -> None:
        assert lines_after(tmp_path, AGENT, SAID, empty, rule="AG001") == [SAID, "name: reviewer"]

    def test_with_the_line_ends_of_the_file(self, tmp_path: Path) -> None:
        text = matter(SAID, end="\r\n")
        assert after(tmp_path, {AGENT: text}, AGENT, "AG001").startswith("---\r\nname: reviewer\r\ndescription")

    def test_a_file_name_that_is_no_name_is_for_a_person(self, tmp_path: Path) -> None:
        path = "agents/my agent.md"
        assert lines_after(tmp_path, path, SAID, rule="AG001") == [SAID]

    def test_what_stands_before_a_colon_goes_when_asked_for(self, tmp_path: Path) -> None:
        lines = ("name: acme:reviewer", SAID)
        assert lines_after(tmp_path / "a", AGENT, *lines, rule="AG002") == list(lines)
        assert lines_after(tmp_path / "b", AGENT, *lines, rule="AG002", unsafe=True)[0] == "name: reviewer"

    def test_a_skill_is_called_as_its_folder(self, tmp_path: Path) -> None:
        assert lines_after(tmp_path, SKILL, "name: code-review", SAID, rule="SK005") == ["name: review", SAID]

    def test_a_name_becomes_plain_when_asked_for(self, tmp_path: Path) -> None:
        """People type the name, so that a change of it is felt."""
        lines = ("name: Code Reviewer", SAID)
        assert lines_after(tmp_path / "a", AGENT, *lines, rule="SK006") == list(lines)
        assert lines_after(tmp_path / "b", AGENT, *lines, rule="SK006", unsafe=True)[0] == "name: code-reviewer"

    def test_a_folder_moves_with_all_that_is_in_it(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {"skills/Code Review/SKILL.md": matter(SAID), "skills/Code Review/a/b.txt": "b"}
        root = clean_plugin(tmp_path, files)
        mended(root, "SK006", unsafe=True)
        assert (root / "skills/code-review/SKILL.md").is_file()
        assert (root / "skills/code-review/a/b.txt").read_text() == "b"
        assert not (root / "skills/Code Review").exists()

    def test_a_command_file_moves(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"commands/Find Bugs.md": matter(SAID)})
        mended(root, "SK006", unsafe=True)
        assert (root / "commands/find-bugs.md").is_file()

    def test_nothing_moves_onto_something(self, tmp_path: Path) -> None:
        root = clean_plugin(tmp_path, {"commands/Find Bugs.md": matter(SAID), "commands/find-bugs.md": matter(SAID)})
        mended(root, "SK006", unsafe=True)
        assert (root / "commands/Find Bugs.md").is_file()

    def test_a_very_long_name_is_for_a_person(self, tmp_path: Path) -> None:
        lines = (f"name: {'a' * 65}", SAID)
        assert lines_after(tmp_path, AGENT, *lines, rule="SK006", unsafe=True) == list(lines)


class TestBytes:
    """FM023, SE007."""

    @pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
    def test_utf_16_says_what_it_is(self, tmp_path: Path, mark: bytes, encoding: str) -> None:
        text = matter("description: Prüft Code")
        assert after(tmp_path, {COMMAND: mark + text.encode(encoding)}, COMMAND, "FM023") == text

    def test_latin_is_a_guess(self, tmp_path: Path) -> None:
        data = matter("description: Prüft „Code“").encode("cp1252")
        root = clean_plugin(tmp_path, {COMMAND: data})
        mended(root, "FM023")
        assert (root / COMMAND).read_bytes() == data
        mended(root, "FM023", unsafe=True)
        assert "Prüft „Code“" in (root / COMMAND).read_text("utf-8")

    @pytest.mark.parametrize("odd", [b"\xff\xfe\x00", b"\x81\x00", b"\x81\x8d"])
    def test_what_is_neither_stays(self, tmp_path: Path, odd: bytes) -> None:
        root = clean_plugin(tmp_path, {COMMAND: odd})
        mended(root, "FM023", unsafe=True)
        assert (root / COMMAND).read_bytes() == odd

    def test_hidden_characters_go_and_everything_else_stays(self, tmp_path: Path) -> None:
        text = "\ufeff" + matter("description: Re\u200bviews\u202e code", end="\r\n") + "a\u00adb \U000e0041\n"
        wanted = "\ufeff" + matter("description: Reviews code", end="\r\n") + "ab \n"
        assert after(tmp_path, {COMMAND: text}, COMMAND, "SE007") == wanted

    @pytest.mark.parametrize(
        "kept", ["\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "p\u0430ypal", "a\u200db"]
    )
    def test_flags_joiners_and_mixed_letters_stay(self, tmp_path: Path, kept: str) -> None:
        """The flag of England is made of tag characters; which letter of a mixed word is wrong, a person knows."""
        text = matter(SAID) + kept + "\n"
        assert after(tmp_path, {COMMAND: text}, COMMAND, "SE007") == text

    def test_in_the_manifest(self, tmp_path: Path) -> None:
        path = ".claude-plugin/plugin.json"
        text = '{"name": "acme-review", "description": "Re\u200bviews"}'
        assert after(tmp_path, {path: text}, path, "SE007") == text.replace("\u200b", "")
