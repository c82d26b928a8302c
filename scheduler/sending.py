"""Hands messages over: mail by SMTP, webhooks by a signed POST that reaches only what it may."""

import http.client
import smtplib
import ssl
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from domain.alarms.deliveries import NotDelivered, Outgoing, Send
from domain.alarms.targets import DELIVERY_HEADER, SIGNATURE_HEADER, signature
from scheduler.reaching import NotReached, connection_to

if TYPE_CHECKING:
    from settings import Settings

TIMEOUT_S = 10.0
USER_AGENT = "Wattboard"
_LATER = frozenset({408, 425, 429})


def sender(settings: "Settings") -> Send:
    """What sends the messages of one installation."""

    def send(outgoing: Outgoing) -> None:
        try:
            if outgoing.kind == "mail":
                _mail(outgoing, settings.smtp_url, settings.site)
            else:
                _post(outgoing)
        except (OSError, smtplib.SMTPException, http.client.HTTPException) as error:
            raise NotDelivered(_words(error)) from error

    return send


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"No answer within {TIMEOUT_S:g} s"
    return f"{type(error).__name__}: {error}"


# ---- mail ----------------------------------------------------------------------------------


def _mail(outgoing: Outgoing, smtp_url: str | None, site: str) -> None:
    if smtp_url is None:
        raise NotDelivered("No mail server is set (WATTBOARD_SMTP_URL)", final=True)
    parts = urlsplit(smtp_url)
    host = parts.hostname or "localhost"
    message = EmailMessage()
    message["Subject"] = outgoing.subject
    message["From"] = parse_qs(parts.query).get("from", [f"wattboard@{host}"])[0]
    message["To"] = outgoing.address
    message["Message-ID"] = f"<{outgoing.number}.{site}@wattboard>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(outgoing.body)
    try:
        with _connected(parts.scheme, host, parts.port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        words = (
            f"The mail server refuses {outgoing.address}: {code} {reply.decode(errors='replace')}"
        )
        raise NotDelivered(words, final=500 <= code < 600) from error


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    """Encrypted wherever the server can, and always where it is not this machine's own."""
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=context)
    server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_S)
    try:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
        elif host not in ("localhost", "127.0.0.1", "::1"):
            raise NotDelivered(f"{host} offers no encryption (STARTTLS)", final=True)
    except BaseException:
        server.close()
        raise
    return server


# ---- webhooks ------------------------------------------------------------------------------


def _post(outgoing: Outgoing) -> None:
    parts = urlsplit(outgoing.address)
    try:
        connection = connection_to(outgoing.address, outgoing.allowed_hosts, TIMEOUT_S)
    except NotReached as error:
        raise NotDelivered(str(error), final=True) from error
    body = outgoing.payload.encode()
    path = parts.path or "/"
    try:
        connection.request(
            "POST",
            f"{path}?{parts.query}" if parts.query else path,
            body,
            {
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": USER_AGENT,
                DELIVERY_HEADER: str(outgoing.number),
                SIGNATURE_HEADER: signature(outgoing.key, body),
            },
        )
        status = connection.getresponse().status
    finally:
        connection.close()
    if not 200 <= status < 300:
        final = status < 500 and status not in _LATER
        raise NotDelivered(f"{parts.hostname} answered {status}", final=final)
