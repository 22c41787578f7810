"""Ceph clusters of sites, and external ones."""
