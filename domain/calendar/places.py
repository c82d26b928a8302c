"""Countries and regions whose public holidays are known, in English words. Pure.

Countries are named, and found from a time zone, by the tables of the time zone database.
"""

import unicodedata
from datetime import date
from functools import lru_cache
from importlib.resources import files

import holidays

from domain.foundation.errors import FieldError, InvalidInput

_ENGLISH = "en_US"
_NOT_IN_ISO = {"XK": "Kosovo"}
_LONGEST_SHORTHAND = 3


@lru_cache(maxsize=256)
def public_holidays(country: str, region: str | None, year: int) -> dict[date, str]:
    """Names of a year's public holidays; raises NotImplementedError for an unknown place."""
    found = holidays.country_holidays(
        country, subdiv=region, years=year, language=_language(country)
    )
    return {day: name for day, name in sorted(found.items()) if day.year == year}


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Names of all countries by code, in the order of their names."""
    named = _country_names() | _NOT_IN_ISO
    known = holidays.list_supported_countries(include_aliases=False)
    return _sorted({code: named.get(code, code) for code in known})


@lru_cache(maxsize=64)
def regions(country: str) -> dict[str, str]:
    """Names of a country's regions by code, in the order of their names; none where all is one."""
    calendar = holidays.country_holidays(country)
    spoken: dict[str, list[str]] = {}
    for name, code in calendar.subdivisions_aliases.items():
        spoken.setdefault(code, []).append(name)
    named = {code: _plainest(code, spoken.get(code, [])) for code in calendar.subdivisions}
    return _sorted(named)


@lru_cache(maxsize=64)
def country_of_zone(zone: str) -> str | None:
    """The country that a time zone lies in; None for one that lies in none, such as UTC."""
    target = _links().get(zone, zone)
    country = _zone_countries().get(zone) or _zone_countries().get(target)
    return country if country in countries() else None


def checked_place(country: object, region: object) -> tuple[str | None, str | None]:
    """A country and region as stored; no country stands for no holidays. Raises InvalidInput."""
    code, part = str(country or "").strip().upper() or None, str(region or "").strip() or None
    if code is None:
        return None, None
    if code not in countries():
        raise _refused("country", "Choose a country of the list")
    if part is not None and part not in regions(code):
        raise _refused("region", f"Choose a region of {countries()[code]}")
    return code, part


def _refused(field: str, words: str) -> InvalidInput:
    return InvalidInput("These public holidays are not known.", [FieldError(field, words)])


def _language(country: str) -> str | None:
    """English where there is a choice: left alone, the library asks the machine's own language."""
    calendar = holidays.country_holidays(country)
    own = calendar.default_language
    if own and own.startswith("en"):
        return str(own)
    return _ENGLISH if _ENGLISH in calendar.supported_languages else own


def _sorted(named: dict[str, str]) -> dict[str, str]:
    """By name, with É beside E."""
    plain = {code: unicodedata.normalize("NFKD", name).casefold() for code, name in named.items()}
    return dict(sorted(named.items(), key=lambda item: plain[item[0]]))


def _plainest(code: str, names: list[str]) -> str:
    """The first name that is no shorthand."""
    return next((name for name in names if len(name) > _LONGEST_SHORTHAND), (names or [code])[0])


def _table(name: str) -> list[list[str]]:
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and line[0] != "#"]


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    return {row[0]: row[1] for row in _table("iso3166.tab")}


@lru_cache(maxsize=1)
def _zone_countries() -> dict[str, str]:
    return {row[2]: row[0] for row in _table("zone.tab")}


@lru_cache(maxsize=1)
def _links() -> dict[str, str]:
    """Older names of zones, each with the one that has its rules."""
    lines = (row[0].split(" ") for row in _table("tzdata.zi"))
    return {words[2]: words[1] for words in lines if words[0] == "L"}
