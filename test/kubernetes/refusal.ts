/** An API server that refuses the ConfigMaps of some policies, as somebody's own rule on contents would. */
import type { Manifest } from './api-requests.ts';

const KIND = { apiVersion: 'admissionregistration.k8s.io/v1' } as const;

/** @param key of the ConfigMap @param text which its value must not have */
export const refusal = (key: string, text: string): readonly Manifest[] => [
  {
    ...{ ...KIND, kind: 'ValidatingAdmissionPolicy', metadata: { name: 'refuse' } },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            ...{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
            operations: ['CREATE', 'UPDATE'],
          },
        ],
      },
      validations: [
        { expression: `!object.?data[?'${key}'].orValue('').contains('${text}')`, message: text },
      ],
    },
  },
  {
    ...{ ...KIND, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'refuse' } },
    spec: { policyName: 'refuse', validationActions: ['Deny'] },
  },
];
