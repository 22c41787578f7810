"""
Runs verbs of the kit in forks of one process that has imported the whole kit: a verb then costs milliseconds,
not the start of an interpreter. Each verb, supervisor and update is a process of its own, with its own locks
and signals: kill -9 is the kernel's.

usage: zygote.py KIT FAKES SOCKET ROOM

Each verb comes by three connections to SOCKET, for its standard input, output and errors. Each starts with a
line of JSON, {id, stream}; that of standard input also has {words, home, lab, fault}. Standard output has a
line of JSON for each start, {id, pid}, and for each end, {id, code}.

ROOM is a long text. The kernel shows what lies in that memory as a process's arguments and environment.
"""

import contextlib
import fcntl
import functools
import gc
import importlib.util
import json
import os
import pkgutil
import re
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import traceback

import faults
import pace

KIT, FAKES, SOCKET = sys.argv[1:4]
_STREAMS = ("stdin", "stdout", "stderr")


def _import_kit():
    """Imports all modules of the kit; returns the function that runs a verb."""
    sys.path.insert(0, KIT)
    spec = importlib.util.spec_from_file_location("kit", os.path.join(KIT, "__main__.py"))
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    for module in pkgutil.walk_packages([KIT]):
        if module.name != "__main__":
            importlib.import_module(module.name)
    # Made once: it takes longer than most verbs.
    parser = program._parser()
    program._parser = lambda: parser
    # Forks inherit the compiled patterns.
    parser.parse_args(["stores", "register", "--grace", "1"])
    documents = vars(sys.modules["documents"])
    for name in documents:
        if name.isupper() and isinstance(documents[name], str):
            re.compile(documents[name])
    return program.main


# -- a fork in place of another program


def become(argv, environment):
    """
    Makes this fork a new process of the kit, as execve(2) and the interpreter's start do: only inheritable
    descriptors stay open, signals have their default effects, /proc shows the arguments and environment.
    """
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if int(name) > 2 and fcntl.fcntl(int(name), fcntl.F_GETFD) & fcntl.FD_CLOEXEC:
                os.close(int(name))
    # Objects of the process before must not close new descriptors that get the numbers of theirs.
    gc.freeze()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    _show(argv, environment)
    sys.argv = argv[1:]
    streams = (os.fdopen(number, mode, closefd=False) for number, mode in enumerate("rww"))
    sys.stdin, sys.stdout, sys.stderr = streams
    sys.modules["folder"].PATH = os.path.realpath(argv[1])
    words = argv[2:]
    pace.settle()
    faults.play(words[1] if words[0] == "supervise" else " ".join(words[:2]))
    code = 1
    try:
        code = RUN_VERB()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _show(argv, environment):
    """Overwrites what /proc shows of this process; the kit finds a run's processes by their environment."""
    with open("/proc/self/stat", encoding="utf-8", errors="replace") as file:
        # proc(5): arg_start, arg_end, env_start, env_end are fields 48 to 51; the first after the name is 3.
        fields = file.read().rpartition(")")[2].split()
    start, end, env_start, env_end = map(int, fields[45:49])
    shown = ("\0".join(argv) + "\0", "".join(f"{key}={value}\0" for key, value in environment.items()))
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        for text, first, last in zip(shown, (start, env_start), (end, env_end)):
            room = last - first
            data = text.encode()
            if len(data) > room:
                raise ValueError(f"{len(data)} bytes do not fit into {room}: give a longer ROOM")
            memory.seek(first)
            memory.write(data.ljust(room, b"\0"))


class _Fork:
    """A command of a job that is a verb of the kit itself, as subprocess.Popen gives it to the supervisor."""

    def __init__(self, argv, cwd, env, stdin, start_new_session, pass_fds):
        self.returncode = None
        self.pid = os.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.setsid()
            for descriptor in pass_fds:
                os.set_inheritable(descriptor, True)
            become(argv, env)

    def poll(self):
        """The exit code; None while the process runs."""
        return self._wait(os.WNOHANG)

    def wait(self, timeout=None):
        """Waits for the end of the process."""
        if timeout is None:
            return self._wait(0)
        descriptor = os.pidfd_open(self.pid)
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            ended = selector.select(timeout)
        os.close(descriptor)
        if not ended:
            raise subprocess.TimeoutExpired("kit", timeout)
        return self._wait(0)

    def _wait(self, options):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


