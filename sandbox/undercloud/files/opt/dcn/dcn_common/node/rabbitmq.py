"""RabbitMQ on this node."""

from host import listens, put, unit, wait_for

# One scheduler thread that does not busy-wait.
ENVIRONMENT = 'SERVER_ADDITIONAL_ERL_ARGS="+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"\n'


def serve(address, port, user, password, cookie):
    """Starts RabbitMQ on this address; it may still be starting when this returns."""
    settings = [
        f"listeners.tcp.1 = {address}:{port}",
        f"default_user = {user}",
        f"default_pass = {password}",
        "loopback_users = none",
        "vm_memory_high_watermark.absolute = 512MB",
        "disk_free_limit.absolute = 50MB",
    ]
    changed = [
        put("/var/lib/rabbitmq/.erlang.cookie", cookie, 0o400, "rabbitmq", quiet=True),
        put("/etc/rabbitmq/rabbitmq.conf", "\n".join(settings) + "\n", 0o640, "root", "rabbitmq"),
        put("/etc/rabbitmq/rabbitmq-env.conf", ENVIRONMENT),
    ]
    unit("rabbitmq-server", any(changed), wait=False)


def ready(address, port):
    """Waits until RabbitMQ accepts connections."""
    wait_for(
        f"RabbitMQ does not listen on {address}:{port}",
        lambda: listens(address, port),
        120,
        "rabbitmq-server",
    )
