"""Desk after a restore: accounts and waiting notices as they were in the old database, the audit trail of since."""

from db.schema.connect import Database

COLUMNS = (
    "id, email, name, role, password_hash, totp_secret, totp_last_step, oidc_issuer, oidc_subject, told, invited_at, "
    "activated_at, closed_at"
)


def take_over_accounts(db: Database) -> None:
    """Have the accounts of the database `was` in place of the backup's: who was let out since stays out."""
    db.execute("DELETE FROM main.accounts")  # and with them their log-ins, invitations and codes
    db.execute(f"INSERT INTO main.accounts ({COLUMNS}) SELECT {COLUMNS} FROM was.accounts")
    db.execute(
        """
        INSERT INTO main.account_invitations (token_hash, account_id, made_at, used_at)
        SELECT token_hash, account_id, made_at, used_at FROM was.account_invitations
        """
    )
    db.execute(
        """
        INSERT INTO main.account_recovery_codes (account_id, code_hash)
        SELECT account_id, code_hash FROM was.account_recovery_codes
        """
    )


def take_over_notices(db: Database) -> None:
    """Have the notices that wait in the database `was` in place of the backup's: what was told since is not again."""
    columns = "mailbox, name, message, asked_at, attempts, due_at"
    db.execute("DELETE FROM main.waiting_notices")
    db.execute(f"INSERT INTO main.waiting_notices ({columns}) SELECT {columns} FROM was.waiting_notices ORDER BY id")


def merge_audit_trail(db: Database) -> int:
    """Who did what since; how many lines."""
    return db.conn.execute(
        """
        INSERT INTO main.audit_trail (at, actor, action) SELECT w.at, w.actor, w.action FROM was.audit_trail AS w
        WHERE NOT EXISTS (
            SELECT 1 FROM main.audit_trail AS m WHERE m.at = w.at AND m.actor = w.actor AND m.action = w.action
        ) ORDER BY w.at, w.id
        """
    ).rowcount
