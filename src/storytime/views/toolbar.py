"""The toolbar above a story's frame; only with the script is more of it shown than the link."""

from collections.abc import Mapping
from string.templatelib import Template

from .links import FRAME

VIEWPORTS = {"Fill": "", "Phone": "375x667", "Tablet": "768x1024", "Desktop": "1280x800"}
BACKGROUNDS = {
    "Background": "",
    "White": "#ffffff",
    "Grey": "#808080",
    "Black": "#000000",
    "Checks": "checks",
}
SCHEMES = {"Scheme": "", "Light": "light", "Dark": "dark"}
ZOOMS = {"50 %": "0.5", "75 %": "0.75", "100 %": "1", "150 %": "1.5", "200 %": "2"}


def toolbar(href: str = FRAME) -> Template:
    """Return the tools; `href` is the link that opens the story in a tab."""
    return t"""<div class="st-tools" role="group" aria-label="Frame">
<div class="st-set st-live" role="group" aria-label="Viewport">{viewports()}</div>
<output class="st-size st-live" aria-label="Size of the frame"></output>
<span class="st-gap"></span>
{choice("zoom", "Zoom", ZOOMS, "1")}
{choice("background", "Background", BACKGROUNDS, "")}
{choice("scheme", "Scheme", SCHEMES, "")}
<button class="st-button st-live" type="button" data-do="outline" aria-pressed="false"\
 aria-keyshortcuts="o" title="Outline of boxes (o)">Outline</button>
<button class="st-button st-live" type="button" data-do="full" aria-pressed="false"\
 aria-keyshortcuts="f" title="Story on the full screen (f)">Full screen</button>
<a class="st-button" href="{href}" target="_blank" rel="noopener">New tab</a>
</div>"""


def viewports() -> list[Template]:
    return [
        t"""<button class="st-button" type="button" data-viewport="{size}" aria-pressed="{
            "false" if size else "true"
        }">{name}</button>"""
        for name, size in VIEWPORTS.items()
    ]


def choice(name: str, label: str, values: Mapping[str, str], chosen: str) -> Template:
    options = [
        t'<option value="{value}" selected={value == chosen}>{text}</option>'
        for text, value in values.items()
    ]
    return t"""<label class="st-choice st-live"><span class="st-hidden">{label}</span>
<select data-tool="{name}">{options}</select></label>"""


def stage(frame: str, tools: Template) -> Template:
    """Return a story's frame with its tools and the handle that sets its width."""
    return t"""<section class="st-canvas" aria-label="Story">
{tools}
<div class="st-stage"><div class="st-sizer">{frame}<div class="st-handle st-live" role="separator"\
 aria-orientation="vertical" aria-label="Width of the frame" aria-valuenow="0" aria-valuemin="200"\
 aria-valuemax="2560" tabindex="0"></div></div></div>
</section>"""
