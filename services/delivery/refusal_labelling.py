"""Refusal labelling: refusals that nobody understood are kept, and the operator says what they mean."""

import hashlib
from datetime import datetime

from core.actions import Action
from core.errors import NotFound
from core.refusal_labels import RefusalLabel, find_label, parse_phrase, refusal_phrase
from core.states import RefusalMeaning
from db.mail import refusal_labels, unknown_refusals
from db.schema.connect import Database, write_transaction

MEANING_PHRASES: dict[RefusalMeaning, str] = {
    "gone": "the mailbox is not there",
    "domain": "its domain is not there",
    "passing": "it cannot be reached for now, or is full",
    "content": "our message is refused for what it is",
    "sender": "we are refused: our server, our address, or how fast we send",
    "nothing": "it is no refusal, and says nothing of the reader",
}


def keep_unknown(db: Database, ident: str, words: str, now: datetime) -> None:
    """Keep what nobody understood, without addresses or tokens; inside the caller's transaction.

    `ident`: what is the same however often it is heard of.
    """
    fingerprint = hashlib.sha256(ident.encode("utf-8", "replace")).hexdigest()
    unknown_refusals.add(db, fingerprint, refusal_phrase(words), words, now)


def label_refusal(
    db: Database, number: int, meaning: RefusalMeaning, typed: str, now: datetime, dry: bool = False
) -> tuple[RefusalLabel, int]:
    """Say what a refusal means, by all of its words or those that were typed; how many kept ones that explains.

    It counts for what comes from now on. Raises NotFound for no such refusal, HouseError for words that are not in it.
    """
    kept = unknown_refusals.listing(db)
    refusal = next((one for one in kept if one.id == number), None)
    if refusal is None:
        action = Action("/ops/refusals", "See which there are", "See: casereviews refusals list")
        raise NotFound("no such refusal", f"{number}", action=action)
    label = RefusalLabel(parse_phrase(typed, refusal.phrase), meaning, now)
    explained = [one for one in kept if find_label([label], one.phrase)]
    if not dry:
        with write_transaction(db):
            refusal_labels.save(db, label)
            unknown_refusals.delete(db, [one.phrase for one in explained])
    return label, sum(one.count for one in explained)


def remove_label(db: Database, phrase: str, dry: bool = False) -> RefusalLabel:
    """Take a label back: refusals with its words are not understood from now on. Raises NotFound."""
    label = next((one for one in refusal_labels.listing(db) if one.phrase == phrase), None)
    if label is None:
        action = Action("/ops/refusals", "See which there are", "See: casereviews refusals list --labels")
        raise NotFound("no such label", repr(phrase), action=action)
    if not dry:
        with write_transaction(db):
            refusal_labels.delete(db, phrase)
    return label
