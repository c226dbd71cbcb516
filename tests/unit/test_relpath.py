"""What must be refused in a path, rule by rule, and what must be let through beside it."""

from __future__ import annotations

import pickle
import unicodedata

import pytest

from plugintool import limits
from plugintool.errors import UnsafePathError
from plugintool.relpath import RelPath, fold


def rule_of(raw: str) -> str:
    """Return the rule that refuses ``raw``, or an empty text."""
    try:
        RelPath(raw)
    except UnsafePathError as error:
        refused = error
    else:
        return ""
    assert refused.detail["path"] == raw
    assert refused.message.startswith("unsafe path: ")
    return refused.rule


NFC, NFD = "caf\u00e9.md", "cafe\u0301.md"

GOOD = {
    "plain": "skills/one/SKILL.md",
    "dot-file": ".claude-plugin/plugin.json",
    "blank-inside": "a file.md",
    "dash-first": "-rf",
    "plus-at": "a+b@c",
    "nfc": NFC,
    "hangul-composed": "\uac00",
    "cyrillic": "привет/мир.md",
    "emoji": "\U0001f600.md",
    "astral": "\U00020000/\U0001d11e",
    "private-use": "\ue000",
    "tilde-deeper": "a/~b",
    "tilde-last": "a~",
    "tilde-no-number": "a~b",
    "percent": "a%2fb",
    "brackets": "[x]/{y}/(z)",
    "three-dots-inside": "a...b",
    "dots-first": "...a",
    "git-like": ".gitignore",
    "git-other": "git",
    "github": ".github/workflows",
    "content": "content.txt",
    "console": "console",
    "nullable": "nullable",
    "com-ten": "com10",
    "com-no-number": "com",
    "lpt-letter": "lptx",
    "device-as-extension": "x.con",
    "device-with-dash": "con-fig.md",
    "device-with-blank": "con fig.md",
    "com-other-superscript": "com\u2074",
    "short-name-long-extension": "abc~1.json",
    "short-name-long-base": "abcdefghi~1",
    "short-name-letters": "abc~1x",
    "ellipsis-look-alike": "a\u2026b",
    "fullwidth-letter": "\uff21",
    "ligature": "\ufb01le",
    "quotes-single": "it's",
}

