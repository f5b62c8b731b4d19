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
import type * as BlueCatbirdMlsUpdatePolicy from './updatePolicy.js'

const is$typed = _is$typed,
  validate = _validate
const id = 'blue.catbird.mls.streamConvoEvents'

export type QueryParams = {
  /** Go on behind this position. The `Last-Event-ID` header wins over it. */
  cursor?: string
  /** Only this conversation. */
  convoId?: string
}
export type InputSchema = undefined
export type OutputSchema = EventWrapper

export interface CallOptions {
  signal?: AbortSignal
  headers?: HeadersMap
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

export class NotMemberError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class InvalidCursorError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export class CursorExpiredError extends XRPCError {
  constructor(src: XRPCError) {
    super(src.status, src.error, src.message, src.headers, { cause: src })
  }
}

export function toKnownErr(e: any) {
  if (e instanceof XRPCError) {
    if (e.error === 'ConvoNotFound') return new ConvoNotFoundError(e)
    if (e.error === 'NotMember') return new NotMemberError(e)
    if (e.error === 'InvalidCursor') return new InvalidCursorError(e)
    if (e.error === 'CursorExpired') return new CursorExpiredError(e)
  }

  return e
}

/** One event. */
export interface EventWrapper {
  $type?: 'blue.catbird.mls.streamConvoEvents#eventWrapper'
  event:
    | $Typed<MessageEvent>
    | $Typed<ReactionEvent>
    | $Typed<TypingEvent>
    | $Typed<InfoEvent>
    | $Typed<NewDeviceEvent>
    | $Typed<GroupInfoRefreshRequestedEvent>
    | $Typed<ReadditionRequestedEvent>
    | $Typed<MembershipChangeEvent>
    | $Typed<ReadEvent>
    | $Typed<AdminAlertEvent>
    | $Typed<PolicyChangedEvent>
    | { $type: string }
}

const hashEventWrapper = 'eventWrapper'

export function isEventWrapper<V>(v: V) {
  return is$typed(v, id, hashEventWrapper)
}

export function validateEventWrapper<V>(v: V) {
  return validate<EventWrapper & V>(v, id, hashEventWrapper)
}

/** A new entry of a log: an application message, a proposal or a commit; or an ephemeral message, which is not stored. */
export interface MessageEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#messageEvent'
  /** Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing. */
  cursor: string
  message: BlueCatbirdMlsDefs.MessageView
}

const hashMessageEvent = 'messageEvent'

export function isMessageEvent<V>(v: V) {
  return is$typed(v, id, hashMessageEvent)
}

export function validateMessageEvent<V>(v: V) {
  return validate<MessageEvent & V>(v, id, hashMessageEvent)
}

/** Somebody left a reaction on a message or took it back. */
export interface ReactionEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#reactionEvent'
  /** Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing. */
  cursor: string
  /** The conversation. */
  convoId: string
  /** The `id` of the entry reacted to. */
  messageId: string
  /** Who reacted. */
  did: string
  /** The reaction. */
  reaction: string
  /** Whether the reaction was left or taken back. */
  action: 'add' | 'remove' | (string & {})
}

const hashReactionEvent = 'reactionEvent'

export function isReactionEvent<V>(v: V) {
  return is$typed(v, id, hashReactionEvent)
}

export function validateReactionEvent<V>(v: V) {
  return validate<ReactionEvent & V>(v, id, hashReactionEvent)
}

/** Somebody is typing, or has stopped. Not stored; let it lapse after about ten seconds. The caller's own come too, for their other devices. */
export interface TypingEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#typingEvent'
  /** The last durable position on the stream: an event that isn't stored has none of its own. */
  cursor: string
  /** The conversation. */
  convoId: string
  /** Who is typing. */
  did: string
  /** Whether typing goes on. */
  isTyping: boolean
}

const hashTypingEvent = 'typingEvent'

export function isTypingEvent<V>(v: V) {
  return is$typed(v, id, hashTypingEvent)
}

export function validateTypingEvent<V>(v: V) {
  return validate<TypingEvent & V>(v, id, hashTypingEvent)
}

/** News of the stream itself. */
export interface InfoEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#infoEvent'
  /** Position up to which everything has been sent. */
  cursor: string
  /** `caughtUp`: everything older has been sent, what follows is live. `idle`: nothing happened for a while; keep the cursor, it is newer. `OutdatedCursor`: the cursor given was older than what is kept, and the stream begins with the oldest event kept; fetch what is missing with getMessages. `unknownEvent`: something happened that this server is too old to describe; fetch the state anew. An open set. */
  info: 'caughtUp' | 'idle' | 'OutdatedCursor' | 'unknownEvent' | (string & {})
}

const hashInfoEvent = 'infoEvent'

export function isInfoEvent<V>(v: V) {
  return is$typed(v, id, hashInfoEvent)
}

export function validateInfoEvent<V>(v: V) {
  return validate<InfoEvent & V>(v, id, hashInfoEvent)
}

/** A member has registered another device, which waits to be added to the group. */
export interface NewDeviceEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#newDeviceEvent'
  /** Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing. */
  cursor: string
  /** The conversation. */
  convoId: string
  /** The member whose device it is. */
  userDid: string
  /** UUID of the device. */
  deviceId: string
  /** Name that its user gave it. */
  deviceName?: string
  /** Identity of the device in MLS credentials: the device-qualified DID. */
  deviceCredentialDid: string
  /** What to claim with claimPendingDeviceAddition. */
  pendingAdditionId: string
}

