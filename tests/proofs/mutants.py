"""Mutants: the source of a module with one small thing in it wrong. Pure.

A mutant changes one place inside one function: a comparison, a sum, a number, an `and`, a refusal left out.
A test suite that still passes has not looked there. Some mutants are the same program in other words
(`<` for `<=` where equality cannot happen), so that not every survivor is a fault of the tests.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
WORDS = {"min": "max", "max": "min", "any": "all", "all": "any"}
UNTOUCHED = {"annotation", "returns", "decorator_list", "type_comment"}

Put = Callable[[ast.AST], None]
Change = tuple[ast.AST, str, Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the line, the function around it, what was done, and which of the module's it is."""

    line: int
    function: str
    what: str
    number: int


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module, function by function."""
    changes = enumerate(_changes(ast.parse(source)))
    return [Mutant(node.lineno, function, what, n) for n, (function, (node, what, _)) in changes]  # type: ignore[attr-defined]


def mutated(source: str, mutant: Mutant, path: str) -> CodeType:
    """The code of the mutant's function. Raises LookupError where the change took the function away."""
    tree = ast.parse(source)
    for number, (_, (_, _, make)) in enumerate(_changes(tree)):
        if number == mutant.number:
            make()
            break
    module = compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
    return next(code for code in _codes(module) if code.co_qualname == mutant.function)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _changes(tree: ast.Module) -> Iterator[tuple[str, Change]]:
    """What can be changed, each with the name of the outermost function around it."""
    makers = _makers(tree)
    for name, function in _functions(tree, ""):
        for body in _made_by(function) if name in makers else [function.body]:
            for index, statement in enumerate(body):
                if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                    yield from ((name, change) for change in _below(statement, _putter(body, index)))


def _makers(tree: ast.Module) -> set[str]:
    """Functions that were called while the module was imported: what they made is there already."""
    own = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    calls = [node for statement in own for node in ast.walk(statement) if isinstance(node, ast.Call)]
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def _made_by(function: ast.FunctionDef) -> Iterator[list[Any]]:
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef) and node is not function:
            yield node.body


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield f"{prefix}{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")


def _putter(places: list[Any], index: int) -> Put:
    return lambda new: places.__setitem__(index, new)


def _below(node: ast.AST, put: Put) -> Iterator[Change]:
    """The changes of a node, then those of what it holds. What a refusal says is nobody's logic."""
    yield from ((node, what, make) for what, make in _of(node, put))
    if isinstance(node, ast.Raise | ast.JoinedStr):
        return
    for name, value in ast.iter_fields(node):
        if name in UNTOUCHED:
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST):
                inner = _putter(value, index) if isinstance(value, list) else _setter(node, name)
                yield from _below(child, inner)


def _setter(node: ast.AST, name: str) -> Put:
    return lambda new: setattr(node, name, new)


def _of(node: ast.AST, put: Put) -> Iterator[tuple[str, Callable[[], None]]]:
    """What can be done to one node, in words, each with the doing."""
    match node:
        case ast.Compare(ops=ops):
            for i, op in enumerate(ops):
                yield f"{_word(op)} → {_word(SWAPPED[type(op)]())}", _swapper(ops, i)
        case ast.BinOp(op=op) if type(op) in SWAPPED and not _is_text(node):
            new = SWAPPED[type(op)]()
            yield f"{_word(op)} → {_word(new)}", lambda: setattr(node, "op", new)
        case ast.BoolOp(op=op):
            other = SWAPPED[type(op)]()
            yield f"{_word(op)} → {_word(other)}", lambda: setattr(node, "op", other)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield f"{_word(node.op)} 去掉", lambda: put(operand)
        case ast.Constant(value=bool(value)):
            yield f"{value} → {not value}", lambda: put(ast.Constant(not value))
        case ast.Constant(value=int(number)):
            yield f"{number} → {number + 1}", lambda: put(ast.Constant(number + 1))
        case ast.Name(id=word) if word in WORDS:
            yield f"{word} → {WORDS[word]}", lambda: put(ast.Name(WORDS[word], ast.Load()))
        case ast.If(test=test) | ast.IfExp(test=test):
            yield "条件取反", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.comprehension(ifs=[_, *_]):
            return  # has no line of its own; its conditions are changed one by one
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "return → return None", lambda: setattr(node, "value", ast.Constant(None))
        case ast.Raise():
            yield "raise 去掉", lambda: put(ast.Pass())


def _swapper(ops: list[ast.cmpop], index: int) -> Callable[[], None]:
    def swap() -> None:
        ops[index] = SWAPPED[type(ops[index])]()  # type: ignore[call-overload]

    return swap


def _is_text(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(isinstance(s, ast.JoinedStr) or _is_string(s) for s in sides)


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _word(op: ast.AST) -> str:
    return type(op).__name__
