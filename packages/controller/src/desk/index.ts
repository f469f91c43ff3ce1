/** A cluster for people who look at it, and change it in their own name, through a console. docs/console.md */
export { ClusterDesk, type ClusterDeskOptions } from './desk.ts';
export { DESK_ERRORS, DeskError, type DeskErrorCode } from './errors.ts';
export { reviewToken, type Subject } from './people.ts';
export { textDifference } from './requests.ts';
