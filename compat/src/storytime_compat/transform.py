"""From source with t-strings to code that 3.13 runs.

3.13's parser reads each t-string as the f-string that it would be (see `literals`), so the tree it
gives has every line and column of the author's file. In that tree an f-string that is a t-string
becomes a construction of a `string.templatelib.Template`; and `with variable.set(value)` gets what
`tokens` describes. All else stays as parsed.
"""

import __future__

import ast
import importlib.util
import re
from itertools import pairwise
from types import CodeType

from .literals import Literals

_HELPERS = {
    "__template__": ("string.templatelib", "Template"),
    "__interpolation__": ("string.templatelib", "Interpolation"),
    "__entered__": ("storytime_compat.tokens", "entered"),
}
"""The names that rewritten code uses, and where a module imports them from.

Dunders: no class mangles them, no ``*`` exports them, and deferred annotations can still be
evaluated.
"""
_AFTER_VALUE = r"(?:[\s\\)]|#.*)*"
"""What of a field's expression the tree leaves out: closing parentheses, space, comments."""
_DEBUG_MARK = r"=(?:[\s\\]|#.*)*"


def compile_source(source: bytes, path: str, *, optimize: int = -1) -> CodeType:
    """Compile a module's source, which may hold t-strings, with its annotations deferred.

    `path` is the file that tracebacks and warnings name. Raises SyntaxError with the author's own
    text and position.
    """
    try:
        literals = Literals(importlib.util.decode_source(source))
    except (SyntaxError, UnicodeDecodeError):
        return _compile(source, path, optimize)  # which says best what is wrong with an encoding
    try:
        tree = _parse(literals, path)
        _Rewriter(literals, path).rewrite(tree)
        return _compile(tree, path, optimize)
    except SyntaxError as error:
        _put_in_the_words_of_the_author(error, literals)
        raise error.with_traceback(None) from None  # how it was found helps no author


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
    """Makes of a tree what it would mean on 3.14."""

    def __init__(self, literals: Literals, path: str) -> None:
        self.literals = literals
        self.path = path
        self.used: set[str] = set()

    def rewrite(self, tree: ast.Module) -> None:
        pending: list[ast.AST] = [tree]  # not recursive: a long sum is a deep tree
        while pending:
            node = pending.pop()
            # In a pattern the compiler refuses an f-string, in the words that it has for t-strings.
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
                start, _ = self._span(node)
                if start in self.literals.templates:
                    parts = [self._part(part) for part in node.values]
                    return self._call("__template__", parts, node)
            case ast.withitem(context_expr=ast.Call(func=ast.Attribute(attr="set")) as context):
                node.context_expr = self._call("__entered__", [context], context)
        return node

    def _restore_debug_texts(self, string: ast.JoinedStr) -> None:
        # The text of `{field=}` is in the tree as the parser read it: with an f-string where the
        # field has a t-string.
        for text, field in pairwise(string.values):
            if isinstance(text, ast.Constant) and isinstance(field, ast.FormattedValue):
                start, end = self._expression(field)
                mark = re.compile(_DEBUG_MARK).match(self.literals.source, end)
                if mark and self.literals.source[start:end] != self.literals.parsable[start:end]:
                    written = self.literals.without_comments(start, mark.end())
                    text.value = text.value[: -len(written)] + written

    def _part(self, part: ast.expr) -> ast.expr:
        if not isinstance(part, ast.FormattedValue):
            return part
        if isinstance(part.value, ast.Starred):
            # The compiler refuses it in an f-string; in a call it would unpack it.
            what = "can't use starred expression here"
            raise _syntax_error(what, self.literals, self.path, *self._span(part.value))
        where = _location(part)
        conversion = None if part.conversion == -1 else chr(part.conversion)
        arguments = [
            part.value,
            ast.Constant(self.literals.without_comments(*self._expression(part)), **where),
            ast.Constant(conversion, **where),
            part.format_spec or ast.Constant("", **where),
        ]
        return self._call("__interpolation__", arguments, part)

    def _expression(self, field: ast.FormattedValue) -> tuple[int, int]:
        """Where the text of a field begins, and ends: before `=`, `!`, `:` or the closing brace."""
        start, _ = self._span(field)
        _, value_end = self._span(field.value)
        return start + 1, re.compile(_AFTER_VALUE).match(self.literals.source, value_end).end()

    def _span(self, node: ast.expr) -> tuple[int, int]:
        place = self.literals.byte_offset
        return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)

    def _call(self, helper: str, arguments: list[ast.expr], like: ast.expr) -> ast.Call:
        self.used.add(helper)
        where = _location(like)
        return ast.Call(ast.Name(helper, ast.Load(), **where), arguments, [], **where)

    def _import_helpers(self, tree: ast.Module) -> None:
        # After the docstring and the imports that have to come first.
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


def _put_in_the_words_of_the_author(error: SyntaxError, literals: Literals) -> None:
    """The parser read f-strings: name the t-string, and show the line, as they are written."""
    if error.text is None or not error.lineno or not literals.templates:
        return
    ending = "\n" if error.text.endswith("\n") else ""
    error.text = literals.lines[error.lineno - 1] + ending
    literal = literals.innermost(literals.offset(error.lineno, (error.offset or 1) - 1))
    if literal and literal.is_template:
        error.msg = error.msg.replace("f-string", "t-string")
