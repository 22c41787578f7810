"""The services that the configuration phase puts on nodes; configure.py says what a module of this package
has.
"""
