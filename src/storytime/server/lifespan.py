"""lifespan: workshops start and stop with the app that mounts them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.applications import Starlette


def lifespan(
    *workshops: Starlette,
    host_lifespan: Callable[[Any], AbstractAsyncContextManager[Any]] | None = None,
) -> Callable[[Any], AbstractAsyncContextManager[Any]]:
    """Return the lifespan of a Starlette or FastAPI app that mounts workshops.

    `workshops` are what `create_app` returned. They start with the app and stop with it, which no
    app does by itself for what it mounts. `host_lifespan` is the app's own lifespan, if it has one:
    it is entered first and left last, and the state that it yields is the app's.
    """

    @asynccontextmanager
    async def running(app: Any) -> AsyncIterator[Any]:
        async with AsyncExitStack() as stack:
            state = host_lifespan and await stack.enter_async_context(host_lifespan(app))
            for workshop in workshops:
                await stack.enter_async_context(workshop.router.lifespan_context(workshop))
            yield state

    return running
