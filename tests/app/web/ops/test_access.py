"""Who may do what at the desk: each role at each address, as the table says."""

import pytest

from app.web.ops.access import ACCESS, DUTIES, roles_words
from db.schema.connect import Database
from tests.app.web.operator import Desk


def test_each_address_stands_in_one_line_of_the_table(db: Database) -> None:
    endpoints = {rule.endpoint for rule in Desk(db).app.url_map.iter_rules() if rule.endpoint.startswith("ops.")}
    named = [f"ops.{name}" for duty in DUTIES for name in duty.endpoints.split()]

    assert sorted(endpoints - {*named}) == [], "add them to a line of DUTIES in app/web/ops/access.py"
    assert sorted({*named} - endpoints) == []
    assert len(named) == len(ACCESS)


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (("owner",), "an owner"),
        (("owner", "operator"), "an operator or an owner"),
        (("owner", "approver", "editor"), "an editor, an approver or an owner"),
    ],
)
def test_the_roles_are_named_in_their_order(roles: tuple, words: str) -> None:
    assert roles_words(roles) == words
