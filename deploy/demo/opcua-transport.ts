/** Lets an OPC UA client speak from a chosen loopback address, as one party of the plant; node-opcua has no option for it. */
import { connect } from 'node:net';
import {
  ClientTransportBase,
  type IClientTransportFactory,
  type ISocketLike,
  parseEndpointUrl,
} from 'node-opcua';

class TransportFrom extends ClientTransportBase {
  readonly #from: string;

  constructor(from: string) {
    super();
    this.#from = from;
  }

  override connect(endpointUrl: string, callback: (error?: Error) => void): void {
    this.endpointUrl = endpointUrl;
    const { hostname, port } = parseEndpointUrl(endpointUrl);
    const socket = connect({ host: hostname ?? '', port: Number(port), localAddress: this.#from });
    // The same, but for what TypeScript makes of optional properties.
    this._install_socket(socket as ISocketLike);
    socket.once('error', callback);
    socket.once('connect', () => {
      socket.removeListener('error', callback);
      this._perform_HEL_ACK_transaction((error) => {
        if (!error) {
          this._install_post_connect_error_handler(endpointUrl);
          this.emit('connect');
        }
        callback(error);
      });
    });
  }
}

export const transportFrom = (from: string): IClientTransportFactory => ({
  create: () => new TransportFrom(from),
});
