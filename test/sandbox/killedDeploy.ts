/** A shell script that kills a stack phase as soon as a condition holds; it fails if the stack phase ends before. */
export function killedDeploy(stackPhase: string, condition: string): string {
  const pid = `import json, os; print(json.load(open(os.path.expanduser("~/overcloud-deploy/.ephemeral-heat")))["pid"])`;
  return [
    `(${stackPhase}) > ~/killed.log 2>&1 &`,
    `until ${condition}; do kill -0 $! || exit 1; sleep 0.1; done`,
    `kill -9 "$(python3 -c '${pid}')"`,
  ].join('\n');
}
