/** Opens the peers with the rules that are compared; those that cannot be built on this machine are left out. */
import type { PeerName } from './build.ts';
import { PeerError } from './errors.ts';
import { openPeer, type Peer } from './peer.ts';
import { peerFiles, peerRules } from './rules.ts';
import { comparedSources } from './sluice.ts';

export interface OpenPeers {
  readonly peers: readonly Peer[];
  /** Why a peer is left out, one line each. */
  readonly missing: readonly string[];
}

/** @throws PeerError for everything but PEER_UNAVAILABLE: a peer that was built has to run */
export async function openPeers(names: readonly PeerName[]): Promise<OpenPeers> {
  const { crs, after } = comparedSources();
  const peers: Peer[] = [];
  const missing: string[] = [];
  const opened = names.map(async (name) => {
    try {
      peers.push(await openPeer(name, peerRules(name, [...crs, after]), { files: peerFiles(name) }));
    } catch (error) {
      if (!(error instanceof PeerError) || error.code !== 'PEER_UNAVAILABLE') throw error;
      missing.push(`left out: ${error.message}. ${error.remedy}`);
    }
  });
  await Promise.all(opened);
  return { peers, missing };
}
