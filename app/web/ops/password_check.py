"""Password check at log-in: one look whoever asks, a throttle for strangers, another for browsers that are known."""

from dataclasses import dataclass
from threading import Lock

from werkzeug.security import check_password_hash

from app.web.context import context
from app.web.known_browser import known_log_ins
from app.web.ops import audit_writer
from app.web.ops.desk import ops_context, utc_now
from app.web.ops.sessions import client_network, shared_password_hash
from core.redact import mask_address
from db.operator import accounts
from db.operator.accounts import SHARED_PASSWORD_ID, Account

MAX_NAME_LENGTH = 60  # characters
LOCK_TIMEOUT = 0.5  # seconds that a stranger's try waits for the one before: each takes 32 MB
KNOWN_LOCK_TIMEOUT = 10.0  # the same of one from a known browser, which waits for others of its kind alone
NOT_YOURS = "This is not your password, or there were too many tries: wait a minute"
NOBODYS_HASH = f"scrypt:32768:8:1$nobody${'0' * 128}"  # no password has it; looking takes as long as at any other
_stranger_lock, _known_lock = Lock(), Lock()


@dataclass(frozen=True, slots=True)
class LogInTry:
    """One try: whose password it would be, who says so, and whether the browser was in there before."""

    account: Account | None  # None: nobody's
    password_hash: str
    who: str  # as the audit trail names them
    known: str  # names the account and the browser; empty: a stranger's

    @property
    def door(self) -> str:
        """The network and the account: who gets in to their own tries no more passwords of another's."""
        return f"{client_network()} {self.account.id if self.account else 'nobody'}"


def check_log_in(name: str, password: str) -> Account | None:
    """Whose account it is, by the address or name typed and the password; None where either is wrong, or too soon."""
    typed = _read_try(name)
    throttle, now = ops_context().throttle, utc_now()
    known = bool(typed.known) and throttle.allows_known(typed.known, now)
    lock, timeout = (_known_lock, KNOWN_LOCK_TIMEOUT) if known else (_stranger_lock, LOCK_TIMEOUT)
    if not lock.acquire(timeout=timeout):
        return None
    try:
        allowed = throttle.allows_known(typed.known, now) if known else throttle.allows(typed.door, now)
        right = check_password_hash(typed.password_hash, password)  # always: it takes the time
        if allowed:
            _write_down(typed, known, right)
        return typed.account if allowed and right else None
    finally:
        lock.release()


def check_own_password(own: Account, typed: str) -> bool:
    """Whether who is inside knows the password, too. Who found the desk open tries no more often than others may."""
    throttle, key = ops_context().throttle, f"password of {own.id}"
    if not throttle.begin_known(key, utc_now()) or not check_password_hash(own.password_hash, typed):
        return False
    throttle.record_known_success(key)
    return True


def _read_try(name: str) -> LogInTry:
    printable = " ".join("".join(char if char.isprintable() else " " for char in name).split())[:MAX_NAME_LENGTH]
    named = mask_address(printable) if "@" in printable else printable or "operator"  # whoever's it is
    shown = f"{named} ({client_network()})"
    account = _find_account(name, shown)
    if account is None:
        return LogInTry(None, NOBODYS_HASH, shown, "")
    token = known_log_ins().get(str(account.id))
    return LogInTry(
        account,
        account.password_hash or shared_password_hash(),
        f"{account.label} ({client_network()})" if account.id else shown,
        f"{account.id} {token}" if token else "",
    )


def _find_account(name: str, shown: str) -> Account | None:
    """An address names an account; anything else is what somebody calls themselves who knows the shared password."""
    if "@" in name:
        account = accounts.find_by_email(context().db, name)
        return account if account and account.active and account.password_hash else None
    now = utc_now()
    return Account(SHARED_PASSWORD_ID, "", shown, "owner", now, now) if shared_password_hash() else None


def _write_down(typed: LogInTry, known: bool, right: bool) -> None:
    """Of a second factor that is still to come it says nothing: that is counted by itself."""
    throttle, now = ops_context().throttle, utc_now()
    audit_writer.set_operator(typed.who)
    audit_writer.set_action("logged in" if right else "tried a wrong password")
    if known:
        throttle.record_known_success(typed.known) if right else throttle.record_known_failure(typed.known, now)
    else:
        throttle.record_success(typed.door) if right else throttle.record_failure(typed.door, now)
