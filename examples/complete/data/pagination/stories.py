"""Edge cases again: the first page, one in the middle, the last, and a single page."""

from storytime import Story, Subject

from .pagination import Pagination


def paginations() -> Subject:
    return Subject(
        title="Pagination",
        description="A long list, page by page.",
        target=Pagination,
        items=[
            Story(title="In the middle", props={"current": 5, "last": 12}),
            Story(title="At the start", props={"current": 1, "last": 12}),
            Story(title="At the end", props={"current": 12, "last": 12}),
            Story(title="Few pages", props={"current": 2, "last": 3}),
        ],
    )
