"""STAND-IN for the ephemeral Heat: validates with Heat's own code; computes stacks instead of creating them.

The methods are those of heatclient that tripleoclient calls, with the same names and arguments.
"""

import json
import logging

import oslo_messaging
from heat.common import context as heat_context
from heat.common import environment_format, environment_util, messaging
from heat.db.sqlalchemy import api as database
from heat.db.sqlalchemy import models
from heat.engine import environment, resources, service
from heat.engine import template as heat_template
from heatclient import exc
from oslo_config import cfg
from oslo_serialization import jsonutils
from tripleoclient import heat_launcher

from dcn_quick import parameters
from dcn_quick.tree import Tree

PORT = 8006


class EphemeralHeat:
    """Heat in this process, configured as the client configures an ephemeral Heat.

    Args:
        directory: where the client keeps the ephemeral Heat's files.
        templates: directory of the rendered templates.
        database_file: names the stack that Heat's database would have; a killed deploy leaves it.
    """

    def __init__(self, directory, templates, database_file):
        launcher = heat_launcher.HeatNativeLauncher(
            api_port=PORT, heat_dir=directory, use_tmp_dir=False, use_root=False
        )
        cfg.CONF(["--config-file", launcher.config_file], project="heat", prog="heat-engine", version="")
        # At level INFO Heat logs a line for every type of resource.
        for name in ("heat", "oslo_messaging"):
            logging.getLogger(name).setLevel(logging.ERROR)
        # In memory: nothing is stored, but the engine's classes query tables of services and stacks.
        cfg.CONF.set_override("connection", "sqlite://", group="database")
        models.BASE.metadata.create_all(database.get_engine())
        messaging.setup("fake://")
        resources.initialise()
        token = json.dumps(heat_launcher.FAKE_TOKEN_RESPONSE) % {"heat_port": PORT}
        self._context = heat_context.RequestContext(
            is_admin=True, auth_url="unused", auth_token="unused", auth_token_info=json.loads(token)
        )
        self._context.project_id = self._context.user_id = self._context.username = "admin"
        self._templates = templates
        self._database_file = database_file
        self._validated = None
        self._stacks = {}
        self.stacks = self
        self.resources = _NoResources()

    def validate(self, template, files, environment_files, show_nested):
        """POST /validate.

        Raises:
            exc.HTTPBadRequest: with Heat's reason.
        """
        # The client validates the same template twice; the second time, the result is known.
        if self._validated and self._validated[0] is template:
            return self._validated[1]
        texts = _as_sent(files)
        given = {}
        environment_format.default_for_missing(given)
        engine = service.EngineService.__new__(service.EngineService)
        try:
            result = engine.validate_template(
                self._context, template, given, texts, environment_files, None, show_nested
            )
        except oslo_messaging.ExpectedException as expected:
            raise exc.HTTPBadRequest(str(expected.exc_info[1])) from None
        if "Error" in result:
            raise exc.HTTPBadRequest(result["Error"])
        self._validated = (template, result)
        return result

    def create(self, stack_name, template, environment_files, files):
        """POST /stacks.

        Raises:
            exc.HTTPConflict: a killed deploy has left the stack in the database.
            exc.HTTPBadRequest: with all values that Heat refuses and all unknown parameters.
        """
        if self._database_file.exists():
            raise exc.HTTPConflict(f"The Stack ({stack_name}) already exists.")
        texts = _as_sent(files)
        given = {}
        environment_format.default_for_missing(given)
        schemata = heat_template.Template(template, files=texts).all_param_schemata(texts)
        environment_util.merge_environments(environment_files, texts, given, schemata)
        env = environment.Environment(given)
        tree = Tree(self._context, stack_name, template, texts, env)
        faults = parameters.refused(self._context, tree)
        faults += parameters.unknown(tree, environment_files, self._templates)
        if faults:
            raise exc.HTTPBadRequest("\n".join(faults))
        self._database_file.write_text(stack_name)
        self._stacks[stack_name] = _Stack(stack_name, template, tree)

    def get(self, stack_name, **_):
        """GET /stacks/NAME.

        Raises:
            exc.HTTPNotFound: there is no such stack.
        """
        if stack_name not in self._stacks:
            raise exc.HTTPNotFound(f"The Stack ({stack_name}) could not be found.")
        return self._stacks[stack_name]

    def environment(self, stack_name):
        """GET /stacks/NAME/environment. Raises as get()."""
        return self.get(stack_name).environment()


class _Stack:
    """A complete stack."""

    stack_status = "CREATE_COMPLETE"

    def __init__(self, name, template, tree):
        self.stack_name = name
        self._tree = tree
        values = {output: tree.output(output) for output in template["outputs"]}
        # As the API sends them.
        values = jsonutils.loads(jsonutils.dumps(values))
        self.outputs = [{"output_key": key, "output_value": value} for key, value in values.items()]

    def to_dict(self):
        return {"stack_name": self.stack_name, "stack_status": self.stack_status, "outputs": self.outputs}

    def environment(self):
        return self._tree.env.user_env_as_dict()


class _NoResources:
    """The stack's software deployments, which config-download lists; there are none."""

    def list(self, *_, **__):
        return []


def _as_sent(files):
    """Returns the files as the API receives them in JSON: as text."""
    return {name: text.decode() if isinstance(text, bytes) else text for name, text in files.items()}
