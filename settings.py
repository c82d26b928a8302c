"""Every setting, once: read from WATTBOARD_* variables, refused here when it would be unsafe."""

import os
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ROLES = ("all", "web", "ingest", "scheduler")
SECRET_KEY_BYTES = 32


class SettingsError(SystemExit):
    """A setting that cannot be used; ends the start with one sentence that names it."""

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(f"{variable}: {reason}")
        self.variable = variable


@dataclass(frozen=True)
class Settings:
    """One installation; field `x_y` is `WATTBOARD_X_Y`, and docs/settings.md explains each."""

    database_url: str
    data_dir: Path
    mqtt_url: str | None
    mqtt_ca_file: Path | None
    mqtt_port: int
    site: str
    timezone: str
    host: str
    port: int
    trusted_proxies: int
    latitude: float
    longitude: float
    currency: str
    smtp_url: str | None
    public_url: str | None
    secret_key: str
    role: str
    demo: bool
    demo_speed: float
    demo_start: datetime | None
    demo_days: int
    demo_seed: int
    admin_password: str | None
    topic_prefix: str = "wattboard"

    @property
    def zone(self) -> ZoneInfo:
        """The building's zone."""
        return ZoneInfo(self.timezone)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the web server."""
        return self.host in LOOPBACK

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read and check all variables.

        Raises:
            SettingsError: a value is unreadable, or the combination would be unsafe.
        """
        read = _Reader(os.environ if env is None else env)
        data_dir = Path(read.text("DATA_DIR", "./data")).expanduser().resolve()
        configured = bool(read.optional("DATABASE_URL") or read.optional("MQTT_URL"))
        host = read.text("HOST", "127.0.0.1")
        demo = read.flag("DEMO", not configured)
        if demo and host not in LOOPBACK and read.optional("DEMO") is None:
            raise SettingsError(
                "WATTBOARD_HOST",
                f"{host} is reachable from outside; say WATTBOARD_DEMO=1 if the demo shall be, "
                "or configure a database and a broker",
            )
        speed = read.number("DEMO_SPEED", 1.0, 0.01, 3600)
        if speed != 1 and not demo:
            raise SettingsError("WATTBOARD_DEMO_SPEED", "only the demo may run faster than time")
        role = read.text("ROLE", "all")
        if role not in ROLES:
            raise SettingsError("WATTBOARD_ROLE", f"is one of {', '.join(ROLES)}")
        if role != "all" and read.optional("MQTT_URL") is None:
            raise SettingsError(
                "WATTBOARD_MQTT_URL", "is required when roles run in several processes"
            )
        return cls(
            database_url=read.text("DATABASE_URL", f"sqlite:///{data_dir / 'wattboard.db'}"),
            data_dir=data_dir,
            mqtt_url=read.url("MQTT_URL", ("mqtt", "mqtts")),
            mqtt_ca_file=read.certificates("MQTT_CA_FILE"),
            mqtt_port=read.integer("MQTT_PORT", 0, 0, 65535),
            site=read.topic_part("SITE", "main"),
            timezone=read.zone("TIMEZONE", "Europe/Lisbon"),
            host=host,
            port=read.integer("PORT", 8050, 0, 65535),
            trusted_proxies=read.integer("TRUSTED_PROXIES", 0, 0, 10),
            latitude=read.number("LATITUDE", 38.72, -90, 90),
            longitude=read.number("LONGITUDE", -9.14, -180, 180),
            currency=read.text("CURRENCY", "EUR"),
            smtp_url=read.url("SMTP_URL", ("smtp", "smtps")),
            public_url=read.url("PUBLIC_URL", ("http", "https")),
            secret_key=_secret_key(read, data_dir, role),
            role=role,
            demo=demo,
            demo_speed=speed,
            demo_start=read.moment("DEMO_START"),
            demo_days=read.integer("DEMO_DAYS", 400, 0, 1000),
            demo_seed=read.integer("DEMO_SEED", 1, 0, 2**31),
            admin_password=read.optional("ADMIN_PASSWORD"),
        )


def _secret_key(read: "_Reader", data_dir: Path, role: str) -> str:
    given = read.optional("SECRET_KEY")
    if given is not None:
        if len(given.encode()) < SECRET_KEY_BYTES:
            raise SettingsError("WATTBOARD_SECRET_KEY", f"needs at least {SECRET_KEY_BYTES} bytes")
        return given
    if role != "all":
        raise SettingsError(
            "WATTBOARD_SECRET_KEY", "is required when roles run in several processes"
        )
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "secret_key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key


class _Reader:
    """Typed access to the variables, naming the one that is wrong."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def optional(self, name: str) -> str | None:
        value = self._env.get(f"WATTBOARD_{name}", "").strip()
        return value or None

    def text(self, name: str, default: str) -> str:
        return self.optional(name) or default

    def flag(self, name: str, default: bool) -> bool:
        value = self.optional(name)
        if value is None:
            return default
        if value not in {"0", "1"}:
            raise SettingsError(f"WATTBOARD_{name}", "is 0 or 1")
        return value == "1"

    def number(self, name: str, default: float, low: float, high: float) -> float:
        value = self.optional(name)
        if value is None:
            return default
        try:
            number = float(value)
        except ValueError:
            raise SettingsError(f"WATTBOARD_{name}", f"“{value}” is not a number") from None
        if not low <= number <= high:
            raise SettingsError(f"WATTBOARD_{name}", f"lies between {low:g} and {high:g}")
        return number

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        number = self.number(name, default, low, high)
        if number != int(number):
            raise SettingsError(f"WATTBOARD_{name}", "is a whole number")
        return int(number)

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        value = self.optional(name)
        if value is not None and urlsplit(value).scheme not in schemes:
            raise SettingsError(f"WATTBOARD_{name}", f"starts with {' or '.join(schemes)}://")
        return value

    def certificates(self, name: str) -> Path | None:
        value = self.optional(name)
        if value is None:
            return None
        path = Path(value).expanduser().resolve()
        try:
            ssl.create_default_context(cafile=str(path))
        except (OSError, ssl.SSLError) as error:
            reason = error.strerror or "holds no certificate"
            raise SettingsError(f"WATTBOARD_{name}", f"{path}: {reason}") from None
        return path

    def topic_part(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if any(sign in value for sign in "+#/$\0") or len(value) > 64:
            raise SettingsError(f"WATTBOARD_{name}", "is one part of a topic: no / + # $")
        return value

    def zone(self, name: str, default: str) -> str:
        value = self.text(name, default)
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise SettingsError(f"WATTBOARD_{name}", f"“{value}” is not a time zone") from None
        return value

    def moment(self, name: str) -> datetime | None:
        value = self.optional(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise SettingsError(f"WATTBOARD_{name}", f"“{value}” is not ISO 8601") from None
        zone = ZoneInfo(self.zone("TIMEZONE", "Europe/Lisbon"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
