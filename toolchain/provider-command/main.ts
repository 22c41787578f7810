/**
 * The `command` provider, for machines that cannot download Pulumi's `pulumi-resource-command`: remote.Command,
 * remote.CopyToRemote and local.Command, with the inputs, lifecycle, secrets and error messages of the real provider.
 *
 * It implements the gRPC protocol: the server of `@pulumi/pulumi/provider` has no previews, timeouts, status lines and
 * detailed diffs.
 */
import { randomBytes } from 'node:crypto';
import { credentials, status } from '@grpc/grpc-js';
import { EngineClient } from '@pulumi/pulumi/proto/engine_grpc_pb';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as proto from '@pulumi/pulumi/proto/provider_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';
import { CallError, servePlugin, unary } from '../plugin';
import { commandVersion } from '../versions';
import { diffInputs } from './diff';
import { type Operation, OperationLog } from './operation';
import { resourceTypes, type ResourceType } from './resources';
import { masking } from './text';
import { type PropertyMap, reveal, secretStrings, unknownString } from './values';

const engineAddress = process.argv.slice(2).find((word) => !word.startsWith('-'));
const engine = engineAddress ? new EngineClient(engineAddress, credentials.createInsecure()) : undefined;
const cancellation = new AbortController();

function toMap(struct: Struct | undefined): PropertyMap {
  return struct?.toJavaScript() ?? {};
}

function toStruct(properties: PropertyMap): Struct {
  return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}

/** `urn:pulumi:STACK::PROJECT::PARENT-TYPE$TYPE::NAME` */
function parseUrn(urn: string): { type: string; name: string } {
  const [, , types = '', ...name] = urn.split('::');
  return { type: types.split('$').pop() ?? '', name: name.join('::') };
}

function typeOf(urn: string): ResourceType {
  const { type } = parseUrn(urn);
  const found = resourceTypes[type];
  if (found) {
    return found;
  }
  const known = Object.keys(resourceTypes).join(', ');
  throw new CallError(
    status.NOT_FOUND,
    `${type} is not supported by this build of the command provider, which has ${known}`,
  );
}

/** Strings that messages must not show: secrets of the program, and the connection's keys and passwords. */
function secretsOf(properties: PropertyMap): string[] {
  const { connection, ...others } = properties;
  const host = reveal(connection) as Record<string, unknown> | undefined;
  const proxy = host?.proxy as Record<string, unknown> | undefined;
  const keys = [host, proxy].flatMap((side) => [side?.privateKey, side?.password, side?.privateKeyPassword]);
  return [...secretStrings(others), ...keys.filter((key): key is string => typeof key === 'string')];
}

/** Runs `work` for a resource with its log and time limit, and removes secrets from its errors. */
async function operate<T>(
  urn: string,
  timeoutSeconds: number,
  properties: PropertyMap[],
  work: (operation: Operation) => Promise<T>,
): Promise<T> {
  const mask = masking(properties.flatMap(secretsOf));
  const cancelled = cancellation.signal;
  const expired =
    timeoutSeconds > 0 ? AbortSignal.any([cancelled, AbortSignal.timeout(timeoutSeconds * 1000)]) : cancelled;
  try {
    return await work({ cancelled, expired, log: new OperationLog(engine, urn, mask) });
  } catch (error) {
    throw new Error(mask(error instanceof Error ? error.message : String(error)));
  }
}

/** Properties in a preview: the inputs, and each output as unknown. */
function previewed(inputs: PropertyMap, type: ResourceType): PropertyMap {
  return { ...inputs, ...Object.fromEntries(type.outputs.map((name) => [name, unknownString])) };
}

