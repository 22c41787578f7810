import { stringify } from 'yaml';

/** YAML as all generated files have it: stable order, no anchors, no folded lines, strings quoted where 1.1 needs it. */
export function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', directives: false, lineWidth: 0, aliasDuplicateObjects: false });
}

/** A Heat environment file of parameter_defaults alone. */
export function environment(parameters: Record<string, unknown>): string {
  return toYaml({ parameter_defaults: parameters });
}
