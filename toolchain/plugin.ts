import * as grpc from '@grpc/grpc-js';

/** Interval at which a plugin checks that its parent process, `pulumi`, still runs, in milliseconds. */
const parentCheckMs = 1000;

/**
 * Serves a Pulumi plugin as the engine expects it: on a free loopback port, whose number is the first line of stdout.
 * When the engine has exited, calls `onOrphan` and exits, so that `kill -9` of `pulumi` leaves no plugin.
 *
 * @param methods by their names in the service definition; other methods answer UNIMPLEMENTED, like plugins older than the engine
 */
export async function servePlugin(
  service: grpc.ServiceDefinition,
  methods: grpc.UntypedServiceImplementation,
  onOrphan: () => void,
): Promise<void> {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  server.addService(service, methods);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) {
        reject(error);
      } else {
        resolve(bound);
      }
    });
  });
  process.stdout.write(`${port}\n`);

  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid === engine) {
      return;
    }
    onOrphan();
    process.exit(1);
  }, parentCheckMs);
}

/** A gRPC handler of an async function. An error has status UNKNOWN, as in Go plugins, unless it is a CallError. */
export function unary<Request, Response>(
  handle: (request: Request, call: grpc.ServerUnaryCall<Request, Response>) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handle(call.request, call))
      .then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback({
            code: error instanceof CallError ? error.code : grpc.status.UNKNOWN,
            details: error instanceof Error ? error.message : String(error),
          }),
      );
  };
}

/** An error with a gRPC status. */
export class CallError extends Error {
  constructor(
    readonly code: grpc.status,
    message: string,
  ) {
    super(message);
  }
}
