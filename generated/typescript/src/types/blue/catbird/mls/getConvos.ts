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
const id = 'blue.catbird.mls.getConvos'

export type QueryParams = {
  /** Conversations per page: 1 to 100, by default 50. */
  limit?: number
  /** `cursor` of the page before. Without it, the first page. Opaque, at most 512 bytes. */
  cursor?: string
}
export type InputSchema = undefined

export interface OutputSchema {
  /** At most `limit` conversations. */
  conversations: BlueCatbirdMlsDefs.ConvoView[]
  /** For the next page. Absent on the last one. */
  cursor?: string
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

export class InvalidCursorError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'InvalidCursor') return new InvalidCursorError(e)
  }

  return e
}
