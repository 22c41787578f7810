"""Glance stores of sites: registration, the control plane's updates, copies of images, withdrawal."""

GRACE_SECONDS = 90
"""
How long an update of the control plane waits for an announced site without a running job: Pulumi may be
between two steps of the site.
"""
