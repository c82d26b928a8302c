"""Which devices there are, what each of them says, and editing them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.building.model import ID_PATTERN, Room
from domain.building.service import Building
from domain.control import device_store, guesses, wire
from domain.control.capabilities import device_columns, safe_state_error
from domain.control.model import (
    SAYS_EVERY_S,
    Capabilities,
    Device,
    DeviceNow,
    Discovered,
    Report,
    Summary,
)
from domain.foundation.bus import Bus
from domain.foundation.clock import Clock
from domain.foundation.contract import in_force
from domain.foundation.errors import Conflict, FieldError, InvalidInput, Unknown
from domain.storage.engine import Database
from domain.telemetry.freshness import freshness_state
from domain.telemetry.model import Latest
from domain.telemetry.service import Telemetry

VIEW, CONTROL = "iot.view", "iot.control"
_ID = re.compile(ID_PATTERN)
_NEW = Device("", "", "other", None, None, None, Capabilities(), 0, 0, 0, "own_rule", False, False,
              "local", 1)  # fmt: skip


class Registry:
    """Devices of one building."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        telemetry: Telemetry,
        building: Building,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._telemetry = telemetry
        self._building = building

    # ---- looking ---------------------------------------------------------------------------

    def devices(self, actor: Actor) -> list[DeviceNow]:
        """Every registered device with what it says and what its meter shows. Raises NotAllowed."""
        actor.require(VIEW)
        with self._database.read() as c:
            devices = device_store.read_devices(c)
            reports = device_store.read_reports(c)
        return self._now(devices, reports)

    def device(self, actor: Actor, device_id: str) -> DeviceNow:
        """One device. Raises NotAllowed, Unknown."""
        actor.require(VIEW)
        with self._database.read() as c:
            found = self._found(c, device_id)
            everybody = device_store.read_devices(c)
            reports = device_store.read_reports(c, [device_id])
        return self._now([found], reports, everybody)[0]

    def discovered(self, actor: Actor) -> list[Discovered]:
        """Devices that speak although nobody registered them, by id. Raises NotAllowed."""
        actor.require(VIEW)
        if in_force().restricts:
            return []
        with self._database.read() as c:
            known = {device.device_id for device in device_store.read_devices(c)}
            reports = device_store.read_reports(c)
            trials = device_store.read_trials(c, self._clock.now_ms())
        return [
            replace(self._guessed(reports[key]), trial=trials.get(key))
            for key in sorted(reports)
            if key not in known
        ]

    def summary(self, actor: Actor) -> Summary:
        """Totals by type and status. Raises NotAllowed."""
        listed = self.devices(actor)
        return Summary(
            total=len(listed),
            by_type=dict(sorted(Counter(now.device.device_type for now in listed).items())),
            by_status=dict(sorted(Counter(now.state for now in listed).items())),
            dr_enabled=sum(now.device.dr_enabled for now in listed),
            discovered=len(self.discovered(actor)),
        )

    # ---- changing --------------------------------------------------------------------------

    def update(
        self,
        actor: Actor,
        device_id: str,
        fields: Mapping[str, object],
        version: int | None = None,
    ) -> Device:
        """Change the given fields. Raises NotAllowed, Unknown, InvalidInput, Conflict."""
        actor.require(CONTROL)
        with self._database.write() as c:
            before = self._found(c, device_id)
            after = self._with(before, fields)
            if not device_store.update_device(c, after, version or before.version):
                raise Conflict("Somebody else has changed it meanwhile.", code="device_changed")
            record(c, actor, "devices.update", f"device/{device_id}", shown(before), shown(after))
        self._told(device_id)
        return after

    def checked(self, device_id: str, fields: Mapping[str, object]) -> Device:
        """The device that these fields would register. Raises InvalidInput."""
        if not _ID.fullmatch(device_id):
            words = "1 to 64 of A-Z, a-z, 0-9, “_”, “.”, “-”"
            raise InvalidInput("This id cannot be used.", [FieldError("device_id", words)])
        return self._with(replace(_NEW, device_id=device_id), {"name": device_id, **fields})

    # ---- parts -----------------------------------------------------------------------------

    def _found(self, c: Connection, device_id: str) -> Device:
        found = device_store.read_device(c, device_id) if _ID.fullmatch(device_id) else None
        if found is None:
            raise Unknown("device", device_id[:64])
        return found

    def _with(self, device: Device, fields: Mapping[str, object]) -> Device:
        """A device with these fields. Raises InvalidInput, one entry per field."""
        rest = {name: raw for name, raw in fields.items() if name not in ("room", "meter")}
        errors: list[FieldError] = []
        columns: dict[str, object] = {}
        try:
            columns = device_columns(rest)
        except InvalidInput as error:
            errors += error.fields
        for name, look_up in (("room", self._room_columns), ("meter", self._meter_columns)):
            if name in fields:
                found = look_up(fields[name])
                if isinstance(found, FieldError):
                    errors.append(found)
                else:
                    columns |= found
        changed = replace(device, **columns)  # type: ignore[arg-type]  # checked field by field
        wrong = safe_state_error(changed.capabilities, changed.safe_state)
        if wrong is not None and not errors:
            errors.append(wrong)
        if errors:
            raise InvalidInput("This device cannot be saved as it is.", errors)
        return changed

    def _room_columns(self, raw: object) -> dict[str, object] | FieldError:
        if raw is None or raw == "":
            return {"room_id": None}
        if isinstance(raw, bool) or not isinstance(raw, int | str):
            return FieldError("room", "name or id of a room")
        try:
            return {"room_id": self._building.room(raw).room_id}
        except Unknown:
            return FieldError("room", f"there is no room “{str(raw)[:60]}”")

    def _meter_columns(self, raw: object) -> dict[str, object] | FieldError:
        if raw is None or raw == "":
            return {"meter_sensor_id": None, "meter_metric": None}
        if not isinstance(raw, Mapping) or set(raw) - {"sensor_id", "metric"}:
            return FieldError("meter", "{sensor_id, metric}")
        sensor_id, metric = raw.get("sensor_id"), raw.get("metric", "power")
        if metric not in ("power", "generation"):
            return FieldError("meter", "metric: power or generation", ["power", "generation"])
        if not isinstance(sensor_id, str) or self._building.sensor_type(sensor_id) is None:
            return FieldError("meter", f"there is no sensor “{str(sensor_id)[:64]}”")
        return {"meter_sensor_id": sensor_id, "meter_metric": metric}

    def _now(
        self,
        devices: Iterable[Device],
        reports: Mapping[str, Report],
        everybody: Iterable[Device] | None = None,
    ) -> list[DeviceNow]:
        listed = list(devices)
        sharing = Counter(device.meter for device in (everybody or listed))
        rooms = {room.room_id: room for room in self._building.rooms()}
        latest, now_ms = self._telemetry.latest(), self._clock.now_ms()
        restricted = in_force().restricts
        return [
            _device_now(
                device,
                rooms.get(device.room_id or 0),
                Report(device.device_id)
                if restricted
                else reports.get(device.device_id, Report(device.device_id)),
                {} if restricted else latest,
                now_ms,
                sharing[device.meter] == 1,
            )
            for device in listed
        ]

    def _guessed(self, report: Report) -> Discovered:
        """What a stranger's own words and its readings tell of it."""
        guess = Capabilities(on_off=report.on is not None, mode=(report.mode and ("auto",)) or ())
        try:
            sensor = self._building.sensor(report.device_id)
        except Unknown:
            kind = guesses.device_type(report, report.device_id)
            return Discovered(report, report.device_id, None, guess, kind)
        kind = guesses.device_type(report, f"{sensor.name} {report.device_id}")
        return Discovered(report, sensor.name, sensor.room_id, guess, kind)

    def _told(self, *device_ids: str) -> None:
        """Tell the bus how registered devices are now."""
        with self._database.read() as c:
            everybody = device_store.read_devices(c)
            reports = device_store.read_reports(c, device_ids)
        wanted = [device for device in everybody if device.device_id in device_ids]
        for now in self._now(wanted, reports, everybody):
            self._bus.publish("device", wire.device(now))


def _device_now(
    device: Device,
    room: Room | None,
    report: Report,
    latest: Mapping[tuple[str, str], Latest],
    now_ms: int,
    alone: bool,
) -> DeviceNow:
    spoken = latest.get((device.device_id, "power"))
    interval_s = (spoken.interval_s if spoken else None) or SAYS_EVERY_S
    said_ms = report.said_ms
    state = "missing" if said_ms is None else freshness_state(now_ms - said_ms, interval_s)
    if report.available is False and state in ("fresh", "late"):
        state = "stale"
    measured = latest.get(device.meter) if device.meter else None
    power = measured or spoken
    source = "meter" if measured else "reported" if spoken else None
    return DeviceNow(
        device=device,
        room=room.name if room else None,
        report=report,
        state=state,
        power_kw=power.value if power else None,
        power_ts_ms=power.ts_ms if power else None,
        power_interval_s=power.interval_s if power else None,
        power_state=power.state_name(now_ms) if power else "missing",
        power_source=source,
        alone_on_meter=bool(measured) and alone,
    )


def shown(device: Device) -> dict[str, object]:
    """A device as the audit keeps it."""
    return asdict(device) | {"capabilities": device.capabilities.as_dict()}
