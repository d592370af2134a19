"""A program changed at one place: operators, terms, constants, calls, names, steps."""

import ast
import copy
from collections.abc import Iterator

OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
ORDERED = (ast.Sub, ast.Div, ast.MatMult, ast.Pow)  # a - b is not b - a
TWINS = [
    *("min max", "argmin argmax", "minimum maximum", "any all", "sum mean"),
    *("mean median", "std var", "zeros ones", "floor ceil", "exp log", "sin cos"),
    *("cumsum cumprod", "fit_transform transform", "append extend", "head tail"),
    *("nanmean nanmedian", "isnan isfinite", "round int"),
]
CALLS = [pair.split() for pair in TWINS]
DROPS_LEFT = (ast.Add, ast.Sub, ast.Mult)  # a + b becomes b; any becomes a
DROPPED = (ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.If)
SEEDS = {"default_rng", "manual_seed", "seed", "random_state"}


def mutants(source: str) -> Iterator[str]:
    """The source, changed at one place each time."""
    tree = ast.parse(source)
    arguments = [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    for put, node in list(_places(tree)):
        others = [*_changes(node), *_arguments(node, arguments)]
        for other in others:
            put(other)
            yield ast.unparse(tree)
        put(node)


def _places(node: ast.AST) -> Iterator[tuple]:
    """Each node below this one that may be changed, and what puts another there."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            parts = [(_at(value, i), part) for i, part in enumerate(value)]
        else:
            parts = [(_field(node, field), value)]
        for put, part in parts:
            if isinstance(part, ast.AST) and not _left_alone(part):
                if not _is_check(part):
                    yield put, part
                yield from _places(part)


def _at(values: list, index: int):
    return lambda other: values.__setitem__(index, other)


def _field(node: ast.AST, field: str):
    return lambda other: setattr(node, field, other)


def _left_alone(node: ast.AST) -> bool:
    """Seeds, texts, what is only printed or asserted, and what makes a function one."""
    if isinstance(node, ast.keyword):
        return node.arg in SEEDS
    if isinstance(node, ast.Call):
        return _is_call_of(node, SEEDS)
    if isinstance(node, ast.Expr):
        return _is_call_of(node.value, {"print"}) or _is_text(node.value)
    return isinstance(node, ast.Assert | ast.JoinedStr | ast.arguments)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_call_of(node: ast.AST, names: set[str]) -> bool:
    called = getattr(node, "func", None)
    return getattr(called, "id", getattr(called, "attr", "")) in names


def _is_check(node: ast.AST) -> bool:
    """The call of the check itself, and the statement that consists of it."""
    called = getattr(getattr(node, "value", node), "func", None)
    return getattr(getattr(called, "value", None), "id", "") == "check"


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    match node:
        case ast.BinOp(left, op, right):
            if isinstance(op, ORDERED):
                yield ast.BinOp(right, op, left)
            yield from (left, right) if isinstance(op, DROPS_LEFT) else (left,)
        case ast.operator() | ast.cmpop() | ast.boolop():
            yield from (other() for other in OPERATORS.get(type(node), ()))
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.Constant(value):
            yield from map(ast.Constant, _other_values(value))
        case ast.Call():
            yield from _other_calls(node)
        case ast.Slice(lower, upper, step):
            if lower:
                yield ast.Slice(None, upper, step)
            if upper:
                yield ast.Slice(lower, None, step)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Tuple([*some, one, other], ctx):
            yield ast.Tuple([*some, other, one], ctx)
        case ast.Attribute(value, "T"):
            yield value
        case ast.comprehension(target, values, [_, *_], lazy):
            yield ast.comprehension(target, values, [], lazy)
        case _ if isinstance(node, DROPPED):
            yield ast.Pass()


def _arguments(node: ast.AST, arguments: list[str]) -> Iterator[ast.AST]:
    """Where an argument of a function is used, each other one; and what is returned."""
    names = [ast.Name(name, ast.Load()) for name in sorted({*arguments})]
    match node:
        case ast.Name(name) if name in arguments:
            yield from (other for other in names if other.id != name)
        case ast.Return(value) if value:
            yield from map(ast.Return, names)
        case ast.Lambda(parts, _):
            yield from (ast.Lambda(parts, name) for name in names)


def _other_values(value) -> list:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return sorted({value + 1, value - 1, 0, -value} - {value})
    if isinstance(value, float):
        return sorted({value * 1.1 + 0.01, 0.0, -value} - {value})
    return []


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    """Another function, fewer keywords, arguments exchanged, or no call at all."""
    func, args, keywords = node.func, node.args, node.keywords
    name = getattr(func, "attr", getattr(func, "id", ""))
    for other in (b for pair in CALLS for a, b in (pair, pair[::-1]) if a == name):
        twin = copy.copy(func)
        setattr(twin, "attr" if isinstance(func, ast.Attribute) else "id", other)
        yield ast.Call(twin, args, keywords)
    for gone in keywords:
        yield ast.Call(func, args, [k for k in keywords if k is not gone])
    if name == "range":
        yield from _other_ranges(*args)
    if len(args) > 1:
        yield ast.Call(func, [*args[:-2], args[-1], args[-2]], keywords)
    if args:
        yield args[0]
    elif isinstance(func, ast.Attribute):
        yield func.value


def _other_ranges(*ends: ast.expr) -> Iterator[ast.AST]:
    """A range that begins one later, ends one earlier, or ends one later."""
    begin, end, *step = [ast.Constant(0), *ends] if len(ends) == 1 else ends
    for change in ((1, 0), (0, -1), (0, 1)):
        moved = [
            ast.BinOp(each, ast.Add(), ast.Constant(by))
            for each, by in zip((begin, end), change, strict=True)
        ]
        yield ast.Call(ast.Name("range", ast.Load()), [*moved, *step], [])
