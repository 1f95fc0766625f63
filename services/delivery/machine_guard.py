"""Machine guard: a house that wakes on another machine, or in another folder, mails nobody until a person says so.

A database that is copied, restored elsewhere or cloned with its machine may have a twin that still runs: both would
mail every reader, and each would know only of those who leave by its own links. So the database holds a digest of the
place where it is at home: the machine's id with the path of the data directory, or the name that `machine` gives, for
where there is no id that lasts, as in a container.
"""

from core.actions import terminal_action, typed_words
from core.config.schema import Settings
from core.dates import local_minute
from core.errors import HouseError
from core.side_effects import SideEffects
from db.operator import home
from db.schema.connect import Database, write_transaction

AWAY_FIX = "Stop the other one for good if it still runs"
MOVED_COMMAND = "casereviews init --here"
MOVED_ACTION = terminal_action("How this one mails again", f"then, so that this one mails: {MOVED_COMMAND}")


def is_away(effects: SideEffects, settings: Settings, db: Database) -> bool:
    """Whether the database was at home elsewhere; not where it was at home nowhere yet."""
    known = home.get(db)
    return known is not None and known.place != _place_digest(effects, settings)


def refuse_away(effects: SideEffects, settings: Settings, db: Database) -> None:
    """Raises HouseError where the database was at home elsewhere. Where it was nowhere yet, it is at home here now."""
    if is_away(effects, settings, db):
        raise HouseError("no mail is sent", describe_away(settings, db), f"{AWAY_FIX};", MOVED_ACTION)
    note_place(effects, settings, db)


def note_place(effects: SideEffects, settings: Settings, db: Database) -> None:
    """Write down where the database is at home where that is new, and whether it is away."""
    known = home.get(db)
    if known is None:
        move_in(effects, settings, db)
        return
    away = known.place != _place_digest(effects, settings)
    if away != (known.away_since is not None):
        with write_transaction(db):
            home.mark_away(db, effects.now() if away else None)


def move_in(effects: SideEffects, settings: Settings, db: Database) -> None:
    """From now on the database is at home here."""
    with write_transaction(db):
        home.save(db, _place_digest(effects, settings), effects.now())


def describe_away(settings: Settings, db: Database) -> str:
    """What is the matter, in words; empty where the database is not known to be away."""
    known = home.get(db)
    since = f" since {local_minute(known.since, settings.zone)}" if known else ""
    return (
        f"the database in {settings.data_dir} was at home on another machine or in another folder{since}, and may "
        "still be at work there"
    )


def describe_away_typed(settings: Settings, db: Database) -> str:
    """What is the matter and what to do, as a terminal and a log say it."""
    return f"{describe_away(settings, db)}. {typed_words(AWAY_FIX, MOVED_ACTION)}"


def knows_machine(effects: SideEffects, settings: Settings) -> bool:
    """Whether a copy on another machine would be noticed."""
    return bool(settings.machine or effects.machine())


def _place_digest(effects: SideEffects, settings: Settings) -> str:
    import hashlib  # with OpenSSL: 3 ms that who only looks does not need

    machine, folder = effects.machine(), settings.data_dir.resolve()
    place = f"name {settings.machine}" if settings.machine else f"machine {machine} folder {folder}"
    return hashlib.sha256(place.encode()).hexdigest()
