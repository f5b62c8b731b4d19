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
const id = 'blue.catbird.mls.requestRejoin'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** A new key package of the device, as publishKeyPackage takes it, in base64, either alphabet, padded or not: of the conversation's cipher suite, never published before, and no last-resort one. */
  keyPackage: string
  /** Why, for the operator, at most 128 bytes. Clear text. */
  reason?:
    | 'device_reinstall'
    | 'state_loss'
    | 'credential_recovery'
    | 'device_change'
    | (string & {})
}

export interface OutputSchema {
  /** Names the request. */
  requestId: string
  /** True while nobody has added the device. False when somebody has: join by getWelcome. */
  pending: boolean
  /** When the device was added, cut to two seconds. Absent while the request is open. */
  approvedAt?: string
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

export class ConvoNotFoundError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class AlreadyMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidKeyPackageError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'AlreadyMember') return new AlreadyMemberError(e)
    if (e.error === 'InvalidKeyPackage') return new InvalidKeyPackageError(e)
  }

  return e
}
