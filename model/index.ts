/* The model for other rooms. */
export { type AdoptionDocument, adoptionDocument } from './adoptionDocument';
export { firstEdgeIndex, indexFromName, isWithin, undercloudAddress } from './addresses';
export { type AuditDocument, auditDocument } from './auditDocument';
export { countOf, driveGroupOf, selectionsOf } from './driveGroups';
export { planFiles } from './files';
export {
  type JobDocument,
  inputsOf,
  jobDocument,
  makersOf,
  readsOtherSites,
  standsOnHosts,
} from './jobDocument';
export { type ChangedValue, changedValues, keptValues } from './kept';
export {
  type CloudLab,
  type HostLabSite,
  type Lab,
  type LabNode,
  type LabSite,
  centralStoreSite,
  isRemote,
} from './lab';
export { type LeavingNodes, leavingNodes } from './leavingNodes';
export { type Fault, LabFileError } from './labfile/faults';
export { type JsonSchema, definitionOf, labFileJsonSchema, labJsonSchema } from './labfile/jsonSchema';
export type { FileReader } from './labfile/files';
export { parseLab } from './labfile/parse';
export { prefix } from './labfile/schema';
export { isHostKey } from './labfile/schema/hostKey';
export { longestMinutes } from './labfile/schema/steps';
export {
  bringUpFirst,
  controlPlane,
  labOfFile,
  nodeUser,
  partsOfStack,
  stackName,
  verbOfStep,
} from './names';
export { allSubnets, segmentsOf, subnetsOfNode } from './networks';
export { cloudNetworkName, planCloud, rolesOf } from './openstack';
export { planImages, planLab, planSite, planUndercloud } from './plan';
export { type SiteDocument, siteDocument } from './siteDocument';
export { stepRevision } from './revision';
export { type Role, roleAt, roles } from './roles';
export { type ListedPlan, listedPlan, planText } from './summary';
export { domainOf } from './tripleo/hosts';
export { hookMinutes } from './tripleo/steps/hooks';
export { centralCeph, shared, templates } from './tripleo/paths';
export { commandLine } from './tripleo/script';
export { composeStores, rbdStoresOf, type Store, storeDefaults } from './tripleo/stores';
export * from './import';
export * from './images';
export * from './types';
export {
  type SshServer,
  type UndercloudAccess,
  type UndercloudEndpoint,
  undercloudEndpoint,
} from './undercloud';
