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
const id = 'blue.catbird.mls.claimPendingDeviceAddition'

export type QueryParams = {}

export interface InputSchema {
  /** The `id` from getPendingDeviceAdditions or from the event. */
  pendingAdditionId: string
}

export interface OutputSchema {
  /** True when it is the caller's turn. False when somebody else has claimed it, when the caller had it for 5 minutes just now, when the device has been added already, or when it has no key package of the conversation's cipher suite to give now. */
  claimed: boolean
  /** The conversation to add the device to. */
  convoId?: string
  /** The device's identity, which the key package's credential carries. At most 2148 bytes. */
  deviceCredentialDid?: string
  keyPackage?: BlueCatbirdMlsDefs.KeyPackageRef
  /** Who has the claim. Absent when nobody has. */
  claimedBy?: string
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

export class NotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'NotMember') return new NotMemberError(e)
  }

  return e
}
