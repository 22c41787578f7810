"""Clients of the control plane's services: Keystone, Glance, Nova and Neutron."""
