// The official PLC directory and PDS, and this server beside them as its operator would run it.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { AtpAgent } from '@atproto/api'
import { type Keypair, P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import { TestNetworkNoAppView } from '@atproto/dev-env'
import { createServiceJwt } from '@atproto/xrpc-server'
import * as plc from '@did-plc/lib'
import { AtpBaseClient } from '../../../generated/typescript/dist/src/index.js'

/** What the service is called in its DID document. */
const SERVICE_ID = 'atproto_mls'

/** Makes a token for a method and an audience; without a method, one that names none. */
export type Tokens = (aud: string, lxm: string | undefined) => Promise<string>

export class Stack {
  private constructor(
    private readonly network: TestNetworkNoAppView,
    private readonly server: ChildProcess,
    private readonly directory: string,
    /** The DID of the service. */
    readonly serviceDid: string,
    /** Where the server listens. */
    readonly serverUrl: string,
  ) {}

  static async start(): Promise<Stack> {
    const directory = await mkdtemp(join(tmpdir(), 'catbird-official-'))
    // The PDS puts its files where temporary ones belong, and leaves them there.
    process.env['TMPDIR'] = directory
    const network = await TestNetworkNoAppView.create()
    const operator = await Secp256k1Keypair.create()
    const serviceDid = await registerService(network, operator)
    const server = spawnServer(join(directory, 'server'), serviceDid, network.plc.url)
    const serverUrl = await address(server)
    await network.plc.getClient().updateData(serviceDid, operator, (document) => ({
      ...document,
      services: { [SERVICE_ID]: { type: 'AtprotoMlsService', endpoint: serverUrl } },
    }))
    return new Stack(network, server, directory, serviceDid, serverUrl)
  }

  async stop() {
    this.server.kill('SIGTERM')
    if (this.server.exitCode === null) await once(this.server, 'exit')
    await this.network.close()
    await rm(this.directory, { recursive: true })
  }

  /** A new account on the PDS. */
  async account(name: string): Promise<AtpAgent> {
    const agent = new AtpAgent({ service: this.network.pds.url })
    await agent.createAccount({ handle: `${name}.test`, email: `${name}@mail.test`, password: 'a long password' })
    return agent
  }

  /** A new identity whose key is of the other curve. The PDS makes none such: these sign their tokens themselves. */
  async p256Identity(name: string): Promise<{ did: string; tokens: Tokens }> {
    const keypair = await P256Keypair.create()
    const { op, did } = await plc.createOp({
      signingKey: keypair.did(),
      handle: `${name}.test`,
      pds: this.network.pds.url,
      rotationKeys: [keypair.did()],
      signer: keypair,
    })
    await this.network.plc.getClient().sendOperation(did, op)
    return { did, tokens: (aud, lxm) => createServiceJwt({ iss: did, aud, lxm: lxm ?? null, keypair }) }
  }

  /** The API through somebody's PDS. */
  throughPds(agent: AtpAgent): AtpBaseClient {
    const proxied = agent.withProxy(SERVICE_ID, this.serviceDid)
    return new AtpBaseClient((url, init) => proxied.fetchHandler(url, init))
  }

  /** The API without a PDS between. */
  direct(tokens: Tokens, audience = this.serviceDid): AtpBaseClient {
    return new AtpBaseClient(async (url, init) => {
      const address = new URL(url, this.serverUrl)
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${await tokens(audience, address.pathname.split('/').at(-1))}`)
      return fetch(address, { ...init, headers })
    })
  }
}

/** Tokens that a PDS makes for its account. */
export function tokensOf(agent: AtpAgent): Tokens {
  return async (aud, lxm) => (await agent.com.atproto.server.getServiceAuth({ aud, lxm })).data.token
}

/** Registers the service; where it listens is known when it does, and it has to know its name before. */
async function registerService(network: TestNetworkNoAppView, operator: Keypair): Promise<string> {
  const operation = {
    type: 'plc_operation' as const,
    verificationMethods: {},
    rotationKeys: [operator.did()],
    alsoKnownAs: [],
    services: {},
    prev: null,
  }
  const signed = await plc.signOperation(operation, operator)
  const did = await plc.didForCreateOp(signed)
  await network.plc.getClient().sendOperation(did, signed)
  return did
}

function spawnServer(directory: string, serviceDid: string, plcUrl: string): ChildProcess {
  const program = process.env['CATBIRD_SERVER']
  if (!program) throw new Error('CATBIRD_SERVER must name the server program')
  const flags = {
    listen: '127.0.0.1:0',
    'data-dir': directory,
    'service-did': serviceDid,
    'plc-url': plcUrl,
    'allow-loopback-http': 'true',
    log: 'warn',
  }
  const given = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  const server = spawn(program, ['serve', ...given], { stdio: ['ignore', 'pipe', 'inherit'] })
  // It must not outlive tests that end early, also when the runner loses patience with them.
  process.once('exit', () => server.kill())
  process.once('SIGTERM', () => process.exit(1))
  return server
}

/** Where a server says that it listens. */
async function address(server: ChildProcess): Promise<string> {
  if (!server.stdout) throw new Error('the output of the server is not read')
  for await (const line of createInterface(server.stdout)) {
    const found = /http:\/\/\S+/.exec(line)
    if (found) return found[0]
  }
  throw new Error('the server ended before it listened')
}
