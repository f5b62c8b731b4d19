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
const id = 'blue.catbird.mls.updateGroupInfo'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** MLS GroupInfo, in base64, either alphabet, padded or not, bare or inside an MLSMessage; at most 10 MiB. Must be of this group and its current epoch, be signed by the caller's own leaf, and carry the ratchet tree and external_pub: nobody can join by less. */
  groupInfo: string
  /** The epoch that it describes. Must be the one in the GroupInfo itself. */
  epoch: number
}

export interface OutputSchema {
  /** True: getGroupInfo gives this GroupInfo from now on, until the epoch ends. False: it gives one that another member sent for this epoch, and nothing was changed. */
  updated: boolean
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

export class UnauthorizedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidGroupInfoError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'Unauthorized') return new UnauthorizedError(e)
    if (e.error === 'InvalidGroupInfo') return new InvalidGroupInfoError(e)
  }

  return e
}
