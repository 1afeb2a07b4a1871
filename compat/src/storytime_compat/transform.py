"""Compiles source with t-strings to code that 3.13 runs.

3.13's parser reads each t-string as an f-string (see `literals`), so the tree has the lines and
columns of the author's file. In the tree each of these f-strings is replaced by a call that makes a
`string.templatelib.Template`, and `with variable.set(value)` by what `tokens` describes. The rest
stays as parsed.
"""

import __future__

import ast
import importlib.util
import re
import warnings
from itertools import pairwise
from types import CodeType

from .literals import Literals

_HELPERS = {
    "__template__": ("string.templatelib", "Template"),
    "__interpolation__": ("string.templatelib", "Interpolation"),
    "__entered__": ("storytime_compat.tokens", "entered"),
}
"""The names that rewritten code uses, and where it imports them from.

Dunder names aren't mangled in classes or exported by ``*``, and as globals they are found when a
deferred annotation is evaluated.
"""
_TEMPLATE = "string.templatelib.Template"
_INDEXED = {
    str: "str",
    bytes: "bytes",
    ast.JoinedStr: "str",
    ast.Tuple: "tuple",
    ast.List: "list",
    ast.ListComp: "list",
}
_AFTER_VALUE = r"(?:[\s\\)]|#.*)*"
"""What may follow a field's value and still belongs to its text."""
_DEBUG_MARK = r"=(?:[\s\\]|#.*)*"


def compile_source(source: bytes, path: str, *, optimize: int = -1) -> CodeType:
    """Compile a module that may contain t-strings, with deferred annotations.

    `path` is the file name for tracebacks and warnings. Raises SyntaxError with the position and
    the text in the author's file.
    """
    try:
        literals = Literals(importlib.util.decode_source(source))
    except (SyntaxError, UnicodeDecodeError):
        return _compile(source, path, optimize)  # Python's own error is the best
    try:
        tree = _parse(literals, path)
        _Rewriter(literals, path).rewrite(tree)
        return _compile(tree, path, optimize)
    except SyntaxError as error:
        _restore_t_strings(error, literals)
        raise error.with_traceback(None) from None  # without frames of this module


def _compile(source: bytes | ast.Module, path: str, optimize: int) -> CodeType:
    deferred = __future__.annotations.compiler_flag
    return compile(source, path, "exec", flags=deferred, dont_inherit=True, optimize=optimize)


def _parse(literals: Literals, path: str) -> ast.Module:
    errors = []
    if literals.mixed and literals.mixed.follows:
        what = "cannot mix t-string literals with string or bytes literals"
        errors.append(
            _syntax_error(what, literals, path, literals.mixed.follows.start, literals.mixed.end)
        )
    try:
        tree = ast.parse(literals.parsable, path)
    except SyntaxError as error:
        errors.append(error)
    if errors:
        raise min(errors, key=lambda error: (error.lineno or 0, error.offset or 0))
    return tree


