"""A story that reads a file. Storytime knows that it did: saving the JSON rebuilds the catalog."""

import json
from pathlib import Path

from storytime import Story, Subject

from ...content.tag import Tag
from ...helpers.tones import Tone
from .table import Column, Table

# Relative to this file, not to the folder in which somebody happens to start Storytime.
SAILINGS = Path(__file__).with_name("sailings.json")

COLUMNS = [
    Column("Sails", "sails"),
    Column("To", "to"),
    Column("Ferry", "ferry"),
    Column("State", "state"),
    Column("Free seats", "free", numeric=True),
]

TONES = {
    "sailed": Tone.NEUTRAL,
    "boarding": Tone.INFO,
    "on time": Tone.SUCCESS,
    "late": Tone.WARNING,
    "cancelled": Tone.DANGER,
}


def tables() -> Subject:
    """The file is read when the function is called, that is: at every build."""
    sailings = json.loads(SAILINGS.read_text(encoding="utf-8"))
    rows = [
        # Any cell may be a component: a t-string that holds one.
        sailing | {"state": t"<{Tag} label={sailing['state']} tone={TONES[sailing['state']]} />"}
        for sailing in sailings
    ]
    return Subject(
        title="Table",
        description="Many things with the same sides.",
        target=Table,
        items=[
            Story(
                title="Sailings",
                description="From sailings.json, with a tag in each row.",
                props={"caption": "From Kelby, today", "columns": COLUMNS, "rows": rows},
            ),
            Story(
                title="Text alone",
                props={
                    "caption": "From Kelby, today",
                    "columns": COLUMNS[:3],
                    "rows": sailings[:3],
                },
            ),
            Story(
                title="Empty",
                props={"caption": "From Kelby, on Sunday", "columns": COLUMNS, "rows": []},
            ),
        ],
    )
