export { UNINSTALL_ERRORS, UninstallError, type UninstallErrorCode } from './errors.ts';
export { type Uninstalled, type UninstallOptions, uninstall } from './uninstall.ts';
