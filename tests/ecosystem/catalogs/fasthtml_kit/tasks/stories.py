from fasthtml.common import Ul

from storytime import Story, Subject

from ..main import Task, new_task, tasks


def todo() -> Subject:
    return Subject(
        target=tasks,
        items=[
            Story(title="None", props={"names": []}),
            Story(title="Some", props={"names": ["<Tea>", "Cake & more"]}),
            Story(title="One", target=lambda: Ul(Task('"Tea"'))),
            Story(title="New", target=new_task, props={"name": '"Tea" & <cake>'}),
        ],
    )
