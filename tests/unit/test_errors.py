"""The exception tree of the docstring is the exception tree of the code."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from plugintool import errors
from plugintool.errors import PlugintoolError

_LINE = re.compile(r"    (?P<branch>[│├└─ ]*)(?P<names>[A-Z]\w+(?:, [A-Z]\w+)*)(?:\s+(?P<exit>\d))?(?:\s|$)")
"""One line of the tree: four columns of branch for every level, one or more names, an exit code where it changes."""

CLASSES = [item for _, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, PlugintoolError)]


def drawn_tree() -> dict[str, tuple[str, int]]:
    """Read the docstring: name -> (parent, exit code)."""
    assert errors.__doc__ is not None
    tree: dict[str, tuple[str, int]] = {}
    above: list[tuple[str, int]] = [("Exception", 1)]
    for line in errors.__doc__.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        depth = len(match["branch"]) // 3 + 1
        parent, inherited = above[depth - 1]
        code = int(match["exit"]) if match["exit"] else inherited
        for name in match["names"].split(", "):
            tree[name] = (parent, code)
            above[depth:] = [(name, code)]
    return tree


def build(cls: type[PlugintoolError], message: str = "it broke") -> PlugintoolError:
    """Make an error of any class; three roots ask for one argument more."""
    if issubclass(cls, errors.VerificationError):
        return cls(message, step=1)
    if issubclass(cls, errors.UnsafePathError | errors.ArchiveError):
        return cls(message, rule="C16")
    return cls(message)


def test_the_docstring_draws_every_class_and_no_other() -> None:
    """A class that is not drawn, or drawn and gone, fails."""
    assert set(drawn_tree()) == {cls.__name__ for cls in CLASSES}
    assert len(CLASSES) > 20


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_parent_and_exit_code_are_as_drawn(cls: type[PlugintoolError]) -> None:
    """Parent and exit code agree with the drawing."""
    parent, exit_code = drawn_tree()[cls.__name__]
    assert cls.__bases__[0].__name__ == parent
    assert cls.exit_code == exit_code


def test_every_class_has_its_own_code() -> None:
    """``code`` is what machines read: kebab case, set by the class itself, never shared."""
    codes = [cls.__dict__["code"] for cls in CLASSES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_says_what_it_means(cls: type[PlugintoolError]) -> None:
    """Each has a docstring of its own and can be raised with a message."""
    assert cls.__dict__["__doc__"]
    error = build(cls)
    assert error.message == str(error) == "it broke"
    assert error.detail == {}


def test_exit_codes_are_the_published_ones() -> None:
    """Usage 2, not verified 3, not installed 4, everything else 1."""
    assert {cls.exit_code for cls in CLASSES} == {1, 2, 3, 4}
    assert errors.ConfigError.exit_code == 2
    assert errors.VerificationError.exit_code == 3
    assert errors.InstallError.exit_code == 4


def test_detail_keeps_what_was_given() -> None:
    """Keyword detail arrives unchanged."""
    error = errors.MalformedFileError("bad", path="a.json", line=3, column=7, problems=("one", "two"))
    assert error.detail == {"path": "a.json", "line": 3, "column": 7, "problems": ("one", "two")}


def test_rule_and_step_are_asked_for() -> None:
    """The number of the rule or step is no option: an error without it cannot be explained."""
    with pytest.raises(TypeError):
        errors.UnsafePathError("no rule")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        errors.VerificationError("no step")  # type: ignore[call-arg]
    assert errors.UnsafePathError("x", rule="C21", path="p").rule == "C21"
    assert errors.ExpiredError("x", step=4).step == 4


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_errors_travel_between_processes(cls: type[PlugintoolError]) -> None:
    """With everything that they say, whatever their class needs to be made."""
    error = build(cls)
    error.detail.update({"path": "a/b", "problems": ("one", "two")})
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is cls
    assert (str(other), vars(other)) == (str(error), vars(error))
