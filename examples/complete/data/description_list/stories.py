"""A subject without a title takes its folder's name: "Description list"."""

from storytime import Story, Subject

from ...actions.link import Link
from .description_list import DescriptionList


def description_lists() -> Subject:
    return Subject(
        description="The many sides of one thing.",
        target=DescriptionList,
        items=[
            Story(
                title="A ferry",
                props={
                    "facts": {
                        "Name": "Gannet",
                        "Built": 2019,
                        "Length": "64 m",
                        "Seats": 310,
                        "Skipper": t"<{Link} href='#storm' label='Ida Storm' />",
                        "Next refit": None,
                    }
                },
            ),
        ],
    )
