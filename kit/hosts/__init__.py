"""The undercloud itself and the nodes of sites: checks, SSH, containers."""
