"""Computes the outputs of a template tree with Heat's own template, parameter and function classes.

Heat's engine creates a resource for every entry of every nested template, stores each in a database, and
resolves a template's functions when the resources that they name exist. TripleO's templates do not need the
resources to exist: almost all are nested templates and values. So this module computes an attribute from the
resource's definition when a function needs it. Order, conditions, parameters and functions are Heat's; there
is no database and no message bus.
"""

import uuid

from heat.common import identifier, template_format
from heat.engine import attributes, environment, function, status, stk_defn
from heat.engine import template as heat_template


class Tree:
    """A root template with the files that it refers to, under one environment.

    Args:
        context: Heat's request context.
        name: of the stack.
        template: the root template, parsed.
        files: {name that templates use: text}.
        env: Heat's merged environment.
    """

    def __init__(self, context, name, template, files, env):
        self.context = context
        self.files = files
        self.env = env
        self._parsed = {}
        self.root = _Scope(self, name, name, template, env.params)

    def output(self, name):
        """Returns an output of the root template; None if it has no such output."""
        return self.root.output(name)

    def parameter(self, name):
        """Returns a parameter's value: the environment's, else the first default that a template declares."""
        if name in self.env.param_defaults:
            return self.env.param_defaults[name]
        declared = ((self.parse(file).get("parameters") or {}).get(name) for file in self.templates)
        return next((schema["default"] for schema in declared if schema and "default" in schema), None)

    @property
    def templates(self):
        """Names of the files that are templates."""
        return [name for name, text in self.files.items() if "heat_template_version" in text]

    def parse(self, file):
        """Returns the template in a file; each file is parsed once."""
        if file not in self._parsed:
            self._parsed[file] = template_format.parse(self.files[file], file)
        return self._parsed[file]

    def resource(self, scope, name, resource_type, properties):
        """Returns the object that represents a resource; `properties` may contain unresolved functions."""
        if resource_type in _COMPUTED:
            return _COMPUTED[resource_type](scope, name, resource_type, properties)
        info = self.env.registry.get_resource_info(resource_type, resource_name=name)
        if hasattr(info, "template_name"):
            return _Nested(scope, name, info.template_name, properties)
        return _COMPUTED.get(info.name, _Inert)(scope, name, info.name, properties)


class _Scope(stk_defn.StackDefinition):
    """A template with parameters, in the place of Heat's stack. Resources are computed on demand."""

    def __init__(self, tree, name, path, template, parameters):
        self.tree = tree
        self.path = path
        env = environment.Environment()
        env.registry = tree.env.registry
        env.params = parameters
        env.param_defaults = tree.env.param_defaults
        parsed = heat_template.Template(template, files=tree.files, env=env)
        super().__init__(tree.context, parsed, identifier.HeatIdentifier("", name, path), {})
        self._values = {}

    def __getitem__(self, name):
        if name not in self._resources:
            definition = self.resource_definition(name)
            resource = self.tree.resource(self, name, definition.resource_type, definition._properties or {})
            self._resources[name] = resource
        return self._resources[name]

    def output(self, name, *path):
        """Returns an output, or the value at a path in it; None if there is no such output."""
        key = (name, *path)
        if key not in self._values:
            exists = name in self.enabled_output_names()
            self._values[key] = _resolve(self.output_definition(name)._value, path) if exists else None
        return self._values[key]


def _resolve(snippet, path):
    """Resolves only the value at `path` of a snippet, as far as the snippet consists of plain maps."""
    path = list(path)
    while path and isinstance(snippet, dict):
        if path[0] not in snippet:
            return None
        snippet = snippet[path.pop(0)]
    value = function.resolve(snippet)
    return attributes.select_from_attribute(value, path) if path else value


