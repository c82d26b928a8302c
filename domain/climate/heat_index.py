"""How warm it feels where it is humid: the heat index of the US National Weather Service. Pure.

Rothfusz 1990 (NWS SR 90-23) with its two adjustments, as the Weather Prediction Center computes it:
https://www.wpc.ncep.noaa.gov/html/heatindex_equation.shtml. It is made for people in the shade from
80 °F on; below that the temperature itself is all that counts here.
"""

import math

VALID_FROM_C = (80.0 - 32.0) / 1.8
"""80 °F, 26.7 °C."""


def feels_like_c(temperature_c: float, humidity_percent: float | None) -> float:
    """The heat index [°C] where it is defined and humidity known, else the temperature itself."""
    if humidity_percent is None or temperature_c < VALID_FROM_C:
        return temperature_c
    return (_heat_index_f(temperature_c * 1.8 + 32.0, humidity_percent) - 32.0) / 1.8


def _heat_index_f(t: float, rh: float) -> float:
    """As NWS does it: the simple formula first, the regression where that gives 80 °F or more."""
    simple = (t + 0.5 * (t + 61.0 + (t - 68.0) * 1.2 + rh * 0.094)) / 2.0
    if simple < 80.0:
        return simple
    index = (
        -42.379
        + 2.04901523 * t
        + 10.14333127 * rh
        - 0.22475541 * t * rh
        - 0.00683783 * t * t
        - 0.05481717 * rh * rh
        + 0.00122874 * t * t * rh
        + 0.00085282 * t * rh * rh
        - 0.00000199 * t * t * rh * rh
    )
    if rh < 13.0 and 80.0 <= t <= 112.0:
        return index - (13.0 - rh) / 4.0 * math.sqrt((17.0 - abs(t - 95.0)) / 17.0)
    if rh > 85.0 and 80.0 <= t <= 87.0:
        return index + (rh - 85.0) / 10.0 * (87.0 - t) / 5.0
    return index
