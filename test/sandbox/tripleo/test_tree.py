import unittest

from heat.common import context
from heat.engine import environment

from dcn_quick.tree import Tree

ROOT = {
    "heat_template_version": "wallaby",
    "parameters": {"Count": {"type": "number", "default": 2}, "On": {"type": "boolean", "default": False}},
    "conditions": {"is_on": {"get_param": "On"}},
    "resources": {
        "Names": {"type": "OS::Heat::Value", "properties": {"type": "json", "value": {"a": {"b": [1, 2]}}}},
        "Group": {
            "type": "OS::Heat::ResourceGroup",
            "properties": {
                "count": {"get_param": "Count"},
                "resource_def": {"type": "Test::Node", "properties": {"Name": "node-%index%"}},
            },
        },
        "Chain": {
            "type": "OS::Heat::ResourceChain",
            "properties": {
                "resources": ["Test::Node", "Test::Off"],
                "resource_properties": {"Name": "common"},
            },
        },
        "Maybe": {"type": "OS::Heat::Value", "condition": "is_on", "properties": {"value": "on"}},
    },
    "outputs": {
        "path": {"value": {"get_attr": ["Names", "value", "a", "b", 1]}},
        "group": {"value": {"get_attr": ["Group", "data", "name"]}},
        "by_index": {"value": {"get_attr": ["Group", "attributes", "data", "greeting"]}},
        "chain": {"value": {"get_attr": ["Chain", "data", "name"]}},
        "conditional": {"value": {"if": ["is_on", {"get_attr": ["Maybe", "value"]}, "off"]}},
        "references": {"value": {"get_attr": ["Group", "refs"]}},
    },
}
NODE = """
heat_template_version: wallaby
parameters:
  Name: {type: string}
  Greeting: {type: string, default: hello}
resources:
  Server: {type: OS::Heat::DeployedServer, properties: {name: {get_param: Name}}}
outputs:
  OS::stack_id: {value: {get_resource: Server}}
  data:
    value:
      name: {get_attr: [Server, name]}
      greeting: {list_join: [' ', [{get_param: Greeting}, {get_param: Name}]]}
      broken: {get_param: [Name, nothing, here]}
"""


def tree(defaults=None):
    registry = {"Test::Node": "node.yaml", "Test::Off": "OS::Heat::None"}
    env = environment.Environment({"resource_registry": registry, "parameter_defaults": defaults or {}})
    return Tree(context.RequestContext(is_admin=True), "test", ROOT, {"node.yaml": NODE}, env)


class Outputs(unittest.TestCase):
    def test_a_path_into_a_value(self):
        self.assertEqual(tree().output("path"), 2)

    def test_a_group_has_a_member_for_each_index(self):
        self.assertEqual(tree().output("group"), ["node-0", "node-1"])
        self.assertEqual(tree({"Count": 1}).output("group"), ["node-0"])

    def test_parameter_defaults_reach_nested_templates(self):
        self.assertEqual(
            tree({"Greeting": "moin"}).output("by_index"), {"0": "moin node-0", "1": "moin node-1"}
        )

    def test_a_service_that_is_off_is_none_in_its_chain(self):
        self.assertEqual(tree().output("chain"), ["common", None])

    def test_conditions(self):
        self.assertEqual(tree().output("conditional"), "off")
        self.assertEqual(tree({"On": True}).output("conditional"), "on")

    def test_references_differ_and_are_stable(self):
        first = tree().output("references")
        self.assertEqual(len(set(first)), 2)
        self.assertEqual(tree().output("references"), first)

    def test_a_missing_output_is_none(self):
        self.assertIsNone(tree().output("nothing"))

    def test_a_parameter_by_its_default(self):
        self.assertEqual(tree().parameter("Greeting"), "hello")
        self.assertEqual(tree({"Greeting": "moin"}).parameter("Greeting"), "moin")
