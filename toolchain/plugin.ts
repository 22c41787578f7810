import * as grpc from '@grpc/grpc-js';

/** How often a plugin looks whether the `pulumi` that started it is still there, in milliseconds. */
const parentCheckMs = 1000;

/**
 * Serves one Pulumi plugin as the engine expects it: listens on a free loopback port and prints that port, alone, on the
 * first line of stdout. Ends the process (after `onOrphan`) when the engine is gone, so that `kill -9 pulumi` leaves no plugin.
 *
 * Method names are those of the generated service definition; what `methods` does not name answers UNIMPLEMENTED, which the
 * engine takes as "an older plugin".
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

/** Turns an async function into a gRPC handler; what it throws becomes the call's error text (UNKNOWN, as Go plugins do). */
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

/** An error with a gRPC status of its own. */
export class CallError extends Error {
  constructor(
    readonly code: grpc.status,
    message: string,
  ) {
    super(message);
  }
}
