"""Form mistake: what is wrong in a form, with the field to go to."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.actions import Action
from core.errors import HouseError


@dataclass(frozen=True, slots=True)
class FormMistake:
    """What is wrong with a form, and with which of its fields (its id; empty: with none of them)."""

    words: str
    field: str = ""
    action: Action | None = None  # where it is put right


def error_mistake(error: HouseError, field: str = "") -> FormMistake:
    """An error of ours, in words that name no command."""
    return FormMistake(error.sentence, field, error.action)


def words_by_field(mistakes: Sequence[FormMistake]) -> dict[str, str]:
    """The words to show at each field."""
    return {mistake.field: mistake.words for mistake in mistakes if mistake.field}
