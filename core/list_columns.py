"""List columns: what the columns of other programs' lists of readers say, by name and by words; pure.

A list tells in many ways who left, bounced or never confirmed: a word in a column of states, a date that is filled in,
a yes or a no, a tag. What each known column says is data (list_columns.json). A column that is not known and may say
such a thing, by its name or by a word in it, is asked about: nobody is mailed on a guess.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from core.actions import Action
from core.errors import HouseError
from core.folding import fold_case

ColumnRole = Literal["address", "status", "topics", "nations", "edition", "ignore"]
ColumnGuess = Literal[ColumnRole, "unknown", "asked"]  # unknown: not needed, but looked at; asked: nobody can tell
COLUMN_ROLES: tuple[ColumnRole, ...] = get_args(ColumnRole)
IMPORT_PAGE = "/ops/people/import"  # of the desk
# Our own, which say nothing of state
WISH_COLUMNS = ("topics", "nations", "edition", "only matching", "rest of issue")
# A column by such a name may say who must not get mail: one that is not understood is asked about.
STATE_COLUMN = re.compile(
    r"status|subscri|unsub|opt(ed)? ?(in|out)\b|optin|optout|consent|confirm|bounce|black|block|suppress|delet|disab"
    r"|activ|gdpr|permission|agree|valid|clean|complain|spam|do not|dont|verified|deliver|market|exclu|suspend"
    r"|allow|permit|no ?e? ?mail|paus|pending|remov|\bleft\b|leave|cancel|reception|\bhold\b|newsletter|mailing"
    r"|receives?\b|may we|can we|would you like|happy (for|to)|keep in touch|communicat|unreach|inactiv"
    r"|expired|archived|includ|\bsend\b|contactab|\bfail|returned|wrong|\bok\b"
    r"|statws|cydsyn|caniat|[td]anysgrif|\bwants?\b|\bdead\b|stop|withdr[ae]w|object|declin|refus|\bdnc\b|statut"
    r"|abgemeld|abmeld|d[ée]sabonn|d[ée]sinscri"
)
# And of such a name a "yes" means no mail.
REFUSING_COLUMN = re.compile(
    r"unsub|opt(ed)? ?out|bounce|black|block|suppress|delet|disab|complain|spam|do not|dont|exclu|suspend|no ?e? ?mail"
    r"|paus|dad ?danysgrif|\bdead\b|stop|withdr[ae]w|object|declin|refus|\bdnc\b"
    r"|remov|\bleft\b|cancel|\bhold\b|unreach|inactiv|expired|archived|abgemeld|abmeld|d[ée]sabonn|d[ée]sinscri|clean"
)
NOTHING = {"", "null", "none", "nil", "-", "–", "n/a", "na", "nan", "\\n", "never", "0000-00-00", "0000-00-00 00:00:00"}
FALSE_WORDS = frozenset(NOTHING | {"false", "no", "n", "0", "f", "0.0", "off"})
TRUE_WORDS = frozenset({"true", "yes", "y", "1", "t"})
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d|\d{1,2} \w+ \d{4}")  # the beginning of one: so it was done, on that day
TAG_SEPARATOR = re.compile(r"\s*(?:[,;|]|:::)\s*")  # the last is Google's
Rule = Callable[[str], bool]  # whether a word, folded, refuses its row


def _load_columns() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(Path(__file__).with_name("list_columns.json").read_bytes())
    return known


KNOWN_COLUMNS = _load_columns()
MAY_WORDS = frozenset(KNOWN_COLUMNS["may"])
REFUSING_WORDS = frozenset(KNOWN_COLUMNS["refusing words"])
REFUSING_TAGS = REFUSING_WORDS | set(KNOWN_COLUMNS["refusing words of a type or tag"])
RULES: dict[str, Rule] = {
    "status": lambda said: said not in MAY_WORDS,
    "refused when set": lambda said: said not in FALSE_WORDS,
    "refused when empty": lambda said: said in FALSE_WORDS,
    "refused when true": lambda said: said not in FALSE_WORDS,
    "refused when false": lambda said: not said or (said not in MAY_WORDS | TRUE_WORDS and not DATE.match(said)),
    "refused when it says so": lambda said: not REFUSING_TAGS.isdisjoint(TAG_SEPARATOR.split(said)),
}


@dataclass(frozen=True, slots=True)
class ListColumns:
    """What the columns of one list are, by their places."""

    names: tuple[str, ...]  # folded, as written
    addresses: tuple[int, ...]
    states: tuple[tuple[int, Rule], ...]  # the columns that may refuse a row
    unknown: frozenset[int]  # those of which nothing is known: a refusing word in one is asked about
    wishes: tuple[int | None, ...]  # where WISH_COLUMNS are

    def refusal(self, cells: Sequence[str]) -> str:
        """Why a reader is not to be taken, as their row has it; empty where it does not say so.

        Raises HouseError where a column of which nothing is known says it.
        """
        for place, refuses in self.states:
            if place < len(cells) and refuses(fold_case(cells[place])):
                said = fold_case(cells[place])[:20]
                return f'its "{self.names[place]}" is {said!r}; only active subscribers are taken'
        if not REFUSING_WORDS.isdisjoint(map(str.strip, map(str.casefold, cells))):
            for place in self.unknown:
                if place < len(cells) and cells[place].casefold().strip() in REFUSING_WORDS:
                    raise _question(self.names[place])
        return ""


def assign_columns(header: Sequence[str], roles: Mapping[str, ColumnRole]) -> ListColumns:
    """What each column is. Raises HouseError when none holds addresses, and when one may say who must not get mail
    and is not understood."""
    names = tuple(map(fold_case, header))
    plain, asked = [plain_name(name) for name in header], {plain_name(name): role for name, role in roles.items()}
    if unknown := [name for name in roles if plain_name(name) not in plain]:
        raise HouseError("the list has no such column", unknown[0], f"It has: {', '.join(names)[:200]}")
    kinds = [asked.get(name) or _known_kind(name) for name in plain]
    if not (addresses := [place for place, kind in enumerate(kinds) if kind == "address"]):
        addresses = [place for place, name in enumerate(plain) if name in KNOWN_COLUMNS["address where no other is"]]
    if not addresses:
        command = "Write email above the addresses, or name their column: --column NAME=address"
        action = Action(IMPORT_PAGE, "Say what each column is", command)
        raise HouseError("the list has no column called email", "in its first line", action=action)
    for place, kind in enumerate(kinds):
        if not kind and STATE_COLUMN.search(plain[place]) and place not in addresses:
            raise _question(names[place])
    rules = [
        (place, _rule_of_asked(plain[place]) if asked.get(plain[place]) == "status" else RULES[kind])
        for place, kind in enumerate(kinds)
        if kind in RULES
    ]
    return ListColumns(
        names,
        tuple(addresses),
        tuple(rules),
        frozenset(place for place, kind in enumerate(kinds) if not kind and place not in addresses),
        tuple(_find_wish(name, plain, asked) for name in WISH_COLUMNS),
    )


def _find_wish(wish: str, plain: list[str], asked: Mapping[str, ColumnRole]) -> int | None:
    """Where a wish stands: in the column that was said to hold it, else in that of its name, unless that is another."""
    said = next((place for place, name in enumerate(plain) if asked.get(name) == wish), None)
    return said if said is not None or wish not in plain or wish in asked else plain.index(wish)


def guess_columns(header: Sequence[str]) -> list[ColumnGuess]:
    """What each column is by its name alone, as `assign_columns` takes it where nobody says otherwise."""
    plain = [plain_name(name) for name in header]
    kinds = [_known_kind(name) for name in plain]
    return [_guess(name, kind, "address" in kinds) for name, kind in zip(plain, kinds, strict=True)]


def _guess(name: str, kind: str, has_address: bool) -> ColumnGuess:
    if kind == "address" or (not has_address and name in KNOWN_COLUMNS["address where no other is"]):
        return "address"
    if kind == "ignore":
        return next((role for role in COLUMN_ROLES if role == name), "ignore")
    return "status" if kind else "asked" if STATE_COLUMN.search(name) else "unknown"


def plain_name(name: str) -> str:
    """A column's name as the table has it: "unsub time" of UNSUB_TIME, unsubTime and "Unsub time?"."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[\W_]+", " ", apart.casefold()).strip()


def _known_kind(name: str) -> str:
    """The rule of a column that the table knows; empty for one that it does not know."""
    if name in KNOWN_COLUMNS["ignored"] or name in WISH_COLUMNS:
        return "ignore"
    return next((kind for kind in ("address", *RULES) if name in KNOWN_COLUMNS[kind]), "")


def _rule_of_asked(name: str) -> Rule:
    """The rule of a column that the operator called a status. Where a "yes" means mail, an empty answer is none."""
    if REFUSING_COLUMN.search(name):
        return lambda said: said not in FALSE_WORDS and (said in TRUE_WORDS or said not in MAY_WORDS)
    return RULES["refused when false"]


def _question(name: str) -> HouseError:
    refuses = REFUSING_COLUMN.search(plain_name(name))
    says = 'If a "yes" in it means no mail' if refuses else 'If its "yes" or "active" says so'
    command = f'{says}, add --column "{name}=status"; if it says nothing of that, --column "{name}=ignore"'
    action = Action(IMPORT_PAGE, "Say what each column is", command)
    return HouseError("a column may say who must not get mail", name, action=action)
