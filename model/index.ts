export { type Fault, LabFileError } from './labfile/faults';
export { planFiles } from './files';
export type { Lab, LabNode, LabSite } from './lab';
export { parseLab } from './labfile/parse';
export { planImages, planLab, planSite, planUndercloud } from './plan';
export { stepRevision } from './revision';
export { planText } from './summary';
export { composeStores, type Store } from './tripleo/stores';
export * from './types';
