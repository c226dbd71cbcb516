"""The cheap data classes behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugintool import frozen

T = TypeVar("T")


@frozen.dataclass(frozen=True, slots=True)
class Place:
    """Two fields, one with a default."""

    path: str
    line: int = 0
    LIMIT: ClassVar[int] = 3


@frozen.dataclass(frozen=True, slots=True)
class Part(Place):
    """Inherits two fields and adds two."""

    part: str = ""
    seen: list[int] = frozen.field(default_factory=list, repr=False, compare=False)


@frozen.dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field without a default behind one with a default."""

    mild: bool = False
    name: str


@frozen.dataclass(frozen=True)
class Box(Generic[T]):
    """Without slots, so that a type can be given to it."""

    content: T


@frozen.dataclass(slots=True)
class Counter:
    """Not frozen."""

    number: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class StandardPlace:
    """What ``Place`` is measured against."""

    path: str
    line: int = 0


PLACES = st.tuples(st.text(max_size=2), st.integers(0, 2))


@settings(deadline=None)
@given(PLACES, PLACES)
def test_it_compares_hashes_and_prints_as_the_standard_one(one: tuple[str, int], two: tuple[str, int]) -> None:
    ours, standard = (Place(*one), Place(*two)), (StandardPlace(*one), StandardPlace(*two))
    assert (ours[0] == ours[1]) == (standard[0] == standard[1])
    assert (hash(ours[0]) == hash(ours[1])) == (hash(standard[0]) == hash(standard[1]))
    assert repr(ours[0]) == repr(standard[0]).removeprefix("Standard")
    assert frozen.replace(ours[0], line=7) == Place(one[0], 7) == dataclasses.replace(ours[0], line=7)
    assert dataclasses.asdict(ours[0]) == dataclasses.asdict(standard[0])


@pytest.mark.parametrize("work", [lambda item: pickle.loads(pickle.dumps(item)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("item", [Place("a", 1), Part("a", 1, "b", [2]), Choice(name="n"), Box(3), Counter(4)])
def test_a_copy_is_equal(item: Any, work: Callable[[Any], Any]) -> None:
    """Also across processes, as results of lint travel."""
    assert work(item) == item
    assert type(work(item)) is type(item)


def test_a_frozen_value_cannot_be_changed() -> None:
    for item in (Place("a"), Box(1)):
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'path'"):
            item.path = "b"  # type: ignore[union-attr, misc]
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'path'"):
            del item.path  # type: ignore[union-attr]
    counter = Counter()
    counter.number += 1
    assert counter == Counter(1)
    with pytest.raises(TypeError):
        hash(counter)


def test_slots_leave_no_room_for_more() -> None:
    assert not hasattr(Place("a"), "__dict__")
    assert not hasattr(Part("a"), "__dict__")
    assert Box(1).__dict__ == {"content": 1}


def test_fields_are_inherited_in_order() -> None:
    part = Part("a", 1, "b")
    assert (part.path, part.line, part.part, part.seen) == ("a", 1, "b", [])
    assert [item.name for item in dataclasses.fields(Part)] == ["path", "line", "part", "seen"]
    assert dataclasses.is_dataclass(Part)
    assert part != Place("a", 1)


def test_what_is_neither_compared_nor_shown() -> None:
    assert Part("a", seen=[1]) == Part("a", seen=[2])
    assert repr(Part("a", seen=[1])) == "Part(path='a', line=0, part='')"


def test_a_default_that_is_made_is_made_anew() -> None:
    assert Part("a").seen is not Part("a").seen


@pytest.mark.parametrize(
    ("made", "arguments", "named"),
    [(Place, (), {}), (Place, ("a", 1, 2), {}), (Choice, ("a",), {}), (Choice, (), {}), (Place, ("a",), {"x": 1})],
)
def test_wrong_arguments_are_refused(made: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"__init__\(\)"):
        made(*arguments, **named)


def test_a_name_for_all_instances_is_no_field() -> None:
    assert Place.LIMIT == 3
    assert "LIMIT" not in repr(Place("a"))


def test_it_matches_by_position() -> None:
    match Place("a", 5):
        case Place("a", line):
            assert line == 5
        case _:
            pytest.fail("no match")


def test_what_is_done_after_making() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Positive:
        number: int

        def __post_init__(self) -> None:
            if self.number < 0:
                raise ValueError(self.number)

    assert Positive(1).number == 1
    with pytest.raises(ValueError, match="-1"):
        Positive(-1)


def test_a_class_of_its_own_may_say_how_it_is_shown() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Quiet:
        secret: str

        def __repr__(self) -> str:
            return "Quiet"

    assert repr(Quiet("x")) == "Quiet"
