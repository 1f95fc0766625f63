"""JSON views of a correction: for everybody, and with its history for the operators."""

from core.correction_json_types import CorrectionHistoryJson, CorrectionJson
from core.dates import iso_utc, iso_utc_or_none
from core.editor_records import Correction
from db.mail import deliveries, mailings
from db.schema.connect import Database


def correction_json(one: Correction) -> CorrectionJson:
    """A correction as everybody may read it: the words that stand, when they were made and changed."""
    return {
        "number": one.number,
        "at": iso_utc(one.at),
        "amended": iso_utc_or_none(one.amended_at),
        "withdrawn": one.withdrawn,
        "review": None if one.taken_down else one.review_id,
        "words": one.current.words,
    }


def correction_history_json(db: Database, one: Correction) -> CorrectionHistoryJson:
    """The same with every version, who wrote it and why, and what became of its mailings."""
    return {
        **correction_json(one),
        "period": one.period,
        "versions": [
            {
                "version": version.version,
                "at": iso_utc(version.at),
                "words": version.words,
                "by": version.actor,
                "reason": version.reason,
                "withdrawn": version.withdrawn,
            }
            for version in one.versions
        ],
        "mailings": [
            {
                "run": mailing.run,
                "version": mailing.version,
                "status": mailing.status,
                "asked": iso_utc(mailing.asked_at),
                "by": mailing.actor,
                "deliveries": dict(deliveries.counts(db, mailing.run)),
            }
            for mailing in mailings.list_corrections(db, one.period, one.number)
        ],
    }
