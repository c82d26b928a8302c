"""From MQTT publish to changed text in Chromium, ours beside the bare path: `python -m bench.live`.

Ours is what serves users: mosquitto → listener → SQLite (synchronous=FULL) → hub → `/ws` of the
production server → assets/live.js → text, on an open page after a login. The reference is
bench/live_reference.py: paho → socket → text. Both show the same 250 values at 500 readings a
second on the same broker and browser, one round after the other; the ratio is of the medians of
each side's p99. Exit 1 above 3.

A text counts from the frame in which Chromium paints it, as dash.md's "text visible" does. A
published value is a number that its sensor never repeats within a round, so that the text in the
page says which publish it came from; times are the machine's one clock.
"""

import argparse
import functools
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys

from tests import servers
from tests.browsing import Browser
from tests.running import running
from tests.waiting import wait_until

TARGET = 3.0
SENSORS, PER_SECOND = 250, 500
STEPS = 9_000  # values 100.0 to 999.9: one format, four digits, all different
PASSWORD = "bench-live-password"
TOPIC = "wattboard/main/telemetry/"

GRID = """
const grid = document.createElement('div');
grid.id = 'bench';
grid.style = 'position:fixed;inset:0 0 auto;height:320px;contain:strict'; // values have fixed slots
for (const name of arguments[0]) {
  const el = document.createElement('span');
  if (arguments[1]) {
    el.className = 'wb-value';
    el.dataset.live = 'reading/' + name + '/power';
    el.dataset.format = 'kw';
    el.innerHTML = '<span class="wb-num" id="' + name + '">–</span><span class="wb-unit">kW</span>';
  } else { el.id = name; el.textContent = '–'; }
  grid.append(el);
}
document.body.prepend(grid);
window.seen = [];
new MutationObserver((records) => {
  const texts = [];
  for (const record of records) {
    const holder = record.target.nodeType === 3 ? record.target.parentNode : record.target;
    if (holder.id) texts.push([holder.id, holder.textContent]);
  }
  requestAnimationFrame(() => { // visible with the frame that is painted next
    const at = performance.timeOrigin + performance.now();
    for (const text of texts) window.seen.push([...text, at]);
  });
}).observe(grid, { subtree: true, characterData: true, childList: true });
"""


@dataclass(frozen=True)
class Round:
    """Milliseconds from publish to text, sorted, and how many readings had a text of their own.

    A reading that is overtaken within 100 ms has none: then the newer text counts for it.
    """

    delays_ms: list[float]
    shown: int

    def at(self, share: float) -> float:
        """The delay that `share` of the readings stayed below."""
        return self.delays_ms[min(len(self.delays_ms) - 1, int(len(self.delays_ms) * share))]

    @property
    def line(self) -> str:
        """The round as it is printed."""
        parts = " ".join(f"p{share * 100:g} {self.at(share):6.1f}" for share in (0.5, 0.95, 0.99))
        count = len(self.delays_ms)
        return f"{parts} max {self.delays_ms[-1]:6.1f} ms   {self.shown} of {count} shown singly"


class Traffic:
    """Publishes to every sensor in turn; each sensor's value climbs by a step and wraps round."""

    def __init__(self, port: int) -> None:
        self.names = [f"BENCH_{n:03}" for n in range(SENSORS)]
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.max_inflight_messages_set(1000)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._number = 0
        self.published: dict[tuple[str, str], float] = {}

    def send(self) -> None:
        """Publish one reading and remember when [epoch ms]."""
        turn, sensor = divmod(self._number, SENSORS)
        self._number += 1
        name, text = self.names[sensor], f"{100 + turn % STEPS / 10:.1f}"
        now_s = time.time()
        payload = f'{{"timestamp":{now_s:.3f},"power":{{"value":{text},"unit":"kW"}}}}'
        self.published[name, text] = now_s * 1000
        self._client.publish(TOPIC + name, payload, qos=1)

    def run(self, seconds: float) -> None:
        """Publish PER_SECOND evenly."""
        pause, began = threading.Event(), time.monotonic()
        for count in range(int(seconds * PER_SECOND)):
            pause.wait(max(0.0, began + count / PER_SECOND - time.monotonic()))
            self.send()

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


