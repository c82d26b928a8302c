"""How people want to be told: each keeps their own channels, an administrator everybody's."""

import json
import re
import secrets
from collections.abc import Mapping, Sequence

from sqlalchemy.engine import Connection

from domain.access.audit import record
from domain.access.policy import Actor
from domain.alarms import notice_store
from domain.alarms.model import SEVERITIES
from domain.alarms.notice_store import Delivery
from domain.alarms.notify import Channel, trial_letter
from domain.alarms.sealing import SEALED, Sealer
from domain.alarms.surroundings import Surroundings
from domain.alarms.targets import checked_address, checked_host
from domain.foundation.clock import Clock, real_now_ms
from domain.foundation.errors import Conflict, FieldError, InvalidInput, NotAllowed, Unknown
from domain.storage.engine import Database

READ, EVERYBODYS = "events.view", "users.manage"
KINDS = ("mail", "webhook")
MOST_CHANNELS = 20
MOST_HOSTS = 100
LOG_SHOWN = 100
FIELDS = (
    "name",
    "kind",
    "address",
    "enabled",
    "min_severity",
    "room_ids",
    "hours_from",
    "hours_to",
    "quiet_from",
    "quiet_to",
    "delay_s",
    "digest_s",
    "escalation_s",
)
DEFAULTS: Mapping[str, object] = {
    "kind": "mail",
    "enabled": True,
    "min_severity": "warning",
    "room_ids": None,
    "delay_s": 0,
    "digest_s": 0,
    "escalation_s": 0,
}
LONGEST_S = 86_400
_HOURS = {
    "hours_from": "from_minute",
    "hours_to": "to_minute",
    "quiet_from": "quiet_from_minute",
    "quiet_to": "quiet_to_minute",
}
SHORTEST_KEY, LONGEST_KEY = 16, 128
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class Channels:
    """Channels, the hosts that webhooks may reach inside, and the log of what was sent."""

    def __init__(
        self, database: Database, clock: Clock, surroundings: Surroundings, sealer: Sealer
    ) -> None:
        self._database = database
        self._clock = clock
        self._surroundings = surroundings
        self._sealer = sealer

    def seal_plain_keys(self) -> int:
        """Seal what an older Wattboard stored plain; how many keys."""
        with self._database.read() as c:
            plain = [x for x in notice_store.read_channels(c) if not x.secret.startswith(SEALED)]
        if not plain:
            return 0
        with self._database.write() as c:
            return sum(
                notice_store.replace_secret(
                    c, channel.channel_id, channel.secret, self._sealer.seal(channel.secret)
                )
                for channel in plain
            )

    def key(self, actor: Actor, channel: Channel) -> str | None:
        """The key that signs a webhook, for nobody but its owner; None for others."""
        return self._sealer.open(channel.secret) if _person(actor) == channel.user_id else None

    def needs_key(self, channel: Channel) -> bool:
        """Whether a webhook's key was sealed under another WATTBOARD_SECRET_KEY and is lost."""
        return channel.kind == "webhook" and self._sealer.open(channel.secret) is None

    def all(self, actor: Actor) -> list[Channel]:
        """A person's own channels; an administrator's view is everybody's. Raises NotAllowed."""
        with self._database.read() as c:
            return notice_store.read_channels(c, _whose(actor))

    def create(self, actor: Actor, fields: Mapping[str, object]) -> Channel:
        """Add a channel of one's own; without `secret`, a key that signs webhooks is made.

        Raises NotAllowed, InvalidInput per field, Conflict over the most.
        """
        user_id = _person(actor)
        columns = self._checked({**DEFAULTS, **fields})
        key = fields.get("secret") or secrets.token_urlsafe(32)
        with self._database.write() as c:
            if len(notice_store.read_channels(c, user_id)) >= MOST_CHANNELS:
                raise Conflict(f"At most {MOST_CHANNELS} channels.", code="too_many_channels")
            own = {"user_id": user_id, "owner": actor.name, "since_ms": self._clock.now_ms()}
            sealed = {"secret": self._sealer.seal(str(key))}
            channel_id = notice_store.insert_channel(c, columns | own | sealed)
            record(c, actor, "channels.create", f"channel/{channel_id}", after=columns)
            return _found(c, actor, channel_id)

    def update(
        self,
        actor: Actor,
        channel_id: int,
        fields: Mapping[str, object],
        version: int | None = None,
    ) -> Channel:
        """Change the given fields only; an empty `secret` leaves the key as it is.

        Raises NotAllowed, Unknown, InvalidInput per field, Conflict when it was changed since.
        """
        _person(actor)
        with self._database.write() as c:
            channel = _found(c, actor, channel_id)
            before = as_fields(channel)
            columns = self._checked({**before, **fields})
            if columns["enabled"] and not channel.enabled:
                columns["since_ms"] = self._clock.now_ms()
            key = str(fields.get("secret") or "")
            if key and key != self._sealer.open(channel.secret):
                columns["secret"] = self._sealer.seal(key)
            expected = channel.version if version is None else version
            if not notice_store.update_channel(c, channel_id, expected, columns):
                raise Conflict(f"“{channel.name}” was changed meanwhile; look again.")
            was = {k: v for k, v in before.items() if k in fields}
            target = f"channel/{channel_id}"
            now = {k: v for k, v in fields.items() if k != "secret"}
            if "secret" in columns:
                now["signature_key"] = "changed"
            record(c, actor, "channels.update", target, before=was, after=now)
            return _found(c, actor, channel_id)

    def delete(self, actor: Actor, channel_id: int) -> None:
        """Delete a channel; its log stays. Raises NotAllowed, Unknown."""
        _person(actor)
        with self._database.write() as c:
            before = as_fields(_found(c, actor, channel_id))
            notice_store.delete_channel(c, channel_id)
            record(c, actor, "channels.delete", f"channel/{channel_id}", before=before)

    def test(self, actor: Actor, channel_id: int) -> int:
        """Send a test through a channel; the log says what became of it. Gives its number.

        Raises NotAllowed, Unknown.
        """
        _person(actor)
        letter = trial_letter(self._surroundings.building_name(), self._clock.now_ms())
        with self._database.write() as c:
            channel = _found(c, actor, channel_id)
            number = notice_store.queue(c, channel, letter, real_now_ms())
            record(c, actor, "channels.test", f"channel/{channel_id}")
        return number

    def log(self, actor: Actor, limit: int = LOG_SHOWN) -> list[Delivery]:
        """What was sent, newest first: one's own, for an administrator everybody's."""
        with self._database.read() as c:
            return notice_store.read_log(c, _whose(actor), min(limit, LOG_SHOWN))

    def allowed_hosts(self, actor: Actor) -> list[str]:
        """Hosts inside the network that webhooks may reach. Raises NotAllowed."""
        actor.require(EVERYBODYS)
        with self._database.read() as c:
            return notice_store.allowed_hosts(c)

    def allow_hosts(self, actor: Actor, hosts: Sequence[str]) -> list[str]:
        """Replace that list. Raises NotAllowed, InvalidInput."""
        actor.require(EVERYBODYS)
        wanted = sorted({checked_host(host) for host in hosts if str(host).strip()})
        if len(wanted) > MOST_HOSTS:
            wrong = FieldError("host", f"at most {MOST_HOSTS} hosts", MOST_HOSTS)
            raise InvalidInput("Too many hosts.", [wrong])
        with self._database.write() as c:
            before = notice_store.allowed_hosts(c)
            notice_store.put_hosts(c, wanted)
            states = {"hosts": before}, {"hosts": wanted}
            record(c, actor, "channels.hosts", "webhooks", before=states[0], after=states[1])
        return wanted

    def _checked(self, wanted: Mapping[str, object]) -> dict[str, object]:
        errors = [
            FieldError(name, "is no field of a channel", list(FIELDS))
            for name in wanted
            if name not in (*FIELDS, "secret")
        ]
        errors += _key_errors(wanted.get("secret"))
        found: dict[str, object] = {"enabled": bool(wanted.get("enabled"))}
        name = str(wanted.get("name") or "").strip()
        if not 1 <= len(name) <= 80 or not name.isprintable():
            errors.append(FieldError("name", "Give it a name of at most 80 characters", 80))
        found["name"] = name
        for field, allowed in (("kind", KINDS), ("min_severity", SEVERITIES)):
            if wanted.get(field) not in allowed:
                errors.append(FieldError(field, f"is one of {', '.join(allowed)}", list(allowed)))
            found[field] = wanted.get(field)
        try:
            found["address"] = checked_address(str(found["kind"]), wanted.get("address"))
        except InvalidInput as error:
            errors.extend(error.fields)
        _times(wanted, found, errors)
        self._rooms(wanted.get("room_ids"), found, errors)
        if errors:
            raise InvalidInput("This channel cannot be used.", errors)
        return found

    def _rooms(self, raw: object, found: dict[str, object], errors: list[FieldError]) -> None:
        if not raw:
            found["room_ids"] = None
            return
        ids = [int(i) for i in raw if str(i).isdecimal()] if isinstance(raw, list | tuple) else []
        known = [i for i in ids if self._surroundings.room_name(i) is not None]
        if not known or len(known) != len(ids):
            errors.append(FieldError("room_ids", "Choose rooms that exist"))
        found["room_ids"] = json.dumps(sorted(set(known)))


