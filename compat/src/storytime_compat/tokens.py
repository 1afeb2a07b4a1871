"""`with variable.set(value):`, which resets the variable at the end of the block since 3.14.

tdom's scopes need it.
"""

from contextvars import Token


class _Resetting[T]:
    """A context manager that does what 3.14's tokens do in a `with` statement."""

    __slots__ = ("token",)

    def __init__(self, token: Token[T]) -> None:
        self.token = token

    def __enter__(self) -> Token[T]:
        return self.token

    def __exit__(self, *_: object) -> None:
        self.token.var.reset(self.token)


def entered(context: object) -> object:
    """Return a context manager for a token; return any other object itself."""
    return _Resetting(context) if isinstance(context, Token) else context
