"""Keys that sign webhooks: sealed at rest, shown to their owner only, entered again when lost."""

from dataclasses import replace

import pytest

from domain.access.policy import SYSTEM, Actor
from domain.access.store import AuditQuery
from domain.alarms.deliveries import Outgoing
from domain.alarms.notify import Channel
from domain.alarms.sealing import Sealer
from domain.house import House

HOOK = "https://example.org/hook"


@pytest.fixture
def olga(house: House) -> Actor:
    user = house.access.users.create(SYSTEM, "olga", "operator", "a-long-password-1")
    return Actor("olga", "operator", user.user_id)


@pytest.fixture
def rekeyed(settings, house, database, clock) -> House:
    """The same database under another WATTBOARD_SECRET_KEY."""
    other = replace(settings, secret_key="another secret key of at least 32 bytes")
    return House.compose(other, clock=clock, database=database)


def webhook(house: House, actor: Actor, **fields: object) -> Channel:
    given = {"name": "Hook", "kind": "webhook", "address": HOOK, **fields}
    return house.alarms.channels.create(actor, given)


def signed_with(house: House, actor: Actor) -> list[str]:
    """Send a test through every channel; the keys that signed."""
    for channel in house.alarms.channels.all(actor):
        house.alarms.channels.test(actor, channel.channel_id)
    sent: list[Outgoing] = []
    house.alarms.deliveries.deliver(sent.append)
    return [outgoing.key for outgoing in sent]


def stored(database) -> list[str]:
    with database.read() as c:
        return [row[0] for row in c.exec_driver_sql("SELECT secret FROM alarm_channel")]


def lay_plain(database, key: str) -> None:
    with database.write() as c:
        c.exec_driver_sql(f"UPDATE alarm_channel SET secret = '{key}'")


def test_no_table_holds_a_key_in_plain(house, database, olga):
    channel = webhook(house, olga)
    key = house.alarms.channels.key(olga, channel)
    assert key is not None
    assert len(key) >= 40
    signed_with(house, olga)
    tables = ("alarm_channel", "alarm_delivery", "audit_log")
    with database.read() as c:
        rows = [str(c.exec_driver_sql(f"SELECT * FROM {table}").all()) for table in tables]
    assert not any(key in row for row in rows)


def test_messages_are_signed_with_the_key_its_owner_sees(house, olga):
    channel = webhook(house, olga)
    assert signed_with(house, olga) == [house.alarms.channels.key(olga, channel)]


def test_nobody_but_the_owner_sees_a_key(house, olga):
    channel = webhook(house, olga)
    assert house.alarms.channels.key(Actor("ada", "admin", 77), channel) is None


def test_neither_channel_nor_message_shows_its_key_when_printed(house, olga):
    channel = webhook(house, olga, secret="a-key-of-my-own-choice")
    assert channel.secret not in repr(channel)
    outgoing = Outgoing(1, "webhook", HOOK, "a-key-of-my-own-choice", "", "", "", frozenset())
    assert "a-key-of-my-own-choice" not in repr(outgoing)


def test_a_key_may_be_given_and_changed(house, olga):
    channel = webhook(house, olga, secret="a-key-of-my-own-choice")
    assert house.alarms.channels.key(olga, channel) == "a-key-of-my-own-choice"
    fields = {"secret": "another-key-of-my-choice"}
    changed = house.alarms.channels.update(olga, channel.channel_id, fields)
    assert house.alarms.channels.key(olga, changed) == "another-key-of-my-choice"
    rows, _ = house.access.audit_page(Actor("ada", "admin", 1), AuditQuery())
    (row,) = [row for row in rows if row.action == "channels.update"]
    assert "signature_key" in str(row)
    assert "another-key-of-my-choice" not in str(row)


def test_an_empty_field_leaves_the_key_as_it_is(house, olga):
    channel = webhook(house, olga)
    same = house.alarms.channels.update(olga, channel.channel_id, {"secret": "", "name": "New"})
    assert same.secret == channel.secret


def test_the_start_seals_what_an_older_wattboard_stored_plain(house, database, olga):
    webhook(house, olga)
    webhook(house, olga, name="Second")
    lay_plain(database, "a-key-from-long-ago")
    assert house.alarms.channels.seal_plain_keys() == 2
    assert house.alarms.channels.seal_plain_keys() == 0
    assert not any("long-ago" in text for text in stored(database))
    assert len(set(stored(database))) == 2
    assert signed_with(house, olga) == ["a-key-from-long-ago"] * 2


def test_under_another_secret_key_a_webhook_waits_for_its_key_and_says_so(house, rekeyed, olga):
    webhook(house, olga)
    mail = {"name": "Mail", "kind": "mail", "address": "olga@example.org"}
    house.alarms.channels.create(olga, mail)
    channels = rekeyed.alarms.channels
    lost = {c.name: channels.needs_key(c) for c in channels.all(olga)}
    assert lost == {"Hook": True, "Mail": False}
    assert signed_with(rekeyed, olga) == [""]  # mail is not signed and goes on
    (hook,) = [row for row in channels.log(olga) if row.kind == "webhook"]
    assert hook.status == "queued"
    assert "enter it again" in (hook.error or "")


def test_a_key_entered_again_ends_that_and_what_waited_is_sent(house, rekeyed, olga, monkeypatch):
    channel = webhook(house, olga)
    key = house.alarms.channels.key(olga, channel)
    signed_with(rekeyed, olga)
    channels = rekeyed.alarms.channels
    changed = channels.update(olga, channel.channel_id, {"secret": key})
    assert not channels.needs_key(changed)
    later = channels.log(olga)[0].next_ms
    monkeypatch.setattr("domain.alarms.deliveries.real_now_ms", lambda: later)
    sent: list[Outgoing] = []
    rekeyed.alarms.deliveries.deliver(sent.append)
    assert [outgoing.key for outgoing in sent] == [key]


def test_everything_else_of_a_channel_can_be_changed_while_its_key_is_lost(house, rekeyed, olga):
    channel = webhook(house, olga)
    changed = rekeyed.alarms.channels.update(olga, channel.channel_id, {"enabled": False})
    assert rekeyed.alarms.channels.needs_key(changed)


def test_a_damaged_key_is_a_lost_one():
    sealer = Sealer("a secret key of more than 32 bytes, surely")
    sealed = sealer.seal("the-key")
    assert sealer.open(sealed) == "the-key"
    assert sealer.open(sealed[:-4] + "AAAA") is None
    assert sealer.open("v1:") is None
    assert sealer.open("v1:ü") is None
