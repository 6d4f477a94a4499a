"""Secrets as the deployment guide has them made."""

import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def deployment_secrets() -> dict[str, str]:
    """Return new secrets by the field of the settings that they are for."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {"jwt_secret": secrets.token_hex(32), "qr_private_key": pem}
