"""Records: classes whose annotations are their fields, as with `dataclasses`, made without `exec`.

`dataclasses` writes and compiles six functions for every class. For the 48 classes of a run that
took 26 ms, a quarter of what Python, NumPy and Typer together need to start. All records share the
functions below instead. To a type checker they are dataclasses (PEP 681). Records do not inherit
fields.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast, dataclass_transform

if TYPE_CHECKING:
    from inspect import Signature

__all__ = ["as_dict", "field", "from_json", "mutable_record", "record", "replace", "to_json"]

T = TypeVar("T")


class _Made:
    """Stands for a default that is made anew for each record."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], T]) -> T:
    """A field whose default is made anew for each record."""
    return cast("T", _Made(default_factory))


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Gives a class fields that its constructor sets once; records are equal by value.

    >>> @record
    ... class Point:
    ...     x: float
    ...     y: float = 0.0
    >>> Point(1.0), Point(1.0) == Point(y=0.0, x=1.0)
    (Point(x=1.0, y=0.0), True)
    """
    _prepare(cls, {"__setattr__": _refuse, "__delattr__": _refuse, "__hash__": _hash})
    return cls


@dataclass_transform(field_specifiers=(field,))
def mutable_record(cls: type[T]) -> type[T]:
    """As `record`, with fields that can be set."""
    _prepare(cls, {"__hash__": None})
    return cls


if TYPE_CHECKING:
    from dataclasses import replace  # type checkers know what it takes
else:

    def replace(record, **changes):
        """A copy of a record with other values in some fields.

        Raises:
            TypeError: there is no such field.
        """
        return type(record)(**{**vars(record), **changes})


def as_dict(record: object) -> dict[str, Any]:
    """The fields of a record by name; records in them, also those in tuples, likewise."""
    state = vars(record)
    return {name: _plain(state[name]) for name in type(record)._fields}  # type: ignore[attr-defined]


def to_json(value: Any) -> Any:
    """A value as strict JSON has it; `from_json` gives it back to the bit.

    Records and maps become objects, tuples lists, and numbers that JSON does not have
    `{"float": "nan"}`. A class may have a `to_json` and `from_json` of its own.

    >>> @record
    ... class Point:
    ...     x: float
    ...     names: tuple[str, ...]
    >>> to_json(Point(float("inf"), ("a",)))
    {'x': {'float': 'inf'}, 'names': ['a']}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if hasattr(value, "to_json"):
        return value.to_json()
    if type(value).__init__ is _init:
        return {name: to_json(part) for name, part in vars(value).items()}
    if isinstance(value, Mapping):
        return {str(name): to_json(part) for name, part in value.items()}
    return [to_json(part) for part in value] if isinstance(value, tuple | list) else value


def from_json(kind: Any, state: Any) -> Any:
    """The value of that type that `to_json` wrote as `state`.

    Raises:
        TypeError, KeyError, ValueError: it wrote no such thing.

    >>> from_json(tuple[int, ...], [1, 2])
    (1, 2)
    """
    import typing

    if isinstance(state, dict) and state.keys() == {"float"}:
        return float(state["float"])
    if hasattr(kind, "from_json"):
        return kind.from_json(state)
    if getattr(kind, "__init__", None) is _init:
        hints = typing.get_type_hints(kind)
        return kind(**{name: from_json(hints[name], part) for name, part in state.items()})
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if type(None) in parts:  # of the others the one that JSON has as it has this
        others, listed = [part for part in parts if part is not type(None)], isinstance(state, list)
        fits = [part for part in others if (typing.get_origin(part) is tuple) == listed]
        return None if state is None else from_json((fits or others)[0], state)
    if origin is tuple:
        kinds = [parts[0]] * len(state) if parts[-1] is ... else parts
        return tuple(from_json(part, item) for part, item in zip(kinds, state, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        key = int if parts[0] is int else str
        made = {key(name): from_json(parts[-1], part) for name, part in state.items()}
        return made if origin in (dict, Mapping) else origin(made)
    if isinstance(state, list):
        return [from_json(Any, item) for item in state]
    if isinstance(state, dict):
        return {name: from_json(Any, part) for name, part in state.items()}
    return state


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_plain(part) for part in value)
    return as_dict(value) if type(value).__init__ is _init else value


class _LateSignature:
    """What `help` and `inspect` show for the constructor of a record, made when they ask."""

    def __get__(self, record: object, cls: Any) -> Signature:
        from inspect import Parameter, Signature

        kind, parameters = Parameter.POSITIONAL_OR_KEYWORD, []
        for name in cls._fields:
            default = cls._defaults.get(name, Parameter.empty)
            if isinstance(default, _Made):
                default = default.make()
            annotation = cls.__annotations__[name]
            parameters.append(Parameter(name, kind, default=default, annotation=annotation))
        return Signature(parameters)


def _prepare(cls: Any, methods: dict[str, Any]) -> None:
    own = dict(vars(cls))
    cls._fields = dict.fromkeys(cls.__annotations__).keys()
    cls._defaults = {name: own[name] for name in cls._fields if name in own}
    cls._made = [name for name, value in cls._defaults.items() if isinstance(value, _Made)]
    for name in cls._made:
        delattr(cls, name)
    for name, method in {**_SHARED, **methods}.items():
        if name not in own:
            setattr(cls, name, method)


def _init(self: Any, *args: Any, **named: Any) -> None:
    fields, state = self._fields, vars(self)  # every block of a loss makes nine records
    state.update(self._defaults)
    if args:
        placed = dict(zip(fields, args, strict=False))
        state.update(placed)
        if len(placed) != len(args) or (named and not placed.keys().isdisjoint(named)):
            raise TypeError(_misfit(self, args, named))
    state.update(named)
    if state.keys() != fields:
        raise TypeError(_misfit(self, args, named))
    for name in self._made:
        if isinstance(state[name], _Made):
            state[name] = state[name].make()


def _misfit(self: Any, args: tuple[Any, ...], named: dict[str, Any]) -> str:
    """What is wrong with the arguments of a constructor, in words."""
    title = f"{type(self).__name__}()"
    if len(args) > len(self._fields):
        return f"{title} takes {len(self._fields)} arguments; got {len(args)}"
    placed = set(list(self._fields)[: len(args)])
    if twice := placed & named.keys():
        return f"{title} got {', '.join(sorted(twice))} twice"
    if unknown := named.keys() - self._fields:
        return f"{title} has no field {', '.join(sorted(unknown))}"
    absent = [n for n in self._fields if n not in placed | named.keys() | self._defaults.keys()]
    return f"{title} needs {', '.join(absent)}"


def _repr(self: Any) -> str:
    state = vars(self)
    return f"{type(self).__qualname__}({', '.join(f'{n}={state[n]!r}' for n in self._fields)})"


def _eq(self: Any, other: object) -> bool:
    return vars(self) == vars(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(tuple(vars(self)[name] for name in self._fields))


def _refuse(self: Any, name: str, *value: Any) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set or deleted")


_SHARED = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__replace__": replace,
    "__signature__": _LateSignature(),
}
