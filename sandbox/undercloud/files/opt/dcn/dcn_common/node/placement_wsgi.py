"""The WSGI program of the Placement API; node/placement.py installs it."""

from placement.wsgi import init_application

application = init_application()
