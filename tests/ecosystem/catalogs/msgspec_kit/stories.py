from storytime import Site


def site() -> Site:
    return Site(title="msgspec")
