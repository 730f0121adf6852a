"""A program as the worker runs it: compiled, with its last expression apart, and its awaits known."""

from __future__ import annotations
import __future__

import ast
import inspect
import io
import linecache
from collections.abc import Callable, Generator, Iterator, Mapping
from types import CodeType
from typing import Any, NamedTuple

# The name is resolved in builtins; it is not an attribute of the user's namespace.
AWAIT_NAME = "__caisson_await__"

COROUTINE = inspect.CO_COROUTINE
# Functions of asyncio, and methods of its groups and loops, that take what somebody else awaits.
TAKERS = frozenset(
    {"as_completed", "create_task", "ensure_future", "gather", "run", "shield", "wait_for"}
    | {"run_coroutine_threadsafe", "run_until_complete"}
)
# In the way to a function: what is before is called.
CALLED = "()"
# What their parameters are called that take it.
_TAKEN = frozenset({"arg", "aw", "aws", "coro", "coro_or_future", "fs", "fut", "future", "main"})
_NOTHING_TAKEN: Mapping[tuple[int, int], tuple[str, ...]] = {}
_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


_LONE_CHARACTERS = 200
# Statements, escapes, and what a program says of asyncio.
_NOT_LONE = ("=", ":", "\\", ";", "import ", "await", "asyncio", "create_task")
_NOTHING = compile("", "<nothing>", "exec")


class Span(NamedTuple):
    """From here to there in the source; columns are UTF-8 bytes, as in code objects."""

    start: tuple[int, int]
    end: tuple[int, int]


class Program(NamedTuple):
    """What is run: the statements, and the last one apart when it is an expression."""

    file_name: str
    body: CodeType
    value: CodeType | None
    awaits: tuple[Span, ...]
    # Calls that stand as arguments of such functions, by where they end: the way to the function, name by name.
    taken: Mapping[tuple[int, int], tuple[str, ...]]
    names_asyncio: bool
    makes_coroutines: bool  # it may, as far as its text says

    @property
    def needs_loop(self) -> bool:
        """Whether there is an await (or async for, async with) at top level."""
        flags = self.body.co_flags | (self.value.co_flags if self.value is not None else 0)
        return bool(flags & inspect.CO_COROUTINE)


def compile_program(source: bytes, file_name: str, check: Callable[[ast.Module], None] | None = None) -> Program:
    """Compiles; raises SyntaxError (or what else the compiler raises) as for a script.

    `check` sees the tree before anything is made of it, and may raise.
    """
    text = _decode(source)
    linecache.cache[file_name] = (len(text), None, _lines(text), file_name)
    if check is None and (lone := _lone_expression(text, file_name)) is not None:
        return Program(file_name, _NOTHING, lone, (), _NOTHING_TAKEN, names_asyncio=False, makes_coroutines=False)
    # Not ast.parse, whose frame would stand in the traceback of a syntax error.
    tree: Any = compile(text, file_name, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    if check is not None:
        check(tree)
    names_asyncio = "asyncio" in text
    taken = _taken(tree) if names_asyncio or "create_task" in text else _NOTHING_TAKEN
    awaits: tuple[Span, ...] = ()
    if "await" in text:
        awaits = _top_level_awaits(tree)
        tree = ast.fix_missing_locations(_AwaitAnything().visit(tree))
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    # A lone expression is what most runs of a session are, and compiling nothing takes a third of its time.
    body = _compile(tree, file_name, "exec", 0) if tree.body else _NOTHING
    value = None
    if isinstance(last, ast.Expr):
        value = _compile(ast.Expression(last.value), file_name, "eval", body.co_flags & _FUTURES)
    return Program(file_name, body, value, awaits, taken, names_asyncio, "async def" in text)


def _lone_expression(text: str, file_name: str) -> CodeType | None:
    """The code of a program that is one short expression, as most runs of a session are.

    Only where nothing has to be known of its tree, and where it cannot be tried in vain with a
    warning, which would be told twice.
    """
    if len(text) > _LONE_CHARACTERS or not text.isprintable() or any(sign in text for sign in _NOT_LONE):
        return None
    try:
        code: CodeType = compile(text, file_name, "eval", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    return code


def _lines(text: str) -> list[str]:
    """The lines as the compiler counts them; the last one ends too, as linecache has it."""
    return io.StringIO(text if text.endswith("\n") else text + "\n", newline=None).readlines()


def _decode(source: bytes) -> str:
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SyntaxError(f"the program is not UTF-8: {error}") from None


def _compile(tree: Any, file_name: str, mode: str, flags: int) -> CodeType:
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code: CodeType = compile(tree, file_name, mode, flags=flags, dont_inherit=True)
    return code


def _top_level_awaits(tree: ast.Module) -> tuple[Span, ...]:
    """Where a tool call gives an awaitable although its frame is the module's."""
    found: list[Span] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return
        if isinstance(node, ast.Await) and node.end_lineno is not None and node.end_col_offset is not None:
            found.append(Span((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)))
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(tree)
    return tuple(found)


def _taken(tree: ast.Module) -> dict[tuple[int, int], tuple[str, ...]]:
    """Where a tool call gives an awaitable, if the function that takes it is asyncio's when it is called."""
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for node in ast.walk(tree):
        way = _way(node.func) if isinstance(node, ast.Call) else ()
        if isinstance(node, ast.Call) and way and way[-1] in TAKERS:
            given = node.args if way[-1] == "gather" else node.args[:1]
            given = given + [keyword.value for keyword in node.keywords if keyword.arg in _TAKEN]
            # What `*map(tool, ...)` calls is called where the function is.
            unpacked = [node] if any(isinstance(value, ast.Starred) for value in given) else []
            for call in [*_calls_in(given), *unpacked]:
                if call.end_lineno is not None and call.end_col_offset is not None:
                    found[call.end_lineno, call.end_col_offset] = way
    return found


def _way(function: ast.expr) -> tuple[str, ...]:
    """`group.create_task` as names; empty for what is not written with names only."""
    if isinstance(function, ast.Name):
        return (function.id,)
    if isinstance(function, ast.Attribute):
        inner = _way(function.value)
        return (*inner, function.attr) if inner else ()
    if isinstance(function, ast.Call):
        inner = _way(function.func)
        return (*inner, CALLED) if inner else ()
    return ()


def _calls_in(values: list[ast.expr]) -> Iterator[ast.Call]:
    """The calls whose values these are, or hold one by one."""
    pending = list(values)
    while pending:
        value = pending.pop()
        match value:
            case ast.Call():
                yield value
            case ast.Starred() | ast.NamedExpr():
                pending.append(value.value)
            case ast.List() | ast.Tuple() | ast.Set():
                pending += value.elts
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                pending.append(value.elt)
            case ast.IfExp():
                pending += [value.body, value.orelse]


class _AwaitAnything(ast.NodeTransformer):
    """`await x` becomes `await ready(x)`, so that a value that is there already may be awaited."""

    def visit_Await(self, node: ast.Await) -> ast.AST:
        self.generic_visit(node)
        name = ast.copy_location(ast.Name(AWAIT_NAME, ast.Load()), node.value)
        node.value = ast.copy_location(ast.Call(name, [node.value], []), node.value)
        return node


class Ready:
    """An awaitable that is done."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, None, Any]:
        yield from ()
        return self._value


def ready(value: Any) -> Any:
    """The value itself when it can be awaited, else an awaitable that gives it."""
    return value if inspect.isawaitable(value) else Ready(value)
