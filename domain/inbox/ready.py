"""Ready mappings for Shelly Gen2, Tasmota and Zigbee2MQTT, after their own documentation."""

from domain.inbox.mapping import MappedField, Mapping

_PHASES = ("a", "b", "c")
_CHANNELS = range(4)


def _shelly_em(prefix: str) -> tuple[MappedField, ...]:
    """A three-phase meter (component em:0): the total on the device, each phase beside it."""
    fields = [
        MappedField(f"{prefix}total_act_power", "power", "W"),
        MappedField(f"{prefix}total_current", "current", "A"),
    ]
    for phase in _PHASES:
        fields += [
            MappedField(f"{prefix}{phase}_{name}", metric, unit, sensor_id=f"{{1}}_{phase}")
            for name, metric, unit in (
                ("act_power", "power", "W"),
                ("voltage", "voltage", "V"),
                ("current", "current", "A"),
                ("pf", "power_factor", None),
                ("freq", "frequency", "Hz"),
            )
        ]
    return tuple(fields)


def _shelly_emdata(prefix: str) -> tuple[MappedField, ...]:
    """The counters of that meter: taken from and returned to the grid, in Wh."""
    return (
        MappedField(f"{prefix}total_act", "energy", "Wh"),
        MappedField(f"{prefix}total_act_ret", "generation_energy", "Wh"),
    )


def _shelly_channel(kind: str, at: int) -> tuple[MappedField, ...]:
    """A relay or a single-phase meter with its own measurement."""
    here, sensor = f"params.{kind}:{at}.", f"{{1}}_{kind}{at}"
    return (
        MappedField(f"{here}apower", "power", "W", sensor_id=sensor),
        MappedField(f"{here}act_power", "power", "W", sensor_id=sensor),
        MappedField(f"{here}voltage", "voltage", "V", sensor_id=sensor),
        MappedField(f"{here}current", "current", "A", sensor_id=sensor),
        MappedField(f"{here}aenergy.total", "energy", "Wh", sensor_id=sensor),
    )


READY: tuple[Mapping, ...] = (
    Mapping("shelly-em", "+/status/em:0", "{1}", _shelly_em("")),
    Mapping("shelly-emdata", "+/status/emdata:0", "{1}", _shelly_emdata("")),
    Mapping(
        "shelly-rpc",
        "+/events/rpc",
        "{1}",
        (
            *_shelly_em("params.em:0."),
            *_shelly_emdata("params.emdata:0."),
            *(
                field
                for kind in ("switch", "pm1", "em1")
                for at in _CHANNELS
                for field in _shelly_channel(kind, at)
            ),
            MappedField("params.temperature:0.tC", "temperature", "°C"),
            MappedField("params.humidity:0.rh", "humidity", "%"),
            MappedField("params.illuminance:0.lux", "light", "lx"),
        ),
        timestamp_path="params.ts",
    ),
    Mapping(
        "tasmota",
        "tele/+/SENSOR",
        "{1}",
        (
            MappedField("ENERGY.Power", "power", "W"),
            MappedField("ENERGY.Total", "energy", "kWh"),
            MappedField("ENERGY.Voltage", "voltage", "V"),
            MappedField("ENERGY.Current", "current", "A"),
            MappedField("ENERGY.Factor", "power_factor"),
            MappedField("ENERGY.Frequency", "frequency", "Hz"),
            MappedField("*.Temperature", "temperature", "°C", "TempUnit", "{1}_{key}"),
            MappedField("*.Humidity", "humidity", "%", sensor_id="{1}_{key}"),
            MappedField("*.CarbonDioxide", "co2", "ppm", sensor_id="{1}_{key}"),
            MappedField("*.Illuminance", "light", "lx", sensor_id="{1}_{key}"),
        ),
        timestamp_path="Time",
    ),
    Mapping(
        "zigbee2mqtt",
        "zigbee2mqtt/+",
        "{1}",
        (
            MappedField("temperature", "temperature", "°C"),
            MappedField("humidity", "humidity", "%"),
            MappedField("co2", "co2", "ppm"),
            MappedField("voc", "voc", "ppb"),
            MappedField("illuminance", "light", "lx"),
            MappedField("illuminance_lux", "light", "lx"),
            MappedField("occupancy", "motion", booleans=(0.0, 1.0)),
            MappedField("presence", "motion", booleans=(0.0, 1.0)),
            MappedField("contact", "door", booleans=(1.0, 0.0)),  # contact means closed
            MappedField("power", "power", "W"),
            MappedField("energy", "energy", "kWh"),
            # A device on a battery reports that battery's millivolts under the same name.
            MappedField("voltage", "voltage", "V", when="power"),
            MappedField("current", "current", "A", when="power"),
        ),
        timestamp_path="last_seen",
    ),
)
