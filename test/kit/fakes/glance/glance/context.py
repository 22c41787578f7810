"""Stands in for Glance's request contexts."""


class RequestContext:
    """A context; Glance's database gives an administrator all images."""

    def __init__(self, is_admin=False):
        self.is_admin = is_admin
