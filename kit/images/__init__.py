"""Images in stores and in caches: those of the lab file, and images by name."""

LAB_PROPERTY = "glance_dcn_lab"
"""Property of an image from a lab file: the lab's name."""

SOURCE_PROPERTY = "glance_dcn_source"
"""Property of an image from a lab file: the digest of its source."""
