"""Edit form of a draft issue: what it asks for, read and checked; pure but for the words of the mistakes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.web.form_mistake import FormMistake, error_mistake
from core.errors import HouseError
from db.mail.issues import IssueEdits
from services.issues import edit_issue
from services.issues.order_reviews import MOVES, Move, move_review, place_reviews

ORDER_LABELS = {
    "": "As configured",
    "publisher": "By publisher",
    "theme": "By theme, the most shared first",
    "age": "By age, youngest first",
    "name": "By name",
    "year": "By year, newest first",
    "first_seen": "By when they were first seen",
    "hand": "By hand, as they stand below",
}
_MOVE = re.compile(rf"({'|'.join(MOVES)})-([0-9]{{1,9}})", re.ASCII)


@dataclass(slots=True)
class ParsedEdits:
    """The edits that a form asks for, with what is wrong with it."""

    edits: IssueEdits
    wrong: list[FormMistake] = field(default_factory=list)
    order: tuple[int, ...] = ()  # of the reviews, where they are ordered by hand
    placed: tuple[int, ...] = ()  # those that were given another place than they had
    moved: tuple[int, Move] | None = None  # the one that a button moved, and how


def parse_edits(form: Mapping[str, str], before: IssueEdits, shown: Sequence[int], out: Sequence[int]) -> ParsedEdits:
    """What a form asks for of an issue that shows some reviews and leaves others out."""
    note = form.get("note", "").replace("\r\n", "\n").strip()
    parsed = ParsedEdits(replace(before, note=note))
    _parse_choice(parsed, form, before, [*shown, *out])
    _parse_order(parsed, form, before, shown, out)
    _parse_first(parsed, form, shown)
    return parsed


def _parse_choice(parsed: ParsedEdits, form: Mapping[str, str], before: IssueEdits, ids: Sequence[int]) -> None:
    """Which reviews are left out and taken in."""
    gone = {number for number in ids if form.get(f"skip-{number}") == "yes"}
    typed = form.get("add", "").replace(",", " ").split()
    if any(not re.fullmatch(r"[0-9]{1,9}", number) for number in typed):
        parsed.wrong.append(FormMistake("Write the numbers of reviews, with commas between them: 12, 5", "add"))
        typed = []
    adds = ({*before.adds} | set(map(int, typed))) - gone
    parsed.edits = replace(parsed.edits, skips=tuple(sorted(gone - {*before.adds})), adds=tuple(sorted(adds)))


def _parse_order(
    parsed: ParsedEdits, form: Mapping[str, str], before: IssueEdits, shown: Sequence[int], out: Sequence[int]
) -> None:
    """The order: one by which it is sorted, or the reviews' numbers where a position was typed or a button pressed."""
    order = form.get("order", "")
    if order not in ORDER_LABELS:
        parsed.wrong.append(FormMistake("Choose an order from the list", "order"))
        return
    came_back = [number for number in out if form.get(f"skip-{number}") != "yes"]
    seen = _seen_order(form, [*shown, *came_back])
    places = _typed_places(parsed, form, seen, {*came_back})
    parsed.placed, parsed.moved = tuple(places), _pressed_move(form, seen)
    same = order == ("hand" if before.order[:1].isdigit() else before.order)
    if places and order != "hand" and not same:
        words = "You chose an order and typed positions: take the one or the other"
        parsed.wrong.append(FormMistake(words, "order"))
    if not parsed.wrong and (places or parsed.moved or order == "hand"):
        numbers = place_reviews(seen, places)
        if parsed.moved:
            numbers = move_review(numbers, *parsed.moved)
            parsed.placed = (*parsed.placed, parsed.moved[0])
        parsed.order = tuple(number for number in numbers if form.get(f"skip-{number}") != "yes")
        order = ",".join(map(str, parsed.order))
    parsed.edits = replace(parsed.edits, order="" if order == "hand" else order)


def _seen_order(form: Mapping[str, str], now: Sequence[int]) -> list[int]:
    """The reviews in the order in which the form showed them: those that came since stand at the end."""
    typed = [int(number) for number in form.get("shown", "").split(",") if re.fullmatch(r"[0-9]{1,9}", number)]
    first = [number for number in dict.fromkeys(typed) if number in now]
    return [*first, *(number for number in now if number not in first)]


def _typed_places(parsed: ParsedEdits, form: Mapping[str, str], seen: Sequence[int], new: set[int]) -> dict[int, int]:
    """The reviews that were given another place than they had, with it."""
    places: dict[int, int] = {}
    for at, number in enumerate(seen, 1):
        typed, name = form.get(f"place-{number}", "").strip(), f"place-{number}"
        if form.get(f"skip-{number}") == "yes" or typed == str(at) or name not in form or (not typed and number in new):
            continue
        if not re.fullmatch(r"[0-9]{1,4}", typed) or not 1 <= int(typed) <= len(seen):
            words = f"Write the position as a number from 1 to {len(seen)}"
            parsed.wrong.append(FormMistake(words, name))
        elif int(typed) in places.values():
            parsed.wrong.append(FormMistake(f"Another review is to stand at {int(typed)} as well", name))
        elif int(typed) != at:
            places[number] = int(typed)
    return places


def _pressed_move(form: Mapping[str, str], seen: Sequence[int]) -> tuple[int, Move] | None:
    found = _MOVE.fullmatch(form.get("move", ""))
    move = next((one for one in MOVES if found and one == found[1]), None)
    return (int(found[2]), move) if found and move and int(found[2]) in seen else None


def _parse_first(parsed: ParsedEdits, form: Mapping[str, str], ids: Sequence[int]) -> None:
    """What is put first, with its reason."""
    number, reason = form.get("first", ""), form.get("reason", "").strip()
    if not number:
        if reason:
            parsed.wrong.append(FormMistake("Choose the review that this is the reason for", "first"))
        parsed.edits = replace(parsed.edits, first=None, first_reason="")
        return
    try:
        chosen = int(number) if re.fullmatch(r"[0-9]{1,9}", number) else 0
        parsed.edits = edit_issue.put_first(parsed.edits, chosen, reason, ids)
    except HouseError as e:
        parsed.wrong.append(error_mistake(e, "reason" if "reason" in e.what else "first"))
