"""Cluster key: what encrypts all that workers are given.

The key stands in the configuration (`cluster.key`) or in a file beside the database, which the coordinator makes and
no backup holds: whoever runs a worker gives it a copy. Nothing that a worker is given lies in the broker in clear: each
text is encrypted and authenticated (AES-256-GCM) together with the name of what it belongs to.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.config.schema import Settings
from core.disk_advice import suggest_fix
from core.errors import HouseError, StoreError
from core.new_file import write_new_file

KEY_FILE = "cluster.key"
NONCE_BYTES = 12  # of AES-GCM (NIST SP 800-38D §8.2.2)


@dataclass(frozen=True, slots=True)
class ClusterKey:
    """The key of an installation's workers, identified by its fingerprint."""

    fingerprint: str
    _cipher: AESGCM

    @classmethod
    def derive(cls, secret: bytes) -> "ClusterKey":
        """From a secret of any length."""
        fingerprint = HKDF(SHA256(), 8, None, b"casereviews cluster fingerprint").derive(secret).hex()
        return cls(fingerprint, AESGCM(HKDF(SHA256(), 32, None, b"casereviews cluster parcels").derive(secret)))

    def seal(self, data: bytes, name: str) -> bytes:
        """Data as only who has the key can read it; `name`: what it belongs to."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, name.encode())

    def unseal(self, sealed: bytes, name: str) -> bytes:
        """What `seal` was given. Raises HouseError for what was not sealed by this key, for this name."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
        except InvalidTag as e:
            fix = "Give every worker the key of the coordinator: cluster.key."
            raise HouseError("what the broker holds was not encrypted by this key", name, fix) from e


def read_key(settings: Settings) -> ClusterKey:
    """The key of this installation. Raises HouseError where there is none, StoreError where it cannot be read."""
    if secret := settings.cluster.key.get_secret_value():
        return ClusterKey.derive(secret.encode())
    file = settings.data_dir / KEY_FILE
    try:
        return ClusterKey.derive(file.read_bytes().strip())
    except FileNotFoundError as e:
        fix = "Copy it from the coordinator, which makes it as it starts, or set cluster.key."
        raise HouseError("there is no key for workers", str(file), fix) from e
    except OSError as e:
        raise StoreError("cannot read the key of workers", f"{file}: {e.strerror}", suggest_fix(e)) from e


def make_key(settings: Settings) -> ClusterKey:
    """The same; made where there is none yet. Raises StoreError."""
    file = settings.data_dir / KEY_FILE
    if not settings.cluster.key.get_secret_value() and not file.exists():
        _write_key(file)
    return read_key(settings)


def _write_key(file: Path) -> None:
    """256 bits by chance, whole or not at all, whoever else does so meanwhile."""
    try:
        write_new_file(file, f"{os.urandom(32).hex()}\n".encode("ascii"))
    except OSError as e:
        raise StoreError("cannot keep the key of workers", f"{file}: {e.strerror}", suggest_fix(e)) from e
