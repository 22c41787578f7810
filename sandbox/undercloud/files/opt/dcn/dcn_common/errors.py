"""What the stand-ins say when something cannot be."""


class SandboxError(Exception):
    """A refusal or a failure; the text names place, value and reason, and holds no secret."""
