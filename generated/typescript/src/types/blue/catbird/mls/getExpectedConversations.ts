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
const id = 'blue.catbird.mls.getExpectedConversations'

export type QueryParams = {
  /** UUID of a device of the caller. Absent for the caller as a whole. */
  deviceId?: string
}
export type InputSchema = undefined

export interface OutputSchema {
  /** All of them, by id. */
  conversations: ExpectedConversation[]
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

/** A conversation that the caller is a member of. */
export interface ExpectedConversation {
  $type?: 'blue.catbird.mls.getExpectedConversations#expectedConversation'
  /** The conversation. */
  convoId: string
  /** Its name; empty when it has none. */
  name: string
  /** How many users are members, the caller included. */
  memberCount: number
  /** Always true: conversations that the caller has left or was removed from are not listed. */
  shouldBeInGroup: boolean
  /** When the last message was stored, cut down to full 2 seconds. Absent before the first. */
  lastActivity?: string
  /** True when the device has asked to be added anew and nobody has done it yet, or when it is not listed as a member and waits for nobody to add it, so that processExternalCommit is its way in; or when commits have expired behind the delivered position, so that it can't catch up. Without a device: whether any of the caller's has asked so, or the latter. */
  needsRejoin?: boolean
  /** Whether the device is listed as a member. Where the server knows a member without a device, such as the creator, that counts as this one, unless the device waits to be added. Absent without a device. */
  deviceInGroup?: boolean
}

const hashExpectedConversation = 'expectedConversation'

export function isExpectedConversation<V>(v: V) {
  return is$typed(v, id, hashExpectedConversation)
}

export function validateExpectedConversation<V>(v: V) {
  return validate<ExpectedConversation & V>(v, id, hashExpectedConversation)
}