class _Rewriter:
    """Rewrites a tree parsed as 3.13 so that it does what 3.14 would do."""

    def __init__(self, literals: Literals, path: str) -> None:
        self.literals = literals
        self.path = path
        self.used: set[str] = set()

    def rewrite(self, tree: ast.Module) -> None:
        pending: list[ast.AST] = [tree]  # not recursive, since a long sum is a deep tree
        while pending:
            node = pending.pop()
            self._warn_of_missing_comma(node)
            # Leave patterns alone: the compiler rejects f-strings there as 3.14 does t-strings.
            if not isinstance(node, ast.MatchValue | ast.MatchMapping):
                for name, value in ast.iter_fields(node):
                    if isinstance(value, list):
                        value[:] = [self._rewritten(item) for item in value]
                    else:
                        setattr(node, name, self._rewritten(value))
            pending.extend(ast.iter_child_nodes(node))
        self._import_helpers(tree)

    def _rewritten(self, node: object) -> object:
        match node:
            case ast.JoinedStr():
                self._restore_debug_texts(node)
                if self._is_template(node):
                    parts = [self._part(part) for part in node.values]
                    return self._call("__template__", parts, node)
            case ast.withitem(context_expr=ast.Call(func=ast.Attribute(attr="set")) as context):
                node.context_expr = self._call("__entered__", [context], context)
        return node

    def _is_template(self, node: ast.AST) -> bool:
        return isinstance(node, ast.JoinedStr) and self._span(node)[0] in self.literals.templates

    def _warn_of_missing_comma(self, node: ast.AST) -> None:
        """Warn like 3.14's compiler about a t-string that is called, subscripted or an index."""
        match node:
            case ast.Call(func=called) if self._is_template(called):
                self._warn(f"'{_TEMPLATE}' object is not callable", called)
            case ast.Subscript(value=value, ctx=ast.Load()) if self._is_template(value):
                self._warn(f"'{_TEMPLATE}' object is not subscriptable", value)
            case ast.Subscript(value=value, slice=index, ctx=ast.Load()):
                is_constant = isinstance(value, ast.Constant)
                indexed = _INDEXED.get(type(value.value if is_constant else value))
                if indexed and self._is_template(index):
                    indices = f"{indexed} indices must be integers or slices"
                    self._warn(f"{indices}, not {_TEMPLATE}", value)

    def _warn(self, what: str, node: ast.expr) -> None:
        message = f"{what}; perhaps you missed a comma?"
        try:
            warnings.warn_explicit(message, SyntaxWarning, self.path, node.lineno)
        except SyntaxWarning:  # a filter makes it an error
            raise _syntax_error(message, self.literals, self.path, *self._span(node)) from None

    def _restore_debug_texts(self, string: ast.JoinedStr) -> None:
        # The tree has the text of `{field=}` as the parser read it, so with f-strings.
        for text, field in pairwise(string.values):
            if isinstance(text, ast.Constant) and isinstance(field, ast.FormattedValue):
                start, end = self._expression(field)
                mark = re.compile(_DEBUG_MARK).match(self.literals.source, end)
                if mark and self.literals.source[start:end] != self.literals.parsable[start:end]:
                    written = self.literals.field_text(start, mark.end())
                    text.value = text.value[: -len(written)] + written

    def _part(self, part: ast.expr) -> ast.expr:
        if not isinstance(part, ast.FormattedValue):
            return part
        if isinstance(part.value, ast.Starred):
            # The compiler rejects it in an f-string, but would unpack it in a call.
            what = "can't use starred expression here"
            raise _syntax_error(what, self.literals, self.path, *self._span(part.value))
        where = _location(part)
        conversion = None if part.conversion == -1 else chr(part.conversion)
        arguments = [
            part.value,
            ast.Constant(self._expression_text(part), **where),
            ast.Constant(conversion, **where),
            part.format_spec or ast.Constant("", **where),
        ]
        return self._call("__interpolation__", arguments, part)

    def _expression(self, field: ast.FormattedValue) -> tuple[int, int]:
        """Return where a field's text starts and ends (before `=`, `!`, `:` or the brace)."""
        start, _ = self._span(field)
        _, value_end = self._span(field.value)
        return start + 1, re.compile(_AFTER_VALUE).match(self.literals.source, value_end).end()

    def _expression_text(self, field: ast.FormattedValue) -> str:
        start, end = self._expression(field)
        mark = re.compile(_DEBUG_MARK).match(self.literals.source, end)
        text = self.literals.field_text(start, mark.end() if mark else end)
        if mark and (stripped := text.rstrip(" \t\f\n\\")).endswith("="):
            return stripped[:-1]
        return text

    def _span(self, node: ast.expr) -> tuple[int, int]:
        place = self.literals.byte_offset
        return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)

    def _call(self, helper: str, arguments: list[ast.expr], like: ast.expr) -> ast.Call:
        self.used.add(helper)
        where = _location(like)
        return ast.Call(ast.Name(helper, ast.Load(), **where), arguments, [], **where)

    def _import_helpers(self, tree: ast.Module) -> None:
        # Insert them after the docstring and the `__future__` imports.
        place = 0 if ast.get_docstring(tree, clean=False) is None else 1
        while self.used and getattr(tree.body[place], "module", None) == "__future__":
            place += 1
        for helper in sorted(self.used):
            module, name = _HELPERS[helper]
            where = _location(tree.body[place])
            imported = ast.alias(name, helper, **where)
            tree.body.insert(place, ast.ImportFrom(module, [imported], 0, **where))


def _location(node: ast.expr | ast.stmt) -> dict[str, int | None]:
    return {name: getattr(node, name) for name in node._attributes}


def _syntax_error(what: str, literals: Literals, path: str, start: int, end: int) -> SyntaxError:
    line, column = literals.position(start)
    text = literals.lines[line - 1] + "\n"
    return SyntaxError(what, (path, line, column, text, *literals.position(end)))


def _restore_t_strings(error: SyntaxError, literals: Literals) -> None:
    """Say t-string instead of f-string, and show the line as its author wrote it."""
    if error.text is None or not error.lineno or not literals.templates:
        return
    ending = "\n" if error.text.endswith("\n") else ""
    error.text = literals.lines[error.lineno - 1] + ending
    place = literals.offset(error.lineno, (error.offset or 1) - 1)
    # The error in a field may point to a string in that field.
    literal = literals.innermost(place, started_before=error.msg.startswith("f-string: "))
    if literal and literal.is_template:
        error.msg = error.msg.replace("f-string", "t-string")
