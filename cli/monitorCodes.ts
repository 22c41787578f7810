/** Exit codes of monitoring plugins. */
export const monitorCodes = { same: 0, warnings: 1, errors: 2, unknown: 3 };
