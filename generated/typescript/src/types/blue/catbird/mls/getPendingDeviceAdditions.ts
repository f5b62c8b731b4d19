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
const id = 'blue.catbird.mls.getPendingDeviceAdditions'

export type QueryParams = {
  /** Only those of these conversations: at most 100. Absent means all that the caller is in. */
  convoIds?: string[]
  /** How many at most: 1 to 100. */
  limit?: number
}
export type InputSchema = undefined

export interface OutputSchema {
  /** One entry per device and conversation. When there are as many as `limit`, ask again once some of them are settled. */
  pendingAdditions: PendingDeviceAddition[]
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

export class UnauthorizedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'Unauthorized') return new UnauthorizedError(e)
  }

  return e
}

/** A device that waits to be added to a conversation. */
export interface PendingDeviceAddition {
  $type?: 'blue.catbird.mls.getPendingDeviceAdditions#pendingDeviceAddition'
  /** Names this addition to the methods that claim and complete it. */
  id: string
  /** The conversation to add it to. */
  convoId: string
  /** Whose device it is: a member of the conversation. */
  userDid: string
  /** UUID of the device. */
  deviceId: string
  /** Its name. Whoever adds it may show it. */
  deviceName?: string
  /** Its identity in MLS credentials. At most 2148 bytes. */
  deviceCredentialDid: string
  /** `pending`: nobody is at it. `in_progress`: somebody has claimed it less than a minute ago. */
  status: 'pending' | 'in_progress' | (string & {})
  /** Who has claimed it, as long as the claim holds. */
  claimedBy?: string
  /** When the device was registered, as far as this conversation is concerned. */
  createdAt: string
}

const hashPendingDeviceAddition = 'pendingDeviceAddition'

export function isPendingDeviceAddition<V>(v: V) {
  return is$typed(v, id, hashPendingDeviceAddition)
}

export function validatePendingDeviceAddition<V>(v: V) {
  return validate<PendingDeviceAddition & V>(v, id, hashPendingDeviceAddition)
}
