"""Finds in source code what could make two machines disagree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

#: Modules that bring in clock, randomness, environment, I/O, threads, or inexact numbers.
FORBIDDEN_MODULES = {
    *("datetime", "time", "zoneinfo"),
    *("random", "secrets", "uuid"),
    *("getpass", "locale", "os", "platform", "sys"),
    *("io", "logging", "pathlib", "shutil", "socket", "subprocess", "tempfile", "urllib"),
    *("asyncio", "concurrent", "multiprocessing", "queue", "select", "signal", "threading"),
    *("math", "statistics"),
}
#: Builtins that do, or whose answer differs from process to process.
FORBIDDEN_CALLS = frozenset(
    {"open", "input", "print", "hash", "id", "float", "complex", "eval", "exec", "globals", "locals", "vars"}
)
_SET_TYPES = frozenset({"set", "frozenset"})
#: What takes an iterable and does not care for its order.
_ORDERLESS = frozenset({"sorted", "set", "frozenset", "len", "sum", "min", "max", "any", "all"})


class Finding(NamedTuple):
    """Something that could differ between machines.

    Attributes:
        rule: "import", "call", "float", "division" or "set order".
        line: In the file.
        what: As written.
    """

    rule: str
    line: int
    what: str


def findings(source: str) -> list[Finding]:
    """Return what `source` holds that a deterministic file must not; names in annotations do not count."""
    tree = ast.parse(source)
    skipped = _typing_only(tree)
    found = [one for node in ast.walk(tree) if node not in skipped for one in _of(node)]
    found += [one for scope in _scopes(tree) for one in _set_order(scope)]
    return sorted(set(found), key=lambda one: one[1:])


def _of(node: ast.AST) -> Iterator[Finding]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                if alias.name.partition(".")[0] in FORBIDDEN_MODULES:
                    yield Finding("import", node.lineno, alias.name)
        case ast.ImportFrom(module=str(module)):
            if module.partition(".")[0] in FORBIDDEN_MODULES:
                yield Finding("import", node.lineno, module)
        case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
            yield Finding("call", node.lineno, name)
        case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="random"):
            yield Finding("call", node.lineno, "np.random")
        case ast.Constant(value=float() | complex()):
            yield Finding("float", node.lineno, repr(node.value))
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            yield Finding("division", node.lineno, ast.unparse(node)[:60])
        case _:
            pass


def _typing_only(tree: ast.AST) -> set[ast.AST]:
    """Return the nodes under `if TYPE_CHECKING:`, which never run."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.body:
                skipped |= set(ast.walk(statement))
    return skipped


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _set_order(scope: ast.AST) -> Iterator[Finding]:
    """Find iteration over something that is plainly a set, in one function or in the module's own statements."""
    names = {name for node in ast.walk(scope) for name in _assigned_sets(node)}

    def is_set(node: ast.AST) -> bool:
        match node:
            case ast.Set() | ast.SetComp():
                return True
            case ast.Call(func=ast.Name(id=name)):
                return name in _SET_TYPES
            case ast.Name(id=name):
                return name in names
            case ast.BinOp(op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), left=left, right=right):
                return is_set(left) or is_set(right)
            case _:
                return False

    calm = _orderless(scope)
    for node in ast.walk(scope):
        for taken in _iterated(node):
            if node not in calm and is_set(taken):
                yield Finding("set order", getattr(node, "lineno", taken.lineno), ast.unparse(taken)[:60])


def _assigned_sets(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Set() | ast.SetComp()):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=called))) if called in _SET_TYPES:
            yield name
        case ast.AnnAssign(target=ast.Name(id=name), annotation=kind) | ast.arg(arg=name, annotation=ast.AST() as kind):
            if ast.unparse(kind).partition("[")[0] in _SET_TYPES:
                yield name
        case _:
            pass


def _orderless(scope: ast.AST) -> set[ast.AST]:
    """Return the generators that are handed to something that sorts, counts or collects into a set."""
    found: set[ast.AST] = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ORDERLESS:
            found |= {child for argument in node.args for child in (argument, *getattr(argument, "generators", ()))}
        if isinstance(node, ast.SetComp):
            found |= set(node.generators)
    return found


def _iterated(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a node goes through in order."""
    match node:
        case ast.For(iter=taken) | ast.comprehension(iter=taken):
            yield taken
        case ast.Call(func=ast.Name(id="list" | "tuple" | "enumerate" | "zip" | "map" | "iter" | "next")):
            yield from node.args
        case ast.Call(func=ast.Attribute(attr="join" | "extend")):
            yield from node.args
        case ast.Starred(value=taken):
            yield taken
        case _:
            pass
