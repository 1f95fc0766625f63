"""mypy plugin: a word that its set does not know is an error in `state in ("sent", "refusd")` too.

mypy compares types as wholes, and a group with one good word in it overlaps with the state's own type.
"""

from collections.abc import Callable

from mypy.errorcodes import COMPARISON_OVERLAP
from mypy.nodes import ComparisonExpr, Context, ListExpr, SetExpr, StrExpr, TupleExpr
from mypy.plugin import CheckerPluginInterface, MethodContext, Plugin
from mypy.types import LiteralType, NoneType, Type, flatten_nested_unions, get_proper_type

GROUPS = ("builtins.tuple.__contains__", "builtins.list.__contains__", "builtins.set.__contains__")


class MembershipPlugin(Plugin):
    """Looks at every `in` and `not in` that has a group written out on its right."""

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        """The look, where a group is asked."""
        return check_group if fullname in GROUPS else None


def check_group(context: MethodContext) -> Type:
    """Report the words of a group that are not of the closed set on its left; the type stays as it is."""
    asked, known = context.context, _closed_set(context.arg_types[0][0])
    if known and isinstance(asked, ComparisonExpr) and len(asked.operands) == 2:
        group = asked.operands[1]
        for item in group.items if isinstance(group, TupleExpr | ListExpr | SetExpr) else []:
            if isinstance(item, StrExpr) and item.value not in known:
                _report(context.api, f'"{item.value}" is none of: {", ".join(sorted(known))}', item)
    return context.default_return_type


def _closed_set(asked: Type) -> set[str]:
    """The words of a type made of literal strings alone, or None beside them; else nothing."""
    parts = [get_proper_type(part) for part in flatten_nested_unions([asked])]
    if not all(isinstance(part, LiteralType | NoneType) for part in parts):
        return set()
    return {part.value for part in parts if isinstance(part, LiteralType) and isinstance(part.value, str)}


def _report(api: CheckerPluginInterface, message: str, where: Context) -> None:
    """Report at once: mypy first tries an `in` with all reports held back, and drops what it hears then."""
    errors = api.msg.errors
    watchers, errors._watchers = errors._watchers, []
    try:
        api.fail(message, where, code=COMPARISON_OVERLAP)
    finally:
        errors._watchers = watchers


def plugin(version: str) -> type[Plugin]:
    """What mypy asks a plugin for."""
    return MembershipPlugin
