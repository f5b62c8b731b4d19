// Users of the official stack: accounts on a PDS, the official client, and this server behind the PDS.

import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { AtpAgent } from '@atproto/api'
import {
  type AtpBaseClient,
  type BlueCatbirdMlsDefs,
  BlueCatbirdMlsGetMessages,
  BlueCatbirdMlsSendMessage,
} from '../../../generated/typescript/dist/src/index.js'
import { base64, Device, fromBase64, Group, hash, SUITE } from './mls.js'
import { Stack, tokensOf } from './stack.js'

let stack: Stack

before(async () => {
  stack = await Stack.start()
})

after(() => stack?.stop())

/** A user's side of a conversation. */
class Side {
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

async function publish(api: AtpBaseClient, device: Device, count: number) {
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
async function begin(alice: AtpAgent, bob: AtpAgent): Promise<[Side, Side]> {
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

test('two accounts hold a conversation through their PDS', async () => {
  const [hers, his] = await begin(await stack.account('alice'), await stack.account('bob'))
  const hello = await hers.send('Hello Bob!')
  assert.deepEqual([hello.seq, hello.epoch], [1, 1])
  assert.deepEqual(await his.read(), ['Hello Bob!'])
  const answer = await his.send('Hello Alice!')
  assert.deepEqual(await hers.read([hello.seq]), ['Hello Alice!'])

  const { commit } = await his.group.commit()
  const { data: taken } = await his.api.blue.catbird.mls.submitCommit({ convoId: his.convoId, commit, epoch: 1 })
  his.group.merge()
  assert.deepEqual([taken.seq, taken.newEpoch, his.group.epoch], [3, 2, 2])
  const late = await hers.message('too late')
  assert.deepEqual(await hers.read(), [undefined])
  assert.equal(hers.group.epoch, 2)
  const refused = hers.api.blue.catbird.mls.sendMessage(late)
  await assert.rejects(refused, BlueCatbirdMlsSendMessage.EpochMismatchError)

  await hers.send('Fresh keys, same talk.')
  assert.deepEqual(await his.read([answer.seq, taken.seq]), ['Fresh keys, same talk.'])
  const { data: epoch } = await his.api.blue.catbird.mls.getEpoch({ convoId: his.convoId })
  assert.equal(epoch.currentEpoch, 2)
})

test('an account with a key of the other curve may call, and is no member', async () => {
  const [hers] = await begin(await stack.account('anna'), await stack.account('ben'))
  const carol = await stack.p256Identity('carol')
  const api = stack.direct(carol.tokens)
  await publish(api, await Device.create(carol.did), 1)
  const { data: stats } = await hers.api.blue.catbird.mls.getKeyPackageStats({ did: carol.did })
  assert.equal(stats.available, 1)
  const read = api.blue.catbird.mls.getMessages({ convoId: hers.convoId })
  await assert.rejects(read, BlueCatbirdMlsGetMessages.NotMemberError)
  const unknown = api.blue.catbird.mls.getMessages({ convoId: randomBytes(16).toString('hex') })
  await assert.rejects(unknown, BlueCatbirdMlsGetMessages.ConvoNotFoundError)
})

test('tokens are good for the method and the service that they name', async () => {
  const dora = tokensOf(await stack.account('dora'))
  const emil = await stack.p256Identity('emil')
  const convos = (...given: Parameters<Stack['direct']>) => stack.direct(...given).blue.catbird.mls.getConvos({})
  const refusal = (error: string) => ({ status: 401, error })

  await convos(dora)
  await assert.rejects(convos(dora, emil.did), refusal('BadJwtAudience'))
  const getEpoch = 'blue.catbird.mls.getEpoch'
  await assert.rejects(
    convos((aud) => dora(aud, getEpoch)),
    refusal('BadJwtLexiconMethod'),
  )
  await assert.rejects(
    convos((aud) => dora(aud, undefined)),
    refusal('BadJwtLexiconMethod'),
  )
  // This PDS names no service in its tokens; the official library does.
  await convos(emil.tokens, `${stack.serviceDid}#atproto_mls`)
  await assert.rejects(convos(emil.tokens, `${stack.serviceDid}#bsky_appview`), refusal('BadJwtAudience'))
})
