"""An icon is a value: make it once, pass it to other components, put it into a template."""

from dataclasses import dataclass

from tdom import html

from ..helpers.classes import class_names
from .shapes import SHAPES


@dataclass(frozen=True)
class Icon:
    """A sign of Harbour's set, as tall as the text around it unless `size` (in pixels) says else.

    Without a `label` it is decoration, hidden from screen readers: right beside a text that says
    the same. Having `__html__`, an icon needs no tag in a template: `t"<b>{Icon('anchor')}</b>"`.
    """

    name: str
    label: str | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        if self.name not in SHAPES:
            raise ValueError(f"no icon {self.name!r}; there are: {', '.join(SHAPES)}")

    def __html__(self) -> str:
        meaning: dict[str, object] = (
            {"role": "img", "aria-label": self.label} if self.label else {"aria-hidden": "true"}
        )
        size = "1.25em" if self.size is None else self.size
        return html(t"""<svg
            class={class_names("icon")} viewBox="0 0 24 24" width={size} height={size} {meaning}
        ><path d={SHAPES[self.name]} /></svg>""")
