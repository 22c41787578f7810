import * as pulumi from '@pulumi/pulumi';

/** Gives the options of a child resource: `options` with the parent set. */
export type ChildOptions = (options?: pulumi.CustomResourceOptions) => pulumi.CustomResourceOptions;

/**
 * A component that cannot forget its children or its outputs: the resources that `build` makes become its children by the
 * options that `build` receives, and the value that `build` returns is registered and kept as `outputs`.
 */
export abstract class Component<Outputs extends object> extends pulumi.ComponentResource {
  /** The outputs of the component, as registered with the engine. */
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