BAD = {
    # valid Unicode in NFC
    "nfd": (NFD, "C16"),
    "nfd-hangul": ("\u1100\u1161", "C16"),
    "angstrom": ("\u212b", "C16"),
    "kelvin": ("\u212a", "C16"),
    "ohm": ("\u2126", "C16"),
    "composition-exclusion": ("\u0958", "C16"),
    "surrogate": ("a\ud800", "C16"),
    "surrogate-of-byte": ("a\udcff", "C16"),
    # the shape
    "empty": ("", "C17"),
    "absolute": ("/etc/passwd", "C17"),
    "only-slash": ("/", "C17"),
    "empty-segment": ("a//b", "C17"),
    "final-slash": ("a/", "C17"),
    "dot": (".", "C17"),
    "dot-dot": ("..", "C17"),
    "dot-inside": ("a/./b", "C17"),
    "dot-dot-inside": ("a/../b", "C17"),
    "dot-dot-last": ("a/..", "C17"),
    "backslash": ("a\\b", "C17"),
    "backslash-dot-dot": ("..\\x", "C17"),
    "home": ("~/x", "C17"),
    "home-of": ("~root", "C17"),
    # characters
    "nul": ("a\0b", "C18"),
    "newline": ("a\nb", "C18"),
    "newline-last": ("a\n", "C18"),
    "escape": ("a\x1b[2Jb", "C18"),
    "unit-separator": ("a\x1fb", "C18"),
    "delete": ("a\x7f", "C18"),
    "c1": ("a\x85b", "C18"),
    "c1-last": ("a\x9fb", "C18"),
    "colon": ("C:/x", "C18"),
    "stream": ("a:b", "C18"),
    "less": ("a<b", "C18"),
    "greater": ("a>b", "C18"),
    "quote": ('a"b', "C18"),
    "pipe": ("a|b", "C18"),
    "question": ("a?b", "C18"),
    "star": ("a*b", "C18"),
    "noncharacter-fffe": ("a\ufffe", "C18"),
    "noncharacter-ffff": ("a\uffff", "C18"),
    "noncharacter-fdd0": ("a\ufdd0", "C18"),
    "noncharacter-fdef": ("a\ufdef", "C18"),
    "noncharacter-astral": ("a\U0010ffff", "C18"),
    "bom": ("\ufeffa", "C18"),
    "account-of": ("\u2100", "C18"),
    "care-of": ("x/\u2105", "C18"),
    "fullwidth-slash": ("a\uff0fb", "C18"),
    "fullwidth-backslash": ("a\uff3cb", "C18"),
    "small-backslash": ("a\ufe68b", "C18"),
    "fullwidth-dots": ("\uff0e\uff0e/x", "C18"),
    "one-dot-leader": ("a/\u2024/b", "C18"),
    "two-dot-leader": ("\u2025", "C18"),
    "mixed-dots": (".\u2024", "C18"),
    # what Windows reserves
    "trailing-dot": ("a.", "C19"),
    "trailing-dots": ("a/b../c", "C19"),
    "three-dots": ("...", "C19"),
    "trailing-blank": ("a ", "C19"),
    "blank-only": ("a/ /b", "C19"),
    "short-name": ("PROGRA~1", "C19"),
    "short-name-extension": ("abc~1.txt", "C19"),
    "short-name-of-git": ("git~1", "C19"),
    "short-name-number": ("a~123456", "C19"),
    "short-name-two-tildes": ("a~b~1", "C19"),
    "short-name-deeper": ("x/LONGNA~2.MD/y", "C19"),
    # version control
    "git": (".git", "C21"),
    "git-upper": (".GIT/config", "C21"),
    "git-mixed": ("a/.gIt", "C21"),
    "git-file": ("vendor/x/.git", "C21"),
}


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_is_a_path(raw: str) -> None:
    """Unusual, but the same everywhere."""
    assert rule_of(raw) == ""
    assert rule_of(f"deeper/{raw}") == ""
    assert RelPath(raw) == raw


@pytest.mark.parametrize(("raw", "rule"), BAD.values(), ids=BAD.keys())
def test_is_refused(raw: str, rule: str) -> None:
    """The rule that is named is the rule that is broken."""
    assert rule_of(raw) == rule


