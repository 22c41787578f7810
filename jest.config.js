const base = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/toolchain.ts',
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
};

/**
 * The parts by themselves; what needs hosts of the sandbox, one test file after the other; and what is no part of `npm test`:
 * further arrangements on the sandbox (`npm run test:labs`), what repeats that for long (`npm run test:soak`), what needs a
 * whole cloud (`npm run test:openstack`), every lab file before TripleO's own Heat (`npm run test:tripleo`), and a lab whose
 * every verb is TripleO's own (`npm run test:full`).
 */
/** @type {import('jest').Config} */
module.exports = {
  // What a test does takes as long as the machine is busy; jest's own 5 s are for pure functions.
  testTimeout: 60_000,
  projects: [
    {
      ...base,
      displayName: 'parts',
      roots: ['<rootDir>/test'],
      testPathIgnorePatterns: ['/test/(sandbox|labs|soak|openstack|tripleo|full)/'],
    },
    { ...base, displayName: 'sandbox', roots: ['<rootDir>/test/sandbox'] },
    { ...base, displayName: 'labs', roots: ['<rootDir>/test/labs'] },
    { ...base, displayName: 'soak', roots: ['<rootDir>/test/soak'] },
    { ...base, displayName: 'openstack', roots: ['<rootDir>/test/openstack'] },
    { ...base, displayName: 'tripleo', roots: ['<rootDir>/test/tripleo'] },
    { ...base, displayName: 'full', roots: ['<rootDir>/test/full'] },
  ],
};
