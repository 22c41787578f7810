"""Servers of Nova that prove what a site's images are worth."""
