"""Forwards a port of this machine's loopback to an address inside a network namespace.

usage: forward.py PORT NAMESPACE_FILE HOST HOST_PORT

The listening socket is created before the process enters the namespace, so it stays in the machine's own
network; the connections to HOST start in the namespace. Prints `listening` when it accepts connections.
"""

import asyncio
import contextlib
import ctypes
import os
import socket
import sys

CLONE_NEWNET = 0x40000000


def enter(namespace_file: str) -> None:
    """Moves this process into a network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(namespace_file) as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), namespace_file)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copies one direction of a connection until its end."""
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 18):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def serve(listener: socket.socket, host: str, port: int) -> None:
    """Forwards each connection that `listener` accepts."""

    async def connect(near: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(near_out):
            far, far_out = await asyncio.open_connection(host, port)
            with contextlib.closing(far_out):
                await asyncio.gather(pump(near, far_out), pump(far, near_out))

    server = await asyncio.start_server(connect, sock=listener)
    print("listening", flush=True)
    await server.serve_forever()


def main() -> None:
    port, namespace_file, host, host_port = sys.argv[1:]
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(port)))
    enter(namespace_file)
    asyncio.run(serve(listener, host, int(host_port)))


if __name__ == "__main__":
    main()
