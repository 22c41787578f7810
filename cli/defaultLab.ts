/** Value of `--lab` where none is given. In a module without imports, so that `dcn --help` does not load the model. */
export const defaultLab = 'dev';
