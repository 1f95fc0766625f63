"""Second factor: time-based one-time codes (RFC 6238), each good once, with recovery codes for a lost phone."""

import base64
import hashlib
import re
from datetime import datetime

import pyotp
import segno

from core.config.schema import Settings
from core.lazy_pattern import lazy_pattern
from core.side_effects import SideEffects
from db.operator import account_sessions, accounts, recovery_codes
from db.operator.accounts import Account
from db.schema.connect import Database, write_transaction
from services.operator import secret_box

STEP = 30  # seconds that a code is shown
STEPS_AROUND = (0, -1, 1)  # codes that are taken: a phone's clock is a little wrong
RECOVERY_CODES = 10
CODE_PATTERN = lazy_pattern(r"\d{6}")
SECRET_BYTES, RECOVERY_BYTES = 20, 10  # RFC 4226 §4 wants 16 or more, and advises 20


def make_secret(effects: SideEffects) -> str:
    """A secret by chance, in Base32."""
    return _draw(effects, SECRET_BYTES)


def group_secret(secret: str) -> str:
    """A secret as a person types it off a page: in groups of four."""
    return " ".join(re.findall(".{1,4}", secret))


def otpauth_url(settings: Settings, account: Account, secret: str) -> str:
    """The address that an app on the same machine opens to take the secret."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=account.email, issuer_name=settings.newsletter.title)


def draw_qr_code(url: str) -> str:
    """The same address as an SVG image that a phone's camera reads: black on white, four modules of margin."""
    return segno.make(url, micro=False).svg_inline(scale=5, dark="#000", light="#fff", svgclass=None, lineclass=None)


def set_up(
    effects: SideEffects, settings: Settings, db: Database, account: Account, secret: str, typed: str
) -> list[str] | None:
    """Store a secret once its person has typed a code of it; their recovery codes, or None where it is no code of it.

    All that is stored of those codes is a hash: they are shown this once.
    """
    if (step := _find_step(secret, typed, effects.now())) is None:
        return None
    sealed = secret_box.seal(effects, settings.data_dir, secret)
    with write_transaction(db):
        accounts.set_totp_secret(db, account.id, sealed)
        accounts.take_totp_step(db, account.id, step)
        return _new_recovery_codes(effects, db, account.id)


def renew_recovery_codes(effects: SideEffects, db: Database, account: Account) -> list[str]:
    """Ten new recovery codes; those of before are worth nothing."""
    with write_transaction(db):
        return _new_recovery_codes(effects, db, account.id)


def check_code(settings: Settings, db: Database, account: Account, typed: str, now: datetime) -> bool:
    """Use up what a person typed as their second factor: a code of now, or a recovery code; whether it was good.

    A code is good once, and none that is older than one that was used. Raises HouseError without the key that the
    secret is encrypted by.
    """
    code = _tidy(typed)
    if not CODE_PATTERN.fullmatch(code):
        with write_transaction(db):
            return recovery_codes.take(db, account.id, code)
    step = _find_step(secret_box.unseal(settings.data_dir, account.totp_secret), code, now)
    if step is None:
        return False
    with write_transaction(db):
        return accounts.take_totp_step(db, account.id, step)


def take_away(db: Database, account: Account, now: datetime, but: int = 0) -> None:
    """A person has no second factor from now on; their log-ins end, `but` one."""
    with write_transaction(db):
        accounts.set_totp_secret(db, account.id, "")
        recovery_codes.replace(db, account.id, ())
        account_sessions.end_all(db, account.id, now, but=but)


def _find_step(secret: str, typed: str, now: datetime) -> int | None:
    """The step of time, near now, whose code it is; None: of no such."""
    totp, current = pyotp.TOTP(secret, interval=STEP), int(now.timestamp()) // STEP
    code = _tidy(typed)
    steps = [current + near for near in STEPS_AROUND]
    return next((step for step in steps if pyotp.utils.strings_equal(code, totp.generate_otp(step))), None)


def _tidy(typed: str) -> str:
    """A code without the spaces and dashes that make it legible."""
    return re.sub(r"[\s-]", "", typed).lower()


def _new_recovery_codes(effects: SideEffects, db: Database, account_id: int) -> list[str]:
    codes = [_draw(effects, RECOVERY_BYTES).lower() for _ in range(RECOVERY_CODES)]
    recovery_codes.replace(db, account_id, codes)
    return ["-".join(re.findall(".{4}", code)) for code in codes]


def _draw(effects: SideEffects, size: int) -> str:
    """Base32 of so many bytes by chance, without padding: 5 bytes are 8 letters."""
    return base64.b32encode(hashlib.sha256(f"{effects.token()} {effects.token()}".encode()).digest()[:size]).decode()
