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
const id = 'blue.catbird.mls.getPendingMessages'

export type QueryParams = {
  /** Entries per page: 1 to 100, by default 50. */
  limit?: number
  /** Cursor of the page before, or of the stream. Without it, the oldest entries that are still pending. */
  cursor?: string
}
export type InputSchema = undefined

export interface OutputSchema {
  /** The entries, oldest first. Large ones may make a page shorter than `limit`. */
  messages: BlueCatbirdMlsDefs.MessageView[]
  /** Position of the page's last entry: where the next page begins, and a cursor of streamConvoEvents too. Absent when the page is empty. */
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
