"""Token file: OAuth tokens kept between runs in the data directory, readable by their owner alone (0600)."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.disk_advice import suggest_fix
from core.errors import StoreError
from newsletter.oauth.token_server import Token

FILE_NAME = "oauth-tokens.json"


def read_tokens(data_dir: Path) -> dict[str, Token]:
    """All tokens, by whose they are; none where there is no file yet or it is spoilt. Raises StoreError."""
    file = data_dir / FILE_NAME
    try:
        tokens = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as e:
        raise _file_error(file, e) from e
    except ValueError:
        return {}  # spoilt: whoever needs to sign in is told so, and that writes it anew
    known = tokens.items() if isinstance(tokens, dict) else ()
    return {whose: token for whose, token in known if isinstance(token, dict) and "access_token" in token}


@contextmanager
def open_tokens(data_dir: Path) -> Iterator[dict[str, Token]]:
    """All tokens, by whose they are; what was changed is stored at the end. One process and thread at a time.

    So a token that is over is renewed once, however many connections want it: some servers take a refresh token only
    once. Raises StoreError.
    """
    file = data_dir / FILE_NAME
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(data_dir, os.O_RDONLY)
    except OSError as e:
        raise _file_error(file, e) from e
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        tokens = read_tokens(data_dir)
        before = json.dumps(tokens)
        yield tokens
        if json.dumps(tokens) != before:
            _write(file, tokens)
    finally:
        os.close(folder)  # which lets go of the lock


def _write(file: Path, tokens: dict[str, Token]) -> None:
    aside = file.with_suffix(".new")
    try:
        aside.unlink(missing_ok=True)
        aside.touch(mode=0o600, exist_ok=False)
        with aside.open("r+", encoding="utf-8") as out:
            json.dump(tokens, out)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(file)
    except OSError as e:
        raise _file_error(file, e) from e


def _file_error(file: Path, error: OSError) -> StoreError:
    return StoreError("cannot keep the tokens for mail", f"{file}: {error.strerror}", suggest_fix(error))
