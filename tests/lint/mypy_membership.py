"""mypy plugin: a word that its set does not know is an error in `state in ("sent", "refusd")` and `"snt" in counts`.

mypy compares types as wholes, and a group with one good word in it overlaps with the state's own type.
"""

from collections.abc import Callable, Sequence

from mypy.errorcodes import COMPARISON_OVERLAP
from mypy.nodes import ComparisonExpr, Context, Expression, ListExpr, SetExpr, StrExpr, TupleExpr
from mypy.plugin import CheckerPluginInterface, MethodContext, Plugin
from mypy.types import Instance, LiteralType, NoneType, Type, flatten_nested_unions, get_proper_type


class MembershipPlugin(Plugin):
    """Looks at every `in` and `not in`."""

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        """The look, where a container is asked."""
        return check_words if fullname.endswith(".__contains__") else None


def check_words(context: MethodContext) -> Type:
    """Report the words on one side that are not of the closed set on the other; the type stays as it is."""
    asked = context.context
    if isinstance(asked, ComparisonExpr) and len(asked.operands) == 2:
        word, group = asked.operands
        if isinstance(group, TupleExpr | ListExpr | SetExpr):
            _check(context.api, _closed_set(context.arg_types[0][0]), group.items)
        elif isinstance(context.type, Instance) and context.type.args:
            _check(context.api, _closed_set(context.type.args[0]), [word])
    return context.default_return_type


def _check(api: CheckerPluginInterface, known: set[str], items: Sequence[Expression]) -> None:
    for item in items:
        if known and isinstance(item, StrExpr) and item.value not in known:
            _report(api, f'"{item.value}" is none of: {", ".join(sorted(known))}', item)


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
