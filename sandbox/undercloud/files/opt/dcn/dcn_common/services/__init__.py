"""The services that the configuration phase sets up on nodes; configure.py describes their functions."""