const hashNewDeviceEvent = 'newDeviceEvent'

export function isNewDeviceEvent<V>(v: V) {
  return is$typed(v, id, hashNewDeviceEvent)
}

export function validateNewDeviceEvent<V>(v: V) {
  return validate<NewDeviceEvent & V>(v, id, hashNewDeviceEvent)
}

/** Somebody needs a current GroupInfo. A member that has one stores it with updateGroupInfo. */
export interface GroupInfoRefreshRequestedEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#groupInfoRefreshRequestedEvent'
  /** Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing. */
  cursor: string
  /** The conversation. */
  convoId: string
  /** Who asks. */
  requestedBy: string
  /** When, cut down to full 2 seconds. */
  requestedAt: string
}

const hashGroupInfoRefreshRequestedEvent = 'groupInfoRefreshRequestedEvent'

export function isGroupInfoRefreshRequestedEvent<V>(v: V) {
  return is$typed(v, id, hashGroupInfoRefreshRequestedEvent)
}

export function validateGroupInfoRefreshRequestedEvent<V>(v: V) {
  return validate<GroupInfoRefreshRequestedEvent & V>(
    v,
    id,
    hashGroupInfoRefreshRequestedEvent,
  )
}

/** A member has lost the group's state and asks to be added anew. */
export interface ReadditionRequestedEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#readditionRequestedEvent'
  /** Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing. */
  cursor: string
  /** The conversation. */
  convoId: string
  /** Who asks. */
  userDid: string
  /** When, cut down to full 2 seconds. */
  requestedAt: string
}

const hashReadditionRequestedEvent = 'readditionRequestedEvent'

export function isReadditionRequestedEvent<V>(v: V) {
  return is$typed(v, id, hashReadditionRequestedEvent)
}

export function validateReadditionRequestedEvent<V>(v: V) {
  return validate<ReadditionRequestedEvent & V>(
    v,
    id,
    hashReadditionRequestedEvent,
  )
}

/** Somebody joined, left, was removed, or has another role. When a commit did it, its messageEvent comes first. */
export interface MembershipChangeEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#membershipChangeEvent'
  /** Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing. */
  cursor: string
  /** The conversation. */
  convoId: string
  /** Whose membership or role changed. */
  did: string
  /** What changed: membership, or the user's role. An open set. */
  action:
    | 'joined'
    | 'left'
    | 'removed'
    | 'kicked'
    | 'promotedAdmin'
    | 'demotedAdmin'
    | 'promotedModerator'
    | 'demotedModerator'
    | 'warned'
    | 'deviceRemoved'
    | (string & {})
  /** Who did it. Absent when the server did. */
  actor?: string
  /** The reason given, if any. */
  reason?: string
  /** Epoch of the group after the change. */
  epoch: number
}

const hashMembershipChangeEvent = 'membershipChangeEvent'

export function isMembershipChangeEvent<V>(v: V) {
  return is$typed(v, id, hashMembershipChangeEvent)
}

export function validateMembershipChangeEvent<V>(v: V) {
  return validate<MembershipChangeEvent & V>(v, id, hashMembershipChangeEvent)
}

/** Somebody's read position moved forward. */
export interface ReadEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#readEvent'
  /** Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing. */
  cursor: string
  /** The conversation. */
  convoId: string
  /** Who has read. */
  did: string
  /** The `id` of the last entry read. Absent when that one is no longer kept. */
  messageId?: string
  /** When, cut down to full 2 seconds. */
  readAt: string
}

const hashReadEvent = 'readEvent'

export function isReadEvent<V>(v: V) {
  return is$typed(v, id, hashReadEvent)
}

export function validateReadEvent<V>(v: V) {
  return validate<ReadEvent & V>(v, id, hashReadEvent)
}

/** Something that needs attention: of a conversation's admins, or of the caller alone for `key_packages_low`. */
export interface AdminAlertEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#adminAlertEvent'
  /** Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing. */
  cursor: string
  /** The conversation concerned; absent for `key_packages_low`. */
  convoId?: string
  /** `block_conflict`: members block each other. `report_submitted`: a report waits in the queue. `key_packages_low`: the caller's own stock of key packages runs low. An open set. */
  kind:
    'block_conflict' | 'report_submitted' | 'key_packages_low' | (string & {})
  /** Whom it is about. */
  subjectDid?: string
  /** When, cut down to full 2 seconds. */
  createdAt: string
}

const hashAdminAlertEvent = 'adminAlertEvent'

export function isAdminAlertEvent<V>(v: V) {
  return is$typed(v, id, hashAdminAlertEvent)
}

export function validateAdminAlertEvent<V>(v: V) {
  return validate<AdminAlertEvent & V>(v, id, hashAdminAlertEvent)
}

/** An admin has changed what the conversation allows its members. */
export interface PolicyChangedEvent {
  $type?: 'blue.catbird.mls.streamConvoEvents#policyChangedEvent'
  /** Position of this event on the stream: 26 characters, and whatever comes later sorts later. A client that comes back with the last one it processed misses nothing. */
  cursor: string
  policy: BlueCatbirdMlsUpdatePolicy.PolicyView
}

const hashPolicyChangedEvent = 'policyChangedEvent'

export function isPolicyChangedEvent<V>(v: V) {
  return is$typed(v, id, hashPolicyChangedEvent)
}

export function validatePolicyChangedEvent<V>(v: V) {
  return validate<PolicyChangedEvent & V>(v, id, hashPolicyChangedEvent)
}
