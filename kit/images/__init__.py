"""Images of a lab, by name or by lab file, in stores and in caches."""
