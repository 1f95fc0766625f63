"""Handing over: every command of the document is typed, in its order, and answers as it shows."""

import re
import shlex
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from db.operator import accounts
from db.schema.connect import write_transaction
from services.operator import invitations
from tests.conftest import Typed
from tests.documents import ROOT, blocks
from tests.support.installation import opened

LINK = re.compile(r"/ops/invitation/([\w-]{22})")
NOW = datetime.now(UTC)


def take(said: str) -> None:
    """A person chooses a password by the link that was printed."""
    found = LINK.search(said)
    assert found
    with closing(opened()) as db:
        assert invitations.take_invitation(db, found[1], "scrypt", NOW)


def test_every_step_can_be_taken(typed: Callable[..., Typed]) -> None:
    typed("init")
    with closing(opened()) as db, write_transaction(db):
        owner = accounts.add(db, "anna@example.org", "Anna Field", "owner", NOW)
        accounts.set_password_hash(db, owner.id, "scrypt", NOW)
    text = (ROOT / "docs" / "handing-over.md").read_text("utf-8")
    steps = [one for block in blocks(text, "console") for one in block.typed()]

    assert len(steps) >= 8
    for step in steps:
        words = shlex.split(step.command)
        answer = typed(*words[1:])
        assert answer.code == 0 or words[1] == "check", f"{step.command}: {answer.err}"
        assert step.differs(answer.out) == ""
        if "sam@example.org" in words:
            take(answer.out)  # the deputy and the rescuer take theirs later

    with closing(opened()) as db:
        standing = {one.email.partition("@")[0]: one.closed_at is None for one in accounts.listing(db)}
    assert standing == {"anna": False, "dee": False, "sam": True, "rae": True}
