"""A site of 1,000 devices with five intents each (for `bench.control`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.timing import seconds
from domain.control import command_store, device_store
from domain.control.arbitration import Intent, arbitrate
from domain.control.model import Capabilities, Device, Range, Report
from domain.foundation.clock import SystemClock, real_now_ms
from domain.house import House
from domain.storage.engine import Database
from domain.storage.migrate import migrate
from settings import Settings

DEVICES, INTENTS = 1000, 5
HOUR_MS = 3_600_000
Site = tuple[Sequence[Device], Mapping[str, Sequence[Intent]], Mapping[str, Report]]
_KNOWN = Capabilities(True, Range(0, 11, 0.1), Range(16, 30, 0.5), ("auto", "off"), Range(0, 100))


def site() -> Site:
    """Devices, what everybody wants of each, and what each says."""
    now_ms = real_now_ms()
    names = [f"MANY_{number:04}" for number in range(DEVICES)]
    devices = [
        Device(name, name, "heat_pump", None, None, None, _KNOWN, 60, 60, 30, "off",
               True, False, "local", 1)
        for name in names
    ]  # fmt: skip
    reports = {
        name: Report(name, 3.0, True, 21.0, "auto", None, now_ms, now_ms, 0) for name in names
    }
    return devices, {name: _intents(name, now_ms) for name in names}, reports


def _intents(name: str, now_ms: int) -> list[Intent]:
    """A limit of the grid, and four owners of whom three are beaten or hold another aspect."""
    first = Intent(0, name, "grid", "breaker", "run", None, None, 0.0, 4.0, now_ms - 1000,
                   now_ms - 1000, now_ms + HOUR_MS, "40 A")  # fmt: skip
    wishes: list[tuple[str, str, str, float]] = [
        ("manual", "run", "set_power_kw", 7.0),
        ("demand_response", "run", "set_power_kw", 1.0),
        ("schedule", "setpoint", "set_setpoint_c", 20.0),
        ("plan", "run", "set_power_kw", 5.0),
    ]
    rest = [
        replace(first, owner=owner, aspect=aspect, command=command, value=value,
                low_kw=None, high_kw=None, reason="")
        for owner, aspect, command, value in wishes
    ]  # fmt: skip
    return [replace(one, intent_id=number) for number, one in enumerate([first, *rest], 1)]


def arbitrated(
    devices: Sequence[Device],
    intents: Mapping[str, Sequence[Intent]],
    reports: Mapping[str, Report],
) -> int:
    """Decide every device once; how many settings tell it something."""
    now_ms = real_now_ms()
    told = 0
    for device in devices:
        found = arbitrate(device, intents[device.device_id], reports[device.device_id], now_ms)
        told += sum(setting.command is not None for setting in found)
    assert told == 2 * len(devices)
    return told


def turns(directory: Path) -> Iterator[tuple[str, float]]:
    """What whole turns over a database of them cost [s], in words."""
    wanted = {"WATTBOARD_DATA_DIR": str(directory), "WATTBOARD_DEMO": "0"}
    settings = Settings.from_env(wanted)
    database = Database(settings.database_url)
    migrate(database)
    house = House.compose(settings, clock=SystemClock(), database=database)
    devices, intents, reports = site()
    with database.write() as c:
        for device in devices:
            device_store.insert_device(c, device, real_now_ms())
            for intent in intents[device.device_id]:
                command_store.insert_intent(c, intent)
        device_store.put_reports(c, reports.values())
    yield (
        f"the turn that tells {DEVICES} devices two things each",
        seconds(lambda: house.control.dispatch(1, ready=True)),
    )
    for _ in range(3):
        yield (
            "a turn after it, with nothing new",
            seconds(lambda: house.control.dispatch(1, ready=True)),
        )
    house.close()
