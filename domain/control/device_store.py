"""SQL of registered devices, of those on trial, and of what devices say."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from domain.control.capabilities import read_capabilities
from domain.control.model import Capabilities, Device, Report, Trial
from domain.control.store import device_table, report_table

_D, _R = device_table.c, report_table.c
_STORED = {"on": "is_on"}
"""Fields of a report under another name in the database."""
NEVER_REGISTERED = 0
"""The version of a device that has only been on trial."""


def read_devices(c: Connection, device_ids: Sequence[str] | None = None) -> list[Device]:
    """Registered devices by id; deleted ones are left out."""
    query = sa.select(device_table).where(_D.deleted_ms.is_(None)).order_by(_D.device_id)
    if device_ids is not None:
        query = query.where(_D.device_id.in_(device_ids))
    return [device_of(row) for row in c.execute(query).mappings()]


def read_device(c: Connection, device_id: str) -> Device | None:
    """One registered device."""
    found = read_devices(c, [device_id])
    return found[0] if found else None


def read_served(c: Connection, now_ms: int) -> list[Device]:
    """The devices that may be told something: registered, on trial, or deleted a moment ago."""
    served = sa.or_(_D.deleted_ms.is_(None), _D.served_until_ms > now_ms)
    query = sa.select(device_table).where(served).order_by(_D.device_id)
    return [device_of(row) for row in c.execute(query).mappings()]


def insert_device(c: Connection, device: Device, now_ms: int) -> bool:
    """Add a device, or take a deleted one back; false where it is registered already."""
    columns = _columns(device) | {"created_ms": now_ms, "deleted_ms": None} | _UNSERVED
    insert = _insert(c)(device_table).values(device_id=device.device_id, **columns)
    statement = insert.on_conflict_do_update(
        index_elements=["device_id"],
        set_={**columns, "version": _D.version + 1},
        where=_D.deleted_ms.is_not(None),
    ).returning(_D.device_id)
    return c.execute(statement).one_or_none() is not None


def update_device(c: Connection, device: Device, version: int) -> bool:
    """Write a device's fields; false where it has changed since `version`, or is gone."""
    where = (_D.device_id == device.device_id, _D.version == version, _D.deleted_ms.is_(None))
    columns = _columns(device) | {"version": version + 1}
    return c.execute(device_table.update().where(*where).values(**columns)).rowcount == 1


def delete_device(c: Connection, device_id: str, now_ms: int, served_until_ms: int) -> bool:
    """Take a device off the list; what it did stays, and until then it can be given back."""
    where = (_D.device_id == device_id, _D.deleted_ms.is_(None))
    values = {"deleted_ms": now_ms, "served_until_ms": served_until_ms}
    return c.execute(device_table.update().where(*where).values(**values)).rowcount == 1


# ---- trials --------------------------------------------------------------------------------


def read_trials(c: Connection, now_ms: int) -> dict[str, Trial]:
    """What is on trial now, by id. To everybody else these are deleted, or were never there."""
    on_trial = (_D.deleted_ms.is_not(None), _D.trial_by.is_not(None), _D.served_until_ms > now_ms)
    rows = c.execute(sa.select(device_table).where(*on_trial)).mappings()
    return {
        row["device_id"]: Trial(device_of(row), row["trial_by"], row["served_until_ms"])
        for row in rows
    }


def put_trial(c: Connection, trial: Trial, now_ms: int) -> bool:
    """Begin a trial or begin it anew; false where the device is registered, or another's trial."""
    columns = _columns(trial.device) | {
        "trial_by": trial.by_name,
        "served_until_ms": trial.until_ms,
    }
    del columns["version"]
    new = {"version": NEVER_REGISTERED, "created_ms": now_ms, "deleted_ms": now_ms}
    insert = _insert(c)(device_table).values(device_id=trial.device.device_id, **columns, **new)
    free = sa.or_(_D.trial_by.is_(None), _D.trial_by == trial.by_name, _D.served_until_ms <= now_ms)
    statement = insert.on_conflict_do_update(
        index_elements=["device_id"], set_=columns, where=sa.and_(_D.deleted_ms.is_not(None), free)
    ).returning(_D.device_id)
    return c.execute(statement).one_or_none() is not None


def end_trial(c: Connection, device_id: str) -> None:
    """Nobody tests it any more; the dispatcher knows it until it has been given back."""
    where = (_D.device_id == device_id, _D.deleted_ms.is_not(None))
    c.execute(device_table.update().where(*where).values(trial_by=None))


def forget_trials(c: Connection, now_ms: int) -> None:
    """Drop what was only ever on trial, once nobody serves it any more."""
    over = (_D.version == NEVER_REGISTERED, _D.served_until_ms <= now_ms)
    c.execute(device_table.delete().where(*over))


# ---- reports -------------------------------------------------------------------------------


def read_reports(c: Connection, device_ids: Sequence[str] | None = None) -> dict[str, Report]:
    """What devices last said, by id, registered or not."""
    query = sa.select(report_table)
    if device_ids is not None:
        query = query.where(_R.device_id.in_(device_ids))
    return {row["device_id"]: _report(row) for row in c.execute(query).mappings()}


def put_reports(c: Connection, reports: Iterable[Report]) -> None:
    """Keep what devices say now."""
    rows = [
        {_STORED.get(name, name): getattr(report, name) for name in Report.__dataclass_fields__}
        for report in reports
    ]
    if not rows:
        return
    statement = _insert(c)(report_table)
    changed = {
        column.name: statement.excluded[column.name] for column in _R if column.name != "device_id"
    }
    c.execute(statement.on_conflict_do_update(index_elements=["device_id"], set_=changed), rows)


_UNSERVED: dict[str, object] = {"served_until_ms": None, "trial_by": None}


def _insert(c: Connection) -> Any:
    return sqlite_insert if c.dialect.name == "sqlite" else postgresql_insert


def _columns(device: Device) -> dict[str, object]:
    return {
        "name": device.name,
        "device_type": device.device_type,
        "room_id": device.room_id,
        "meter_sensor_id": device.meter_sensor_id,
        "meter_metric": device.meter_metric,
        "capabilities": json.dumps(device.capabilities.as_dict()),
        "min_on_s": device.min_on_s,
        "min_off_s": device.min_off_s,
        "ramp_s": device.ramp_s,
        "safe_state": device.safe_state,
        "dr_enabled": device.dr_enabled,
        "critical": device.critical,
        "sharing": device.sharing,
        "version": device.version,
        "test_command_id": device.test_command_id,
    }


def device_of(row: Mapping[Any, Any]) -> Device:
    """A device as its row keeps it."""
    fields = {name: row[name] for name in Device.__dataclass_fields__ if name != "capabilities"}
    return Device(**fields, capabilities=_capabilities(row["capabilities"]))


@lru_cache(maxsize=4096)
def _capabilities(text: str) -> Capabilities:
    return read_capabilities(json.loads(text))


def _report(row: Mapping[Any, Any]) -> Report:
    return Report(**{name: row[_STORED.get(name, name)] for name in Report.__dataclass_fields__})


def all_ids(c: Connection) -> set[str]:
    """Every device that is or was registered."""
    query = sa.select(_D.device_id).where(_D.version > NEVER_REGISTERED)
    return set(c.execute(query).scalars())
