"""Today on the overview: six totals and the day's curve. Pure functions of the accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from components import charts, formats
from components.cards import card, tile
from components.energy_figures import DayCurve, day_curve
from components.marks import data, value
from domain.building.energy_now import EnergyNow
from domain.building.energy_slots import Slot, Totals, running_self_sufficiency
from domain.building.energy_today import COMPARABLE_COVERAGE, MonthPeak, Today
from domain.foundation.intervals import Period, same_clock

CHART_ID = "overview-day"
SLOT_S = 900


def tiles(
    now: EnergyNow,
    today: Today,
    curve: Sequence[Slot],
    charge: Sequence[float | None],
    peak: MonthPeak,
    now_ms: int,
    zone: ZoneInfo,
) -> list[Any]:
    """The six totals of the day, in the order of the look."""
    totals = today.totals
    metered = bool(now.roles & {"main", "submeter"})
    solar = "generation" in now.roles
    return [
        tile(
            "Consumption today",
            totals.consumption_kwh,
            "energy",
            live="energy/today/consumption_kwh",
            state=_state(now, totals.consumption_kwh, totals.approximate),
            note=_note(today, "consumption_kwh", totals.coverage) if metered else "no main meter",
            reason=_reason(today, "consumption_kwh", now),
            spark=[slot.consumption_kw for slot in curve],
            spark_token="consumption",
            spark_area=True,
        ),
        tile(
            "Solar today",
            totals.generation_kwh if solar else None,
            "energy",
            live="energy/today/generation_kwh" if solar else None,
            state=_state(now, totals.generation_kwh, totals.assumed > 0) if solar else "missing",
            note=_note(today, "generation_kwh", totals.generation_coverage)
            if solar
            else "no generation meter",
            reason=_reason(today, "generation_kwh", now) if solar else None,
            spark=[slot.generation_kw for slot in curve] if solar else None,
            spark_token="solar",
            spark_area=True,
        ),
        _share_tile(
            "Self-sufficiency",
            today,
            "self_sufficiency",
            now,
            running_self_sufficiency(curve),
            "Share of the consumption that was not bought: (consumption − import) / consumption. "
            "Energy bought into a battery counts as import when it is bought.",
        ),
        _share_tile(
            "Self-consumption",
            today,
            "self_consumption",
            now,
            [_kept(slot) for slot in curve],
            "Share of the solar energy used here: (generation − export) / generation. "
            "What a battery loses counts as used here.",
        ),
        _charge_tile(now, charge),
        _peak_tile(peak, now_ms, zone),
    ]


def _share_tile(
    label: str,
    today: Today,
    name: str,
    now: EnergyNow,
    spark: Sequence[float | None],
    meaning: str,
) -> Any:
    share = getattr(today.totals, name)
    solar = "generation" in now.roles
    return tile(
        label,
        None if share is None else share * 100,
        "percent",
        live=f"energy/today/{name}_percent" if share is not None else None,
        state=_state(now, share, today.totals.approximate),
        note=_note(today, name, today.totals.coverage) if solar else "no generation meter",
        reason=meaning,
        spark=spark,
    )


def _charge_tile(now: EnergyNow, charge: Sequence[float | None]) -> Any:
    if "battery" not in now.roles:
        return tile("Batteries", None, "percent", state="missing", note="no battery meter")
    frame = now.frame()
    moving_kw = max(_number(frame["charging_kw"]), _number(frame["discharging_kw"]))
    words = html.B(str(frame["battery_word"]), **data(live_word="energy/battery_word"))
    note = [words, " ", value(moving_kw, "power", live="energy/battery_flow_kw")]
    return tile(
        "Batteries",
        now.soc_percent,
        "percent",
        live="energy/soc_percent",
        state="fresh" if now.soc_percent is not None else "stale",
        note=note if frame["battery_kw"] is not None else "power unknown",
        reason="Mean state of charge of the batteries",
        spark=charge,
        spark_token="charging",
        spark_area=True,
    )


def _peak_tile(peak: MonthPeak, now_ms: int, zone: ZoneInfo) -> Any:
    highest, so_far = peak.highest, peak.today
    if highest is None:
        return tile("Peak import this month", None, "power", state="missing", note="no import yet")
    today_kw = so_far.kw if so_far else None
    when = f"{_day(highest.ts_ms, now_ms, zone)} {formats.clock(highest.ts_ms, zone)}"
    return tile(
        "Peak import this month",
        highest.kw,
        "power",
        live="energy/peak_month/kw",
        note=[
            f"{when} · today ",
            html.B(
                html.Span(formats.fixed(today_kw, 1), className="wb-num"),
                **data(live="energy/peak_month/today_kw", format="kw"),
            ),
        ],
        reason="Highest mean of a quarter of an hour, net import",
        spark=[day.kw for day in peak.days],
        spark_token="import",
    )


def _day(ts_ms: int, now_ms: int, zone: ZoneInfo) -> str:
    """`today`, or `9 Jun`."""
    at, now = formats.local(ts_ms, zone).date(), formats.local(now_ms, zone).date()
    return "today" if at == now else f"{at.day} {formats.MONTHS[at.month - 1]}"


def _number(amount: object) -> float:
    return float(amount) if isinstance(amount, int | float) else 0.0


def _state(now: EnergyNow, amount: float | None, estimated: bool = False) -> str:
    if amount is None:
        return "missing"
    return "estimate" if estimated else now.state


def _note(today: Today, name: str, coverage: float) -> Any:
    """The comparison with the same weekday, or how much was measured, or nothing."""
    words = today.change(name, today.last_week)
    if coverage < COMPARABLE_COVERAGE:
        return f"{coverage * 100:.0f} % of the day measured"
    if not words:
        return f"nothing to compare on {today.weekday}"
    short = f"last {today.weekday[:3]}"
    tail = today.sentence(name, today.last_week, short).removeprefix(words)
    return [html.B(words, **data(live_word=f"energy/today/{name}_change")), tail]


def _reason(today: Today, name: str, now: EnergyNow) -> str | None:
    """What a resting pointer on a tile says: yesterday, and what an estimate stands on."""
    yesterday = today.sentence(name, today.yesterday, "yesterday up to this time")
    parts = [
        yesterday.capitalize() if yesterday else "",
        (now.reason or "").capitalize(),
        _assumed(today.totals).capitalize(),
    ]
    return ". ".join(part for part in parts if part) or None


def _kept(slot: Slot) -> float | None:
    """Share of the generation of a slot that stayed here [%]; None at night."""
    if not slot.generation_kw or slot.export_kw is None:
        return None
    return max(0.0, min(1.0, 1 - slot.export_kw / slot.generation_kw)) * 100


def day_card(
    curve: Sequence[Slot],
    compared: Sequence[Slot],
    today: Today,
    day: Period,
    now_ms: int,
    zone: ZoneInfo,
) -> html.Section:
    """The day so far by source, with last week's consumption dotted over the whole day."""
    figure = day_curve(
        _curve(curve, (f"Last {today.weekday}", week_ago(compared, day, zone))),
        day.start_ms,
        day.end_ms,
        zone,
        now_ms=now_ms,
        revision=f"{day.start_ms}",
    )
    entries = [
        ("Consumption", "consumption", "line"),
        (f"Last {today.weekday}", "text-2", "dashed"),
        ("Solar", "solar-fill", "box"),
        ("Discharge", "discharging", "box"),
        ("Import", "import", "box"),
        ("Charge", "charging", "box"),
        ("Export", "export", "box"),
    ]
    return card(
        "Today",
        charts.chart(figure, id=CHART_ID, summary=day_summary(today)),
        html.P(day_summary(today), className="wb-chart-foot"),
        fact="kW",
        actions=charts.legend(entries, CHART_ID),
        className="wb-day-card",
    )


