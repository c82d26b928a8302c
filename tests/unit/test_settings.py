import dataclasses
import stat
from pathlib import Path

import pytest

from settings import Settings, SettingsError

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def from_env(tmp_path: Path, **variables: str) -> Settings:
    env = {f"WATTBOARD_{name}": value for name, value in variables.items()}
    return Settings.from_env({"WATTBOARD_DATA_DIR": str(tmp_path), **env})


@pytest.mark.parametrize(
    "field", [f.name for f in dataclasses.fields(Settings) if f.name != "topic_prefix"]
)
def test_every_setting_is_in_the_docs(field):
    assert f"`WATTBOARD_{field.upper()}`" in DOCS.read_text()


def test_without_configuration_it_is_the_demo_on_loopback(tmp_path):
    settings = from_env(tmp_path)
    assert settings.demo
    assert settings.on_loopback
    assert settings.database_url.startswith("sqlite:///")


@pytest.mark.parametrize("name", ["DATABASE_URL", "MQTT_URL"])
def test_a_configured_database_or_broker_ends_the_demo(tmp_path, name):
    value = "sqlite:///x.db" if name == "DATABASE_URL" else "mqtt://broker"
    assert not from_env(tmp_path, **{name: value}).demo


def test_the_secret_key_is_made_once_and_readable_by_the_owner_only(tmp_path):
    first, second = from_env(tmp_path), from_env(tmp_path)
    assert first.secret_key == second.secret_key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SECRET_KEY": "short"}, "WATTBOARD_SECRET_KEY"),
        ({"ROLE": "web", "MQTT_URL": "mqtt://broker"}, "WATTBOARD_SECRET_KEY"),
        ({"ROLE": "web", "SECRET_KEY": "k" * 32}, "WATTBOARD_MQTT_URL"),
        ({"MQTT_CA_FILE": "/nowhere/ca.pem"}, "WATTBOARD_MQTT_CA_FILE"),
        ({"MQTT_CA_FILE": __file__}, "WATTBOARD_MQTT_CA_FILE"),
        ({"ROLE": "king"}, "WATTBOARD_ROLE"),
        ({"HOST": "0.0.0.0"}, "WATTBOARD_HOST"),
        ({"DEMO": "0", "DEMO_SPEED": "10"}, "WATTBOARD_DEMO_SPEED"),
        ({"DEMO_SPEED": "nan"}, "WATTBOARD_DEMO_SPEED"),
        ({"PORT": "65536"}, "WATTBOARD_PORT"),
        ({"PORT": "80.5"}, "WATTBOARD_PORT"),
        ({"TIMEZONE": "Europe/Nowhere"}, "WATTBOARD_TIMEZONE"),
        ({"TIMEZONE": "../../etc/passwd"}, "WATTBOARD_TIMEZONE"),
        ({"SITE": "a/b"}, "WATTBOARD_SITE"),
        ({"MQTT_URL": "http://broker"}, "WATTBOARD_MQTT_URL"),
        ({"DEMO_START": "yesterday"}, "WATTBOARD_DEMO_START"),
        ({"DEMO": "yes"}, "WATTBOARD_DEMO"),
    ],
)
def test_an_unsafe_or_unreadable_setting_is_refused_by_name(tmp_path, variables, named):
    with pytest.raises(SettingsError) as raised:
        from_env(tmp_path, **variables)
    assert raised.value.variable == named


def test_a_naive_demo_start_is_in_the_buildings_zone(tmp_path):
    start = from_env(tmp_path, DEMO_START="2026-06-16T10:00:00").demo_start
    assert start is not None
    assert start.isoformat() == "2026-06-16T09:00:00+00:00"
