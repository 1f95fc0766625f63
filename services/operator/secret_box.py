"""Secret box: what is encrypted at rest, by a key in a file beside the database that no backup holds."""

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from core.disk_advice import suggest_fix
from core.errors import HouseError, StoreError
from core.new_file import write_new_file
from core.side_effects import SideEffects

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

FILE_NAME = "second-factor.key"


def seal(effects: SideEffects, data_dir: Path, text: str) -> str:
    """A text as only this installation can read it; its key is made where there is none yet. Raises StoreError."""
    return _read_key(data_dir, _make_key(effects)).encrypt(text.encode()).decode()


def unseal(data_dir: Path, sealed: str) -> str:
    """What `seal` was given. Raises HouseError without the key that sealed it: after a move without its file, say."""
    from cryptography.fernet import InvalidToken

    try:
        return _read_key(data_dir).decrypt(sealed.encode()).decode()
    except InvalidToken as e:
        raise HouseError(
            "a second step cannot be checked here",
            f"{data_dir / FILE_NAME} is missing, or another's",
            "Use a recovery code, or have an owner take the second step away and set it up anew.",
        ) from e


def _make_key(effects: SideEffects) -> bytes:
    """256 bits by chance, as Fernet writes them."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{effects.token()} {effects.token()}".encode()).digest())


def _read_key(data_dir: Path, fresh: bytes = b"") -> "Fernet":
    """The key in the file. `fresh`: stored, for the owner of the file alone, where there is none yet."""
    from cryptography.fernet import Fernet, InvalidToken  # 7 MiB that a server holds once somebody has a second step

    file = data_dir / FILE_NAME
    try:
        if fresh and not file.exists():
            write_new_file(file, fresh)
        return Fernet(file.read_bytes().strip())
    except (FileNotFoundError, ValueError) as e:
        raise InvalidToken from e
    except OSError as e:
        raise StoreError("cannot keep the key of second steps", f"{file}: {e.strerror}", suggest_fix(e)) from e
