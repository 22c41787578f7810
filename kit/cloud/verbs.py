"""The verb of TLS."""

from cloud import publictls


def give_key(_, arguments):
    """`tls key`."""
    publictls.give_key(arguments.certificate, arguments.key, arguments.output)
