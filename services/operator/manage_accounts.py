"""Accounts of the desk: roles changed, accounts closed and brought back; the last owner stays."""

from datetime import datetime

from core.actions import Action
from core.errors import HouseError, NotFound
from core.states import Role
from db.operator import account_invitations, account_sessions, accounts
from db.operator.accounts import Account
from db.schema.connect import Database, write_transaction

SEE_ACCOUNTS = Action("/ops/accounts", "See the accounts")


def get_account(db: Database, number: int) -> Account:
    """The account of a number. Raises NotFound."""
    if not (account := accounts.get(db, number)):
        raise NotFound("no such account", str(number), "Choose another.", SEE_ACCOUNTS)
    return account


def change_role(db: Database, number: int, role: Role) -> Account:
    """Give a person another role, from their next request on; as it is now. Raises NotFound, HouseError."""
    with write_transaction(db):
        if role != "owner":
            _refuse_last_owner(db, get_account(db, number), "the role cannot be changed")
        accounts.update_role(db, number, role)
        return get_account(db, number)


def close_account(db: Database, number: int, now: datetime) -> Account:
    """Let a person in no more: their log-ins and links are worth nothing from now on. Raises NotFound, HouseError."""
    with write_transaction(db):
        account = get_account(db, number)
        _refuse_last_owner(db, account, "the account cannot be closed")
        accounts.close(db, number, now)
        account_sessions.end_all(db, number, now)
        account_invitations.delete_of(db, number)
    return account


def reopen_account(db: Database, number: int) -> Account:
    """Let a person in again, by the password of before; as it is now. Raises NotFound."""
    with write_transaction(db):
        get_account(db, number)
        accounts.reopen(db, number)
        return get_account(db, number)


def change_password(db: Database, account: Account, password_hash: str, now: datetime, session: int = 0) -> int:
    """Store the hash of another password; all log-ins of the account end but this one. How many."""
    with write_transaction(db):
        accounts.set_password_hash(db, account.id, password_hash, now)
        return account_sessions.end_all(db, account.id, now, but=session)


def _refuse_last_owner(db: Database, account: Account, what: str) -> None:
    """Somebody must be able to let others in. Raises HouseError."""
    if account.role == "owner" and account.active:
        others = [one for one in accounts.listing(db) if one.active and one.role == "owner" and one.id != account.id]
        if not others:
            fix = "Make somebody else an owner first."
            raise HouseError(what, f"{account.label} is the only owner", fix, SEE_ACCOUNTS)
