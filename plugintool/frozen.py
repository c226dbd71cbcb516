"""``dataclass``, ``field`` and ``replace`` for the values that every command defines.

The standard library makes six functions by ``exec`` for each frozen class, and the class twice when it has slots: 0.3
to 0.4 ms each, together more than judging a small plugin takes. Here one ``__init__`` is made; comparing, hashing,
printing and pickling are shared. The classes behave as those of the standard library and are such to a type checker
and to ``dataclasses.replace``, ``fields`` and ``asdict``; ``order``, ``eq`` and ``InitVar`` are not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

__all__ = ["dataclass", "field", "replace"]
_UNSET: Any = object()


class _Field(NamedTuple):
    """What is said of one field beside its name."""

    default: Any = _UNSET
    default_factory: Callable[[], Any] | None = None
    repr: bool = True
    compare: bool = True


def _dataclass(*, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> Callable[[type], type]:
    def decorate(cls: Any) -> type:
        inherited: Mapping[str, _Field] = getattr(cls, "__described__", {})
        said = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - inspect costs more than this module saves
        own = {name: _described(cls.__dict__.get(name, _UNSET)) for name in said if "ClassVar" not in str(said[name])}
        for name, described in own.items():
            if described.default is _UNSET and name in cls.__dict__:
                delattr(cls, name)
            elif name in cls.__dict__:
                setattr(cls, name, described.default)
        if slots:
            cls = _with_slots(cls, own, tuple(name for name in own if name not in inherited))
        return _completed(cls, {**inherited, **own}, frozen=frozen, kw_only=kw_only)

    return decorate


def _described(value: Any) -> _Field:
    return value if isinstance(value, _Field) else _Field(value)


def _with_slots(cls: Any, fields: Mapping[str, _Field], slots: tuple[str, ...]) -> Any:
    """Make the class again: only a new class can have slots."""
    left_out = {"__dict__", "__weakref__", *fields}
    namespace = {name: value for name, value in cls.__dict__.items() if name not in left_out}
    return type(cls)(cls.__name__, cls.__bases__, {**namespace, "__slots__": slots})


def _completed(cls: Any, fields: Mapping[str, _Field], *, frozen: bool, kw_only: bool) -> type:
    cls.__described__, cls.__dataclass_fields__ = fields, _StandardFields()
    cls.__compared__ = _values_of([name for name, described in fields.items() if described.compare])
    setattr(cls, "__match_args__", () if kw_only else tuple(fields))  # noqa: B010
    cls.__init__ = _initialiser(cls, fields, kw_only=kw_only)
    cls.__hash__ = _hash if frozen else None
    cls.__eq__, cls.__getstate__, cls.__setstate__ = _eq, _getstate, _setstate
    if "__repr__" not in cls.__dict__:
        cls.__repr__ = _repr
    if frozen:
        cls.__setattr__, cls.__delattr__ = _refuse_to_set, _refuse_to_delete
    return cls  # type: ignore[no-any-return]


def _values_of(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _: ()


def _initialiser(cls: Any, fields: Mapping[str, _Field], *, kw_only: bool) -> Any:
    """Compile ``__init__``: the one function that differs so much from class to class that it pays."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_unset": _UNSET}
    arguments, lines = ["self", *["*"] * (kw_only and bool(fields))], []
    for name, described in fields.items():
        value = name
        if described.default_factory is not None:
            known[f"_make_{name}"] = described.default_factory
            arguments.append(f"{name}=_unset")
            value = f"_make_{name}() if {name} is _unset else {name}"
        elif described.default is not _UNSET:
            known[f"_default_{name}"] = described.default
            arguments.append(f"{name}=_default_{name}")
        else:
            arguments.append(name)
        lines.append(f" _set(self, {name!r}, {value})")
    lines.append(" self.__post_init__()" if hasattr(cls, "__post_init__") else " pass")
    exec(f"def __init__({', '.join(arguments)}):\n" + "\n".join(lines), known)  # noqa: S102 - names of fields only
    made = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self.__compared__(self) == self.__compared__(other)


def _hash(self: Any) -> int:
    return hash(self.__compared__(self))


def _repr(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name, described in self.__described__.items() if described.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__described__]


def _setstate(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__described__, state, strict=True):
        object.__setattr__(self, name, value)


def _refuse_to_set(self: Any, name: str, value: object) -> NoReturn:
    del self, value
    raise _frozen(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> NoReturn:
    del self
    raise _frozen(f"cannot delete field {name!r}")


def _frozen(message: str) -> AttributeError:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - only for a mistake

    return FrozenInstanceError(message)


class _StandardFields:
    """The attribute by which ``dataclasses`` knows a class of its own; made when somebody asks."""

    def __get__(self, instance: object, owner: Any) -> dict[str, Any]:
        import dataclasses  # noqa: PLC0415 - what this module saves

        names = [
            (name, Any, dataclasses.field(compare=said.compare, repr=said.repr))
            for name, said in owner.__described__.items()
        ]
        return {found.name: found for found in dataclasses.fields(dataclasses.make_dataclass(owner.__name__, names))}


def _replace(value: Any, /, **changes: Any) -> Any:
    """Return a copy in which some fields differ."""
    kept = {name: getattr(value, name) for name in value.__described__ if name not in changes}
    return type(value)(**kept, **changes)


if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    dataclass, field, replace = _dataclass, _Field, _replace
