"""Countries and regions."""

import pytest

from domain.calendar.places import (
    checked_place,
    countries,
    country_of_zone,
    public_holidays,
    regions,
)
from domain.foundation.errors import InvalidInput


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Lisbon", "PT"),
        ("Atlantic/Azores", "PT"),
        ("America/Denver", "US"),
        ("US/Pacific", "US"),  # an older name of a zone
        ("Asia/Calcutta", "IN"),
        ("UTC", None),
        ("Etc/GMT+5", None),
    ],
)
def test_a_time_zone_tells_its_country(zone: str, country: str | None):
    assert country_of_zone(zone) == country


def test_countries_and_regions_have_names_that_people_use_in_the_order_of_the_alphabet():
    named = list(countries().values())
    assert countries()["PT"] == "Portugal"
    assert countries()["XK"] == "Kosovo"
    assert named.index("Austria") < named.index("Germany") < named.index("Portugal")
    assert regions("FR")["971"] == "Guadeloupe"  # not its shorthands GP and GUA
    assert regions("NL")["Noord"] == "Noord"  # has no other name
    assert regions("SI") == {}
    portugal = list(regions("PT").values())
    assert portugal.index("Coimbra") < portugal.index("Évora") < portugal.index("Faro")
    assert not [name for name in named if len(name) == 2]


@pytest.mark.parametrize("language", ["de_DE.UTF-8", "pt_PT.UTF-8", "C"])
def test_holidays_are_named_in_english_whatever_language_the_machine_speaks(
    language: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LANGUAGE", language)
    monkeypatch.setenv("LANG", language)
    public_holidays.cache_clear()
    assert "Freedom Day" in public_holidays("PT", None, 2027).values()
    assert "Easter Monday" in public_holidays("DE", None, 2027).values()


def test_a_region_adds_its_own_holidays():
    assert "Epiphany" not in public_holidays("DE", "BE", 2026).values()
    assert "Epiphany" in public_holidays("DE", "BY", 2026).values()


def test_a_place_is_checked_and_none_stands_for_no_holidays():
    assert checked_place("pt", "30") == ("PT", "30")
    assert checked_place("", "30") == (None, None)
    for place, field in ((("ZZ", None), "country"), (("PT", "99"), "region")):
        with pytest.raises(InvalidInput) as refused:
            checked_place(*place)
        assert [error.field for error in refused.value.fields] == [field]
