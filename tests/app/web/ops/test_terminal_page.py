"""The page of what only a terminal does: every command has its place on it, and every place is there."""

from collections.abc import Iterator

import click

from app.cli import cli
from app.web.ops.command_places import COMMAND_PLACES
from db.schema.connect import Database
from tests.app.web.operator import Desk
from tests.support.web_site import texts


def commands(group: click.Group, name: str = "") -> Iterator[str]:
    """Every command as it is typed; of a group those in it, and the group itself where it does something by itself."""
    context = click.Context(group)
    for one in group.list_commands(context):
        command = group.get_command(context, one)
        if isinstance(command, click.Group):
            yield from commands(command, f"{name}{one} ")
        else:
            yield f"{name}{one}"


def test_every_command_has_its_page_or_a_reason_why_it_has_none() -> None:
    placed = [place.command for place in COMMAND_PLACES]

    assert len(placed) == len(set(placed))
    assert sorted(placed) == sorted(commands(cli))


def test_the_page_leads_to_the_pages_of_commands_and_says_why_of_the_others(db: Database) -> None:
    who = Desk(db).operator()
    answer = who.get("/ops/terminal")
    page = texts(answer.text)

    assert "casereviews restore It puts another file in the place of the database" in page
    for place in COMMAND_PLACES:
        assert f"{place.command} {place.words}" in page
    links = {part.split('"')[0] for part in answer.text.split('href="')[1:]}
    assert {link for link in links if link.startswith("/") and who.get(link).status_code != 200} == set()