# -- what the kit calls outside of itself


def _replace_calls():
    """
    Replaces what costs a process or more, each by something that has the same effect: a kit that starts the
    kit forks; the login shell before the fake programs is left out; clones are read from the directory that
    the fake `rbd` reads.
    """
    real = subprocess.Popen

    class Popen(real):
        def __new__(cls, args, **options):
            return _Fork(args, **options) if args[0] == sys.executable else super().__new__(cls)

    subprocess.Popen = Popen
    os.execve = lambda _path, argv, environment: become(argv, environment)
    shell = sys.modules["jobs.shell"]
    shell.login = lambda argv: [os.path.join(FAKES, argv[0]), *argv[1:]] if "/" not in argv[0] else argv
    cluster = sys.modules["ceph.cluster"]
    run = cluster.run

    def run_program(lab, store, program, arguments=(), limit_seconds=3600, stdin=""):
        if program != "children.sh":
            return run(lab, store, program, arguments, limit_seconds, stdin)
        home = os.path.expanduser("~")
        with contextlib.suppress(FileNotFoundError), open(os.path.join(home, "unreachable")) as file:
            if store["node"]["address"] in file.read().split():
                raise sys.modules["errors"].KitError(f"store {store['store']}: does not answer")
        lines = []
        for image_id in stdin.split():
            children = "[]"
            with contextlib.suppress(FileNotFoundError):
                path = os.path.join(home, "ceph", store["cluster"], "children", image_id)
                with open(path, encoding="utf-8") as file:
                    children = file.read()
            lines.append(f"{image_id} {children}")
        return "\n".join(lines)

    cluster.run = run_program
    # Reading the machine's certificates takes longer than a verb: forks inherit what is read here.
    ssl.create_default_context = functools.lru_cache(ssl.create_default_context)
    ssl.create_default_context(cafile=None)


# -- verbs from outside


class _Server:
    """Starts the verbs that come by the socket."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        self._waiting = {}
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(SOCKET)
        self._socket.listen(100)
        self._selector.register(self._socket, selectors.EVENT_READ, self._accept)
        self._selector.register(0, selectors.EVENT_READ, self._end)
        self._say({"ready": True})

    def serve(self):
        """Serves until standard input ends."""
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _end(self):
        os._exit(0)

    @staticmethod
    def _say(line):
        os.write(1, (json.dumps(line) + "\n").encode())

    def _accept(self):
        connection, _ = self._socket.accept()
        seen = b""
        while b"\n" not in seen:
            # What follows the line is for the verb.
            more = connection.recv(65536, socket.MSG_PEEK)
            if len(more) == len(seen):
                return
            seen = more
        request = json.loads(connection.recv(seen.index(b"\n") + 1, socket.MSG_WAITALL))
        streams = self._waiting.setdefault(request["id"], {})
        streams[request["stream"]] = (connection, request)
        if len(streams) == len(_STREAMS):
            self._start(self._waiting.pop(request["id"]))

    def _start(self, streams):
        request = streams["stdin"][1]
        pid = os.fork()
        if pid == 0:
            for number, name in enumerate(_STREAMS):
                os.dup2(streams[name][0].fileno(), number)
            faults.FAULT = request["fault"]
            home = request["home"]
            environment = {"HOME": home, "PATH": f"{FAKES}:{home}/bin:{os.environ['PATH']}"}
            become([sys.executable, os.path.join(request["lab"], "kit"), *request["words"]], environment)
        for connection, _ in streams.values():
            connection.close()
        self._say({"id": request["id"], "pid": pid})
        descriptor = os.pidfd_open(pid)
        ended = functools.partial(self._ended, request["id"], pid, descriptor)
        self._selector.register(descriptor, selectors.EVENT_READ, ended)

    def _ended(self, verb, pid, descriptor):
        self._selector.unregister(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(pid, 0)
        self._say({"id": verb, "code": os.waitstatus_to_exitcode(status)})


RUN_VERB = _import_kit()
pace.quicken()
faults.watch()
_replace_calls()
_Server().serve()
