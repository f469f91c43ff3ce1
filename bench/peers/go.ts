/** The Go that builds the peer: the machine’s, or the one that set-up uses. */
import { logPath } from '../../packages/cli/src/setup/command.ts';
import { SetupError } from '../../packages/cli/src/setup/errors.ts';
import { findCompiler, type GoCompiler } from '../../packages/cli/src/setup/go-compiler.ts';
import { PINS } from '../../packages/cli/src/setup/pins.ts';
import { PeerError } from './errors.ts';

/** What coraza/go.mod asks for. */
const CORAZA_MINOR_MIN = 25;

/**
 * @param peer whose program is built
 * @param minorMin what its go.mod asks for, 26 for Go 1.26
 * @throws PeerError PEER_UNAVAILABLE where there is no Go and none can be fetched
 */
export async function findGo(peer = 'coraza', minorMin = CORAZA_MINOR_MIN): Promise<GoCompiler> {
  try {
    return await findCompiler(minorMin, `peer-${peer}`);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    const reason = `there is no Go 1.${minorMin}: ${error.message}`;
    throw new PeerError('PEER_UNAVAILABLE', { peer, reason, log: logPath(PINS.goWheel.name) });
  }
}
