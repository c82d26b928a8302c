"""What `POST /api/v1/tokens/generate` asks for, read field by field (API.md §4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.access.policy import resolve_resources
from domain.foundation.contract import Contract
from domain.foundation.errors import FieldError, InvalidInput

DATA_AGGREGATIONS = ("individual", "sum", "all")
TIME_AGGREGATIONS = ("5minutes", "15minutes", "60minutes", "all")
MAX_MINUTES = 525_600
DEFAULT_LIFE_MINUTES = 1440
_FIELDS = frozenset(
    {"name", "list_of_resources", "data_aggregation", "time_aggregation", "embargo", "exp"}
    | {"embargo_period"}
)
_FINE_TO_COARSE = ("all", "5minutes", "15minutes", "60minutes")


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """An acceptable request; `listed` keeps the caller's own words, `resources` is resolved."""

    name: str
    listed: tuple[str, ...]
    resources: tuple[str, ...]
    contract: Contract
    life_minutes: int


def stricter(one: Contract, other: Contract) -> Contract:
    """Combine two contracts into one that shows what both would show."""
    times = (one.time_aggregation, other.time_aggregation)
    datas = (one.data_aggregation, other.data_aggregation)
    return Contract(
        data_aggregation="sum" if "sum" in datas else one.data_aggregation,
        time_aggregation=max(times, key=_FINE_TO_COARSE.index),
        embargo_minutes=max(one.embargo_minutes, other.embargo_minutes),
    )


def read_token_request(body: object) -> TokenRequest:
    """Read a request, collecting what is wrong with every field.

    Raises:
        InvalidInput: with one entry per field, or `unknown_resource`.
    """
    if not isinstance(body, Mapping):
        raise InvalidInput("A token request is a JSON object.")
    wrong: list[FieldError] = [
        FieldError(str(key)[:64], "unknown field", sorted(_FIELDS)) for key in body.keys() - _FIELDS
    ]
    name, listed = _name(body, wrong), _listed(body, wrong)
    contract = Contract(
        data_aggregation=_choice(body, "data_aggregation", DATA_AGGREGATIONS, wrong),
        time_aggregation=_choice(body, "time_aggregation", TIME_AGGREGATIONS, wrong),
        embargo_minutes=_minutes(
            body, "embargo" if "embargo" in body else "embargo_period", 0, 0, wrong
        ),
    )
    life = _minutes(body, "exp", DEFAULT_LIFE_MINUTES, 1, wrong)
    if wrong:
        words = "; ".join(f"{error.field}: {error.message}" for error in wrong)
        raise InvalidInput(f"This token cannot be issued: {words}.", wrong)
    return TokenRequest(name, listed, resolve_resources(listed), contract, life)


def _name(body: Mapping[str, object], wrong: list[FieldError]) -> str:
    name = body.get("name")
    if isinstance(name, str) and 1 <= len(name.strip()) <= 100:
        return name.strip()
    wrong.append(FieldError("name", "text of 1 to 100 characters", 100))
    return ""


def _listed(body: Mapping[str, object], wrong: list[FieldError]) -> tuple[str, ...]:
    listed = body.get("list_of_resources")
    if isinstance(listed, list) and listed and all(isinstance(entry, str) for entry in listed):
        return tuple(dict.fromkeys(listed))
    wrong.append(FieldError("list_of_resources", "a list of at least one resource"))
    return ()


def _choice(
    body: Mapping[str, object], field: str, known: tuple[str, ...], wrong: list[FieldError]
) -> str:
    value = body.get(field)
    if value is None:
        return "all"
    if value not in known or not isinstance(value, str):
        wrong.append(FieldError(field, f"one of {', '.join(known)}", list(known)))
        return "all"
    return value


def _minutes(
    body: Mapping[str, object], field: str, default: int, low: int, wrong: list[FieldError]
) -> int:
    value = body.get(field)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= MAX_MINUTES:
        message = f"whole minutes from {low} to {MAX_MINUTES}"
        wrong.append(FieldError(field, message, [low, MAX_MINUTES]))
        return default
    return value