class _Resource(status.ResourceStatus):
    """A resource as template functions need it: it exists, and its creation is complete."""

    action, status = status.ResourceStatus.CREATE, status.ResourceStatus.COMPLETE

    def __init__(self, scope, name, resource_type, properties):
        self.scope = scope
        self.name = name
        self.type = resource_type
        self.path = f"{scope.path}/{name}"
        self._definition = properties
        self._properties = None

    @property
    def properties(self):
        """The properties, resolved."""
        if self._properties is None:
            self._properties = function.resolve(self._definition)
        return self._properties

    def FnGetRefId(self):
        """Returns the resource's id, which depends only on its path and so never changes."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.path))

    def FnGetAtt(self, attribute, *path):
        raise NotImplementedError(self.type)


class _Inert(_Resource):
    """A resource whose attributes are not needed, such as one for Ansible."""

    def FnGetAtt(self, attribute, *path):
        return None


class _Value(_Resource):
    """OS::Heat::Value"""

    def __init__(self, *args):
        super().__init__(*args)
        self._values = {}

    def FnGetAtt(self, attribute, *path):
        if path not in self._values:
            self._values[path] = _resolve(self._definition.get("value"), path)
        return self._values[path]


class _Server(_Inert):
    """OS::Heat::DeployedServer: an existing host; its name is its only attribute."""

    def FnGetAtt(self, attribute, *path):
        return self.properties.get("name") if attribute == "name" else None


class _Nested(_Resource):
    """A resource that is a nested template."""

    _scope = None

    @property
    def nested(self):
        if self._scope is None:
            given = {name: value for name, value in self.properties.items() if value is not None}
            template = self.scope.tree.parse(self.type)
            self._scope = _Scope(self.scope.tree, self.name, self.path, template, given)
        return self._scope

    def FnGetRefId(self):
        return self.nested.output("OS::stack_id") or super().FnGetRefId()

    def FnGetAtt(self, attribute, *path):
        if attribute.startswith("resource."):
            _, name, *rest = attribute.split(".")
            return self.nested[name].FnGetAtt(*rest, *path)
        return self.nested.output(attribute, *path)


class _Chain(_Resource):
    """OS::Heat::ResourceChain: an attribute is the list of that attribute of all members."""

    _members = None

    @property
    def members(self):
        if self._members is None:
            self._members = self.create_members()
        return self._members

    def create_members(self):
        given = self.properties.get("resource_properties") or {}
        return [self.member(index, kind, given) for index, kind in enumerate(self.properties["resources"])]

    def member(self, index, resource_type, properties):
        member = self.scope.tree.resource(self.scope, str(index), resource_type, properties)
        member.path = f"{self.path}/{index}"
        return member

    def FnGetAtt(self, attribute, *path):
        if attribute == "refs":
            return attributes.select_from_attribute(
                [member.FnGetRefId() for member in self.members], list(path)
            )
        if attribute == "attributes":
            return {member.name: member.FnGetAtt(*path) for member in self.members}
        if attribute.startswith("resource."):
            _, index, *rest = attribute.split(".")
            return self.members[int(index)].FnGetAtt(*rest, *path)
        return [member.FnGetAtt(attribute, *path) for member in self.members]


class _Group(_Chain):
    """OS::Heat::ResourceGroup: a chain of one definition, with %index% replaced by the index."""

    def create_members(self):
        definition = self.properties["resource_def"]
        given = definition.get("properties") or {}
        count = int(self.properties.get("count", 1))
        return [self.member(index, definition["type"], _indexed(given, index)) for index in range(count)]


def _indexed(snippet, index):
    if isinstance(snippet, str):
        return snippet.replace("%index%", str(index))
    if isinstance(snippet, dict):
        return {key: _indexed(value, index) for key, value in snippet.items()}
    if isinstance(snippet, list):
        return [_indexed(value, index) for value in snippet]
    return snippet


_COMPUTED = {
    "OS::Heat::Value": _Value,
    "OS::Heat::DeployedServer": _Server,
    "OS::Heat::ResourceChain": _Chain,
    "OS::Heat::ResourceGroup": _Group,
}
