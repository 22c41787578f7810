"""Glance stores of sites: registration, the control plane's updates, copies of images, withdrawal."""

GRACE_SECONDS = 90
"""
How long an update of the control plane still waits for an announced site that has no running job: Pulumi may
be between two of its steps.
"""
