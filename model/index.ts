export { type Fault, LabFileError } from './labfile/faults';
export { type JsonSchema, labFileJsonSchema, labJsonSchema } from './labfile/jsonSchema';
export { prefix } from './labfile/schema';
export { parseLab } from './labfile/parse';
export { planFiles } from './files';
export {
  type CloudLab,
  type HostLabSite,
  type Lab,
  type LabNode,
  type LabSite,
  centralSite,
  controlPlane,
} from './lab';
export { networkName, planCloud, rolesOf } from './openstack';
export { planImages, planLab, planSite, planUndercloud } from './plan';
export { stepRevision } from './revision';
export { planText } from './summary';
export { composeStores, rbdStoresOf, type Store } from './tripleo/stores';
export * from './types';
