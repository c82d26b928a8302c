"""Where messages may go: mail addresses, and webhooks that reach nothing inside. Pure."""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from domain.foundation.errors import FieldError, InvalidInput

LONGEST_ADDRESS = 500
_MAIL = re.compile(r"[^@\s<>,;:\"\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45}")
SIGNATURE_HEADER = "X-Wattboard-Signature"
DELIVERY_HEADER = "X-Wattboard-Delivery"


def checked_address(kind: str, raw: object) -> str:
    """A mail address or a webhook URL as it will be used. Raises InvalidInput."""
    text = str(raw or "").strip()
    if kind == "mail":
        if len(text) > 254 or not text.isascii() or not _MAIL.fullmatch(text):
            raise _refused("Give a mail address such as name@example.org")
        return text
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(text) > LONGEST_ADDRESS or not text.isascii() or not text.isprintable():
        raise _refused("Give a web address that begins with http:// or https://")
    if parts.username or parts.password:
        raise _refused("The address cannot hold a user or a password; messages are signed")
    return text


def checked_host(raw: object) -> str:
    """A host name or address for the list of allowed hosts. Raises InvalidInput."""
    host = str(raw or "").strip().lower().strip("[]")
    if not _HOST.fullmatch(host):
        wrong = FieldError("host", "Give a host name or an address, without port")
        raise InvalidInput("This host cannot be allowed.", [wrong])
    return host


def refusal(host: str, resolved: str, allowed: Collection[str]) -> str | None:
    """Why a webhook may not connect to what its host resolves to, or None where it may.

    What is not out on the internet is refused, unless an administrator has allowed the host.
    """
    if host.lower() in allowed or resolved in allowed:
        return None
    address = ipaddress.ip_address(resolved.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_global and not address.is_multicast:
        return None
    return f"{host} is {resolved}, inside the network; an administrator may allow it"


def signature(secret: str, body: bytes) -> str:
    """What the signature header carries: HMAC-SHA256 of the body under the channel's secret."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _refused(message: str) -> InvalidInput:
    return InvalidInput("This address cannot be used.", [FieldError("address", message)])
