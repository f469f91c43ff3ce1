/** The end of a relay that is in a node's namespace: node relay-child.ts PORT SOCKET */
import { connect, createServer } from 'node:net';
import { join } from './pipes.ts';

const [port = '', socket = ''] = process.argv.slice(2);
createServer((near) => join(near, connect(socket))).listen(Number(port), '127.0.0.1');