function check(request: proto.CheckRequest): proto.CheckResponse {
  const news = toMap(request.getNews());
  const { inputs, faults } = typeOf(request.getUrn()).check(news);
  const response = new proto.CheckResponse();
  response.setInputs(toStruct(inputs));
  response.setFailuresList(
    faults.map(({ property, reason }) => {
      const failure = new proto.CheckFailure();
      // The engine shows the value of the property that a failure names, secret or not.
      const shown = secretStrings(news[property]).length === 0;
      failure.setProperty(shown ? property : '');
      failure.setReason(shown ? reason : `${property}: ${reason}`);
      return failure;
    }),
  );
  return response;
}

function diff(request: proto.DiffRequest): proto.DiffResponse {
  const response = new proto.DiffResponse();
  const state = toMap(request.getOlds());
  const news = toMap(request.getNews());
  for (const ignored of request.getIgnorechangesList()) {
    if (ignored in state) {
      news[ignored] = state[ignored];
    }
  }
  const differences = diffInputs(toMap(request.getOldInputs()), news);
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  response.setChanges(differences.size > 0 ? DIFF_SOME : DIFF_NONE);
  response.setHasdetaileddiff(true);
  for (const [path, difference] of differences) {
    response.getDetaileddiffMap().set(path, difference);
  }
  return response;
}

async function create(request: proto.CreateRequest): Promise<proto.CreateResponse> {
  const type = typeOf(request.getUrn());
  const inputs = toMap(request.getProperties());
  const response = new proto.CreateResponse();
  if (request.getPreview()) {
    response.setProperties(toStruct(previewed(inputs, type)));
    return response;
  }
  const outputs = await operate(request.getUrn(), request.getTimeout(), [inputs], (operation) =>
    type.create(reveal(inputs) as PropertyMap, operation),
  );
  response.setId(`${parseUrn(request.getUrn()).name}${randomBytes(4).toString('hex')}`);
  response.setProperties(toStruct({ ...inputs, ...outputs }));
  return response;
}

async function update(request: proto.UpdateRequest): Promise<proto.UpdateResponse> {
  const type = typeOf(request.getUrn());
  const state = toMap(request.getOlds());
  const inputs = toMap(request.getNews());
  for (const ignored of request.getIgnorechangesList()) {
    if (ignored in state) {
      inputs[ignored] = state[ignored];
    }
  }
  const response = new proto.UpdateResponse();
  if (request.getPreview()) {
    response.setProperties(toStruct(previewed(inputs, type)));
    return response;
  }
  const outputs = await operate(request.getUrn(), request.getTimeout(), [state, inputs], (operation) =>
    type.update(reveal(state) as PropertyMap, reveal(inputs) as PropertyMap, operation),
  );
  response.setProperties(toStruct({ ...inputs, ...outputs }));
  return response;
}

/** Leaves the state as it is, as the real provider does. */
function read(request: proto.ReadRequest): proto.ReadResponse {
  typeOf(request.getUrn());
  const response = new proto.ReadResponse();
  response.setId(request.getId());
  response.setProperties(request.getProperties());
  response.setInputs(request.getInputs());
  return response;
}

async function remove(request: proto.DeleteRequest): Promise<Empty> {
  const type = typeOf(request.getUrn());
  const state = toMap(request.getProperties());
  await operate(request.getUrn(), request.getTimeout(), [state], (operation) =>
    type.delete(reveal(state) as PropertyMap, operation),
  );
  return new Empty();
}

void servePlugin(
  ResourceProviderService,
  {
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(commandVersion);
      return info;
    }),
    getSchema: unary(() => {
      const response = new proto.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name: 'command', version: commandVersion }));
      return response;
    }),
    checkConfig: unary((request: proto.CheckRequest) => {
      const response = new proto.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(() => new proto.DiffResponse()),
    configure: unary(() => {
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setAcceptresources(true);
      return response;
    }),
    check: unary(check),
    diff: unary(diff),
    create: unary(create),
    update: unary(update),
    read: unary(read),
    delete: unary(remove),
    cancel: unary(() => {
      cancellation.abort();
      return new Empty();
    }),
  },
  () => cancellation.abort(),
);
