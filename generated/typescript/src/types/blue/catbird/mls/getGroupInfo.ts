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
const id = 'blue.catbird.mls.getGroupInfo'

export type QueryParams = {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
}
export type InputSchema = undefined

export interface OutputSchema {
  /** The GroupInfo as a member sent it, byte for byte, in base64url without padding. Verify it as MLS asks before you join by it: the server can't tell whether the group is the one that you know. */
  groupInfo: string
  /** The epoch that it describes: the conversation's current one. */
  epoch: number
  /** When it stops being of use, if that is known before. Absent when it is good until the next commit. */
  expiresAt?: string
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

export class NotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class UnauthorizedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class GroupInfoUnavailableError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'NotFound') return new NotFoundError(e)
    if (e.error === 'Unauthorized') return new UnauthorizedError(e)
    if (e.error === 'GroupInfoUnavailable')
      return new GroupInfoUnavailableError(e)
  }

  return e
}
