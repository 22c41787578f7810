"""
The settings of an image of the lab file: what Glance keeps about the image beside its data (fields,
properties, tags). The kit notes in ~/dcn/<lab>/images/set/<id>.json what it has set, and takes back only
that: what a person has set, or has changed since, stays.
"""

import os
import shutil

from cloud.keystone import CloudError, Keystone
from cloud.projects import find_projects
from errors import KitError
from files import read_json, remove, write_json
from images.workfiles import MIB
from output import say
from stores import copies

UNSET = {"visibility": "public", "protected": False, "os_hidden": False, "min_disk": 0, "min_ram": 0}
"""
Fields that a lab file may set, each with its value in images without the setting; beside them `owner`, which
is then the administrator's project.
"""

_AFTER_UPLOAD = ("protected", "os_hidden")
"""Fields that an image gets when it has its data: remains of an upload with them would count as set aside."""

_ROUNDS = 3
"""How often an image is changed whose settings imports change back."""

_GIB = 1 << 30
_WHOLE_NUMBERS = 2**31
"""Glance's columns for min_disk and min_ram hold integers of 32 bits."""

_PROJECT = r"\S(.{0,62}\S)?"
_PROPERTY = r"(?!os_glance|glance_dcn_)[A-Za-z][A-Za-z0-9_:.-]{0,254}"


def read(reader):
    """
    The settings of an image from its part of the images' document; {} of a document without.

    Args:
        reader: documents.Reader of the image.

    Returns:
        Some of {visibility, members: [project], owner: project, protected, os_hidden, min_disk, min_ram,
        tags: [tag], properties: {name: text}}; projects by name or id.
    """
    if not reader.has("settings"):
        return {}
    part = reader.part("settings", "the settings of an image")
    kinds = {
        "visibility": lambda key: part.text(key, "public|private|shared|community"),
        "members": lambda key: part.texts(key, _PROJECT),
        "owner": lambda key: part.text(key, _PROJECT),
        "protected": lambda key: part.text(key, "true|false") == "true",
        "os_hidden": lambda key: part.text(key, "true|false") == "true",
        "min_disk": lambda key: int(part.number(key, below=_WHOLE_NUMBERS)),
        "min_ram": lambda key: int(part.number(key, below=_WHOLE_NUMBERS)),
        "tags": lambda key: part.texts(key, r"\S(.{0,253}\S)?"),
        "properties": part.text_map,
    }
    part.known |= set(kinds)
    settings = {key: value(key) for key, value in kinds.items() if part.has(key)}
    for name in settings.get("properties", {}):
        part.matches("properties", name, _PROPERTY)
    if "members" in settings and settings.get("visibility") != "shared":
        part.fault("members", "needs `visibility: shared`: other images have no members")
    return settings


def resolve(lab, images, faults):
    """
    Puts ids in the place of the projects in the settings of images. Adds a line to `faults` for each project
    that Keystone does not have.
    """
    wanted = [image["settings"] for image in images if {"owner", "members"} & set(image["settings"])]
    names = [name for one in wanted for name in [*one.get("members", []), one.get("owner")] if name]
    ids = find_projects(Keystone(lab), names, faults) if names else {}
    for settings in wanted:
        if "owner" in settings:
            settings["owner"] = ids.get(settings["owner"])
        if "members" in settings:
            settings["members"] = sorted({ids.get(name) for name in settings["members"]} - {None})


def at_creation(settings):
    """The fields, properties and tags with which an image is created."""
    fields = {key: value for key, value in _fields(settings).items() if key not in _AFTER_UPLOAD}
    return {"visibility": UNSET["visibility"], **fields, "tags": sorted(settings.get("tags", []))}


def min_disk_faults(image, size):
    """
    A line if the document's min_disk is less than the image itself: a disk of that size could not hold it.

    Args:
        size: bytes of a disk with the image; None: not known.
    """
    gib = image["settings"].get("min_disk", 0)
    if not gib or not size or size <= gib * _GIB:
        return []
    return [
        f"image {image['name']}: min_disk {gib} is less than the image's own size, {-(-size // MIB)} MiB; "
        f"write at least {-(-size // _GIB)} into the lab file, or leave the key out"
    ]


def disk_size(found):
    """Bytes of a disk with one of Glance's images; None: not known."""
    return found.get("virtual_size") or (found.get("size") if found.get("disk_format") == "raw" else None)


def apply(lab, glance, image, found, progress, deadline):
    """
    Gives one of Glance's images the document's settings, and takes back what the kit has set by an earlier
    document. The data stays.

    Args:
        image: the image of the document; the caller has it alone.
        found: the image as Glance shows it.
        progress, deadline: as in `copies.copy_one`.

    Raises:
        KitError: Glance refused.
    """
    settings, image_id = image["settings"], found["id"]
    noted, note = _noted(lab, image_id), _note_of(settings)
    label = f"image {image['name']} ({image_id})"

    def settled():
        return _Change(glance, copies.settle(glance, image_id, progress, deadline), settings, noted)

    change, rounds = _Change(glance, found, settings, noted), 0
    # An import saves the properties that it read before a change over those of the change.
    while change.is_needed and (change := settled()).is_needed:
        if rounds == _ROUNDS:
            raise KitError(
                f"{label}: {', '.join(change.names)} changed back after each of {rounds} changes; run this "
                f"again when nobody copies or changes the image (`glance image-tasks {image_id}`)"
            )
        rounds += 1
        _note(lab, image_id, _both(noted, note))
        try:
            change.make()
        except CloudError as error:
            raise KitError(f"{label}: its settings were not changed: {error}") from None
        say(f"{label}: changed {', '.join(change.names)}")
        noted = {**noted, "members": sorted({*note["members"], *change.unseen})}
    _note(lab, image_id, {**note, "members": sorted({*note["members"], *change.unseen})})


