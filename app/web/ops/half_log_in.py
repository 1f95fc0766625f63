"""Half log-in: whose second factor is awaited, in the signed cookie for ten minutes; who lacks one that they need."""

from datetime import timedelta
from hashlib import sha256

from flask import session

from app.web.context import context
from app.web.ops.desk import utc_now
from db.operator import accounts
from db.operator.accounts import Account

SESSION_KEY = "ops_half_log_in"
GOOD_FOR = timedelta(minutes=10)


def begin_half(account: Account, next_address: str) -> None:
    """Somebody has given the password of an account; they want to go to an address."""
    session[SESSION_KEY] = [account.id, int(utc_now().timestamp()), _proof(account), next_address]


def current_half() -> tuple[Account, str] | None:
    """Whose second factor is awaited, and where they want to go; None: nobody's, or no longer."""
    number, began, proof, next_address = session.get(SESSION_KEY) or (0, 0, "", "")
    account = accounts.get(context().db, number)
    late = abs(utc_now().timestamp() - began) > GOOD_FOR.total_seconds()  # far ahead: the clock was put back
    if account is None or not account.active or not account.totp_secret or late or proof != _proof(account):
        return None
    return account, next_address


def _proof(account: Account) -> str:
    """What was proved: the password of then, which says nothing once another was chosen."""
    return sha256(account.password_hash.encode()).hexdigest()[:16]


def lacks_second_step(account: Account) -> bool:
    """Whether a person has to set a second step up before anything else; not one whom a provider alone lets in."""
    required = context().settings.web.second_factor == "required"
    return required and bool(account.id and account.password_hash) and not account.totp_secret
