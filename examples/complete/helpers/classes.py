"""Class names, made in one place so that all components agree on them."""

PREFIX = "hb"


def class_names(block: str, *modifiers: str | None) -> str:
    """`class_names("button", "primary", None)` is "hb-button hb-button--primary".

    A modifier that is None is left out, so that a component can say `"busy" if busy else None`.
    """
    base = f"{PREFIX}-{block}"
    return " ".join([base, *(f"{base}--{modifier}" for modifier in modifiers if modifier)])
