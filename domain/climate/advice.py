"""Cool, heat or leave it, with the reason: the one advice of page, API and automatic control. Pure.

The original asked a trained model; this one says its reason and can be checked by hand.
"""

from domain.climate.heat_index import feels_like_c
from domain.climate.model import Advice, Inputs, Status

HYSTERESIS_C = 0.5
"""What has begun goes on until the temperature is so far inside the band."""
FREE_C = 2.0
"""How much colder or warmer it is outside before a window is worth a hint."""


def advise(inputs: Inputs, before: Status = "off") -> Advice:
    """What to do now.

    Cold counts as measured; warm counts as it feels, where humidity makes it worse. During comfort
    hours a room in which surely nobody is waits until it is cold or hot.

    Args:
        inputs: What is known; a value that is not live is unknown.
        before: What was decided last and still holds; it ends further inside the band.
    """
    temperature = inputs.temperature.value
    if temperature is None:
        return Advice("off", _unknown(inputs))
    feels = feels_like_c(temperature, inputs.humidity.value)
    # Dry air feels cooler than it is; it does not take a temperature back into the band.
    warm = max(temperature, feels)
    band, inside = inputs.band, _hysteresis(inputs)
    if warm > band.high_c - (inside if before == "on-cold" else 0.0):
        status: Status = "on-cold"
    elif temperature < band.low_c + (inside if before == "on-warm" else 0.0):
        status = "on-warm"
    else:
        return Advice("off", f"{temperature:.1f} °C is within {band.words}", None, feels)
    if _empty(inputs) and inputs.cold_below_c <= temperature and warm <= inputs.hot_above_c:
        said = f"{_measured(temperature, warm)} is outside {band.words}, nobody is there"
        return Advice("off", said, None, feels)
    reason = _reason(status, temperature, warm, inputs, inside)
    return Advice(status, reason, _hint(status, temperature, inputs), feels)


def _hysteresis(inputs: Inputs) -> float:
    return min(HYSTERESIS_C, (inputs.band.high_c - inputs.band.low_c) / 4)


def _empty(inputs: Inputs) -> bool:
    return inputs.band.kind == "comfort" and inputs.occupancy.present is False


def _unknown(inputs: Inputs) -> str:
    if inputs.temperature.ts_ms is None:
        return "No live temperature, so nothing is advised"
    return f"No live temperature, the last one is {inputs.temperature.state}: nothing is advised"


def _measured(temperature: float, warm: float) -> str:
    if warm - temperature < 0.05:
        return f"{temperature:.1f} °C"
    return f"{temperature:.1f} °C, which feels like {warm:.1f} °C,"


def _reason(status: Status, temperature: float, warm: float, inputs: Inputs, inside: float) -> str:
    band = inputs.band
    if status == "on-cold":
        said = _measured(temperature, warm)
        if warm > band.high_c:
            return f"{said} is above {band.words}"
        return f"{said} is within {band.words}; cooling goes on down to {band.high_c - inside:g} °C"
    said = _measured(temperature, temperature)
    if temperature < band.low_c:
        return f"{said} is below {band.words}"
    return f"{said} is within {band.words}; heating goes on up to {band.low_c + inside:g} °C"


def _hint(status: Status, temperature: float, inputs: Inputs) -> str | None:
    outdoor = inputs.outdoor.value
    if outdoor is None:
        return None
    if status == "on-cold" and outdoor <= temperature - FREE_C:
        return f"It is {outdoor:.1f} °C outside: fresh air would cool for free"
    if status == "on-warm" and outdoor >= temperature + FREE_C:
        return f"It is {outdoor:.1f} °C outside: fresh air would heat for free"
    return None
