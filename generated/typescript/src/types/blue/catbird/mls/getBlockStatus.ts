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
import type * as BlueCatbirdMlsCheckBlocks from './checkBlocks.js'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.getBlockStatus'

export type QueryParams = {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
}
export type InputSchema = undefined

export interface OutputSchema {
  /** The conversation asked about. */
  convoId: string
  /** Whether `blocks` has any. */
  hasConflicts: boolean
  /** One item for each member who blocks another one, sorted by `blockerDid`, then `blockedDid`. The first 10000. */
  blocks: BlueCatbirdMlsCheckBlocks.BlockRelationship[]
  /** When the repository was read that was read longest ago, cut down to full 2 seconds. */
  checkedAt: string
  /** Users in the conversation. */
  memberCount?: number
}

export interface CallOptions {
  signal?: AbortSignal
  headers?: HeadersMap
}

export interface Response {
  success: boolean
  headers: HeadersMap
  data: OutputSchema
}

export class ConvoNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class NotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class NotAdminError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'NotAdmin') return new NotAdminError(e)
  }

  return e
}
