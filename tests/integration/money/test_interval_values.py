"""A posting's evidence is read back as it was kept, and held to the digest it was posted with."""

from datetime import date

import numpy as np
import pytest

from domain.foundation.contract import Contract, under
from domain.house import House
from domain.money import day_store
from domain.money.evidence import Kept, site_rows
from tests.unit.money.energies import site

SHORT_DAY = date(2026, 3, 29)
"""The clocks go forward in Lisbon: 23 hours."""


@pytest.fixture
def kept(house: House) -> list[Kept]:
    """The sides of a day of 92 quarter hours, a second revision of the import."""
    rows = site_rows(site(np.arange(92.0), np.full(92, 40.0)), SHORT_DAY)
    with house.database.write() as c:
        day_store.insert(c, rows, 1)
    return rows


def named(rows: list[Kept]) -> dict[str, object]:
    return {"energy": [row.named() for row in rows]}


def test_every_side_comes_back_as_it_was_kept(house: House, kept: list[Kept]):
    found = house.money.interval_values.of(named(kept))
    assert {each.named.side for each in found} == {row.side for row in kept} - {"estimated"}
    for each in found:
        (row,) = [row for row in kept if row.side == each.named.side]
        raw = np.frombuffer(row.kwh, "<f8")
        assert len(each.kwh) == 92
        assert each.intact
        assert each.newest
        assert [kwh or 0.0 for kwh in each.kwh] == (raw if len(raw) else np.zeros(92)).tolist()


def test_another_revision_and_another_digest_are_told(house: House, kept: list[Kept]):
    (imported,) = [row for row in kept if row.side == "import"]
    evidence = named([imported])
    later = Kept("site", "import", SHORT_DAY, 2, 900, imported.kwh[::-1], "x")
    with house.database.write() as c:
        day_store.insert(c, [later], 2)
    (found,) = house.money.interval_values.of(evidence)
    assert (found.intact, found.newest) == (True, False)
    (forged,) = house.money.interval_values.of(named([later]))
    assert (forged.intact, forged.newest) == (False, True)


def test_what_names_nothing_that_is_kept_gives_nothing(house: House, kept: list[Kept]):
    row = kept[0].named()
    for evidence in (
        {},
        {"energy": "all"},
        {"energy": [5]},
        {"energy": [{"side": "import"}]},
        {"energy": [{**row, "revision": 9}]},
    ):
        assert house.money.interval_values.of(evidence) == ()


def test_a_contract_that_withholds_anything_shares_no_quarter_hours(house: House, kept: list[Kept]):
    with under(Contract(data_aggregation="sum")):
        assert house.money.interval_values.of(named(kept)) == ()
