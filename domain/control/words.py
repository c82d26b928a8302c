"""Commands and owners in the words of a facility manager. Pure."""

from domain.control.arbitration import Intent, Setting
from domain.control.model import Value
from domain.control.owners import OWNERS


def act(command: str, value: Value) -> str:
    """What is done, as a button says it: `Switch off`, `Set to 21.5 °C`, `Reduce by 50 %`."""
    match command:
        case "on":
            return "Switch on"
        case "off":
            return "Switch off"
        case "set_power_kw" if isinstance(value, float):
            return f"Set to {value:.1f} kW"
        case "set_setpoint_c" if isinstance(value, float):
            return f"Set to {value:.1f} °C"
        case "set_mode":
            return f"Set mode to {value}"
        case "set_shed_percent" if isinstance(value, float):
            return f"Reduce by {value:.0f} %"
    return "Give back to its own rule"


def told(command: str, value: Value) -> str:
    """The state that was ordered: `Off`, `21.5 °C`, `Mode heat`, `50 % less`."""
    match command:
        case "on":
            return "On"
        case "off":
            return "Off"
        case "set_power_kw" if isinstance(value, float):
            return f"{value:.1f} kW"
        case "set_setpoint_c" if isinstance(value, float):
            return f"{value:.1f} °C"
        case "set_mode":
            return f"Mode {value}"
        case "set_shed_percent" if isinstance(value, float):
            return f"{value:.0f} % less"
    return "Its own rule"


def owner(intent: Intent) -> str:
    """Who wants it: `manual (mia)`."""
    return f"{OWNERS[intent.owner].label.lower()} ({intent.owner_name})"


def took_over(setting: Setting) -> str:
    """Why a command in force ends before its time."""
    if setting.winner is None:
        return "nobody wants it any more"
    return f"{owner(setting.winner)} took over"
