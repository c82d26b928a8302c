"""The shapes that come in and go out.

A request is a pydantic model, strict and closed, that validates. An answer is a closed TypedDict:
checked by mypy where it is built, written by orjson without a detour, and compared with its JSON
schema in the tests. Both give the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NotRequired, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, with_config
from pydantic_core import CoreSchema, ErrorDetails, core_schema
from typing_extensions import TypedDict

from domain.foundation.errors import FieldError, InvalidInput
from domain.foundation.units import METRICS

M = TypeVar("M", bound=BaseModel)

closed = with_config(ConfigDict(extra="forbid", use_attribute_docstrings=True))
"""Marks a TypedDict as an answer: no field beside those it names."""


class Request(BaseModel):
    """A JSON object that a caller sends; no number in quotes, no field beside those it names."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    def given(self) -> dict[str, object]:
        """The fields that were sent, as sent."""
        return self.model_dump(exclude_unset=True)


class Query(BaseModel):
    """The part of an address after the question mark."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class OneOf:
    """Annotates a text that is one of known words, which the domain lists."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> CoreSchema:
        """Let pydantic check and describe it as an enumeration."""
        return core_schema.literal_schema(list(self.words))


MOST_INTEGER = 2**31 - 1
"""What every database takes."""
Version = Annotated[int, Field(ge=1, le=MOST_INTEGER)]
PRINTABLE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
"""Something to read, and no control character."""
MetricName = Annotated[str, OneOf(METRICS)]
IsoTime = Annotated[
    str,
    Field(description="ISO 8601 in UTC."),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-06-16T09:00:00Z"]}),
]
WithheldUntil = Annotated[
    IsoTime | None,
    Field(
        description="Under a token's contract: when what is measured now will be shown. "
        "Null where nothing is withheld for a time."
    ),
]
EpochSeconds = Annotated[float, Field(description="Seconds since 1970 in UTC.")]
LimitOfField = float | str | bool | list[float] | list[str] | None


@closed
class FieldProblem(TypedDict):
    """One field that is not acceptable."""

    field: str
    message: str
    limit: LimitOfField | list[bool]
    """What would have been acceptable: a highest value, a range, the known words."""


@closed
class ErrorFacts(TypedDict):
    """What a program needs to act on an error; which of them there are depends on the code."""

    fields: NotRequired[list[FieldProblem]]
    permission: NotRequired[str]
    """What the role or token lacks."""
    clause: NotRequired[str]
    """The claim of the token's contract that forbids it."""
    holder: NotRequired[str]
    """Who or what is in the way."""
    until: NotRequired[IsoTime]
    limit: NotRequired[int]
    retry_after_s: NotRequired[int]
    module: NotRequired[str]
    """The part of Wattboard that is down."""
    error_id: NotRequired[str]
    """How the log names what failed."""
    room: NotRequired[str]
    sensor: NotRequired[str]
    tariff: NotRequired[str]
    token: NotRequired[str]
    event: NotRequired[str]
    device: NotRequired[str]
    rule: NotRequired[str]
    schedule: NotRequired[str]
    service: NotRequired[str]
    path: NotRequired[str]


@closed
class ErrorBody(TypedDict):
    """A word for programs, a sentence for people, and facts for both."""

    code: str
    message: str
    details: ErrorFacts


@closed
class Error(TypedDict):
    """Every answer that is not a success."""

    error: ErrorBody


# What pydantic says about a limit, by the name it has in its context.
_SINGLE = ("max_length", "min_length", "ge", "le", "gt", "lt", "pattern", "multiple_of")


def validated(
    model: type[M], raw: Mapping[str, object], context: Mapping[str, object], what: str
) -> M:
    """Read `raw` as `model`.

    Raises:
        InvalidInput: with one entry per field and its limit.
    """
    try:
        return model.model_validate(raw, context=dict(context))
    except ValidationError as error:
        problems: dict[str, FieldError] = {}
        for detail in error.errors(include_url=False, include_input=False):
            found = _problem(model, detail)
            problems.setdefault(found.field, found)
        words = "; ".join(f"{p.field}: {p.message}" for p in list(problems.values())[:5])
        raise InvalidInput(f"{what}: {words}.", list(problems.values())) from None


def _problem(model: type[BaseModel], detail: ErrorDetails) -> FieldError:
    """One entry in our words; a union says the same field several times, the first one counts."""
    place = [part for part in detail["loc"] if not _is_branch(part)]
    name = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in place).lstrip(".")[:100]
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return FieldError(name, "is missing")
        case "extra_forbidden":
            return FieldError(name, "is not a field here", sorted(model.model_fields))
        case "literal_error" | "enum":
            words = str(context["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
            return FieldError(name, f"one of {', '.join(words)}", words)
        case "string_pattern_mismatch" if context["pattern"] == PRINTABLE:
            return FieldError(name, "something to read, without control characters")
        case "value_error":
            return FieldError(name, str(context["error"]), getattr(context["error"], "limit", None))
    return FieldError(name, _sentence(detail["msg"]), _limit(model, place, context))


def _is_branch(part: int | str) -> bool:
    """Pydantic names the branch of a union it tried, which is no part of the caller's JSON."""
    return isinstance(part, str) and (part.endswith("]") or part in _BRANCHES)


_BRANCHES = frozenset({"int", "float", "str", "bool", "constrained-str", "constrained-int"})


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:]


def _limit(model: type[BaseModel], place: list[int | str], context: Mapping[str, Any]) -> object:
    """The whole range where the field states both ends, else the end that was crossed."""
    field = model.model_fields.get(str(place[0])) if len(place) == 1 else None
    said: dict[str, Any] = {}
    for constraint in field.metadata if field else ():
        for name in ("ge", "gt", "le", "lt"):
            if hasattr(constraint, name):
                said[name] = getattr(constraint, name)
    low = said.get("ge", said.get("gt"))
    high = said.get("le", said.get("lt"))
    if low is not None and high is not None:
        return [low, high]
    return next((context[name] for name in _SINGLE if name in context), None)
