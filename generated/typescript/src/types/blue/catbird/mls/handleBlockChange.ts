/**
 * GENERATED CODE - DO NOT MODIFY
 */
import { HeadersMap, XRPCError } from '@atproto/xrpc'
import { type ValidationResult, BlobRef } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'
import { validate as _validate } from '../../../../lexicons'
import {
  type $Typed,
  is$typed as _is$typed,
  type OmitKey,
} from '../../../../util'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.handleBlockChange'

export type QueryParams = {}

export interface InputSchema {
  /** The user who blocks, or did so. */
  blockerDid: string
  /** The user who is blocked, or was. */
  blockedDid: string
  /** `created`: the block stands. `removed`: it stands no longer. Anything else is refused with InvalidRequest. */
  action: 'created' | 'removed' | (string & {})
  /** The record. It must be an `app.bsky.graph.block` of the blocker; which one does not matter, since all of them are read. */
  blockUri?: string
}

export interface OutputSchema {
  /** Conversations that the two share, sorted by `convoId`, and only those that the caller is a member of. The first 10000. */
  affectedConvos: AffectedConvo[]
}

export interface CallOptions {
  signal?: AbortSignal
  headers?: HeadersMap
  qp?: QueryParams
  encoding?: 'application/json'
}

export interface Response {
  success: boolean
  headers: HeadersMap
  data: OutputSchema
}

export class BlockNotVerifiedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'BlockNotVerified') return new BlockNotVerifiedError(e)
  }

  return e
}

/** A conversation that both users are in. */
export interface AffectedConvo {
  $type?: 'blue.catbird.mls.handleBlockChange#affectedConvo'
  /** The conversation. */
  convoId: string
  /** What was done: `admin_notified` for a block that stands, `no_action` for one that does not. `auto_removed` and `requires_resolution` are not used by this server. */
  action:
    | 'admin_notified'
    | 'auto_removed'
    | 'requires_resolution'
    | 'no_action'
    | (string & {})
  /** Whether the admins were told of this block, now or when it was first reported. */
  adminNotified: boolean
  /** When they were told, cut down to full 2 seconds. Absent when they were not. */
  notificationSentAt?: string
}

const hashAffectedConvo = 'affectedConvo'

export function isAffectedConvo<V>(v: V) {
  return is$typed(v, id, hashAffectedConvo)
}

export function validateAffectedConvo<V>(v: V) {
  return validate<AffectedConvo & V>(v, id, hashAffectedConvo)
}
