"""A story that reads a file. Storytime notices: saving the JSON rebuilds the catalog."""

import json
from pathlib import Path

from storytime import Story, Subject

from ...content.tag import Tag
from ...helpers.tones import Tone
from .table import Column, Table

# Relative to this file, not to the folder in which Storytime was started.
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
    """Read the file when the function is called, so at every build."""
    sailings = json.loads(SAILINGS.read_text(encoding="utf-8"))
    rows = [
        # A cell may be a component: a t-string that contains one.
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
