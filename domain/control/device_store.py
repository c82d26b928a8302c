"""SQL of registered devices and of what devices say."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from domain.control.capabilities import read_capabilities
from domain.control.model import Capabilities, Device, Report
from domain.control.store import device_table, report_table

_D, _R = device_table.c, report_table.c
_STORED = {"on": "is_on"}
"""Fields of a report under another name in the database."""


def read_devices(c: Connection, device_ids: Sequence[str] | None = None) -> list[Device]:
    """Registered devices by id; deleted ones are left out."""
    query = sa.select(device_table).where(_D.deleted_ms.is_(None)).order_by(_D.device_id)
    if device_ids is not None:
        query = query.where(_D.device_id.in_(device_ids))
    return [_device(row) for row in c.execute(query).mappings()]


def read_device(c: Connection, device_id: str) -> Device | None:
    """One registered device."""
    found = read_devices(c, [device_id])
    return found[0] if found else None


def insert_device(c: Connection, device: Device, now_ms: int) -> bool:
    """Add a device, or take a deleted one back; false where it is registered already."""
    columns = _columns(device) | {"created_ms": now_ms, "deleted_ms": None}
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


def delete_device(c: Connection, device_id: str, now_ms: int) -> bool:
    """Take a device off the list; what it did stays."""
    where = (_D.device_id == device_id, _D.deleted_ms.is_(None))
    return c.execute(device_table.update().where(*where).values(deleted_ms=now_ms)).rowcount == 1


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
    }


def _device(row: Mapping[Any, Any]) -> Device:
    fields = {name: row[name] for name in Device.__dataclass_fields__ if name != "capabilities"}
    return Device(**fields, capabilities=_capabilities(row["capabilities"]))


@lru_cache(maxsize=4096)
def _capabilities(text: str) -> Capabilities:
    return read_capabilities(json.loads(text))


def _report(row: Mapping[Any, Any]) -> Report:
    return Report(**{name: row[_STORED.get(name, name)] for name in Report.__dataclass_fields__})


def all_ids(c: Connection) -> set[str]:
    """Every device that is or was registered."""
    return set(c.execute(sa.select(_D.device_id)).scalars())
