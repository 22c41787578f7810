const base = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/toolchain.ts',
  transform: { '^.+\\.ts$': ['ts-jest', { diagnostics: false }] },
};

/**
 * Three projects: the parts by themselves; what needs hosts of the sandbox, one test file after the other; and what needs a
 * whole cloud.
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
      testPathIgnorePatterns: ['/test/sandbox/', '/test/openstack/'],
    },
    { ...base, displayName: 'sandbox', roots: ['<rootDir>/test/sandbox'] },
    { ...base, displayName: 'openstack', roots: ['<rootDir>/test/openstack'] },
  ],
};
