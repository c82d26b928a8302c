"""CSV files of exactly what the views of an analysis show, row by row."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from domain.analytics.correlation import Correlation
from domain.analytics.query import WEEKDAYS, Answer
from domain.analytics.shapes import Comparison, HeatMap, LoadDuration
from domain.analytics.stack import COLUMNS, EnergyStack
from domain.analytics.summary import Summary, change_percent
from domain.foundation.clock import from_ms, iso_utc
from domain.foundation.errors import FieldError, InvalidInput
from domain.telemetry.export import DIALECTS, safe_text

TOTALS = (
    ("consumption_kwh", "kWh"),
    ("generation_kwh", "kWh"),
    ("import_kwh", "kWh"),
    ("export_kwh", "kWh"),
    ("charging_kwh", "kWh"),
    ("discharging_kwh", "kWh"),
    ("self_consumption", "share"),
    ("self_sufficiency", "share"),
)
_FLUSH_CHARS = 65_536

Cell = str | int | float | date | None


class Table(NamedTuple):
    """A file before it is written."""

    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def table_csv(table: Table, dialect: str) -> Iterator[bytes]:
    """The file in pieces; excel adds the mark of UTF-8, semicolons and decimal commas.

    Raises InvalidInput for an unknown dialect.
    """
    if dialect not in DIALECTS:
        wrong = FieldError("dialect", "must be rfc4180 or excel", DIALECTS)
        raise InvalidInput(f"There is no CSV dialect “{dialect[:20]}”.", [wrong])
    return _pieces(table, excel=dialect == "excel")


def totals_table(summary: Summary) -> Table:
    """One line a figure: now, before, change, coverage."""
    rows: list[Sequence[Cell]] = [
        (
            name,
            unit,
            summary.totals.value(name),
            summary.before.value(name),
            change_percent(summary.totals, summary.before, name),
            summary.totals.coverage,
            None,
        )
        for name, unit in TOTALS
    ]
    rows += [_peak_row(summary, name) for name in ("peak_import", "peak_consumption")]
    head = ("figure", "unit", "value", "value_before", "change_percent", "coverage", "at_utc")
    return Table(head, rows)


def stack_table(stack: EnergyStack) -> Table:
    """One line a bucket."""
    head = ("starts_at_utc", "ends_at_utc", *COLUMNS, "coverage")
    return Table(
        head,
        (
            (
                _utc(bucket.starts_at_ms),
                _utc(bucket.ends_at_ms),
                *(getattr(bucket.parts, name) for name in COLUMNS),
                bucket.coverage,
            )
            for bucket in stack.buckets
        ),
    )


def rooms_table(summary: Summary) -> Table:
    """One line a room and use, then what no submeter explains."""
    rows: list[Sequence[Cell]] = [
        (room.name, use, kwh, "yes" if room.complete else "no")
        for room in summary.rooms.rooms
        for use, kwh in room.by_use.items()
    ]
    rows += [(None, use, kwh, "yes") for use, kwh in summary.rooms.no_room.items()]
    if summary.rooms.unmetered_kwh is not None:
        rows.append((None, "unmetered", summary.rooms.unmetered_kwh, "yes"))
    return Table(("room", "use", "energy_kwh", "complete"), rows)


def heat_table(heat: HeatMap) -> Table:
    """One line a day and hour; an hour that was not measured has no value."""
    return Table(
        ("day_local", "hour_local", "quantity", "value", "unit"),
        (
            (day, hour, heat.label, value, heat.unit)
            for day, cells in zip(heat.days, heat.cells, strict=True)
            for hour, value in enumerate(cells)
        ),
    )


def duration_table(curve: LoadDuration) -> Table:
    """The points of the curve, the highest first."""
    return Table(
        ("share_of_time", "quantity", "at_least", "unit"),
        (
            (share, curve.label, value, curve.unit)
            for share, value in zip(curve.time_share, curve.values, strict=True)
        ),
    )


def comparison_table(compared: Comparison) -> Table:
    """One line an hour of the week (or of the day)."""
    return Table(
        ("weekday_local", "hour_local", "quantity", "value", "value_before", "unit"),
        (
            (
                None if step.weekday is None else WEEKDAYS[step.weekday],
                step.hour,
                compared.label,
                step.value,
                step.before,
                compared.unit,
            )
            for step in compared.steps
        ),
    )


def correlation_table(found: Correlation) -> Table:
    """The pairs that are drawn."""
    head = (
        "timestamp_utc",
        safe_text(f"{found.label_a} [{found.unit_a}]"),
        safe_text(f"{found.label_b} [{found.unit_b}]"),
    )
    pairs = zip(found.ts_ms, found.a, found.b, strict=True)
    return Table(head, ((_utc(ts), a, b) for ts, a, b in pairs))


def answer_table(answer: Answer) -> Table:
    """One line a figure."""
    head = ("metric", "aggregate", "group", "timestamp_utc", "value", "unit", "coverage")
    return Table(
        head,
        (
            (
                group.metric,
                answer.question.aggregate,
                group.label,
                None if point.starts_at_ms is None else _utc(point.starts_at_ms),
                point.value,
                group.unit,
                point.coverage,
            )
            for group in answer.groups
            for point in group.points
        ),
    )


def _peak_row(summary: Summary, name: str) -> Sequence[Cell]:
    here, before = getattr(summary.totals, name), getattr(summary.before, name)
    return (
        f"{name}_kw",
        f"kW, mean of {here.slot_s // 60 if here else 15} min",
        here.kw if here else None,
        before.kw if before else None,
        None,
        summary.totals.coverage,
        _utc(here.starts_at_ms) if here else None,
    )


def _utc(ts_ms: int) -> str:
    return iso_utc(from_ms(ts_ms))


def _pieces(table: Table, *, excel: bool) -> Iterator[bytes]:
    if excel:
        yield "\ufeff".encode()
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if excel else ",", lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([_written(cell, excel) for cell in row])
        if out.tell() > _FLUSH_CHARS:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _written(cell: Cell, excel: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        text = f"{cell:.10g}"
        return text.replace(".", ",") if excel else text
    return safe_text(cell) if isinstance(cell, str) else str(cell)
