import json
import pathlib
import subprocess
import sys
import unittest

import dcn_common

NODE = pathlib.Path(dcn_common.__file__).parent / "node"


class Agent(unittest.TestCase):
    """node/agent.py in a separate process, with the modules that fleet.py sends."""

    def answers(self, *calls):
        sources = {path.stem: path.read_text() for path in NODE.glob("*.py")}
        agent = sources.pop("agent")
        lines = [sources, *({"function": name, "arguments": arguments} for name, arguments in calls)]
        done = subprocess.run(
            [sys.executable, "-c", agent],
            input="".join(f"{json.dumps(line)}\n" for line in lines),
            capture_output=True,
            text=True,
            check=True,
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_reserves_at_most_half_of_the_machines_memory(self):
        answers = self.answers(
            ("nova_compute.reserved", {"wanted": 9216, "total": 32000}),
            ("nova_compute.reserved", {"wanted": 9216, "total": 9001}),
        )
        self.assertEqual(answers, [{"result": 9216}, {"result": 4500}])

    def test_calls_functions_of_its_modules(self):
        (answer,) = self.answers(("ini.render", {"sections": {"DEFAULT": {"debug": True}}}))
        self.assertEqual(answer, {"result": "[DEFAULT]\ndebug = true\n"})

    def test_has_the_sources_of_programs_that_it_installs(self):
        for module in ("glance_prefetch", "placement_wsgi"):
            (answer,) = self.answers(("host.source", {"module": module}))
            self.assertEqual(answer, {"result": (NODE / f"{module}.py").read_text()})

    def test_answers_a_failure_with_its_reason(self):
        (answer,) = self.answers(("host.run", {"command": ["sh", "-c", "echo reason >&2; exit 3"]}))
        self.assertEqual(answer, {"error": "`sh -c echo reason >&2; exit 3` ended with 3: reason"})


if __name__ == "__main__":
    unittest.main()
