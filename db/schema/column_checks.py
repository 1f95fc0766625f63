"""Column checks: the types of columns that hold a state, or a yes or no."""

from typing import Any

from core.states import members


def one_of(column: str, states: Any) -> str:
    """Text that is one of these."""
    return f"TEXT NOT NULL CHECK ({column} IN {members(states)})"


def flag(column: str) -> str:
    """0 or 1."""
    return f"INTEGER NOT NULL CHECK ({column} IN (0, 1))"
