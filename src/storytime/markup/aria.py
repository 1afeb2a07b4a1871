"""The attributes and roles of WAI-ARIA (https://www.w3.org/TR/wai-aria-1.3/)."""

from .parser import names

ATTRIBUTES = names(
    "aria-activedescendant aria-atomic aria-autocomplete aria-braillelabel"
    " aria-brailleroledescription aria-busy aria-checked aria-colcount aria-colindex"
    " aria-colindextext aria-colspan aria-controls aria-current aria-describedby aria-description"
    " aria-details aria-disabled aria-dropeffect aria-errormessage aria-expanded aria-flowto"
    " aria-grabbed aria-haspopup aria-hidden aria-invalid aria-keyshortcuts aria-label"
    " aria-labelledby aria-level aria-live aria-modal aria-multiline aria-multiselectable"
    " aria-orientation aria-owns aria-placeholder aria-posinset aria-pressed aria-readonly"
    " aria-relevant aria-required aria-roledescription aria-rowcount aria-rowindex"
    " aria-rowindextext aria-rowspan aria-selected aria-setsize aria-sort aria-valuemax"
    " aria-valuemin aria-valuenow aria-valuetext"
)

REFERENCES = names(
    "aria-activedescendant aria-controls aria-describedby aria-details aria-errormessage"
    " aria-flowto aria-labelledby aria-owns"
)
"""The attributes that name other elements by their ids."""

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
