/** The SecLang that an exclusion becomes: printed from the tree that the engine links, so that it is what is in force. */
import { exclusionText } from '@sluice/engine';
import { ruleRange, type WrittenExclusion } from '@sluice/hub/promote';

export const secLangOf = ({ rules = [], tags = [], targets = [], paths = [] }: WrittenExclusion): string =>
  exclusionText({ ids: rules.map(ruleRange), tags, targets, ...(paths.length === 0 ? {} : { paths }) });