def as_fields(channel: Channel) -> dict[str, object]:
    """A channel as its fields; the secret is none of them."""
    fields = {name: getattr(channel, name) for name in FIELDS if name not in _HOURS}
    fields["room_ids"] = None if channel.room_ids is None else sorted(channel.room_ids)
    return fields | {name: clock_words(getattr(channel, of)) for name, of in _HOURS.items()}


def _key_errors(raw: object) -> list[FieldError]:
    text = str(raw or "")
    if not text or (_KEY.fullmatch(text) and len(text) in range(SHORTEST_KEY, LONGEST_KEY + 1)):
        return []
    words = f"Give {SHORTEST_KEY} to {LONGEST_KEY} letters, digits, - or _"
    return [FieldError("secret", words, [SHORTEST_KEY, LONGEST_KEY])]


def clock_words(minute: int | None) -> str | None:
    """Minutes of a day as 07:30."""
    return None if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


def _times(
    wanted: Mapping[str, object], found: dict[str, object], errors: list[FieldError]
) -> None:
    for field, column in _HOURS.items():
        text = str(wanted.get(field) or "").strip()
        match = _CLOCK.fullmatch(text)
        if text and match is None:
            errors.append(FieldError(field, "Write a time as 07:30"))
        found[column] = int(match[1]) * 60 + int(match[2]) if match else None
    for first, second in (("hours_from", "hours_to"), ("quiet_from", "quiet_to")):
        if bool(wanted.get(first)) != bool(wanted.get(second)):
            errors.append(FieldError(second, "Give both times or none"))
    for field in ("delay_s", "digest_s", "escalation_s"):
        seconds = _seconds(wanted.get(field) or 0)
        if seconds is None or not 0 <= seconds <= LONGEST_S:
            errors.append(FieldError(field, "is a number of seconds up to a day", [0, LONGEST_S]))
        else:
            found[field] = seconds


def _seconds(value: object) -> int | None:
    """A whole number as a form or a program gives it; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = value if isinstance(value, str) else ""
    return int(text) if text.isdecimal() and len(text) <= len(str(LONGEST_S)) else None


def _person(actor: Actor) -> int:
    """Channels belong to people, not to programs. Raises NotAllowed."""
    actor.require(READ)
    if actor.kind != "user" or actor.user_id is None:
        raise NotAllowed(READ, "Only a person who is signed in has notifications.")
    return actor.user_id


def _whose(actor: Actor) -> int | None:
    user_id = _person(actor)
    return None if actor.may(EVERYBODYS) else user_id


def _found(c: Connection, actor: Actor, channel_id: int) -> Channel:
    channel = notice_store.read_channel(c, channel_id)
    whose = _whose(actor)
    if channel is None or whose not in (None, channel.user_id):
        raise Unknown("channel", channel_id)
    return channel
