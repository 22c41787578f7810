"""Configuration files of OpenStack services."""


def render(sections):
    """Text of a file with {section: {option: value}}. Options without a value (None, empty) are left out."""
    parts = []
    for section, options in sections.items():
        given = {name: value for name, value in options.items() if value not in (None, "")}
        lines = "".join(f"{name} = {_text(value)}\n" for name, value in given.items())
        if lines:
            parts.append(f"[{section}]\n{lines}")
    return "\n".join(parts)


def _text(value):
    return str(value).lower() if isinstance(value, bool) else value
