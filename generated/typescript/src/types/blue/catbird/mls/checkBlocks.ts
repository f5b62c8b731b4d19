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
const id = 'blue.catbird.mls.checkBlocks'

export type QueryParams = {
  /** The users: 2 to 100 DIDs, without a device. A DID that is named twice counts once. */
  dids: string[]
}
export type InputSchema = undefined

export interface OutputSchema {
  /** One item for each user who blocks another one, sorted by `blockerDid`, then `blockedDid`. Two users who block each other are two items. At most 10000. */
  blocks: BlockRelationship[]
  /** When the repository was read that was read longest ago, cut down to full 2 seconds. */
  checkedAt: string
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

export class TooManyDidsError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class BlueskyServiceUnavailableError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'TooManyDids') return new TooManyDidsError(e)
    if (e.error === 'BlueskyServiceUnavailable')
      return new BlueskyServiceUnavailableError(e)
  }

  return e
}

/** A user who blocks another one. Says nothing about the other direction. */
export interface BlockRelationship {
  $type?: 'blue.catbird.mls.checkBlocks#blockRelationship'
  /** The user who blocks: the record is in their repository. */
  blockerDid: string
  /** The user who is blocked. */
  blockedDid: string
  /** When, as the record says. */
  createdAt: string
  /** The record. When there are several for the same user, the newest. */
  blockUri?: string
}

const hashBlockRelationship = 'blockRelationship'

export function isBlockRelationship<V>(v: V) {
  return is$typed(v, id, hashBlockRelationship)
}

export function validateBlockRelationship<V>(v: V) {
  return validate<BlockRelationship & V>(v, id, hashBlockRelationship)
}
