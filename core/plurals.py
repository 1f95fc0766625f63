"""Plurals: a count with its noun, "1 reader", "3 readers", "no readers"."""


def noun(count: int, one: str, many: str = "") -> str:
    """The noun alone that goes with a count; `many`: its plural, where that is not the singular and an s."""
    return one if count == 1 else many or f"{one}s"


def plural(count: int, one: str, many: str = "", *, none: str = "0", thousands: str = "") -> str:
    """A count with its noun. `none`: what stands for 0 ("no"). `thousands`: what parts them (",")."""
    digits = f"{count:,}".replace(",", thousands) if count else none
    return f"{digits} {noun(count, one, many)}"