@pytest.mark.parametrize("char", sorted("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
def test_bidirectional_controls_are_refused(char: str) -> None:
    """Each of the twelve: a name must not show in another order than it is stored (C18)."""
    assert rule_of(f"a{char}b") == "C18"


IGNORABLE = [
    *(0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180E, 0x180F, 0x200B, 0x200C, 0x200D, 0x2060, 0x2064),
    *(0x2065, 0x206A, 0x206F, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0, 0xFFF8, 0x1BCA0, 0x1BCA3, 0x1D173),
    *(0x1D17A, 0xE0000, 0xE0001, 0xE007F, 0xE0100, 0xE01EF, 0xE0FFF),
]


@pytest.mark.parametrize("code", IGNORABLE, ids=hex)
def test_ignorable_characters_are_refused(code: int) -> None:
    """First and last of every range of Default_Ignorable_Code_Point: names that look equal must be equal (C18)."""
    assert rule_of(f"a{chr(code)}b") == "C18"


@pytest.mark.parametrize("code", [0x00AE, 0x0350, 0x115E, 0x17B3, 0x1810, 0x2010, 0x2070, 0xFE10, 0xFFA1, 0xE1000])
def test_neighbours_of_ignorable_characters_pass(code: int) -> None:
    """One beside a range is an ordinary character."""
    assert rule_of(f"a{chr(code)}b") == ""


def test_every_separator_look_alike_is_refused() -> None:
    """Over all of Unicode: no accepted character decomposes to a slash or a backslash (C18)."""
    for code in range(0x80, 0x110000):
        char = chr(code)
        plain = unicodedata.normalize("NFKC", char)
        if plain != char and ("/" in plain or "\\" in plain):
            assert rule_of(f"a{char}b") in {"C16", "C18"}, hex(code)


DEVICES = [
    *("con", "prn", "aux", "nul", "conin$", "conout$"),
    *(f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789\u00b9\u00b2\u00b3"),
]


@pytest.mark.parametrize("device", DEVICES)
def test_device_names_are_refused(device: str) -> None:
    """With and without extension, in any case, also with blanks before the dot, at any depth (C19)."""
    spellings = [device, device.upper(), device.title(), f"{device}.txt", f"{device}.tar.gz", f"{device} .md"]
    for spelling in spellings:
        assert rule_of(spelling) == "C19", spelling
        assert rule_of(f"a/{spelling}/b") == "C19", spelling


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        ("a" * 255, ""),
        ("a" * 256, "C20"),
        ("\u00e9" * 127 + "a", ""),
        ("\u00e9" * 128, "C20"),
        ("x/" + "\U0001f600" * 63 + "abc", ""),
        ("x/" + "\U0001f600" * 64, "C20"),
    ],
    ids=["ascii-255", "ascii-256", "two-byte-255", "two-byte-256", "four-byte-255", "four-byte-256"],
)
def test_length_of_a_name(raw: str, rule: str) -> None:
    """255 bytes of UTF-8 pass, one more does not (C20)."""
    assert rule_of(raw) == rule


def test_length_of_a_path() -> None:
    """1,024 bytes pass, one more does not (C20)."""
    exact = "/".join(["a" * 204] * 5)
    assert len(exact.encode()) == limits.PATH_BYTES
    assert rule_of(exact) == ""
    assert rule_of(exact + "a") == "C20"
    wide = "/".join(["\u00e9" * 102] * 5)
    assert len(wide.encode()) == limits.PATH_BYTES
    assert rule_of(wide) == ""
    assert rule_of(wide + "a") == "C20"


def test_depth_of_a_path() -> None:
    """64 segments pass, one more does not (C20)."""
    assert rule_of("/".join("a" * limits.PATH_DEPTH)) == ""
    assert rule_of("/".join("a" * (limits.PATH_DEPTH + 1))) == "C20"


def test_parts() -> None:
    """Segments and name are those of the text."""
    path = RelPath("skills/one/SKILL.md")
    assert path.segments == ("skills", "one", "SKILL.md")
    assert path.name == "SKILL.md"
    assert RelPath("x").name == "x"
    assert RelPath("x").segments == ("x",)


def test_is_its_text() -> None:
    """Compares, hashes, sorts, joins and travels as a text, and carries no further state."""
    path = RelPath("a/b")
    assert path == "a/b"
    assert "a/b" in {path: 1}
    assert pickle.loads(pickle.dumps(path)) == path
    with pytest.raises(AttributeError):
        path.extra = 1  # type: ignore[attr-defined]


def test_refuses_what_is_no_text() -> None:
    """Bytes and numbers are our own mistake."""
    for value in (b"a", 1, None):
        with pytest.raises(TypeError):
            RelPath(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("README.md", "readme.MD"),
        ("stra\u00dfe", "STRASSE"),
        ("\ufb01le", "FILE"),
        ("\uff21", "a"),
        ("\u212a", "k"),
        ("\u03a3", "\u03c2"),
        ("\u00b5", "\u03bc"),
        ("x\u00b2", "X2"),
        ("\u1e9e", "ss"),
        (NFC, NFD.upper()),
        ("\u0130", "i\u0307"),
        ("\u1fb3", "\u0391\u0345"),
    ],
)
def test_fold_joins_what_some_system_joins(left: str, right: str) -> None:
    """Letter case, compatibility forms, ligatures and normal forms do not keep names apart (C22)."""
    assert fold(left) == fold(right)


@pytest.mark.parametrize(("left", "right"), [("a", "b"), ("a", "a "), ("e", "\u00e9"), ("i", "\u0131"), ("0", "O")])
def test_fold_keeps_apart_what_differs(left: str, right: str) -> None:
    """Names that merely look alike are different."""
    assert fold(left) != fold(right)


def test_folded_is_fold() -> None:
    """The property of a path is the function over its text."""
    assert RelPath("A/\ufb01").folded == fold("A/\ufb01") == "a/fi"
