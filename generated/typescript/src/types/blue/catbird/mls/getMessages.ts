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
import type * as BlueCatbirdMlsDefs from './defs.js'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.getMessages'

export type QueryParams = {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** Entries per page: 1 to 100, by default 50. Does not apply to `seqs`. */
  limit?: number
  /** Return entries with a higher seq: the seq of the last entry known, 0 for the whole log. Not together with `seqs`. */
  sinceSeq?: number
  /** Return exactly these entries, at most 100, to fill gaps. Those that are gone are left out. Large entries may end the answer early: ask again for those above `lastSeq`. Not together with `sinceSeq`. */
  seqs?: number[]
}
export type InputSchema = undefined

export interface OutputSchema {
  /** The entries, by ascending seq. Large entries may make a page shorter than `limit`; the end of the log is reached when nothing comes after `sinceSeq`. */
  messages: BlueCatbirdMlsDefs.MessageView[]
  /** seq of the last entry returned: `sinceSeq` of the next page. Absent when none is returned: keep the one you have. */
  lastSeq?: number
  gapInfo?: GapInfo
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

export class InvalidCursorError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'InvalidCursor') return new InvalidCursorError(e)
  }

  return e
}

/** Which entries are gone for good. There is nothing to wait for: move on. */
export interface GapInfo {
  $type?: 'blue.catbird.mls.getMessages#gapInfo'
  /** Always true: without gaps there is no gapInfo. */
  hasGaps: boolean
  /** The missing seqs, ascending, from the page asked for on: at most 1000. */
  missingSeqs: number[]
  /** How many entries exist. With 1, 2, 4 and 5 kept, 3 is missing and the total is 4. */
  totalMessages: number
}

const hashGapInfo = 'gapInfo'

export function isGapInfo<V>(v: V) {
  return is$typed(v, id, hashGapInfo)
}

export function validateGapInfo<V>(v: V) {
  return validate<GapInfo & V>(v, id, hashGapInfo)
}
