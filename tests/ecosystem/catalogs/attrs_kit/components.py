from string.templatelib import Template

from attrs import asdict, define, field, frozen, validators


@frozen
class Badge:
    text: str = field(validator=validators.max_len(10))

    def __call__(self) -> Template:
        return t'<span class="badge" title={self.text}>{self.text}</span>'


@define(kw_only=True)
class Card:
    heading: str
    kind: str = field(default="plain", validator=validators.in_(["plain", "wide"]))
    badges: list[Badge] = field(factory=list)
    data: dict[str, int] = field(init=False)

    @data.default
    def _data(self) -> dict[str, int]:
        return {"count": len(self.badges)}

    def __call__(self) -> Template:
        badges = [t"<{Badge} {asdict(badge)} />" for badge in self.badges]
        return t"""
            <div class={["card", self.kind]} data={self.data}>
              <h1>{self.heading}</h1>
              {badges}
            </div>
        """


def layout(story_title: str, children: str) -> Template:
    return t"""
        <!DOCTYPE html>
        <html lang="en">
          <head><meta charset="utf-8"><title>{story_title} &amp; more</title></head>
          <body><main>{children}</main></body>
        </html>
    """
