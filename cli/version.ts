import { dependencies, version } from '../package.json';

/** Version of this program. */
export const productVersion = version;

/** Versions for `dcn --version`: of this program, of Node, and of the Pulumi that it is made for. */
export const versionText = `glance-dcn ${version}, Node ${process.versions.node}, Pulumi ${dependencies['@pulumi/pulumi']}`;
