// A user's side of a conversation: the MLS group on a device and the log on the server.

import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import type { AtpAgent } from '@atproto/api'
import type {
  AtpBaseClient,
  BlueCatbirdMlsDefs,
  BlueCatbirdMlsSendMessage,
} from '../../../generated/typescript/dist/src/index.js'
import { base64, Device, fromBase64, type Group, hash, SUITE } from './mls.js'
import type { Stack } from './stack.js'

/** A user's side of a conversation. */
export class Side {
  /** The seq of the last entry that was read. */
  private seen = 0

  constructor(
    readonly api: AtpBaseClient,
    readonly convoId: string,
    readonly group: Group,
  ) {}

  async send(text: string) {
    const { data } = await this.api.blue.catbird.mls.sendMessage(await this.message(text))
    return data
  }

  async message(text: string): Promise<BlueCatbirdMlsSendMessage.InputSchema> {
    const ciphertext = await this.group.encrypt(text)
    return { convoId: this.convoId, msgId: randomUUID(), ciphertext, epoch: this.group.epoch, delivery: 'persistent' }
  }

  /** What is new in the log, apart from these own entries: texts, and nothing for each commit, which is followed. */
  async read(own: number[] = []): Promise<(string | undefined)[]> {
    const { data } = await this.api.blue.catbird.mls.getMessages({ convoId: this.convoId, sinceSeq: this.seen })
    this.seen = data.lastSeq ?? this.seen
    const read = []
    for (const entry of data.messages.filter(({ seq }) => !own.includes(seq))) {
      read.push(await this.group.receive(entry.ciphertext))
    }
    return read
  }
}

export async function publish(api: AtpBaseClient, device: Device, count: number) {
  const item = async () => ({
    keyPackage: base64(await device.keyPackage()),
    cipherSuite: SUITE,
    expires: new Date(Date.now() + 20 * 86_400_000).toISOString(),
  })
  const keyPackages = await Promise.all(Array.from({ length: count }, item))
  const { data } = await api.blue.catbird.mls.publishKeyPackages({ keyPackages })
  assert.deepEqual([data.succeeded, data.failed], [count, 0], JSON.stringify(data.errors))
}

/** A conversation of two, who reach the server through their PDS. */
export async function begin(stack: Stack, alice: AtpAgent, bob: AtpAgent): Promise<[Side, Side]> {
  const [hers, his] = [stack.throughPds(alice), stack.throughPds(bob)]
  const device = await Device.create(bob.assertDid)
  await publish(his, device, 2)
  const { data: fetched } = await hers.blue.catbird.mls.getKeyPackages({ dids: [bob.assertDid] })
  assert.deepEqual(fetched.missing ?? [], [])
  const first = await create(alice.assertDid, hers, fetched.keyPackages)
  const { data: convos } = await his.blue.catbird.mls.getConvos({})
  assert.ok(convos.conversations.some(({ id }) => id === first.convoId))
  const { data: waiting } = await his.blue.catbird.mls.getWelcome({ convoId: first.convoId })
  const second = new Side(his, first.convoId, await device.join(fromBase64(waiting.welcome)))
  await his.blue.catbird.mls.confirmWelcome({ convoId: first.convoId, success: true })
  return [first, second]
}

async function create(
  creator: string,
  api: AtpBaseClient,
  keyPackages: BlueCatbirdMlsDefs.KeyPackageRef[],
): Promise<Side> {
  const id = randomBytes(16)
  const group = await (await Device.create(creator)).createGroup(id)
  const contents = keyPackages.map(({ keyPackage }) => fromBase64(keyPackage))
  const { welcome } = await group.commit(contents)
  group.merge()
  assert.ok(welcome)
  const { data } = await api.blue.catbird.mls.createConvo({
    groupId: id.toString('hex'),
    cipherSuite: SUITE,
    initialMembers: keyPackages.map(({ did }) => did),
    welcomeMessage: base64(welcome),
    keyPackageHashes: keyPackages.map(({ did }, index) => ({ did, hash: hash(contents[index]!) })),
    currentEpoch: group.epoch,
    idempotencyKey: randomUUID(),
  })
  assert.equal(data.epoch, 1)
  const members = [creator, ...keyPackages.map(({ did }) => did)]
  assert.deepEqual(data.members.map(({ userDid }) => userDid).sort(), members.sort())
  return new Side(api, data.id, group)
}
