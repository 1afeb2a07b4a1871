"""A dataclass with children: a component that is easy to read, to extend and to type-check."""

from dataclasses import dataclass
from string.templatelib import Template

from ...helpers.classes import class_names


@dataclass(frozen=True)
class Card:
    """One thing among others of its kind: what it is, a few words, what can be done with it.

    `children` is what stands between the tags in a template, `<{Card} …>here</{Card}>`. `footer`
    is a second place to fill; being a prop like any other, it is handed over by name.
    """

    heading: str
    children: Template
    kicker: str | None = None
    footer: Template | None = None

    def __call__(self) -> Template:
        return t"""
            <article class={class_names("card")}>
              {self.kicker and t"<p class='hb-card__kicker'>{self.kicker}</p>"}
              <h3>{self.heading}</h3>
              <div class="hb-card__body">{self.children}</div>
              {self.footer and t"<footer>{self.footer}</footer>"}
            </article>
        """
