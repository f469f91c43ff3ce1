/** What the demo's shop keeps. Nobody in it exists, and the hashes are of nothing. */
export const PRODUCTS: readonly (readonly [name: string, description: string, cents: number])[] = [
  ['Garden hose, 15 m', 'Green, with two couplings', 2_490],
  ['Watering can', 'Zinc, holds 9 litres', 3_250],
  ['Rain barrel', 'Oak, 120 litres, with a tap', 14_900],
  ['Lock gate, model', 'Wood, scale 1:50, opens and shuts', 5_900],
  ['Rubber boots', 'Sizes 36 to 47', 3_990],
  ['Bucket', 'Ten litres, does not leak', 890],
];

export const USERS: readonly (readonly [email: string, passwordHash: string])[] = [
  ['ada@shop.example', '$2b$12$Qm9ndXMgaGFzaCBudW1iZXIgb25lLi4uLi4uLi4uLi4uLi4uLi4u'],
  ['grace@shop.example', '$2b$12$Qm9ndXMgaGFzaCBudW1iZXIgdHdvLi4uLi4uLi4uLi4uLi4uLi4u'],
  ['root@shop.example', '$2b$12$Qm9ndXMgaGFzaCBudW1iZXIgdGhyZWUuLi4uLi4uLi4uLi4uLi4u'],
];
