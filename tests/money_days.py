"""Days in the ledger, posted as the settlement does."""

from datetime import date

from domain.house import House


def settle(
    house: House, day: date, mc: int, coverage: float = 1.0, version: int = 1, solar_mc: int = 700
) -> None:
    """Post or correct a day: energy for `mc`, 0.01 of VAT, half a cent sold, and solar savings."""
    bill = {"cost:energy": mc, "cost:vat": 1_000, "income:export": -500}
    evidence = {"tariff_versions": [version], "coverage": coverage, "estimated": coverage < 1}
    wh = {"cost:energy": 4_000, "income:export": 250}
    wanted = {**bill, "retailer": -sum(bill.values())}
    words = f"Energy from the grid, {day.day} {day:%B %Y}"
    house.money.ledger.adjust("retailer", day, wanted, words, evidence, energy_wh=wh)
    saved = {"self_consumption": solar_mc, "avoided": -solar_mc}
    house.money.ledger.adjust("self_consumption", day, saved, "Own solar used", evidence)
