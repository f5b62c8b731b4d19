// Users of the official stack: accounts on a PDS, the official client, and this server behind the PDS.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { BlueCatbirdMlsGetMessages, BlueCatbirdMlsSendMessage } from '../../../generated/typescript/dist/src/index.js'
import { Device } from './mls.js'
import { begin, publish } from './side.js'
import { Stack, tokensOf } from './stack.js'

let stack: Stack

before(async () => {
  stack = await Stack.start()
})

after(() => stack?.stop())

test('two accounts hold a conversation through their PDS', { timeout: 60_000 }, async () => {
  const [hers, his] = await begin(stack, await stack.account('alice'), await stack.account('bob'))
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

test('an account with a key of the other curve may call, and is no member', { timeout: 60_000 }, async () => {
  const [hers] = await begin(stack, await stack.account('anna'), await stack.account('ben'))
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

test('tokens are good for the method and the service that they name', { timeout: 60_000 }, async () => {
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
