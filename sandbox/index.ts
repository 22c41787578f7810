/* The functions that the command line, the tests and the benchmarks call. */
export { sandboxDown } from './down';
export { type Endpoint, endpoint } from './endpoint';
export type { HostIdentity } from './hosts/record';
export { packImages } from './image/pack';
export { wanBytes } from './network/wan';
export { nodeCreate, nodeDestroy } from './node';
export { SandboxError } from './sandboxError';
export { type SandboxStatus, sandboxStatus } from './status';
export { sandboxUp } from './up';
export { wan } from './wan';
