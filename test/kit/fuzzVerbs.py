"""
Calls the kit's verbs with words and documents at random, on an undercloud with nothing: each call is done, or
refused in sentences.

usage: fuzzVerbs.py KIT HOME RUNS SEED; HOME is empty. Prints the call, and ends with 1, at the first
traceback, line that is too long, failure without a sentence, or verb that does not end.
"""

import argparse
import importlib.util
import os
import random
import shutil
import signal
import sys

kit, home, runs, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
# Without a PATH: no verb may reach a program of this machine.
os.environ.clear()
os.environ.update(HOME=home, PATH=os.path.join(home, "none"), LANG="C.UTF-8")
sys.dont_write_bytecode = True
sys.path.insert(0, kit)
spec = importlib.util.spec_from_file_location("kit_main", os.path.join(kit, "__main__.py"))
main = importlib.util.module_from_spec(spec)
spec.loader.exec_module(main)
import folder  # noqa: E402

# Verbs that remove the kit remove this folder; the modules come from elsewhere.
folder.PATH = os.path.join(home, "dcn/dev/kits/first")
sys.path.insert(0, kit)

SECONDS = 60
LONGEST = 4000
WORDS = [
    *("", " ", "-", "--", "-rf", "../../x", "/", "é", "日本", "a\nb", "x" * 5000, "0", "-1", "1e3", "٣"),
    *("$(id)", "%s", "NaN", "\udcff", "1", "a=b", "ROLE/net=sub", "images,size=2", "osd/x=1", "/none/x"),
    *("dcn0", "central", "control-plane", "dcn0/overcloud-stack", "h-0", "192.0.2.1", "10.0.0.0/8"),
    "0123abcd-0000-4000-8000-000000000000",
]
DOCUMENTS = [
    *(b"", b"{}", b"[]", b"a: [", b"\0", b"\xff\xfe", "é".encode("latin-1"), b"site: dcn0\n", b"- 1\n"),
    *(b"x" * 60_000, b"images: [a]\n", b"images: [{name: a}]\n", b"steps: []\n", b"{sites: []}", b"1: 2\n"),
]


def verbs(parser, before=()):
    """Words and parser of each verb; `supervise` is the kit's own."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                if name != "supervise":
                    yield from verbs(inner, (*before, name))
            return
    yield before, parser


def arguments(parser, chance):
    """Words for a verb: mostly as many as it wants."""
    words = []
    for action in parser._actions:
        count = 0 if action.nargs == 0 else 1 if action.nargs is None else chance.randint(1, 3)
        values = [chance.choice(WORDS) for _ in range(count)]
        if not action.option_strings:
            words += values
        elif chance.random() < (0.97 if action.required else 0.4) and action.dest != "help":
            words += [action.option_strings[-1], *values]
    if chance.random() < 0.2:
        words.insert(chance.randint(0, len(words)), chance.choice(WORDS))
    return words


def call(words, document):
    """(wait status, output) of the kit in a fork."""
    shutil.rmtree(os.path.join(home, "dcn"), ignore_errors=True)
    os.makedirs(folder.PATH)
    os.symlink("kits/first", os.path.join(home, "dcn/dev/kit"))
    with open(os.path.join(home, "document"), "wb") as file:
        file.write(document)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        signal.alarm(SECONDS)
        # Words may be names of files.
        os.chdir(os.path.join(home, "dcn/dev"))
        os.dup2(os.open(os.path.join(home, "document"), os.O_RDONLY), 0)
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        os.close(reading)
        sys.argv = ["kit", *words]
        code = 1
        try:
            code = main.main()
        except SystemExit as end:
            code = end.code
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code or 0)
    os.close(writing)
    with open(reading, "rb") as file:
        output = file.read().decode("utf-8", "replace")
    return os.waitpid(pid, 0)[1], output


def fault_of(status, output):
    if "Traceback" in output:
        return "has a traceback"
    if os.WIFSIGNALED(status):
        return f"does not end within {SECONDS} s"
    if status != 0 and not output.strip():
        return "fails without a sentence"
    return f"has a line above {LONGEST} characters" if max(map(len, output.split("\n"))) > LONGEST else None


def run_all():
    chance = random.Random(seed)
    every = list(verbs(main._parser()))
    done = 0
    for run in range(runs):
        before, parser = every[run % len(every)]
        words, document = [*before, *arguments(parser, chance)], chance.choice(DOCUMENTS)
        status, output = call(words, document)
        fault = fault_of(status, output)
        if fault:
            sys.exit(f"{ascii(words)[:2000]} with {document[:80]!r} {fault}:\n{output[-3000:]}")
        done += status == 0
    print(f"{runs} calls of {len(every)} verbs, {done} done")


run_all()