def one_round(driver: Chrome, traffic: Traffic, seconds: float, *, ours: bool) -> Round:
    """Show the grid on the page that is open, let readings come, and match texts to publishes."""
    driver.execute_script(GRID, traffic.names, ours)
    traffic.run(2.0)  # connections, subscriptions and caches are warm
    traffic.published.clear()
    driver.execute_script("window.seen = []")
    traffic.run(seconds)
    published = dict(traffic.published)
    last = list(published)[-1]

    def arrived() -> bool:
        script = "return seen.some((s) => s[0] === arguments[0] && s[1] === arguments[1])"
        return bool(driver.execute_script(script, *last))

    wait_until(arrived, 10)
    seen: dict[tuple[str, str], float] = {}
    for name, text, at_ms in driver.execute_script("return window.seen"):
        seen.setdefault((name, text), at_ms)
    return Round(sorted(delays(published, seen)), sum(key in seen for key in published))


def delays(
    published: dict[tuple[str, str], float], seen: dict[tuple[str, str], float]
) -> Iterator[float]:
    """How long each reading took [ms] until its sensor's text showed it or a newer one."""
    shown_ms: dict[str, float] = {}
    for (name, text), published_ms in reversed(published.items()):
        at_ms = seen.get((name, text))
        if at_ms is not None:
            shown_ms[name] = min(at_ms, shown_ms.get(name, at_ms))
        if name in shown_ms:
            yield shown_ms[name] - published_ms


@contextmanager
def reference(port: int) -> Iterator[str]:
    """Run the bare path in a process of its own; gives its address."""
    command = [sys.executable, "-m", "bench.live_reference", str(port)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start a headless Chromium that keeps no log of its traffic, which would cost it time."""
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1440,900"):
        options.add_argument(argument)
    driver = Chrome(service=Service(servers.program("chromedriver")), options=options)
    try:
        yield driver
    finally:
        driver.quit()


def sign_in(visitor: Browser) -> None:
    """Sign in as the first user of an installation that is no demo."""
    visitor.open("/login")
    visitor.find("input[name=username]").send_keys("admin")
    visitor.find("input[name=password]").send_keys(PASSWORD, Keys.ENTER)
    wait_until(lambda: "/login" not in visitor.driver.current_url)


def is_ready(driver: Chrome, css: str) -> bool:
    """Whether the open page shows its content and says its socket stands."""
    script = (
        "return document.documentElement.dataset.live === 'live'"
        " && document.readyState === 'complete' && !!document.querySelector(arguments[0])"
    )
    return bool(driver.execute_script(script, css))


def measure(rounds: int, seconds: float, directory: Path) -> dict[str, list[Round]]:
    """Alternate rounds of either side on one broker and one browser."""
    found: dict[str, list[Round]] = {"ours": [], "bare": []}
    with servers.mosquitto(directory / "broker") as broker:
        settings = {
            "WATTBOARD_MQTT_URL": broker.url,
            "WATTBOARD_DEMO": "0",
            "WATTBOARD_DEMO_START": "",
            "WATTBOARD_ADMIN_PASSWORD": PASSWORD,
        }
        with (
            running(directory / "house", **settings) as app,
            reference(broker.port) as bare,
            chromium() as driver,
        ):
            traffic = Traffic(broker.port)
            traffic.run(SENSORS / PER_SECOND)  # every sensor is known before a page asks for it
            sign_in(Browser(driver, app.address))
            sides = (("ours", f"{app.address}/", ".wb-page *"), ("bare", bare, "body"))
            for number in range(-1, rounds):  # the first of each side only warms its caches
                for side, address, css in sides:
                    driver.get(address)
                    wait_until(functools.partial(is_ready, driver, css), 20)
                    measured = one_round(driver, traffic, seconds, ours=side == "ours")
                    if number >= 0:
                        found[side].append(measured)
                        print(f"{number + 1} {side}  {measured.line}", flush=True)
            traffic.close()
    return found


def main() -> int:
    """Print every round and the ratio; 1 when ours takes more than TARGET times as long."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--samples", type=Path, help="write every delay [ms] here as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        found = measure(options.rounds, options.seconds, Path(directory))
    if options.samples:
        lists = {side: [r.delays_ms for r in rounds] for side, rounds in found.items()}
        options.samples.write_text(json.dumps(lists))
    ours, bare = (statistics.median(r.at(0.99) for r in found[side]) for side in ("ours", "bare"))
    verdict = "met" if ours <= TARGET * bare else "missed"
    print(f"median p99: ours {ours:.1f} ms, bare {bare:.1f} ms, ratio {ours / bare:.2f}")
    print(f"{verdict}: publish → text p99 ≤ {TARGET:g}× the bare path")
    return 0 if verdict == "met" else 1


if __name__ == "__main__":
    sys.exit(main())
