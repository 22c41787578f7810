"""Stands in for oslo.config: the program must load the configuration of glance-api."""


def CONF(args, project, prog):
    """Loads the configuration files of a program."""
    assert (args, project, prog) == ([], "glance", "glance-api")
