"""How a client of aiokafka gets to the brokers: their addresses, TLS and the login."""

import ssl
from functools import cache
from pathlib import Path
from typing import Any

from navswap.store_settings import StoreSettings


def kafka_access(settings: StoreSettings) -> dict[str, Any]:
    """Return what every client of aiokafka is opened with."""
    return {"bootstrap_servers": settings.kafka_bootstrap, **kafka_security(settings)}


def kafka_security(settings: StoreSettings) -> dict[str, Any]:
    """Return what a client is opened with besides the addresses."""
    access: dict[str, Any] = {"security_protocol": settings.kafka_security.value}
    if settings.kafka_security.has_tls:
        access["ssl_context"] = _trusting(settings.kafka_ca_file)
    if settings.kafka_security.has_login and settings.kafka_password is not None:
        access["sasl_mechanism"] = settings.kafka_mechanism.value
        access["sasl_plain_username"] = settings.kafka_username
        access["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return access


@cache
def _trusting(certificates: Path | None) -> ssl.SSLContext:
    """Return what checks certificates and names of brokers; reading the system's takes some 30 ms."""
    return ssl.create_default_context(cafile=certificates)
