/** Where one of the two Envoys keeps its files, and the port that it listens on in pods. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { REDIRECT_PORTS } from '../limits.ts';

export type SlotNumber = 0 | 1;

export const otherSlot = (slot: SlotNumber): SlotNumber => (slot === 0 ? 1 : 0);

export class Slot {
  readonly number: SlotNumber;
  readonly redirectPort: number;
  readonly xdsDirectory: string;
  readonly bootstrapPath: string;
  readonly adminSocket: string;
  readonly logPath: string;
  readonly #directory: string;

  constructor(stateDirectory: string, number: SlotNumber) {
    this.number = number;
    this.redirectPort = REDIRECT_PORTS[number];
    this.#directory = join(stateDirectory, `envoy-${number}`);
    this.xdsDirectory = join(this.#directory, 'xds');
    this.bootstrapPath = join(this.#directory, 'bootstrap.json');
    this.adminSocket = join(this.#directory, 'admin.sock');
    this.logPath = join(this.#directory, 'envoy.log');
  }

  /** Makes its folders. */
  prepare(): void {
    for (const directory of [this.#directory, this.xdsDirectory])
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    // What a killed one left.
    rmSync(this.adminSocket, { force: true });
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
