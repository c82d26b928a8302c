import pytest

from domain.building.climate_advice import climate_advice
from domain.building.comfort import Comfort

BAND = Comfort()  # 21 to 26 °C, cold below 19, hot above 28


@pytest.mark.parametrize(
    ("temperature_c", "people", "status"),
    [
        (23.0, 4, "off"),
        (21.0, 4, "off"),
        (26.0, 4, "off"),
        (26.1, 4, "on-cold"),
        (20.9, 4, "on-warm"),
        (26.1, None, "on-cold"),
        (26.1, 0, "off"),
        (20.9, 0, "off"),
        (28.1, 0, "on-cold"),
        (18.9, 0, "on-warm"),
        (None, 4, "off"),
    ],
)
def test_the_advice_follows_band_and_people(
    temperature_c: float | None, people: float | None, status: str
):
    assert climate_advice(temperature_c, people, BAND).status == status


def test_the_reason_names_the_value_and_the_band():
    assert climate_advice(27.26, 3, BAND).reason == "27.3 °C is above 21 to 26 °C"
    assert climate_advice(None, 3, BAND).reason.startswith("No live temperature")
