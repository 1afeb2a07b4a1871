"""The dialogs: the search, and the list of keyboard shortcuts. Both need the script."""

from string.templatelib import Template

SHORTCUTS = {
    ("/", "Ctrl K"): "Search",
    ("j",): "Next story",
    ("k",): "Previous story",
    ("f",): "Story on the full screen, and back",
    ("o",): "Outline of boxes",
    ("d",): "Story light or dark",
    ("?",): "This list",
    ("↑", "↓"): "In the tree: to the entry above, below",
    ("←", "→"): "In the tree: close, open a branch; on the frame’s handle: its width",
}
"""What keys do; storytime.js and frame.js implement them."""


def search_dialog(opened: bool = False) -> Template:
    """Return the search: a field and the list of results."""
    return t"""<dialog class="st-dialog st-search" id="st-search" open={opened}\
 closedby="any" aria-label="Search the catalog">
<input class="st-query" type="text" role="combobox"\
 aria-label="Search sections, subjects and stories"\
 placeholder="Search the catalog" aria-expanded="false" aria-controls="st-found"\
 aria-autocomplete="list" autocomplete="off" spellcheck="false" />
<ul class="st-found" id="st-found" role="listbox" aria-label="Found"></ul>
<p class="st-hint"><kbd>↑</kbd> <kbd>↓</kbd> choose, <kbd>Enter</kbd> opens,
<kbd>Esc</kbd> closes</p>
</dialog>"""


def help_dialog(opened: bool = False) -> Template:
    """Return the list of shortcuts, with the switch for those of a single character."""
    rows = [
        t"<div><dt>{[t'<kbd>{key}</kbd> ' for key in keys]}</dt><dd>{what}</dd></div>"
        for keys, what in SHORTCUTS.items()
    ]
    return t"""<dialog class="st-dialog st-help" id="st-help" open={opened}\
 closedby="any" aria-labelledby="st-help-title">
<h2 id="st-help-title">Keyboard shortcuts</h2>
<dl>{rows}</dl>
<label><input type="checkbox" id="st-keys" checked /> Single-character shortcuts</label>
<form method="dialog"><button class="st-button">Close</button></form>
</dialog>"""
