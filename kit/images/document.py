"""The document of the images that a lab file describes."""

import urllib.parse

import documents
from direct.copy import Limits
from direct.pace import MBIT
from images import settings
from stores import copies


def read_document(text):
    """
    Reads the document of an image, or of several under `images`, from YAML.

    Returns:
        ([{name, diskFormat, stores, direct, caches, keepFormat, source, settings}], time limit in minutes).
        direct: Limits of the direct way, by which the image is copied; None: Glance copies it. source:
        {file}, {url} or {made: {sizeMiB, seed}}; file and url with `sha256` if the document has it. settings:
        as from settings.read.

    Raises:
        Refused: one line for each fault of the document.
    """
    what = "images document"
    mapping = documents.parse(what, text)
    several = isinstance(mapping, dict) and "images" in mapping
    reader = documents.Reader(what, mapping)
    limit = reader.number("limitMinutes", str(copies.LIMIT_MINUTES))
    reader.text_map("after", {})
    if several:
        images = [_image(item) for item in reader.items("images", what, "an image")]
    else:
        images = [_image(reader)]
    names = [image["name"] for image in images]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reader.fault("name", f"{name} is listed twice")
    reader.finish()
    return images, limit


def _image(reader):
    image = {
        "name": reader.text("name", documents.IMAGE),
        "diskFormat": reader.text("diskFormat", "raw|qcow2"),
        "stores": reader.texts("stores", documents.STORE),
        "caches": reader.texts("caches", documents.NAME, []),
        # Ceph clones raw images only; Swift stores any format.
        "keepFormat": reader.text("keepFormat", "true|false", "false") == "true",
        "source": {},
        "settings": settings.read(reader),
    }
    reader.what = f"image {documents.plain(image['name'] or '?')}"
    image["direct"] = _direct(reader)
    source = reader.part("source", "a source")
    kinds = [kind for kind in ("file", "url", "made") if source.has(kind)]
    if len(kinds) != 1:
        source.fault("file, url, made", f"exactly one of them is needed, {len(kinds)} are given")
    elif kinds == ["made"]:
        fields = source.part("made", "a generated image")
        image["source"] = {"made": {"sizeMiB": int(fields.number("sizeMiB")), "seed": fields.text("seed")}}
    else:
        pattern = r"https?://\S+" if kinds == ["url"] else "/.*"
        image["source"] = {kinds[0]: source.text(kinds[0], pattern)}
        if kinds == ["url"] and not _is_url(image["source"]["url"]):
            source.fault("url", "is no URL")
        if source.has("sha256"):
            image["source"]["sha256"] = source.text("sha256", "[0-9a-f]{64}")
    source.known |= {"file", "url", "made", "sha256"}
    return image


def _direct(reader):
    reader.known.add("copy")
    if not reader.has("copy"):
        return None
    limits = reader.part("copy", "a way of copies").part("direct", "the direct way")
    limits.known |= {"rateMbit", "rateInAllMbit"}
    each_store, in_all = (
        limits.number(key) * MBIT if limits.has(key) else None for key in ("rateMbit", "rateInAllMbit")
    )
    return Limits(each_store, in_all)


def _is_url(text):
    try:
        parts = urllib.parse.urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
