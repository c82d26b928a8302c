"""`POST /api/v1/data/query`: one question over many sensors, answered by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from typing_extensions import TypedDict

from api.resource import Resource
from api.room_data import RoomName
from api.schema import EpochSeconds, IsoTime, MetricName, OneOf, Request, WithheldUntil, closed
from api.times import Moment, epoch_s, iso, period_of
from domain.analytics import query
from domain.analytics.aggregates import AGGREGATES
from domain.building.model import ID_PATTERN
from domain.foundation.clock import iso_utc

if TYPE_CHECKING:
    from domain.house import House

Aggregate = Annotated[str, OneOf(AGGREGATES)]
Grouping = Annotated[str, OneOf(query.GROUPINGS)]
SensorId = Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]
Point = Annotated[
    tuple[float, float | None, float],
    Field(
        description="`[timestamp, value, coverage]`: where the step begins, its figure, and the "
        "share of it that was measured, 0 to 1."
    ),
]


class QueryRequest(Request):
    """What is asked; without rooms and sensors, of all adopted sensors."""

    metrics: Annotated[list[MetricName], Field(min_length=1, max_length=query.MOST_METRICS)]
    rooms: Annotated[list[RoomName], Field(min_length=1, max_length=query.MOST_SERIES)] | None = (
        None
    )
    """Only sensors in these rooms."""
    sensors: Annotated[list[SensorId], Field(min_length=1, max_length=query.MOST_SERIES)] | None = (
        None
    )
    """Only these sensors; with `rooms`, those that are in them."""
    start_time: Moment | None = None
    """24 hours before the end where it is left out."""
    end_time: Moment | None = None
    """Now where it is left out."""
    resolution: Annotated[str, OneOf(query.RESOLUTIONS)] | None = None
    """Left out: one figure per group over the whole period."""
    aggregate: Aggregate = "mean"
    """A sum of power is energy; a mean of a counter is what it counts an hour."""
    group_by: Grouping = "none"
    """Hours and weekdays are those of the building's zone."""


@closed
class QueryGroup(TypedDict):
    """One metric in one group."""

    metric: MetricName
    unit: str
    group: str | None
    """`all`, a room, a sensor's id, a type, `0` to `23`, `0` (Monday) to `6`; null is no room."""
    label: str
    """The same for people."""
    series: int
    """How many sensors measure it here."""
    points: list[Point]
    """Ascending, only steps that know something; without a resolution one, from the start."""


@closed
class QueryAnswer(TypedDict):
    """The figures of each metric and group."""

    start_time: IsoTime
    end_time: IsoTime
    aggregate: Aggregate
    group_by: Grouping
    resolution: Annotated[str, OneOf(query.RESOLUTIONS[1:])] | None
    """What was answered: coarser than asked where no finer one is kept or shared."""
    groups: list[QueryGroup]
    withheld_until: WithheldUntil


EXAMPLE = {
    "metrics": ["power"],
    "start_time": 1704067200,
    "end_time": 1704153600,
    "resolution": "1h",
    "aggregate": "mean",
    "group_by": "room",
}


def data_query(house: House, data: Resource) -> None:
    """Add the route to the data resource."""

    @data.post("/query", "analytics.view", errors=(404,), example=EXAMPLE)
    def ask(body: QueryRequest) -> QueryAnswer:
        """Ask many sensors one question.

        A token that shares sums only gets `mean`, `sum`, `last` and `count` of groups of two
        sensors and more, which it may not name; one with a time aggregation gets no `last`.
        """
        period = period_of(body.start_time, body.end_time, house.clock.now_ms())
        question = query.Question(
            tuple(body.metrics), period, body.aggregate, body.group_by, body.resolution
        )
        found = house.analytics.query(question, body.rooms, body.sensors)
        return {
            "start_time": iso_utc(period.start),
            "end_time": iso_utc(period.end),
            "aggregate": body.aggregate,
            "group_by": body.group_by,
            "resolution": found.resolution,
            "groups": [_group(group, epoch_s(period.start_ms)) for group in found.groups],
            "withheld_until": iso(house.telemetry.withheld_until_ms()),
        }


def _group(group: query.Group, start: EpochSeconds) -> QueryGroup:
    return {
        "metric": group.metric,
        "unit": group.unit,
        "group": group.key,
        "label": group.label,
        "series": group.series_count,
        "points": [
            (
                start if point.starts_at_ms is None else epoch_s(point.starts_at_ms),
                point.value,
                point.coverage,
            )
            for point in group.points
        ],
    }
