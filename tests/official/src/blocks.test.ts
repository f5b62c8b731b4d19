// Blocks as they stand in repositories on the official PDS.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AtpAgent } from '@atproto/api'
import {
  type AtpBaseClient,
  BlueCatbirdMlsAddMembers,
  BlueCatbirdMlsHandleBlockChange,
} from '../../../generated/typescript/dist/src/index.js'
import { begin } from './side.js'
import { Stack } from './stack.js'

let stack: Stack

before(async () => {
  stack = await Stack.start()
})

after(() => stack?.stop())

const COLLECTION = 'app.bsky.graph.block'

/** Puts blocks into a repository, newest last, and gives the address of the last. */
async function block(blocker: AtpAgent, subjects: string[]): Promise<string> {
  const writes = subjects.map((subject) => ({
    $type: 'com.atproto.repo.applyWrites#create' as const,
    collection: COLLECTION,
    value: { $type: COLLECTION, subject, createdAt: new Date().toISOString() },
  }))
  const { data } = await blocker.com.atproto.repo.applyWrites({ repo: blocker.assertDid, writes })
  const last = data.results?.at(-1)
  assert.ok(last && 'uri' in last)
  return last.uri as string
}

function report(api: AtpBaseClient, blocker: AtpAgent, blocked: AtpAgent, action: 'created' | 'removed') {
  const [blockerDid, blockedDid] = [blocker.assertDid, blocked.assertDid]
  return api.blue.catbird.mls.handleBlockChange({ blockerDid, blockedDid, action })
}

test('a block in a repository keeps its maker and somebody new apart', async () => {
  const [alice, bob, carol] = [await stack.account('alice'), await stack.account('bob'), await stack.account('carol')]
  const [hers, his] = await begin(stack, alice, bob)
  // The block that counts is on the second page.
  const uri = await block(bob, [carol.assertDid, ...Array.from({ length: 120 }, (_, n) => `did:web:somebody${n}.test`)])
  assert.match(uri, new RegExp(`^at://${bob.assertDid}/${COLLECTION}/`))
  const reported = await report(his.api, bob, carol, 'created')
  assert.deepEqual(reported.data.affectedConvos, [])

  const { data: known } = await hers.api.blue.catbird.mls.checkBlocks({ dids: [carol.assertDid, bob.assertDid] })
  assert.deepEqual(
    known.blocks.map(({ blockerDid, blockedDid }) => [blockerDid, blockedDid]),
    [[bob.assertDid, carol.assertDid]],
  )
  const added = hers.api.blue.catbird.mls.addMembers({ convoId: hers.convoId, didList: [carol.assertDid] })
  await assert.rejects(added, BlueCatbirdMlsAddMembers.BlockedByMemberError)
})

test('admins see a block between members as long as it stands', async () => {
  const [dora, emil] = [await stack.account('dora'), await stack.account('emil')]
  const [hers, his] = await begin(stack, dora, emil)
  const early = report(his.api, emil, dora, 'created')
  await assert.rejects(early, BlueCatbirdMlsHandleBlockChange.BlockNotVerifiedError)

  const uri = await block(emil, [dora.assertDid])
  const told = async (action: 'created' | 'removed') => {
    const { data } = await report(his.api, emil, dora, action)
    return data.affectedConvos.map(({ convoId, action, adminNotified }) => ({ convoId, action, adminNotified }))
  }
  const convoId = hers.convoId
  assert.deepEqual(await told('created'), [{ convoId, action: 'admin_notified', adminNotified: true }])
  const { data: status } = await hers.api.blue.catbird.mls.getBlockStatus({ convoId })
  assert.deepEqual([status.hasConflicts, status.memberCount, status.blocks[0]?.blockUri], [true, 2, uri])

  const rkey = uri.split('/').at(-1)!
  await emil.com.atproto.repo.deleteRecord({ repo: emil.assertDid, collection: COLLECTION, rkey })
  assert.deepEqual(await told('removed'), [{ convoId, action: 'no_action', adminNotified: false }])
  const { data: later } = await hers.api.blue.catbird.mls.getBlockStatus({ convoId })
  assert.equal(later.hasConflicts, false)
})
