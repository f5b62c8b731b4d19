// MLS clients by ts-mls: an implementation that shares nothing with the one that the server reads with.

import { createHash } from 'node:crypto'
import {
  acceptAll,
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  decodeMlsMessage,
  defaultCapabilities,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  type KeyPackage,
  type MLSMessage,
  type PrivateKeyPackage,
  processMessage,
  type Proposal,
} from 'ts-mls'

/** The suite that every client must have (RFC 9420, section 17.1). */
export const SUITE = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'

const DAY = 24n * 60n * 60n

interface Keys {
  publicPackage: KeyPackage
  privatePackage: PrivateKeyPackage
}

/** A commit, and the Welcome for those whom it adds. */
export interface Handshake {
  commit: Uint8Array
  welcome: Uint8Array | undefined
}

/** One device, with the private keys of its key packages. */
export class Device {
  private readonly published: Keys[] = []

  private constructor(
    private readonly identity: string,
    private readonly suite: CiphersuiteImpl,
  ) {}

  static async create(identity: string): Promise<Device> {
    return new Device(identity, await getCiphersuiteImpl(getCiphersuiteFromName(SUITE)))
  }

  /** A new key package, in an MLSMessage. */
  async keyPackage(): Promise<Uint8Array> {
    const keys = await this.keys()
    this.published.push(keys)
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: keys.publicPackage })
  }

  /** A group with this device alone in it. */
  async createGroup(id: Uint8Array): Promise<Group> {
    const { publicPackage, privatePackage } = await this.keys()
    return new Group(this.suite, await createGroup(id, publicPackage, privatePackage, [], this.suite))
  }

  /** Joins by a Welcome for one of the key packages. */
  async join(bytes: Uint8Array): Promise<Group> {
    const message = decode(bytes)
    if (message.wireformat !== 'mls_welcome') throw new Error(`a ${message.wireformat} is no Welcome`)
    for (const { publicPackage, privatePackage } of this.published) {
      const joining = joinGroup(message.welcome, publicPackage, privatePackage, emptyPskIndex, this.suite)
      const state = await joining.catch(() => undefined)
      if (state) return new Group(this.suite, state)
    }
    throw new Error('the Welcome is for no key package of this device')
  }

  private keys(): Promise<Keys> {
    const now = BigInt(Math.floor(Date.now() / 1000))
    const credential = { credentialType: 'basic' as const, identity: new TextEncoder().encode(this.identity) }
    const lifetime = { notBefore: now - DAY, notAfter: now + 30n * DAY }
    return generateKeyPackage(credential, defaultCapabilities(), lifetime, [], this.suite)
  }
}

/** A group as one device sees it. */
export class Group {
  private pending: ClientState | undefined

  constructor(
    private readonly suite: CiphersuiteImpl,
    private state: ClientState,
  ) {}

  get epoch(): number {
    return Number(this.state.groupContext.epoch)
  }

  /** A commit that adds the devices of these key packages; none changes this device's keys alone. */
  async commit(keyPackages: Uint8Array[] = []): Promise<Handshake> {
    const extraProposals = keyPackages.map(addition)
    const made = await createCommit(
      { state: this.state, cipherSuite: this.suite },
      { extraProposals, ratchetTreeExtension: true },
    )
    this.pending = made.newState
    const { welcome } = made
    return {
      commit: encodeMlsMessage(made.commit),
      welcome: welcome && encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome }),
    }
  }

  /** Applies the commit that was made last, once the server has taken it. */
  merge() {
    if (!this.pending) throw new Error('no commit is pending')
    this.state = this.pending
    this.pending = undefined
  }

  async encrypt(text: string): Promise<Uint8Array> {
    const made = await createApplicationMessage(this.state, new TextEncoder().encode(text), this.suite)
    this.state = made.newState
    const { privateMessage } = made
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage })
  }

  /** The text of a message; nothing for a commit, which is followed. */
  async receive(bytes: Uint8Array): Promise<string | undefined> {
    const message = decode(bytes)
    if (message.wireformat !== 'mls_private_message') throw new Error(`a ${message.wireformat} in the log`)
    const received = await processMessage(message, this.state, emptyPskIndex, acceptAll, this.suite)
    this.state = received.newState
    return received.kind === 'applicationMessage' ? new TextDecoder().decode(received.message) : undefined
  }
}

function addition(bytes: Uint8Array): Proposal {
  const message = decode(bytes)
  if (message.wireformat !== 'mls_key_package') throw new Error(`a ${message.wireformat} is no key package`)
  return { proposalType: 'add', add: { keyPackage: message.keyPackage } }
}

function decode(bytes: Uint8Array): MLSMessage {
  const [message, end] = decodeMlsMessage(bytes, 0) ?? []
  if (!message || end !== bytes.length) throw new Error('the bytes are no MLSMessage')
  return message
}

/** How key packages are named: the SHA-256 of their bytes, in hexadecimal. */
export function hash(keyPackage: Uint8Array): string {
  return createHash('sha256').update(keyPackage).digest('hex')
}

export const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

export const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))
