"""Keys that sign, as settings hold them."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def is_ed25519_private_key(pem: str) -> bool:
    """Return whether a text is an Ed25519 private key in PEM, without a password."""
    try:
        return isinstance(load_pem_private_key(pem.encode(), password=None), Ed25519PrivateKey)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
