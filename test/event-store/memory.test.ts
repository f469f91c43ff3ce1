import { describeEventStore } from './contract.ts';
import { MemoryStore } from './memory-store.ts';

describeEventStore('the reference', () => Promise.resolve(new MemoryStore()), { queries: 300 });
