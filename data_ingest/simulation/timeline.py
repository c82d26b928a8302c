"""The step function run through time, one or many weeks at once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from data_ingest.simulation import layout, measured, sensors
from data_ingest.simulation.controls import OWN_RULES, Controls, controls
from data_ingest.simulation.drivers import NOTHING, Drivers, Inputs, Interventions
from data_ingest.simulation.noise import Array, stream, uniform
from data_ingest.simulation.physics import State, step
from data_ingest.simulation.storage_units import CAPACITY_KWH, Hot, Stored
from data_ingest.simulation.weather import DAY_S, Place

WEEK_S = 7 * DAY_S
MONDAY_S = 4 * DAY_S  # 5 January 1970, the first Monday of the epoch
SETTLING_STEP_S = 900.0
COARSE_STEP_S = 900.0
WEEKS_A_YEAR = 52.18
LIFE_YEARS = (4.0, 9.0)
SEASONS_S = tuple(MONDAY_S + week * WEEK_S for week in (2870, 2883, 2896, 2909))
"""A week of each season of 2025, by which a meter's yearly use is told."""
SETTLING_S = 5 * DAY_S  # after so long nothing of the first guess is left but the counters


def week_start(time_s: float) -> float:
    """UTC Monday on or before a moment."""
    return float((time_s - MONDAY_S) // WEEK_S * WEEK_S + MONDAY_S)


def first_guess(batch: tuple[int, ...] = ()) -> State:
    """A lived-in building on an ordinary night; forgotten within SETTLING_S."""
    rooms = (*batch, layout.ROOM_COUNT)
    return State(
        air_c=np.full(rooms, 22.0),
        mass_c=np.full(rooms, 22.5),
        co2_ppm=np.full(rooms, 430.0),
        water_g_kg=np.full(rooms, 8.5),
        stored=Stored(
            np.broadcast_to(0.3 * CAPACITY_KWH, (*batch, CAPACITY_KWH.size)).copy(),
            np.zeros(batch),
            np.zeros(batch),
        ),
        hot=Hot(np.full(batch, 59.0)),
        counters=np.zeros((*batch, len(sensors.COUNTERS))),
    )


@lru_cache(maxsize=8)
def counter_bases(place: Place) -> Array:
    """What the counters show as the running week begins: each meter's own use over its years.

    Meters are LIFE_YEARS old, older than any recorded past, so that counting back stays above 0.
    """
    timeline = Timeline(Drivers(place))
    _, gains = timeline.weeks(np.array(SEASONS_S), COARSE_STEP_S, COARSE_STEP_S)
    yearly = gains.mean(axis=0) * WEEKS_A_YEAR
    shortest, longest = LIFE_YEARS
    life = uniform(place.seed, stream("counters"), np.arange(len(sensors.COUNTERS)))
    bases: Array = np.round(yearly * (shortest + (longest - shortest) * life), 3)
    bases.setflags(write=False)
    return bases


@dataclass(frozen=True)
class Rows:
    """Recorded rows: interval means of gauges, counters at each row's start; time first."""

    starts_s: Array
    interval_s: float
    gauges: Array
    counters: Array


class Timeline:
    """Runs the model for one place and seed; holds no state of its own."""

    def __init__(self, drivers: Drivers, causes: Interventions = NOTHING) -> None:
        self.drivers = drivers
        self.causes = causes
        self.told: Controls = OWN_RULES if not causes.off else controls({}, causes)

    def settled(self, at_s: float) -> State:
        """State at a moment, derived from the days before it; counters stand at their bases."""
        state = first_guess()
        for after, _, _ in self._walk(state, at_s - SETTLING_S, at_s, SETTLING_STEP_S):
            state = after
        return replace(state, counters=counter_bases(self.drivers.place))

    def record(
        self, state: State, begin_s: float, until_s: float, step_s: float, row_s: float
    ) -> tuple[Rows, State]:
        """Rows from `begin_s` to `until_s` on the grid of `row_s` (the last may be shorter)."""
        sums: list[Array] = []
        starts: list[float] = []
        counters: list[Array] = []
        weights: list[float] = []
        before = state
        for state, values, (at_s, length_s) in self._walk(before, begin_s, until_s, step_s):
            start = max(at_s // row_s * row_s, begin_s)
            if not starts or starts[-1] != start:
                starts.append(start)
                counters.append(before.counters)
                sums.append(np.zeros(len(sensors.GAUGES)))
                weights.append(0.0)
            sums[-1] += values * length_s
            weights[-1] += length_s
            before = state
        means = np.array(sums) / np.array(weights)[:, None] if sums else np.zeros((0, 0))
        return Rows(np.array(starts), row_s, means, np.array(counters)), state

    def _walk(
        self, state: State, begin_s: float, until_s: float, step_s: float
    ) -> Iterator[tuple[State, Array, tuple[float, float]]]:
        """Steps on the grid of `step_s`, shorter at both ends, a day of inputs at a time."""
        at_s = begin_s
        while at_s < until_s:
            edge = min((at_s // DAY_S + 1) * DAY_S, until_s)
            first = min((at_s // step_s + 1) * step_s, edge)
            starts = np.concatenate([[at_s], np.arange(first, edge, step_s)])
            lengths = np.diff(np.append(starts, edge))
            inputs = self.drivers.inputs(starts, step_s, self.causes)
            for position, (start, length) in enumerate(zip(starts, lengths, strict=True)):
                now = inputs.at(position)
                state, flows = step(state, now, self.told, float(length))
                yield state, measured.gauges(state, flows, now), (float(start), float(length))
            at_s = edge

    def weeks(self, mondays_s: Array, step_s: float, row_s: float) -> tuple[Rows, Array]:
        """Whole weeks simulated side by side, each after settling.

        Rows have axes (row, week, column); their starts count from the Monday and their counters
        from zero at the Monday. The second value is what the counters gained in each whole week.
        """
        state = first_guess((mondays_s.size,))
        for inputs, length in self._blocks(mondays_s - SETTLING_S, SETTLING_S, SETTLING_STEP_S):
            for position in range(length):
                state, _ = step(state, inputs.at(position), self.told, SETTLING_STEP_S)
        state = replace(state, counters=np.zeros_like(state.counters))
        per_row = round(row_s / step_s)
        means: list[Array] = []
        gained: list[Array] = []
        total = np.zeros((mondays_s.size, len(sensors.GAUGES)))
        for inputs, length in self._blocks(mondays_s, WEEK_S, step_s):
            for position in range(length):
                if position % per_row == 0:
                    gained.append(state.counters)
                now = inputs.at(position)
                state, flows = step(state, now, self.told, step_s)
                total += measured.gauges(state, flows, now)
                if (position + 1) % per_row == 0:
                    means.append(total / per_row)
                    total = np.zeros_like(total)
        starts = np.arange(len(means), dtype=np.float64) * row_s
        return Rows(starts, row_s, np.array(means), np.array(gained)), state.counters

    def _blocks(
        self, begins_s: Array, span_s: float, step_s: float
    ) -> Iterator[tuple[Inputs, int]]:
        """Inputs of many spans side by side, a day at a time: axes (step, span, …)."""
        block = round(DAY_S / step_s)
        for day in range(round(span_s / DAY_S)):
            times = begins_s + (np.arange(block) * step_s + day * DAY_S)[:, None]
            inputs = self.drivers.inputs(times.reshape(-1), step_s, self.causes)
            yield inputs.reshaped((block, begins_s.size)), block
