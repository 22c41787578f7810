/**
 * Parameters of nics.yaml. The hosts have their interfaces and addresses already. Without this switch the configuration phase
 * runs os-net-config on each host, with the template that network-environment.yaml names (THT common/deploy-steps.j2).
 */
export function nicParameters(): Record<string, unknown> {
  return { NetworkConfigWithAnsible: false };
}
