"""`with variable.set(value):`, which since 3.14 resets the variable at the block's end.

tdom's scopes are built on it.
"""

from contextvars import Token


class _Resetting[T]:
    """A token as 3.14's behaves in a `with` statement."""

    __slots__ = ("token",)

    def __init__(self, token: Token[T]) -> None:
        self.token = token

    def __enter__(self) -> Token[T]:
        return self.token

    def __exit__(self, *_: object) -> None:
        self.token.var.reset(self.token)


def entered(context: object) -> object:
    """Give what a `with` statement is to enter: for a token a context manager, else `context`."""
    return _Resetting(context) if isinstance(context, Token) else context
