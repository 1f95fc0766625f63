"""The verb test-send: an issue to a few addresses, before anybody gets it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app import issuing
from app.delivering import allowed
from app.subscribing import taken
from app.world import World
from core.settings import Settings
from db.connect import Database
from newsletter.message import message
from newsletter.render import render
from newsletter.send import to_outbox, to_server

SAMPLE = "A-SAMPLE-READERS-TOKEN"


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of one test message."""

    email: str
    via: str  # smtp, outbox
    reply: str


def test_send(
    world: World,
    settings: Settings,
    db: Database,
    period: str,
    addresses: Sequence[str],
    edition: str = "full",
    dry: bool = False,
) -> list[Tested]:
    """Send the issue of a period as it would be now. No real token is in it, and nothing is written down.

    Raises HouseError for an address that cannot be used, before anything is sent, and when the server takes none.
    """
    kept = issuing.draft(settings, db, period)
    words = issuing.framed(settings, kept)
    rendered = render(kept.issue, words, "email", short=edition == "short")
    rendered = replace(rendered, issue=replace(rendered.issue, subject=f"Test: {rendered.issue.subject}"))
    done, to = [], [taken(one) for one in addresses]
    for one in to:
        mailed = settings.mail.transport == "smtp" and (settings.mail.live or one.key in allowed(settings))
        raw = message(
            rendered,
            words,
            to=one.mailbox,
            token=SAMPLE,
            message_token=world.token(),
            host=settings.host,
            date=world.now().astimezone(settings.zone),
        )
        if mailed:
            if not dry:
                to_server(settings.mail, raw, one.mailbox)
            done.append(Tested(one.email, "smtp", "mailed"))
        else:
            name = f"test-{period}-{len(done) + 1}"
            if not dry:
                to_outbox(settings.data_dir / "outbox", name, raw)
            done.append(Tested(one.email, "outbox", f"written to outbox/{name}.eml, not mailed"))
    return done
