"""The Tariffs page in Chromium, over the running demo."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains

from tests.browser.test_rooms import choose, confirm, settled, write
from tests.browsing import Browser
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

BLOCK = ".wb-week-block"


def row(kind: str, field: str, at: int) -> str:
    return f'[id=\'{{"at":{at},"field":"{field}","type":"tariff-{kind}"}}\']'


def act(name: str, at: int = 0) -> str:
    return f'#tariff-form [data-act="{name}"][data-value="{at}"]'


def days(at: int) -> str:
    return f"{row('rule', 'days', at)} label"


def column(browser: Browser, head: str) -> list[str]:
    """What each block of a day says to whoever rests the pointer on it."""
    for found in browser.all(".wb-week-column"):
        if found.find_element("css selector", ".wb-week-head b").text == head:
            blocks = found.find_elements("css selector", BLOCK)
            return [str(block.get_attribute("aria-label")) for block in blocks]
    return []


def value(browser: Browser, css: str) -> str | None:
    return browser.find(css).get_property("value")


def press_day(browser: Browser, at: int, *labels: str) -> None:
    for label in labels:
        browser.click(days(at), label)


def type_band(browser: Browser, at: int, name: str, price: str) -> None:
    write(browser, row("band", "name", at), name)
    write(browser, row("band", "price", at), price)


def test_a_tariff_of_three_periods_is_entered_seen_as_a_week_and_kept(browser: Browser) -> None:
    browser.sign_in("manager", "/money/tariffs")
    browser.wait_text("#tariffs-list", "Tri-hourly supply")
    browser.click('a[href="/money/tariffs?new=import"]')
    write(browser, "#tariff-name", "Three periods")
    browser.click("#tariff-use")  # a scenario
    browser.click("#tariff-pricing label:nth-of-type(1)")
    browser.wait_text("#tariff-week", "The price is missing")
    browser.click("#tariff-pricing label", "By time of use")
    type_band(browser, 0, "Day", "0.30")
    type_band(browser, 1, "Night", "0.10")
    browser.click(act("add-band"))
    type_band(browser, 2, "Weekend", "0.15")
    # The rule there is, working days 08:00–22:00, is for Day; one more for weekends and holidays.
    browser.click(act("add-rule"))
    browser.find(row("rule", "band", 1))
    press_day(browser, 1, "Working days", "Sat", "Sun", "Holidays")
    choose(browser, row("rule", "start", 1), "0")
    choose(browser, row("rule", "end", 1), "1440")
    wait_until(settled(lambda: "Weekend" in browser.text(row("rule", "band", 1))))
    choose(browser, row("rule", "band", 1), "2")
    choose(browser, "#tariff-otherwise", "1")
    wait_until(settled(lambda: len(column(browser, "Sat 20")) == 1))
    assert column(browser, "Tue 16") == [
        "Tue 16 Jun, 00:00–08:00 · Night · 0.100 €/kWh",
        "Tue 16 Jun, 08:00–22:00 · Day · 0.300 €/kWh",
        "Tue 16 Jun, 22:00–24:00 · Night · 0.100 €/kWh",
    ]
    assert column(browser, "Sat 20") == ["Sat 20 Jun, 00:00–24:00 · Weekend · 0.150 €/kWh"]
    # A week with a public holiday, one press away; Wednesday is Portugal Day.
    browser.click("#tariff-week .wb-week-special-row button")
    wait_until(settled(lambda: len(column(browser, "Wed 10")) == 1))
    assert "Weekend" in column(browser, "Wed 10")[0]
    assert "Portugal" in browser.text(".wb-week-special")
    assert len(column(browser, "Tue 9")) == 3
    wednesday = browser.find(f".wb-week-column:nth-child(4) {BLOCK}")
    ActionChains(browser.driver).move_to_element(wednesday).perform()
    script = "return getComputedStyle(arguments[0], '::after').content"
    assert "0.150 €/kWh" in browser.driver.execute_script(script, wednesday)
    browser.wait_text("#tariff-read-back", "Weekend 0.15 €/kWh")
    browser.click("#tariff-save-open")
    dialog = ".modal .wb-dialog"
    browser.wait_text(dialog, "From 1 Jun 2026 on. Nothing that is paid changes.")
    browser.wait_text(dialog, "0.30 €/kWh")
    browser.click(confirm("tariff-save"))
    browser.wait_text("#tariffs-list", "Three periods")
    remove(browser, "Three periods")
    assert browser.errors() == []


def remove(browser: Browser, name: str) -> None:
    def line() -> str:
        for found in browser.all("#tariffs-list .wb-tariff"):
            if name in found.text:
                button = found.find_element("css selector", "[data-act=delete]")
                return str(button.get_attribute("data-value"))
        return ""

    key = wait_until(settled(line))
    browser.click(f'#tariffs-list [data-act=delete][data-value="{key}"]')
    browser.click(confirm("tariff-delete"))
    wait_until(settled(lambda: name not in browser.text("#tariffs-list")))


def test_what_is_wrong_with_a_tariff_stands_beside_its_rows(browser: Browser) -> None:
    browser.sign_in("manager", "/money/tariffs?new=import")
    write(browser, "#tariff-price", "20")
    browser.click("#tariff-save-open")
    browser.wait_text("#tariff-wrong-name", "Give it a name")
    browser.wait_text("#tariff-wrong-main", "Energy is from −10 to 10 per kWh")
    browser.click(act("add-charge"))
    browser.find(row("charge", "amount", 0))
    browser.click("#tariff-save-open")
    browser.wait_text("#tariff-wrong-charges", "Charge 1 is missing")
    assert browser.errors() == []


def test_rules_are_tried_in_the_order_they_are_put_in(browser: Browser) -> None:
    browser.sign_in("viewer", "/money/tariffs?tariff=1")
    wait_until(settled(lambda: len(column(browser, "Sun 21")) == 1))
    assert not browser.all("#tariff-save-open")
    # The rule that has all of Saturday goes before the two that have parts of it.
    for at in (7, 6):
        browser.click(act("rule-up", at))
        wait_until(settled(lambda at=at: value(browser, row("rule", "end", at - 1)) == "1440"))
    wait_until(settled(lambda: len(column(browser, "Sat 20")) == 1))
    browser.click(act("drop-rule", 0))
    wait_until(settled(lambda: len(column(browser, "Sun 21")) > 1))
    assert browser.errors() == []


def test_a_carbon_factor_is_assumed_until_it_is_set_and_again_when_it_is_taken_back(
    browser: Browser,
) -> None:
    browser.sign_in("manager", "/money/tariffs")
    browser.wait_text("#tariffs-list", "Assumed")
    browser.click("#tariffs-list [data-act=carbon-new]")
    write(browser, "#carbon-g_per_kwh", "5000")
    browser.click(confirm("carbon-set"))
    browser.wait_text("#carbon-g_per_kwh-error", "from 0 to 2000")
    write(browser, "#carbon-g_per_kwh", "120")
    browser.click(confirm("carbon-set"))
    browser.wait_text("#tariffs-list", "120 g/kWh")
    browser.click("#tariffs-list [data-act=carbon-back]")
    wait_until(settled(lambda: "120 g/kWh" not in browser.text("#tariffs-list")))
    assert browser.errors() == []


def test_a_contract_is_put_in_use_and_renamed(browser: Browser) -> None:
    browser.sign_in("manager", "/money/tariffs")
    browser.click('#tariffs-list [data-act=use][data-value="3"]')
    browser.wait_text("#tariff-use-effect", "From 16 Jun 2026")
    browser.click(".modal .wb-dialog-x")
    browser.click('#tariffs-list [data-act=rename][data-value="2"]')
    write(browser, "#tariff-rename-name", "Sale of surplus power")
    browser.click(confirm("tariff-rename"))
    browser.wait_text("#tariffs-list", "Sale of surplus power")
    assert browser.errors() == []
