"""What a room's air conditioning should do, by its comfort band: advice, nobody obeys it here.

Pure. The original asked a trained model; this one says its reason and can be checked by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.building.comfort import Comfort, temperature_step


@dataclass(frozen=True, slots=True)
class ClimateAdvice:
    """`status` is on-cold, on-warm or off."""

    status: str
    reason: str


def climate_advice(
    temperature_c: float | None, people: float | None, comfort: Comfort
) -> ClimateAdvice:
    """Cool above the band and heat below it while people are there, or nobody counts them.

    Without people only cold and hot count, so that an empty room neither freezes nor boils.
    """
    if temperature_c is None:
        return ClimateAdvice("off", "No live temperature, so nothing is advised")
    step = temperature_step(temperature_c, comfort)
    band = f"{comfort.temperature_low:g} to {comfort.temperature_high:g} °C"
    if step == "in_band":
        return ClimateAdvice("off", f"{temperature_c:.1f} °C is within {band}")
    if people is not None and people < 1 and step in {"cool", "warm"}:
        return ClimateAdvice("off", f"{temperature_c:.1f} °C is outside {band}, nobody is there")
    if step in {"warm", "hot"}:
        return ClimateAdvice("on-cold", f"{temperature_c:.1f} °C is above {band}")
    return ClimateAdvice("on-warm", f"{temperature_c:.1f} °C is below {band}")
