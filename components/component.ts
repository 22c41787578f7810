import * as pulumi from '@pulumi/pulumi';

/** Gives the options of a child resource: its parent is set, `options` are merged in. */
export type ChildOptions = (options?: pulumi.CustomResourceOptions) => pulumi.CustomResourceOptions;

/**
 * A component whose children and outputs cannot be forgotten: what `build` makes goes below it through the options
 * that it is handed, and what `build` returns is registered and kept as `outputs`.
 */
export abstract class Component<Outputs extends object> extends pulumi.ComponentResource {
  /** What the component tells others, as registered with the engine. */
  readonly outputs: Outputs;

  /** @param kind the last two parts of the type token, such as `site:EdgeSite` */
  protected constructor(
    kind: string,
    name: string,
    options: pulumi.ComponentResourceOptions,
    build: (under: ChildOptions) => Outputs,
  ) {
    super(`glance-dcn:${kind}`, name, {}, options);
    this.outputs = build((child = {}) => pulumi.mergeOptions({ parent: this }, child));
    this.registerOutputs(this.outputs);
  }
}
