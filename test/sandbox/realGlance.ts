import type { ChildProcess } from 'node:child_process';
import * as readline from 'node:readline';
import { quote } from '../../lib/quote';
import { type Answer, type Glance, cases, runCase } from '../kit/glanceCases';
import { type CephHost, minutes } from './expectations';
import type { LabUnderTest } from './labUnderTest';

/** Program for the undercloud: carries out requests, a line of JSON each, as the administrator. */
const proxy = `
import json, subprocess, sys, urllib.error, urllib.request
def openstack(*words):
    return subprocess.run(["bash", "-c", '. ~/control-planerc; openstack "$@"', "-", *words], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
token = openstack("token", "issue", "-f", "value", "-c", "id")
def endpoint(service):
    catalog = json.loads(openstack("catalog", "show", service, "-f", "json"))
    return next(each["url"] for each in catalog["endpoints"] if each["interface"] == "public")
image, identity = endpoint("image"), endpoint("identity").rstrip("/").removesuffix("/v3")
print(json.dumps({"status": 0}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    data = asked.get("data")
    headers = {"X-Auth-Token": token}
    if "json" in asked:
        data, headers["Content-Type"] = json.dumps(asked["json"]), "application/json"
    headers.update(asked.get("headers", {}))
    body = None if data is None else data.encode()
    url = identity if asked["path"].startswith("/v3/") else image
    request = urllib.request.Request(url + asked["path"], body, headers, method=asked["method"])
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    print(json.dumps({"status": status, "text": text}), flush=True)
`;

/** The Glance of a lab that is up; `hosts` have the keys of its clusters, whose names are those of the stores. */
class RealGlance implements Glance {
  private readonly answers: AsyncIterator<string>;

  private constructor(
    private readonly lab: LabUnderTest,
    private readonly hosts: CephHost[],
    private readonly child: ChildProcess,
  ) {
    this.answers = readline.createInterface(child.stdout!)[Symbol.asyncIterator]();
  }

  static async open(lab: LabUnderTest, hosts: CephHost[]): Promise<RealGlance> {
    const words = ['--lab', lab.file, 'ssh', 'undercloud', `python3 -c ${quote(proxy)}`];
    const child = lab.start('./dcn', words, { stdio: ['pipe', 'pipe', 'ignore'] });
    const glance = new RealGlance(lab, hosts, child);
    await glance.next();
    return glance;
  }

  async send(request: object): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { status, text } = await this.next();
    return { status, text, json: text.startsWith('{') ? (JSON.parse(text) as unknown) : undefined };
  }

  async clone(id: string, store: string): Promise<() => Promise<void>> {
    const { node } = this.hosts.find(({ cluster }) => cluster === store) as CephHost;
    const rbd = `rbd --cluster ${store}`;
    await this.lab.onNode(node, `${rbd} clone images/${id}@snap vms/of-a-case`);
    return async () => {
      await this.lab.onNode(node, `${rbd} rm --no-progress vms/of-a-case`);
    };
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.on('close', resolve));
    this.child.stdin!.end();
    await ended;
  }

  private async next(): Promise<{ status: number; text: string }> {
    const { value, done } = await this.answers.next();
    if (done) {
      throw new Error('the program on the undercloud has ended');
    }
    return JSON.parse(value) as { status: number; text: string };
  }
}

/** Declares the tests that hold the lab's Glance against the cases which the fake of the kit's tests passes. */
export function itAnswersAsTheFake(lab: LabUnderTest, hosts: CephHost[]): void {
  describe('Glance', () => {
    let glance: RealGlance;

    beforeAll(async () => {
      glance = await RealGlance.open(lab, hosts);
    }, minutes(1));

    afterAll(async () => {
      await glance.close();
    });

    it.each(Object.keys(cases))(
      '%s',
      async (title) => {
        await runCase(glance, title);
      },
      minutes(2),
    );
  });
}
