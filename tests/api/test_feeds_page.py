"""The section of feeds on the Tariffs page, as the renderer posts it."""

import base64
from typing import Any

import dash
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from domain.access import passwords
from domain.access.policy import ROLES, SYSTEM
from domain.house import House
from domain.money.feeds import NotFetched
from tests.api.conftest import PASSWORD, a_user_with_password, callback_body, visitor

POST = "/_dash-update-component"
BY_FILE = {"name": "Prices", "quantity": "import_price", "origin": "file"}
URL = "https://prices.example.org/day?key=secret"
BY_URL = {"name": "Day ahead", "quantity": "import_price", "origin": "url", "url": URL}
DAY = (
    b"timestamp_utc,price_import_eur_per_kwh\n2026-06-16T00:00:00Z,0.1\n2026-06-16T01:00:00Z,0.25\n"
)


@pytest.fixture
def manager(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
    house.access.prepare_users(ask=lambda: PASSWORD)
    for role in sorted(ROLES - {"admin"}):
        a_user_with_password(house, role)
    return visitor(app, "manager")


def posted(app: Flask, by: str, part: str = "", **values: Any) -> dict[str, Any]:
    """What the renderer posts for the callback that listens to `by`, a dialog by its name."""
    pages: dash.Dash = app.extensions["dash"]
    output = next(
        name
        for name, entry in pages.callback_map.items()
        if [_key(i["id"]) for i in entry["inputs"]] == [by] and part in name
    )
    body = callback_body(pages, output)
    for sent in (*body["inputs"], *body["state"]):
        sent["value"] = values.get(_key(sent["id"]).replace("-", "_"))
    return body


def _key(of: Any) -> str:
    if isinstance(of, dict):
        return str(of["name"])
    return str(of).partition('"name":"')[2].partition('"')[0] or str(of)


def page(client: FlaskClient, app: Flask) -> str:
    pages: dash.Dash = app.extensions["dash"]
    router = ".._pages_content.children..._pages_store.data.."
    return client.post(POST, json=callback_body(pages, router, ("/money/tariffs", ""))).text


def file(body: bytes) -> str:
    return "data:text/csv;base64," + base64.b64encode(body).decode()


def pending(house: House) -> dict[str, int]:
    (feed,) = house.money.feeds.list()
    return {"id": feed.feed_id, "version": feed.version}


def test_a_feed_is_made_and_what_is_refused_stands_beside_its_field(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    assert "No feed yet" in page(manager, app)
    form = {"feed_name": "Day ahead", "feed_quantity": "import_price", "feed_origin": "url"}
    wrong = posted(app, "feed", feed=1, feed_url="nowhere", feed_refresh_s="3600", **form)
    said = manager.post(POST, json=wrong).json["response"]
    assert "http" in said["feed-url-error"]["children"]
    assert house.money.feeds.list() == []
    right = posted(app, "feed", feed=1, feed_url=URL, feed_refresh_s="21600", **form)
    assert manager.post(POST, json=right).status_code == 200
    drawn = page(manager, app)
    assert "No values yet" in drawn
    assert "every 6 hours" in drawn
    again = manager.post(POST, json=right).json["response"]
    assert "already" in again["feed-message"]["children"]


def test_a_file_is_looked_into_before_it_is_taken(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    feed = house.money.feeds.create(SYSTEM, BY_FILE)
    values = {
        "feed_file": file(DAY),
        "feed_upload": 1,
        "feeds_pending": pending(house),
        "feeds_changed": 0,
    }
    shown = manager.post(POST, json=posted(app, "feed-file", **values)).text
    assert "0.100 and 0.250" in shown
    assert list(house.money.feeds.values(feed.feed_id, 0, 2**42)) == []
    taken = manager.post(POST, json=posted(app, "feed-upload", **values))
    assert "2 new or changed, 0 as before" in taken.text
    assert len(house.money.feeds.values(feed.feed_id, 0, 2**42)) == 2
    assert "Tue 16 Jun 2026 01:00 to Tue 16 Jun 2026 03:00" in page(manager, app)


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (file(DAY.replace(b"_per_kwh", b"")), "price_import_eur"),
        (file(DAY.replace(b"00Z,0.1", b"00,0.1")), "line 2"),
        (file(b""), "timestamp_utc"),
        ("data:text/csv;base64,%%%", "did not arrive whole"),
        (None, "Choose a file"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_its_place(
    app: Flask, house: House, manager: FlaskClient, contents: str | None, words: str
) -> None:
    house.money.feeds.create(SYSTEM, BY_FILE)
    values = {"feed_file": contents, "feed_upload": 1, "feeds_pending": pending(house)}
    answer = manager.post(POST, json=posted(app, "feed-upload", **values))
    assert answer.status_code == 200
    assert words in answer.text
    assert "is_open" not in answer.text


def test_an_address_is_tried_and_fetched(app: Flask, house: House, manager: FlaskClient) -> None:
    house.money.feeds.fetch_with(lambda _: DAY)
    tried = posted(app, "feed-try", feed_try=1, feed_quantity="import_price", feed_url=URL)
    assert "0.100 and 0.250" in manager.post(POST, json=tried).text
    assert house.money.feeds.list() == []

    feed = house.money.feeds.create(SYSTEM, BY_URL)
    event = {"name": "fetch", "value": str(feed.feed_id)}
    acting = posted(app, "feeds-list", feeds_list=event, feeds_changed=0)
    assert "Fetched" in manager.post(POST, json=acting).text
    assert len(house.money.feeds.values(feed.feed_id, 0, 2**42)) == 2

    def away(_: str) -> bytes:
        raise NotFetched("prices.example.org answered 503")

    house.money.feeds.fetch_with(away)
    assert "answered 503" in manager.post(POST, json=acting).text
    drawn = page(manager, app)
    assert "Ended" in drawn  # what is known stays, and is over since two in the morning
    assert "answered 503" in drawn
    assert "answered 503" in manager.post(POST, json=tried).text


def test_each_act_opens_its_dialog(app: Flask, house: House, manager: FlaskClient) -> None:
    feed = house.money.feeds.create(SYSTEM, BY_URL)
    for name, words in (("edit", "Change feed"), ("delete", "Delete"), ("upload", "Drop a file")):
        event = {"name": name, "value": str(feed.feed_id)}
        answer = manager.post(POST, json=posted(app, "feeds-list", feeds_list=event)).text
        assert words in answer
        assert '"is_open":true' in answer
    values = {"feed_delete": 1, "feeds_pending": pending(house)}
    assert manager.post(POST, json=posted(app, "feed-delete", **values)).status_code == 200
    assert house.money.feeds.list() == []


def test_who_only_reads_sees_feeds_without_their_keys_and_changes_nothing(
    app: Flask, house: House, manager: FlaskClient
) -> None:
    feed = house.money.feeds.create(SYSTEM, BY_URL)
    house.money.feeds.create(SYSTEM, {**BY_FILE, "name": "spot", "origin": "mqtt"})
    operator = visitor(app, "operator")
    seen, own = page(operator, app), page(manager, app)
    assert "prices.example.org" in seen
    assert "secret" in own
    assert "secret" not in seen
    assert "Fetch now" in own
    assert "Fetch now" not in seen
    assert "main" in seen  # the topic
    event = {"name": "fetch", "value": str(feed.feed_id)}
    refused = operator.post(POST, json=posted(app, "feeds-list", feeds_list=event))
    assert refused.status_code == 403
