/**
 * A language host for Node programs, for machines that cannot download Pulumi's `pulumi-language-nodejs`. It serves up,
 * preview, refresh and destroy. It refuses code generation, packaging, `pulumi install` and debuggers.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { status } from '@grpc/grpc-js';
import { LanguageRuntimeService } from '@pulumi/pulumi/proto/language_grpc_pb';
import * as proto from '@pulumi/pulumi/proto/language_pb';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { version } from '@pulumi/pulumi/version';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { CallError, servePlugin, unary } from '../plugin';
import { parseRuntimeOptions } from './options';

/** Exit code of Pulumi's runner after it has reported the error itself (@pulumi/pulumi/cmd/run). */
const exitAlreadyReported = 32;
/** Time for a program to exit after an interrupt, in milliseconds; the same as in Pulumi's language host. */
const interruptGraceMs = 5000;

const engineAddress = process.argv.slice(2).find((word) => !word.startsWith('-'));
const programs = new Set<ChildProcess>();

/** Path of Pulumi's runner in the program's node_modules. */
function findRunner(programDirectory: string): string {
  try {
    return createRequire(path.join(programDirectory, 'index.js')).resolve('@pulumi/pulumi/cmd/run');
  } catch {
    throw new Error(
      `@pulumi/pulumi is not installed for the program in ${programDirectory}: run \`npm ci\` there`,
    );
  }
}

/** Node's arguments for one run, as Pulumi's language host gives them. */
function commandLine(request: proto.RunRequest, info: proto.ProgramInfo, nodeargs: string[]): string[] {
  const flags: Record<string, string | undefined> = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    'root-directory': info.getRootDirectory(),
    stack: request.getStack(),
    pwd: info.getProgramDirectory(),
  };
  return [
    ...nodeargs,
    findRunner(info.getProgramDirectory()),
    ...Object.entries(flags).flatMap(([flag, value]) => (value ? [`--${flag}`, value] : [])),
    ...(request.getDryrun() ? ['--dry-run'] : []),
    '--parallel',
    String(request.getParallel()),
    info.getEntryPoint(),
    ...request.getArgsList(),
  ];
}

/** Runs the program. @returns its exit code, or the signal that killed it */
function runProgram(args: string[], env: NodeJS.ProcessEnv): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    const program = spawn('node', args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    programs.add(program);
    program.on('error', reject);
    program.on('close', (code, signal) => {
      programs.delete(program);
      resolve(code ?? signal ?? 1);
    });
  });
}

function interruptPrograms(): void {
  for (const program of programs) {
    program.kill('SIGINT');
    setTimeout(() => program.kill('SIGKILL'), interruptGraceMs).unref();
  }
}

async function run(request: proto.RunRequest): Promise<proto.RunResponse> {
  const response = new proto.RunResponse();
  try {
    const info = request.getInfo();
    if (!info) {
      throw new Error('the engine named no program');
    }
    if (request.getAttachDebugger()) {
      throw new Error(
        'this language host cannot attach a debugger: put --inspect-brk into nodeargs of Pulumi.yaml',
      );
    }
    const options = parseRuntimeOptions(info.getOptions()?.toJavaScript() ?? {});
    const code = await runProgram(commandLine(request, info, options.nodeargs), {
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: 'true' } : {}),
      ...(options.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
    });
    if (code === exitAlreadyReported) {
      response.setBail(true);
    } else if (typeof code === 'string') {
      response.setError(`Program ended by ${code}`);
    } else if (code !== 0) {
      response.setError(`Program exited with non-zero exit code: ${code}`);
    }
  } catch (error) {
    response.setError(error instanceof Error ? error.message : String(error));
  }
  return response;
}

void servePlugin(
  LanguageRuntimeService,
  {
    // None: the engine loads a plugin when the program registers the first resource of its package.
    getRequiredPackages: unary(() => new proto.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(() => new proto.GetRequiredPluginsResponse()),
    getPluginInfo: unary(() => {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    }),
    about: unary(() => {
      const about = new proto.AboutResponse();
      about.setExecutable(process.execPath);
      about.setVersion(process.versions.node);
      return about;
    }),
    getProgramDependencies: unary(() => new proto.GetProgramDependenciesResponse()),
    runtimeOptionsPrompts: unary(() => new proto.RuntimeOptionsResponse()),
    run: unary(run),
    installDependencies: (call: { destroy(error: Error): void }) => {
      call.destroy(
        new CallError(status.UNIMPLEMENTED, 'this language host installs no packages: run `npm ci` instead'),
      );
    },
    cancel: unary(() => {
      interruptPrograms();
      return new Empty();
    }),
  },
  interruptPrograms,
);
