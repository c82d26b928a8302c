"""The present of the building: the step it is in, its orders, and what its sensors would say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data_ingest.simulation import layout, measured, sensors
from data_ingest.simulation.controls import OWN_RULES, Order, controls
from data_ingest.simulation.drivers import NOTHING, Drivers, Inputs
from data_ingest.simulation.noise import Array
from data_ingest.simulation.physics import Flows, State, device_kw, step
from data_ingest.simulation.storage_units import CAPACITY_KWH

STEP_S = 10.0
STANDBY_KW = 0.03  # a device that draws no more says it is off
_BLOCK_STEPS = 90


@dataclass(frozen=True)
class Present:
    """The step under way: state at its begin and end, flows and gauges while it lasts."""

    begin_s: float
    end_s: float
    before: State
    after: State
    flows: Flows
    gauges: Array


class Engine:
    """Steps on the grid of STEP_S; an order given inside a step splits that step."""

    def __init__(self, drivers: Drivers, state: State, at_s: float) -> None:
        self._drivers = drivers
        self._told = OWN_RULES
        self._block: tuple[float, Inputs] | None = None
        self.present = self._made(state, at_s)

    def next_step(self) -> None:
        """Goes on to the step after the present one."""
        self.present = self._made(self.present.after, self.present.end_s)

    def tell(self, orders: Mapping[str, Order], at_s: float) -> None:
        """Applies the orders from this moment, which lies in the present step, on."""
        now = self.present
        at_s = min(max(at_s, now.begin_s), now.end_s)
        state = now.before
        if at_s > now.begin_s:
            state, _ = step(state, self._inputs(now.begin_s), self._told, at_s - now.begin_s)
        self._told = controls(orders, NOTHING)
        if at_s < now.end_s:
            self.present = self._made(state, at_s)
        else:
            self.present = self._made(state, now.end_s)

    def reading(self, sensor: sensors.SensorSpec, at_s: float) -> dict[str, float]:
        """What a sensor shows at a moment of the present step, by metric."""
        shown: dict[str, float] = {}
        hours = (at_s - self.present.begin_s) / 3600.0
        for each in sensor.fields:
            if each.is_counter:
                value = self.present.before.counters[each.column]
                value += self.present.flows.rates[each.column] * hours
            else:
                value = self.present.gauges[each.column]
                if each.column in measured.NOISY:
                    seed = self._drivers.place.seed
                    value += measured.noise(seed, each.column, np.array(at_s)).item()
                    value = max(value, 0.0) if each.metric != "temperature" else value
            shown[each.metric] = round(float(value), each.decimals) + 0.0
        return shown

    def device_state(self, device_id: str, order: Order) -> dict[str, float | bool | str]:
        """What a device reports of itself; power as it truly draws it."""
        index = layout.DEVICE_INDEX[device_id]
        spec = layout.DEVICES[index]
        power_kw = device_kw(self.present.flows)[device_id]
        state: dict[str, float | bool | str] = {
            "power_kw": round(power_kw, 4) + 0.0,  # never minus zero
            "on": order.on is not False and (order.on is True or abs(power_kw) > STANDBY_KW),
        }
        if spec.setpoint_c is not None:
            state["setpoint_c"] = order.setpoint_c or self._own_setpoint_c(spec)
        if "set_mode" in spec.commands:
            state["mode"] = order.mode or "auto"
        if spec.device_type == "battery":
            which = index - (len(layout.DEVICES) - len(layout.BATTERIES))
            held = self.present.after.stored.battery_kwh[which] / CAPACITY_KWH[which]
            state["soc_percent"] = round(100.0 * float(held), 2)
            del state["on"]
        return state

    def _own_setpoint_c(self, spec: layout.DeviceSpec) -> float:
        if spec.room is None or spec.device_type == "water_heater":
            return 60.0
        room = layout.ROOM_INDEX[spec.room]
        unit = layout.ROOMS[room]
        lowest = unit.heat_to_c if unit.heat_kw > 0 else unit.cool_to_c
        return round((lowest + unit.cool_to_c) / 2.0, 1)

    def _made(self, state: State, begin_s: float) -> Present:
        end_s = (begin_s // STEP_S + 1) * STEP_S
        inputs = self._inputs(begin_s)
        after, flows = step(state, inputs, self._told, end_s - begin_s)
        shown = measured.gauges(after, flows, inputs)
        return Present(begin_s, end_s, state, after, flows, shown)

    def _inputs(self, at_s: float) -> Inputs:
        """Inputs of the grid step that holds this moment; made in blocks of 15 minutes."""
        length_s = _BLOCK_STEPS * STEP_S
        begin_s = at_s // length_s * length_s
        if self._block is None or self._block[0] != begin_s:
            times = begin_s + np.arange(_BLOCK_STEPS, dtype=np.float64) * STEP_S
            self._block = (begin_s, self._drivers.inputs(times, STEP_S))
        return self._block[1].at(int((at_s - begin_s) // STEP_S))
