"""A whole page of the application, to see the components together."""

from string.templatelib import Template

from ..actions.button import Button
from ..content.stat import Stat
from ..content.tag import Tag
from ..data.table import Column, Table
from ..feedback.alert import Alert
from ..helpers.tones import Tone
from ..icon import Icon
from ..navigation.breadcrumbs import Breadcrumbs
from ..navigation.nav_link import NavLink
from ..navigation.navbar import Navbar
from ..navigation.sidebar import Sidebar

MAIN = [
    NavLink("Control room", "#room"),
    NavLink("Timetable", "#times"),
    NavLink("Fleet", "#fleet"),
]

ASIDE = {
    "Today": [
        NavLink("Sailings", "#sailings", Icon("ferry")),
        NavLink("Messages", "#messages", Icon("bell"), news=3),
    ],
    "Planning": [
        NavLink("Calendar", "#calendar", Icon("calendar")),
        NavLink("Crew", "#crew", Icon("user")),
    ],
}

COLUMNS = [
    Column("Sails", "sails"),
    Column("To", "to"),
    Column("State", "state"),
    Column("Aboard", "aboard", numeric=True),
]

SAILINGS = [
    {
        "sails": "08:15",
        "to": "Storr",
        "aboard": 298,
        "state": t"<{Tag} label='Boarding' tone={Tone.INFO} />",
    },
    {
        "sails": "09:30",
        "to": "Vane Island",
        "aboard": 162,
        "state": t"<{Tag} label='Late' tone={Tone.WARNING} />",
    },
    {
        "sails": "11:05",
        "to": "Ormsey",
        "aboard": 224,
        "state": t"<{Tag} label='On time' tone={Tone.SUCCESS} />",
    },
]


def ControlRoom(clerk: str) -> Template:
    """What `clerk` sees in the morning."""
    return t"""
        <div class="hb-room">
          <{Navbar} links={MAIN} current="#room" user={clerk} />
          <div class="hb-room__parts">
            <{Sidebar} label="Control room" groups={ASIDE} current="#sailings" />
            <div class="hb-stack">
              <{Breadcrumbs} above={[("Control room", "#room")]} here="Sailings" />
              <div class="hb-room__title">
                <h1>Sailings from Kelby</h1>
                <{Button} label="Add sailing" variant="primary" icon={Icon("plus")} />
              </div>
              <{Alert} heading="Strong wind in the afternoon" tone={Tone.WARNING}>
                Sailings after 14:00 may be late.
              </{Alert}>
              <div class="hb-grid">
                <{Stat} label="Passengers" value={1284} change={0.062} />
                <{Stat} label="On time" value={92.5} unit="%" change={-0.018} />
              </div>
              <{Table} caption="Next" columns={COLUMNS} rows={SAILINGS} />
            </div>
          </div>
        </div>
    """
