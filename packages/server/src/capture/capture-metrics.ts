import { Counter, Gauge, type Registry } from 'prom-client';
import type { Capture } from './capture.ts';

export function addCaptureMetrics(registry: Registry, capture: Capture): void {
  const registers = [registry];
  new Counter({
    name: 'sluice_capture_requests_total',
    help: 'Requests of policies that are captured, by whether they were, or why not.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(capture.counts)) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: 'sluice_capture_bytes',
    help: 'Bytes of captures in their folder.',
    registers,
    collect() {
      this.set(capture.bytes);
    },
  });
}
