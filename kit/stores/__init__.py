"""Glance stores of sites: registration, the control plane's updates, copies of images, withdrawal."""
