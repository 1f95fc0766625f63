"""Identity link: whose account it is that a provider vouches for; at the first log-in found by the verified address."""

from datetime import datetime

from core.errors import HouseError
from db.operator import accounts
from db.operator.accounts import Account
from db.schema.connect import Database, write_transaction

ASK_OWNER = "Ask an owner to invite you, by the address that the provider has of you."


def link_identity(db: Database, issuer: str, subject: str, email: str, now: datetime) -> Account:
    """The account of a person, by issuer and subject; the first time by their address, which is then linked to them.

    `email`: as the provider has verified it; empty: it has not. Nobody gets an account here by that alone. Raises
    HouseError. Whom another provider vouched for before is linked anew: it is no longer asked.
    """
    if not subject:  # all whom it says so little of would be the same person
        raise HouseError("the provider does not say who you are", "no subject", "Log in by your password.")
    with write_transaction(db):
        if account := accounts.find_by_oidc(db, issuer, subject):
            return _refuse_closed(account)
        if not email:
            raise HouseError("the provider has not verified your email address", "or does not say it", ASK_OWNER)
        if not (account := accounts.find_by_email(db, email)):
            raise HouseError("nobody with your email address has an account here", email, ASK_OWNER)
        _refuse_closed(account)
        if account.oidc_issuer == issuer:
            fix = "An owner closes that account and brings it back, if it is you."
            raise HouseError("this account is linked to somebody else at the provider", email, fix)
        accounts.set_oidc(db, account.id, issuer, subject, now)
        return _refuse_closed(accounts.get(db, account.id))


def _refuse_closed(account: Account | None) -> Account:
    if account is None or account.closed_at:
        raise HouseError("this account is closed", account.email if account else "", "Ask an owner.")
    return account
