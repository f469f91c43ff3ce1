/** What a run found, as --json prints it. */
import type { Machine } from '../engine/machine.ts';
import type { ServerContenderName } from './contenders.ts';
import type { Cores } from './cores.ts';
import type { Dissent, Figures } from './measure.ts';

export interface FiguresJson extends Figures {
  /** Processor time a request of Envoy and the server together. */
  readonly cpuUs: number;
  /** How many times the processor time that a request takes with Sluice (ext_authz), and how many times its p99; null without it. */
  readonly ratioCpu: number | null;
  readonly ratioP99: number | null;
}

export interface ServerCaseJson {
  readonly name: string;
  readonly about: string;
  readonly figures: readonly FiguresJson[];
}

export interface ServerReport {
  readonly date: string;
  readonly seed: string;
  readonly seconds: number;
  readonly rounds: number;
  readonly machine: Machine;
  readonly cores: Cores;
  readonly versions: Readonly<Partial<Record<ServerContenderName, string>>>;
  readonly cases: readonly ServerCaseJson[];
  readonly leftOut: readonly string[];
  readonly dissent: readonly Dissent[];
}

/** With its own number of connections each. */
export function withRatios(all: readonly Figures[]): readonly FiguresJson[] {
  const cpu = ({ envoyCpuUs, serverCpuUs }: Figures): number => envoyCpuUs + serverCpuUs;
  return all.map((figures) => {
    const sluice = all.find(
      ({ contender, connections }) => contender === 'sluice' && connections === figures.connections,
    );
    return {
      ...figures,
      cpuUs: cpu(figures),
      ratioCpu: sluice === undefined ? null : cpu(figures) / cpu(sluice),
      ratioP99: sluice === undefined ? null : figures.p99Us / sluice.p99Us,
    };
  });
}
