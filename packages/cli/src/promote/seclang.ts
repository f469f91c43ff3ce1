/** The SecLang that an exclusion becomes: printed from the tree that the engine links, so that it is what is in force. */
import { exclusionText } from '@sluice/engine';
import type { ExclusionObject } from '@sluice/hub/promote';

export const secLangOf = ({ rules, targets, paths }: ExclusionObject): string =>
  exclusionText({ ids: rules, targets, ...(paths === undefined ? {} : { paths }) });
