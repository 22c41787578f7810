"""Errors of the stand-ins."""


class SandboxError(Exception):
    """A refusal or a failure; the message names place, value and reason, and contains no secret."""
