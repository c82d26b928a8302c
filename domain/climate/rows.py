"""Decisions as they are logged, and as the rows of a file, a line each. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from domain.climate.heat_index import feels_like_c
from domain.climate.model import Inputs, LoggedDecision
from domain.foundation.clock import from_ms, iso_utc

INPUT_COLUMNS = (
    "temperature_c",
    "feels_like_c",
    "humidity_percent",
    "occupancy",
    "people",
    "outdoor_c",
    "band",
    "band_low_c",
    "band_high_c",
    "band_why",
)
COLUMNS = ("decided_at_utc", "room", "decision", "why", "decided_by", *INPUT_COLUMNS)
Cell = str | int | float | None


def inputs_used(inputs: Inputs) -> dict[str, object]:
    """Inputs as a decision used them, under `INPUT_COLUMNS`; what was not live is None."""
    temperature, humidity = inputs.temperature.value, inputs.humidity.value
    feels = None if temperature is None else round(feels_like_c(temperature, humidity), 2)
    present = {True: "present", False: "empty", None: "unknown"}[inputs.occupancy.present]
    by = "" if inputs.occupancy.kind == "unknown" else f", by {_BY[inputs.occupancy.kind]}"
    return {
        "temperature_c": temperature,
        "feels_like_c": feels,
        "humidity_percent": humidity,
        "occupancy": f"{present}{by}",
        "people": inputs.occupancy.people,
        "outdoor_c": inputs.outdoor.value,
        "band": inputs.band.kind,
        "band_low_c": inputs.band.low_c,
        "band_high_c": inputs.band.high_c,
        "band_why": inputs.band.why,
    }


_BY = {"counted": "count", "motion": "motion"}


def decision_rows(
    decisions: Iterable[LoggedDecision], rooms: Mapping[int, str]
) -> Iterator[Sequence[Cell]]:
    """One line per decision under `COLUMNS`."""
    for one in decisions:
        yield (
            iso_utc(from_ms(one.at_ms)),
            rooms.get(one.room_id),
            one.status,
            one.why,
            one.who,
            *(_cell(one.inputs.get(name)) for name in INPUT_COLUMNS),
        )


def _cell(value: object) -> Cell:
    return value if isinstance(value, str | int | float) else None
