"""Start the demo, sign in, and photograph every page: light and dark, desk, phone and wide.

python -m bench.screenshots --out DIR [--address URL]   (URL: an already running demo)
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests import servers
from tests.browsing import Browser
from tests.running import running
from tests.waiting import wait_until

SIZES = {"desk": (1440, 900), "phone": (390, 844), "wide": (1920, 1080)}
PAGES = {
    "overview": "/",
    "rooms": "/rooms",
    "room": "/rooms/1",
    "sensors": "/sensors",
    "sensor": "/sensors/METER_MAIN",
    "devices": "/devices",
    "device": "/devices/DEVICE_001",
    "hours": "/devices/instructions",
    "limits": "/devices/limits",
    "automation": "/automation",
    "automation-log": "/automation?tab=log",
    "rule": "/automation?rule=new",
    "schedule": "/automation?schedule=new",
    "analytics": "/analytics",
    "money": "/money",
    "ledger": "/money/ledger",
    "posting": "/money/ledger/1",
    "events": "/events",
    "calendar": "/calendar",
    "tariffs": "/money/tariffs",
    "tariff": "/money/tariffs?tariff=1",
    "jobs": "/jobs",
    "job": "/jobs/settle",
    "drills": "/drills",
    "tokens": "/tokens",
    "admin": "/admin",
    "building": "/admin?tab=building",
    "account": "/account",
    "design": "/design",
    "wall": "/kiosk",
}
SETTLED_S = 3.0


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start a headless Chromium that asks nothing of the internet."""
    options = Options()
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--window-size=1920,1080",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(service=Service(servers.program("chromedriver")), options=options)
    try:
        yield driver
    finally:
        driver.quit()


def photograph(address: str, out: Path, pages: dict[str, str], sizes: list[str]) -> int:
    """Save a picture per page, theme and size; gives how many pages complained in the console."""
    complaints = 0
    with chromium() as driver:
        for theme in ("light", "dark"):
            visitor = Browser(driver, address)
            visitor.forget()
            visitor.sign_in("admin")
            driver.execute_script(f"localStorage.setItem('wb-theme', '{theme}')")
            for size in sizes:
                width, height = SIZES[size]
                visitor.resize(width, height, phone=size == "phone")
                for name, path in pages.items():
                    visitor.errors()
                    visitor.open(path)
                    visitor.find("main")
                    _settle(visitor)
                    visitor.screenshot(out / f"{name}-{size}-{theme}.png")
                    for error in visitor.errors():
                        complaints += 1
                        print(f"{name} {size} {theme}: {error}")
    return complaints


def _settle(visitor: Browser) -> None:
    script = "return performance.now() > arguments[0] * 1000"
    wait_until(lambda: visitor.driver.execute_script(script, SETTLED_S), 20)


def main() -> int:
    """Photograph a running demo, or one started for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--address")
    parser.add_argument("--pages", default=",".join(PAGES))
    parser.add_argument("--sizes", default=",".join(SIZES))
    chosen = parser.parse_args()
    pages = {name: PAGES[name] for name in chosen.pages.split(",")}
    sizes = chosen.sizes.split(",")
    if chosen.address:
        complaints = photograph(chosen.address, chosen.out, pages, sizes)
    else:
        with (
            tempfile.TemporaryDirectory() as folder,
            running(Path(folder), WATTBOARD_DEMO_DAYS="60") as demo,
        ):
            complaints = photograph(demo.address, chosen.out, pages, sizes)
    print(f"{len(pages) * len(sizes) * 2} pictures in {chosen.out}, {complaints} console errors")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
