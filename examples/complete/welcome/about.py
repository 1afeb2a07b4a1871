"""The page that newcomers read first."""

from string.templatelib import Template


def about() -> Template:
    """A story's `template` that needs nothing from the story takes no argument."""
    return t"""
        <h1>About Harbour</h1>
        <p><img src="static/ferry.svg" alt="A ferry on its way, with the sun above it."></p>
        <p>Harbour is the design system of a small ferry line that doesn’t exist. It is an example
        made to be read: look at a component here, then into its folder below
        <code>examples/complete</code>.</p>
        <ul>
          <li><strong>Foundations</strong>: colours, distances and sizes, of which all is made.</li>
          <li><strong>Icon</strong>: the set of signs.</li>
          <li>The rest are the components, by what they are for.</li>
        </ul>
        <p>Components are plain Python: functions and dataclasses that return t-strings. They know
        nothing of this catalog.</p>
    """
