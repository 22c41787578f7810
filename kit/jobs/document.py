"""The documents of jobs."""

import hashlib
import json

import documents


def read_document(lab, text):
    """
    Reads a job's document from YAML.

    Returns:
        A dict with every key of a job's document; the numbers are floats.

    Raises:
        Refused: one line for each fault of the document.
    """
    reader = documents.Reader("job document", documents.parse("job document", text))
    document = {
        "job": reader.text("job", documents.JOB),
        "directory": reader.text("directory"),
        "after": reader.text_map("after", {}),
        "nodes": reader.text_map("nodes", {}),
        "digests": reader.text_map("digests", {}),
        "files": reader.text_map("files", {}),
        "commands": _commands(reader, "commands"),
        "fragments": reader.text_map("fragments", {}),
        "results": reader.texts("results", default=[]),
        "lock": reader.text("lock", documents.NAME, ""),
        "limitMinutes": reader.number("limitMinutes"),
        "teardown": _commands(reader, "teardown", []),
    }
    if document["directory"] != lab.directory:
        reader.fault(
            "directory",
            f"is {documents.shown(document['directory'])}, but this kit belongs to {lab.directory}: call the "
            "kit there",
        )
    if document["fragments"] and set(document["fragments"]) != {"stores", "ceph"}:
        reader.fault("fragments", "needs the files `stores` and `ceph`")
    for key in ("files", "digests", "results"):
        reader.paths(key, document[key])
    reader.paths("fragments", document["fragments"].values())
    reader.finish()
    return document


def _commands(reader, key, default=None):
    commands = reader.get(key, list, default)
    for command in commands:
        if not isinstance(command, list) or not command or not all(isinstance(word, str) for word in command):
            reader.fault(key, f"must be a list of argument lists, one is {documents.shown(command)}")
    return commands


def revision(document):
    """
    sha256 of a document without its time limit, lock and teardown: these do not change what a run leaves
    behind.
    """
    content = {
        key: value for key, value in document.items() if key not in ("limitMinutes", "lock", "teardown")
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
