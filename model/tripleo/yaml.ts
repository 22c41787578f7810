import { stringify } from 'yaml';

/** YAML of generated files: stable order, no anchors, no folded lines, strings quoted where YAML 1.1 needs it. */
export function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', directives: false, lineWidth: 0, aliasDuplicateObjects: false });
}

/** A Heat environment file with parameter_defaults only. */
export function environment(parameters: Record<string, unknown>): string {
  return toYaml({ parameter_defaults: parameters });
}
