import { it } from 'vitest';
import { reloadUnderLoad } from './under-load.ts';

it('50 reloads under 10,000 requests lose none and mix no generations', async () => {
  await reloadUnderLoad({ reloads: 50, requests: 10_000 });
});
