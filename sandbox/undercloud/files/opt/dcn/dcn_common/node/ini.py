"""Configuration files of OpenStack services."""


def render(sections):
    """Returns the text of a file {section: {option: value}}, without options whose value is None or empty."""
    parts = []
    for section, options in sections.items():
        given = {name: value for name, value in options.items() if value not in (None, "")}
        lines = "".join(f"{name} = {_text(value)}\n" for name, value in given.items())
        if lines:
            parts.append(f"[{section}]\n{lines}")
    return "\n".join(parts)


def _text(value):
    return str(value).lower() if isinstance(value, bool) else value
