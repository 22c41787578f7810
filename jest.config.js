const base = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/toolchain.ts',
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
};

/**
 * The parts by themselves; what needs hosts of the sandbox, one test file after the other; and what is no part of `npm test`,
 * because it repeats that for long (`npm run test:soak`) or needs a whole cloud (`npm run test:openstack`).
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
      testPathIgnorePatterns: ['/test/(sandbox|soak|openstack)/'],
    },
    { ...base, displayName: 'sandbox', roots: ['<rootDir>/test/sandbox'] },
    { ...base, displayName: 'soak', roots: ['<rootDir>/test/soak'] },
    { ...base, displayName: 'openstack', roots: ['<rootDir>/test/openstack'] },
  ],
};
