"""The attributes and roles of WAI-ARIA (https://www.w3.org/TR/wai-aria-1.3/)."""

from .parser import names

REFERENCES = names(
    "aria-activedescendant aria-controls aria-describedby aria-details aria-errormessage"
    " aria-flowto aria-labelledby aria-owns"
)
"""The attributes that name other elements by their ids."""

ATTRIBUTES = REFERENCES | {
    f"aria-{name}"
    for name in names(
        "atomic autocomplete braillelabel brailleroledescription busy checked colcount colindex"
        " colindextext colspan current description disabled dropeffect expanded grabbed haspopup"
        " hidden invalid keyshortcuts label level live modal multiline multiselectable orientation"
        " placeholder posinset pressed readonly relevant required roledescription rowcount rowindex"
        " rowindextext rowspan selected setsize sort valuemax valuemin valuenow valuetext"
    )
}

ROLES = names(
    "alert alertdialog application article banner blockquote button caption cell checkbox code"
    " columnheader combobox comment complementary contentinfo definition deletion dialog directory"
    " document emphasis feed figure form generic grid gridcell group heading image img insertion"
    " link list listbox listitem log main mark marquee math menu menubar menuitem menuitemcheckbox"
    " menuitemradio meter navigation none note option paragraph presentation progressbar radio"
    " radiogroup region row rowgroup rowheader scrollbar search searchbox sectionfooter"
    " sectionheader separator slider spinbutton status strong subscript suggestion superscript"
    " switch tab table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid"
    " treeitem"
)
"""The roles of WAI-ARIA itself; those with `doc-` and `graphics-` have their own specifications."""