def week_ago(compared: Sequence[Slot], day: Period, zone: ZoneInfo) -> list[float | None]:
    """Last week's consumption for each quarter of an hour of the day, by the wall clock."""
    return same_clock(
        [slot.ts_ms for slot in compared],
        [slot.consumption_kw for slot in compared],
        SLOT_S * 1000,
        range(day.start_ms, day.end_ms, SLOT_S * 1000),
        7,
        zone,
    )


def _curve(curve: Sequence[Slot], compared: tuple[str, list[float | None]]) -> DayCurve:
    flows = [slot.flows() for slot in curve]
    return DayCurve(
        ts_ms=[slot.ts_ms for slot in curve],
        bucket_s=SLOT_S,
        consumption=[slot.consumption_kw for slot in curve],
        generation=[slot.generation_kw for slot in curve],
        solar_used=[None if flow is None else flow.solar_building for flow in flows],
        discharge_used=[None if flow is None else flow.battery_building for flow in flows],
        import_used=[None if flow is None else flow.grid_building for flow in flows],
        charging=[slot.charging_kw for slot in curve],
        exporting=[slot.export_kw for slot in curve],
        compared=compared,
    )


def day_summary(today: Today) -> str:
    """The day so far in a sentence, against last week and yesterday up to the same minute."""
    totals = today.totals
    if totals.consumption_kwh is None:
        return "No consumption is known for today."
    parts = [
        today.sentence("consumption_kwh", today.last_week, f"last {today.weekday}"),
        today.sentence("consumption_kwh", today.yesterday, "yesterday"),
    ]
    words = " and ".join(part for part in parts if part)
    amount = formats.text("energy", totals.consumption_kwh)
    approx = "≈ " if totals.approximate else ""
    tail = f": {words}, up to the same minute" if words else ""
    return f"{approx}{amount} so far{tail}{_measured(totals)}."


def _measured(totals: Totals) -> str:
    parts = [_assumed(totals)]
    if totals.coverage < 0.995:
        parts.insert(0, f"{totals.coverage * 100:.0f} % of the time was measured")
    return "".join(f"; {part}" for part in parts if part)


def _assumed(totals: Totals) -> str:
    """For how long an inverter that is silent at night was taken to generate nothing."""
    if not totals.assumed:
        return ""
    return f"solar taken as 0 for {totals.assumed * 100:.0f} % of the time, silent at night"
