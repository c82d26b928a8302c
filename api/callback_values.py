"""What a callback is given, held against what its parameters say they take.

The annotations of a callback are its contract: `clicks: int | None` never sees an object, whoever
posts one. Types of shape (`TypedDict`, `Annotated[int, Meta(ge=0)]`) refuse further in.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_type_hints, is_typeddict
from weakref import WeakKeyDictionary

import msgspec

from domain.foundation.errors import FieldError, InvalidInput

LONGEST_TEXT = 10_000
LARGEST_WHOLE = 2**53
"""Up to here a browser writes whole numbers exactly."""
DEEPEST = 16
REFUSED = "These values cannot be used."

_types: WeakKeyDictionary[Callable[..., Any], list[Any]] = WeakKeyDictionary()


def parameter_types(entry: Mapping[str, Any]) -> list[Any]:
    """One type per input and state of a callback, in their order; Any where nothing is said."""
    function = entry["callback"]
    if function not in _types:
        count = len(entry["inputs"]) + len(entry["state"])
        found: list[Any] = [Any] * count
        for place, hint in _leaves_of(inspect.unwrap(function), entry.get("inputs_state_indices")):
            found[place] = Any if hint is object else hint
        _types[function] = found
    return _types[function]


def check_values(entry: Mapping[str, Any], given: Sequence[Any]) -> None:
    """Refuse what a callback does not take; `given` are its inputs and states as sent.

    Raises:
        InvalidInput: one entry per property that is not acceptable.
    """
    types = parameter_types(entry)
    errors = [
        FieldError(_name(sent), reason)
        for sent, wanted in zip(given, types, strict=True)
        if (reason := _refusal(_value(sent), wanted))
    ]
    if errors:
        raise InvalidInput(REFUSED, errors)


def _value(sent: Any) -> Any:
    if isinstance(sent, list):
        return [one.get("value") for one in sent]
    return sent.get("value")


def _name(sent: Any) -> str:
    first = (sent or [{}])[0] if isinstance(sent, list) else sent
    return f"{first.get('id')}.{first.get('property')}"[:200]


def _refusal(value: Any, wanted: Any) -> str:
    reason = next(_unfit(value), "")
    if reason or wanted is Any:
        return reason
    try:
        msgspec.convert(value, type=wanted)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _unfit(value: Any, depth: int = 0) -> Iterator[str]:
    """What no callback takes, however its parameters are declared."""
    if isinstance(value, str):
        yield from unfit_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        yield "is not a finite number"
    elif isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        yield "is too large a number"
    elif isinstance(value, list | dict):
        if depth >= DEEPEST:
            yield "is nested too deeply"
            return
        for inner in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from _unfit(inner, depth + 1)


def unfit_text(text: str) -> Iterator[str]:
    """Why no text of ours is like this one; nothing for an ordinary one."""
    if len(text) > LONGEST_TEXT:
        yield f"has more than {LONGEST_TEXT:,} characters"
    elif "\0" in text or (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)):
        yield "contains a character that is none"


def _leaves_of(function: Callable[..., Any], shape: Any) -> Iterator[tuple[int, Any]]:
    """The flat place and the type of everything Dash hands to the function."""
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function).parameters.values()
    if isinstance(shape, dict):
        for name, inner in shape.items():
            yield from _leaves(inner, hints.get(name, Any))
        return
    named = [p for p in signature if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in signature if p.kind is p.VAR_POSITIONAL), "")
    for place, inner in enumerate([shape] if isinstance(shape, int) else shape or ()):
        name = named[place].name if place < len(named) else rest
        yield from _leaves(inner, hints.get(name, Any))


def _leaves(shape: Any, hint: Any) -> Iterator[tuple[int, Any]]:
    if isinstance(shape, int):
        yield shape, hint
    elif isinstance(shape, dict):
        keyed = get_type_hints(hint, include_extras=True) if is_typeddict(hint) else {}
        every = (get_args(hint) or (Any,))[-1]
        for name, inner in shape.items():
            yield from _leaves(inner, keyed.get(name, every))
    else:
        every = (get_args(hint) or (Any,))[0]
        for inner in shape:
            yield from _leaves(inner, every)