class _Change:
    """
    What an image lacks for its settings.

    Args:
        glance: the client that looks up the image's members and makes the change.
        found, settings, noted: as in `changes`.
    """

    def __init__(self, glance, found, settings, noted):
        self._glance = glance
        self._id = found["id"]
        unset = UNSET
        if "owner" in noted["fields"]:
            unset = {**UNSET, "owner": glance.project()}
        self._operations = changes(found, settings, noted, unset)
        wanted, ours = set(settings.get("members", [])), set(noted["members"])
        self._is_shared = found["visibility"] == "shared"
        members = set(glance.members(self._id)) if self._is_shared and wanted | ours else set()
        self._joining = wanted - members
        self._leaving = ours - wanted
        self.unseen = set()
        """Members to take back that Glance hides while the image is not shared."""
        if self._is_shared:
            self._leaving &= members
        elif settings.get("visibility") != "shared":
            self._leaving, self.unseen = set(), self._leaving

    @property
    def names(self):
        """Names of what changes."""
        has_members = self._leaving or self._joining
        keys = [operation["path"][1:] for operation in self._operations]
        return keys + (["members"] if has_members else [])

    @property
    def is_needed(self):
        """Whether anything changes."""
        return bool(self.names)

    def make(self):
        """Changes the image. Its members can change only while it is shared."""
        if self._is_shared:
            self._leave()
        if self._operations:
            self._glance.update(self._id, self._operations)
        if not self._is_shared:
            self._leave()
        for project in sorted(self._joining):
            self._glance.add_member(self._id, project)

    def _leave(self):
        for project in sorted(self._leaving):
            self._glance.remove_member(self._id, project)


def changes(found, settings, noted, unset):
    """
    The operations that give an image its settings (Image API, PATCH of an image; `add` also replaces), and
    take back what is noted and not a setting any more.

    Args:
        found: the image as Glance shows it.
        noted: {fields: {name: [values that the kit has set]}, tags: [tag], members: [project]}.
        unset: values of the fields that are taken back.
    """
    wanted = _fields(settings)
    operations = [put(key, value) for key, value in wanted.items() if found.get(key) != value]
    for key, values in noted["fields"].items():
        if key in wanted or found.get(key) not in values:
            continue
        if key not in unset:
            operations.append(take(key))
        elif found[key] != unset[key]:
            operations.append(put(key, unset[key]))
    tags, wanted_tags = set(found.get("tags", [])), set(settings.get("tags", []))
    new = tags - set(noted["tags"]) | wanted_tags
    return operations + ([put("tags", sorted(new))] if new != tags else [])


def protects(lab, found):
    """Whether an image's protection is the kit's own."""
    return True in _noted(lab, found["id"])["fields"].get("protected", [])


def owners(lab, found):
    """Ids of the projects that the kit has made the owner of an image."""
    return _noted(lab, found["id"])["fields"].get("owner", [])


def note_created(lab, image_id, settings):
    """Notes the settings of a new image, before it has data: an image without data is not kept."""
    _note(lab, image_id, _note_of(settings))


def forget(lab, image_id):
    """Removes the note about an image that was deleted."""
    remove(_path(lab, image_id))


def sweep(lab, glance):
    """Removes the notes about images that Glance does not have any more."""
    directory = os.path.dirname(_path(lab, "x"))
    for name in os.listdir(directory) if os.path.isdir(directory) else []:
        image_id, suffix = os.path.splitext(name)
        if suffix == ".json" and glance.find(image_id) is None:
            forget(lab, image_id)


def forget_all(lab):
    """Removes all notes, when the control plane has ended."""
    shutil.rmtree(os.path.dirname(_path(lab, "x")), ignore_errors=True)


def _fields(settings):
    """Fields and properties, by the names that Glance has for them."""
    return {
        **{key: value for key, value in settings.items() if key in (*UNSET, "owner")},
        **settings.get("properties", {}),
    }


def put(key, value):
    """The operation that gives an image a field or property; `add` replaces, too (Image API, PATCH)."""
    return {"op": "add", "path": f"/{key}", "value": value}


def take(key):
    """The operation that takes a property from an image."""
    return {"op": "remove", "path": f"/{key}"}


def _note_of(settings):
    fields = {key: [value] for key, value in _fields(settings).items()}
    return {"fields": fields, **{key: sorted(set(settings.get(key, []))) for key in ("tags", "members")}}


def _both(one, other):
    """A note for the time of a change, at whose end the image has the values of one note or of the other."""
    fields = {
        key: [*one["fields"].get(key, []), *other["fields"].get(key, [])]
        for key in {**one["fields"], **other["fields"]}
    }
    return {"fields": fields, **{key: sorted({*one[key], *other[key]}) for key in ("tags", "members")}}


def _noted(lab, image_id):
    return read_json(_path(lab, image_id)) or {"fields": {}, "tags": [], "members": []}


def _note(lab, image_id, note):
    """Keeps a note; an empty one needs no file."""
    if not any(note.values()):
        forget(lab, image_id)
    elif note != _noted(lab, image_id):
        write_json(_path(lab, image_id), note)


def _path(lab, image_id):
    return os.path.join(lab.images, "set", f"{image_id}.json")
