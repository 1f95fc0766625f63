"""List identity: the List-Id of our mail, made once from the title, and the same for ever after (RFC 2919 §3)."""

from core.config.schema import LOOPBACK_HOSTS, Settings
from db.operator import secrets
from db.schema.connect import Database
from newsletter.mail.issue_message import make_list_id

SECRET_NAME = "list-id"  # noqa: S105 - no secret: it is kept beside them, as it outlives a move too


def list_id(settings: Settings, db: Database) -> str:
    """The identifier that is kept, or that would be made now. One made before there was a public address is no more."""
    kept = secrets.find(db, SECRET_NAME)
    if kept and (not _is_local(kept.partition(".")[2]) or _is_local(settings.host)):
        return kept
    return make_list_id(settings.newsletter.title, settings.host)


def keep_list_id(settings: Settings, db: Database) -> None:
    """Keep it, inside the caller's transaction."""
    if (identifier := list_id(settings, db)) != secrets.find(db, SECRET_NAME):
        secrets.save(db, SECRET_NAME, identifier)


def _is_local(host: str) -> bool:
    return host in LOOPBACK_HOSTS or host.endswith(".localhost")
