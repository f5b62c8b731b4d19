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
const id = 'blue.catbird.mls.updatePolicy'

export type QueryParams = {}

export interface InputSchema {
  /** Which conversation: the `groupId` given to createConvo. */
  convoId: string
  /** Whether there may be invites to the conversation at all. At first true. */
  allowInvites?: boolean
  /** Whether only admins may make invites. At first false. */
  adminOnlyInvites?: boolean
  /** Whether members who are no admins may add users, by addMembers or submitCommit. At first true. Admins always may. Further devices of users who are members already may be added whatever it says. */
  allowMemberAdd?: boolean
  /** Whether plain members may remove other plain members, by removeMember, leaveConvo or submitCommit. At first false. Moderators may always remove others than admins, and admins everybody. */
  allowMemberRemove?: boolean
  /** Whether nobody joins without an admin. At first false. While there are no requests to join that an admin could approve, it means that only admins add users, whatever `allowMemberAdd` says. */
  requireAdminApproval?: boolean
  /** Users that the conversation may have at most, 2 to 1000; not fewer than it has, and not more than the server allows. At first as many as the server allows. */
  maxMembers?: number
}

export interface OutputSchema {
  policy: PolicyView
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

export class NoFieldsProvidedError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidMaxMembersError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'Unauthorized') return new UnauthorizedError(e)
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'NoFieldsProvided') return new NoFieldsProvidedError(e)
    if (e.error === 'InvalidMaxMembers') return new InvalidMaxMembersError(e)
  }

  return e
}

/** What a conversation allows its members. */
export interface PolicyView {
  $type?: 'blue.catbird.mls.updatePolicy#policyView'
  /** The conversation. */
  convoId: string
  /** Whether there may be invites to the conversation at all. At first true. */
  allowInvites: boolean
  /** Whether only admins may make invites. At first false. */
  adminOnlyInvites: boolean
  /** Whether members who are no admins may add users, by addMembers or submitCommit. At first true. Admins always may. Further devices of users who are members already may be added whatever it says. */
  allowMemberAdd: boolean
  /** Whether plain members may remove other plain members, by removeMember, leaveConvo or submitCommit. At first false. Moderators may always remove others than admins, and admins everybody. */
  allowMemberRemove: boolean
  /** Whether nobody joins without an admin. At first false. While there are no requests to join that an admin could approve, it means that only admins add users, whatever `allowMemberAdd` says. */
  requireAdminApproval: boolean
  /** Users that the conversation may have at most. */
  maxMembers: number
  /** When the policy last changed, else when the conversation was created; cut down to full 2 seconds. */
  updatedAt: string
  /** The admin who changed it last. Absent while nobody has. */
  updatedBy?: string
}

const hashPolicyView = 'policyView'

export function isPolicyView<V>(v: V) {
  return is$typed(v, id, hashPolicyView)
}

export function validatePolicyView<V>(v: V) {
  return validate<PolicyView & V>(v, id, hashPolicyView)
}
