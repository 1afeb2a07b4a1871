"""Many things with the same attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string.templatelib import Template

from ...helpers.classes import class_names
from ..empty_state import EmptyState


@dataclass(frozen=True)
class Column:
    """`key` finds the cell in a row. Numbers stand to the right, so that their digits align."""

    heading: str
    key: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """Rows by the columns' keys. A cell is anything a template takes: text, a number, a component.

    The first column names its row. On a narrow screen the table scrolls, for the keyboard as well.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, object]]

    def __call__(self) -> Template:
        if not self.rows:
            return t"""
                <{EmptyState} heading="Nothing here yet" icon="search">
                  {self.caption}
                </{EmptyState}>
            """
        headings = [
            t"<th scope='col' class={self._classes(column)}>{column.heading}</th>"
            for column in self.columns
        ]
        return t"""
            <div class={class_names("table")} role="region" aria-label={self.caption} tabindex="0">
              <table>
                <caption>{self.caption}</caption>
                <thead><tr>{headings}</tr></thead>
                <tbody>{[self._row(row) for row in self.rows]}</tbody>
              </table>
            </div>
        """

    def _row(self, row: Mapping[str, object]) -> Template:
        first, *others = self.columns
        cells = [t"<td class={self._classes(column)}>{row[column.key]}</td>" for column in others]
        return t"<tr><th scope='row' class={self._classes(first)}>{row[first.key]}</th>{cells}</tr>"

    def _classes(self, column: Column) -> str | None:
        return class_names("table__number") if column.numeric else None
