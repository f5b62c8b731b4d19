/**
 * GENERATED CODE - DO NOT MODIFY
 */
import {
  XrpcClient,
  type FetchHandler,
  type FetchHandlerOptions,
} from '@atproto/xrpc'
import { schemas } from './lexicons.js'
import { CID } from 'multiformats/cid'
import { type OmitKey, type Un$Typed } from './util.js'
import * as BlueCatbirdMlsAddMembers from './types/blue/catbird/mls/addMembers.js'
import * as BlueCatbirdMlsAddReaction from './types/blue/catbird/mls/addReaction.js'
import * as BlueCatbirdMlsCheckBlocks from './types/blue/catbird/mls/checkBlocks.js'
import * as BlueCatbirdMlsClaimPendingDeviceAddition from './types/blue/catbird/mls/claimPendingDeviceAddition.js'
import * as BlueCatbirdMlsCompletePendingDeviceAddition from './types/blue/catbird/mls/completePendingDeviceAddition.js'
import * as BlueCatbirdMlsConfirmWelcome from './types/blue/catbird/mls/confirmWelcome.js'
import * as BlueCatbirdMlsCreateConvo from './types/blue/catbird/mls/createConvo.js'
import * as BlueCatbirdMlsDefs from './types/blue/catbird/mls/defs.js'
import * as BlueCatbirdMlsDeleteDevice from './types/blue/catbird/mls/deleteDevice.js'
import * as BlueCatbirdMlsDemoteAdmin from './types/blue/catbird/mls/demoteAdmin.js'
import * as BlueCatbirdMlsDemoteModerator from './types/blue/catbird/mls/demoteModerator.js'
import * as BlueCatbirdMlsGetAdminStats from './types/blue/catbird/mls/getAdminStats.js'
import * as BlueCatbirdMlsGetBlockStatus from './types/blue/catbird/mls/getBlockStatus.js'
import * as BlueCatbirdMlsGetCommits from './types/blue/catbird/mls/getCommits.js'
import * as BlueCatbirdMlsGetConvos from './types/blue/catbird/mls/getConvos.js'
import * as BlueCatbirdMlsGetEpoch from './types/blue/catbird/mls/getEpoch.js'
import * as BlueCatbirdMlsGetExpectedConversations from './types/blue/catbird/mls/getExpectedConversations.js'
import * as BlueCatbirdMlsGetGroupInfo from './types/blue/catbird/mls/getGroupInfo.js'
import * as BlueCatbirdMlsGetKeyPackageHistory from './types/blue/catbird/mls/getKeyPackageHistory.js'
import * as BlueCatbirdMlsGetKeyPackageStats from './types/blue/catbird/mls/getKeyPackageStats.js'
import * as BlueCatbirdMlsGetKeyPackageStatus from './types/blue/catbird/mls/getKeyPackageStatus.js'
import * as BlueCatbirdMlsGetKeyPackages from './types/blue/catbird/mls/getKeyPackages.js'
import * as BlueCatbirdMlsGetMessage from './types/blue/catbird/mls/getMessage.js'
import * as BlueCatbirdMlsGetMessages from './types/blue/catbird/mls/getMessages.js'
import * as BlueCatbirdMlsGetPendingDeviceAdditions from './types/blue/catbird/mls/getPendingDeviceAdditions.js'
import * as BlueCatbirdMlsGetPendingMessages from './types/blue/catbird/mls/getPendingMessages.js'
import * as BlueCatbirdMlsGetPolicy from './types/blue/catbird/mls/getPolicy.js'
import * as BlueCatbirdMlsGetReports from './types/blue/catbird/mls/getReports.js'
import * as BlueCatbirdMlsGetSubscriptionTicket from './types/blue/catbird/mls/getSubscriptionTicket.js'
import * as BlueCatbirdMlsGetWelcome from './types/blue/catbird/mls/getWelcome.js'
import * as BlueCatbirdMlsGroupInfoRefresh from './types/blue/catbird/mls/groupInfoRefresh.js'
import * as BlueCatbirdMlsHandleBlockChange from './types/blue/catbird/mls/handleBlockChange.js'
import * as BlueCatbirdMlsInvalidateWelcome from './types/blue/catbird/mls/invalidateWelcome.js'
import * as BlueCatbirdMlsLeaveConvo from './types/blue/catbird/mls/leaveConvo.js'
import * as BlueCatbirdMlsListDevices from './types/blue/catbird/mls/listDevices.js'
import * as BlueCatbirdMlsMessageDefs from './types/blue/catbird/mls/message/defs.js'
import * as BlueCatbirdMlsProcessExternalCommit from './types/blue/catbird/mls/processExternalCommit.js'
import * as BlueCatbirdMlsPromoteAdmin from './types/blue/catbird/mls/promoteAdmin.js'
import * as BlueCatbirdMlsPromoteModerator from './types/blue/catbird/mls/promoteModerator.js'
import * as BlueCatbirdMlsPublishKeyPackage from './types/blue/catbird/mls/publishKeyPackage.js'
import * as BlueCatbirdMlsPublishKeyPackages from './types/blue/catbird/mls/publishKeyPackages.js'
import * as BlueCatbirdMlsReaddition from './types/blue/catbird/mls/readdition.js'
import * as BlueCatbirdMlsRegisterDevice from './types/blue/catbird/mls/registerDevice.js'
import * as BlueCatbirdMlsRemoveMember from './types/blue/catbird/mls/removeMember.js'
import * as BlueCatbirdMlsRemoveReaction from './types/blue/catbird/mls/removeReaction.js'
import * as BlueCatbirdMlsReportMember from './types/blue/catbird/mls/reportMember.js'
import * as BlueCatbirdMlsRequestRejoin from './types/blue/catbird/mls/requestRejoin.js'
import * as BlueCatbirdMlsResolveReport from './types/blue/catbird/mls/resolveReport.js'
import * as BlueCatbirdMlsSendMessage from './types/blue/catbird/mls/sendMessage.js'
import * as BlueCatbirdMlsSendTypingIndicator from './types/blue/catbird/mls/sendTypingIndicator.js'
import * as BlueCatbirdMlsStreamConvoEvents from './types/blue/catbird/mls/streamConvoEvents.js'
import * as BlueCatbirdMlsSubmitCommit from './types/blue/catbird/mls/submitCommit.js'
import * as BlueCatbirdMlsSubscribeConvoEvents from './types/blue/catbird/mls/subscribeConvoEvents.js'
import * as BlueCatbirdMlsSyncKeyPackages from './types/blue/catbird/mls/syncKeyPackages.js'
import * as BlueCatbirdMlsUpdateCursor from './types/blue/catbird/mls/updateCursor.js'
import * as BlueCatbirdMlsUpdateGroupInfo from './types/blue/catbird/mls/updateGroupInfo.js'
import * as BlueCatbirdMlsUpdatePolicy from './types/blue/catbird/mls/updatePolicy.js'
import * as BlueCatbirdMlsUpdateRead from './types/blue/catbird/mls/updateRead.js'
import * as BlueCatbirdMlsValidateDeviceState from './types/blue/catbird/mls/validateDeviceState.js'
import * as BlueCatbirdMlsValidateWelcome from './types/blue/catbird/mls/validateWelcome.js'
import * as BlueCatbirdMlsWarnMember from './types/blue/catbird/mls/warnMember.js'

export * as BlueCatbirdMlsAddMembers from './types/blue/catbird/mls/addMembers.js'
export * as BlueCatbirdMlsAddReaction from './types/blue/catbird/mls/addReaction.js'
export * as BlueCatbirdMlsCheckBlocks from './types/blue/catbird/mls/checkBlocks.js'
export * as BlueCatbirdMlsClaimPendingDeviceAddition from './types/blue/catbird/mls/claimPendingDeviceAddition.js'
export * as BlueCatbirdMlsCompletePendingDeviceAddition from './types/blue/catbird/mls/completePendingDeviceAddition.js'
export * as BlueCatbirdMlsConfirmWelcome from './types/blue/catbird/mls/confirmWelcome.js'
export * as BlueCatbirdMlsCreateConvo from './types/blue/catbird/mls/createConvo.js'
export * as BlueCatbirdMlsDefs from './types/blue/catbird/mls/defs.js'
export * as BlueCatbirdMlsDeleteDevice from './types/blue/catbird/mls/deleteDevice.js'
export * as BlueCatbirdMlsDemoteAdmin from './types/blue/catbird/mls/demoteAdmin.js'
export * as BlueCatbirdMlsDemoteModerator from './types/blue/catbird/mls/demoteModerator.js'
export * as BlueCatbirdMlsGetAdminStats from './types/blue/catbird/mls/getAdminStats.js'
export * as BlueCatbirdMlsGetBlockStatus from './types/blue/catbird/mls/getBlockStatus.js'
export * as BlueCatbirdMlsGetCommits from './types/blue/catbird/mls/getCommits.js'
export * as BlueCatbirdMlsGetConvos from './types/blue/catbird/mls/getConvos.js'
export * as BlueCatbirdMlsGetEpoch from './types/blue/catbird/mls/getEpoch.js'
export * as BlueCatbirdMlsGetExpectedConversations from './types/blue/catbird/mls/getExpectedConversations.js'
export * as BlueCatbirdMlsGetGroupInfo from './types/blue/catbird/mls/getGroupInfo.js'
export * as BlueCatbirdMlsGetKeyPackageHistory from './types/blue/catbird/mls/getKeyPackageHistory.js'
export * as BlueCatbirdMlsGetKeyPackageStats from './types/blue/catbird/mls/getKeyPackageStats.js'
export * as BlueCatbirdMlsGetKeyPackageStatus from './types/blue/catbird/mls/getKeyPackageStatus.js'
export * as BlueCatbirdMlsGetKeyPackages from './types/blue/catbird/mls/getKeyPackages.js'
export * as BlueCatbirdMlsGetMessage from './types/blue/catbird/mls/getMessage.js'
export * as BlueCatbirdMlsGetMessages from './types/blue/catbird/mls/getMessages.js'
export * as BlueCatbirdMlsGetPendingDeviceAdditions from './types/blue/catbird/mls/getPendingDeviceAdditions.js'
export * as BlueCatbirdMlsGetPendingMessages from './types/blue/catbird/mls/getPendingMessages.js'
export * as BlueCatbirdMlsGetPolicy from './types/blue/catbird/mls/getPolicy.js'
export * as BlueCatbirdMlsGetReports from './types/blue/catbird/mls/getReports.js'
export * as BlueCatbirdMlsGetSubscriptionTicket from './types/blue/catbird/mls/getSubscriptionTicket.js'
export * as BlueCatbirdMlsGetWelcome from './types/blue/catbird/mls/getWelcome.js'
export * as BlueCatbirdMlsGroupInfoRefresh from './types/blue/catbird/mls/groupInfoRefresh.js'
export * as BlueCatbirdMlsHandleBlockChange from './types/blue/catbird/mls/handleBlockChange.js'
export * as BlueCatbirdMlsInvalidateWelcome from './types/blue/catbird/mls/invalidateWelcome.js'
export * as BlueCatbirdMlsLeaveConvo from './types/blue/catbird/mls/leaveConvo.js'
export * as BlueCatbirdMlsListDevices from './types/blue/catbird/mls/listDevices.js'
export * as BlueCatbirdMlsMessageDefs from './types/blue/catbird/mls/message/defs.js'
export * as BlueCatbirdMlsProcessExternalCommit from './types/blue/catbird/mls/processExternalCommit.js'
export * as BlueCatbirdMlsPromoteAdmin from './types/blue/catbird/mls/promoteAdmin.js'
export * as BlueCatbirdMlsPromoteModerator from './types/blue/catbird/mls/promoteModerator.js'
export * as BlueCatbirdMlsPublishKeyPackage from './types/blue/catbird/mls/publishKeyPackage.js'
export * as BlueCatbirdMlsPublishKeyPackages from './types/blue/catbird/mls/publishKeyPackages.js'
export * as BlueCatbirdMlsReaddition from './types/blue/catbird/mls/readdition.js'
export * as BlueCatbirdMlsRegisterDevice from './types/blue/catbird/mls/registerDevice.js'
export * as BlueCatbirdMlsRemoveMember from './types/blue/catbird/mls/removeMember.js'
export * as BlueCatbirdMlsRemoveReaction from './types/blue/catbird/mls/removeReaction.js'
export * as BlueCatbirdMlsReportMember from './types/blue/catbird/mls/reportMember.js'
export * as BlueCatbirdMlsRequestRejoin from './types/blue/catbird/mls/requestRejoin.js'
export * as BlueCatbirdMlsResolveReport from './types/blue/catbird/mls/resolveReport.js'
export * as BlueCatbirdMlsSendMessage from './types/blue/catbird/mls/sendMessage.js'
export * as BlueCatbirdMlsSendTypingIndicator from './types/blue/catbird/mls/sendTypingIndicator.js'
export * as BlueCatbirdMlsStreamConvoEvents from './types/blue/catbird/mls/streamConvoEvents.js'
export * as BlueCatbirdMlsSubmitCommit from './types/blue/catbird/mls/submitCommit.js'
export * as BlueCatbirdMlsSubscribeConvoEvents from './types/blue/catbird/mls/subscribeConvoEvents.js'
export * as BlueCatbirdMlsSyncKeyPackages from './types/blue/catbird/mls/syncKeyPackages.js'
export * as BlueCatbirdMlsUpdateCursor from './types/blue/catbird/mls/updateCursor.js'
export * as BlueCatbirdMlsUpdateGroupInfo from './types/blue/catbird/mls/updateGroupInfo.js'
export * as BlueCatbirdMlsUpdatePolicy from './types/blue/catbird/mls/updatePolicy.js'
export * as BlueCatbirdMlsUpdateRead from './types/blue/catbird/mls/updateRead.js'
export * as BlueCatbirdMlsValidateDeviceState from './types/blue/catbird/mls/validateDeviceState.js'
export * as BlueCatbirdMlsValidateWelcome from './types/blue/catbird/mls/validateWelcome.js'
export * as BlueCatbirdMlsWarnMember from './types/blue/catbird/mls/warnMember.js'

export class AtpBaseClient extends XrpcClient {
  blue: BlueNS

  constructor(options: FetchHandler | FetchHandlerOptions) {
    super(options, schemas)
    this.blue = new BlueNS(this)
  }

  /** @deprecated use `this` instead */
  get xrpc(): XrpcClient {
    return this
  }
}

export class BlueNS {
  _client: XrpcClient
  catbird: BlueCatbirdNS

  constructor(client: XrpcClient) {
    this._client = client
    this.catbird = new BlueCatbirdNS(client)
  }
}

export class BlueCatbirdNS {
  _client: XrpcClient
  mls: BlueCatbirdMlsNS

  constructor(client: XrpcClient) {
    this._client = client
    this.mls = new BlueCatbirdMlsNS(client)
  }
}

export class BlueCatbirdMlsNS {
  _client: XrpcClient

  constructor(client: XrpcClient) {
    this._client = client
  }

  addMembers(
    data?: BlueCatbirdMlsAddMembers.InputSchema,
    opts?: BlueCatbirdMlsAddMembers.CallOptions,
  ): Promise<BlueCatbirdMlsAddMembers.Response> {
    return this._client
      .call('blue.catbird.mls.addMembers', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsAddMembers.toKnownErr(e)
      })
  }

  addReaction(
    data?: BlueCatbirdMlsAddReaction.InputSchema,
    opts?: BlueCatbirdMlsAddReaction.CallOptions,
  ): Promise<BlueCatbirdMlsAddReaction.Response> {
    return this._client
      .call('blue.catbird.mls.addReaction', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsAddReaction.toKnownErr(e)
      })
  }

  checkBlocks(
    params?: BlueCatbirdMlsCheckBlocks.QueryParams,
    opts?: BlueCatbirdMlsCheckBlocks.CallOptions,
  ): Promise<BlueCatbirdMlsCheckBlocks.Response> {
    return this._client
      .call('blue.catbird.mls.checkBlocks', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsCheckBlocks.toKnownErr(e)
      })
  }

  claimPendingDeviceAddition(
    data?: BlueCatbirdMlsClaimPendingDeviceAddition.InputSchema,
    opts?: BlueCatbirdMlsClaimPendingDeviceAddition.CallOptions,
  ): Promise<BlueCatbirdMlsClaimPendingDeviceAddition.Response> {
    return this._client
      .call('blue.catbird.mls.claimPendingDeviceAddition', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsClaimPendingDeviceAddition.toKnownErr(e)
      })
  }

  completePendingDeviceAddition(
    data?: BlueCatbirdMlsCompletePendingDeviceAddition.InputSchema,
    opts?: BlueCatbirdMlsCompletePendingDeviceAddition.CallOptions,
  ): Promise<BlueCatbirdMlsCompletePendingDeviceAddition.Response> {
    return this._client
      .call(
        'blue.catbird.mls.completePendingDeviceAddition',
        opts?.qp,
        data,
        opts,
      )
      .catch((e) => {
        throw BlueCatbirdMlsCompletePendingDeviceAddition.toKnownErr(e)
      })
  }

  confirmWelcome(
    data?: BlueCatbirdMlsConfirmWelcome.InputSchema,
    opts?: BlueCatbirdMlsConfirmWelcome.CallOptions,
  ): Promise<BlueCatbirdMlsConfirmWelcome.Response> {
    return this._client
      .call('blue.catbird.mls.confirmWelcome', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsConfirmWelcome.toKnownErr(e)
      })
  }

  createConvo(
    data?: BlueCatbirdMlsCreateConvo.InputSchema,
    opts?: BlueCatbirdMlsCreateConvo.CallOptions,
  ): Promise<BlueCatbirdMlsCreateConvo.Response> {
    return this._client
      .call('blue.catbird.mls.createConvo', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsCreateConvo.toKnownErr(e)
      })
  }

  deleteDevice(
    data?: BlueCatbirdMlsDeleteDevice.InputSchema,
    opts?: BlueCatbirdMlsDeleteDevice.CallOptions,
  ): Promise<BlueCatbirdMlsDeleteDevice.Response> {
    return this._client
      .call('blue.catbird.mls.deleteDevice', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsDeleteDevice.toKnownErr(e)
      })
  }

  demoteAdmin(
    data?: BlueCatbirdMlsDemoteAdmin.InputSchema,
    opts?: BlueCatbirdMlsDemoteAdmin.CallOptions,
  ): Promise<BlueCatbirdMlsDemoteAdmin.Response> {
    return this._client
      .call('blue.catbird.mls.demoteAdmin', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsDemoteAdmin.toKnownErr(e)
      })
  }

  demoteModerator(
    data?: BlueCatbirdMlsDemoteModerator.InputSchema,
    opts?: BlueCatbirdMlsDemoteModerator.CallOptions,
  ): Promise<BlueCatbirdMlsDemoteModerator.Response> {
    return this._client
      .call('blue.catbird.mls.demoteModerator', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsDemoteModerator.toKnownErr(e)
      })
  }

  getAdminStats(
    params?: BlueCatbirdMlsGetAdminStats.QueryParams,
    opts?: BlueCatbirdMlsGetAdminStats.CallOptions,
  ): Promise<BlueCatbirdMlsGetAdminStats.Response> {
    return this._client
      .call('blue.catbird.mls.getAdminStats', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetAdminStats.toKnownErr(e)
      })
  }

  getBlockStatus(
    params?: BlueCatbirdMlsGetBlockStatus.QueryParams,
    opts?: BlueCatbirdMlsGetBlockStatus.CallOptions,
  ): Promise<BlueCatbirdMlsGetBlockStatus.Response> {
    return this._client
      .call('blue.catbird.mls.getBlockStatus', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetBlockStatus.toKnownErr(e)
      })
  }

  getCommits(
    params?: BlueCatbirdMlsGetCommits.QueryParams,
    opts?: BlueCatbirdMlsGetCommits.CallOptions,
  ): Promise<BlueCatbirdMlsGetCommits.Response> {
    return this._client
      .call('blue.catbird.mls.getCommits', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetCommits.toKnownErr(e)
      })
  }

  getConvos(
    params?: BlueCatbirdMlsGetConvos.QueryParams,
    opts?: BlueCatbirdMlsGetConvos.CallOptions,
  ): Promise<BlueCatbirdMlsGetConvos.Response> {
    return this._client
      .call('blue.catbird.mls.getConvos', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetConvos.toKnownErr(e)
      })
  }

  getEpoch(
    params?: BlueCatbirdMlsGetEpoch.QueryParams,
    opts?: BlueCatbirdMlsGetEpoch.CallOptions,
  ): Promise<BlueCatbirdMlsGetEpoch.Response> {
    return this._client
      .call('blue.catbird.mls.getEpoch', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetEpoch.toKnownErr(e)
      })
  }

  getExpectedConversations(
    params?: BlueCatbirdMlsGetExpectedConversations.QueryParams,
    opts?: BlueCatbirdMlsGetExpectedConversations.CallOptions,
  ): Promise<BlueCatbirdMlsGetExpectedConversations.Response> {
    return this._client
      .call(
        'blue.catbird.mls.getExpectedConversations',
        params,
        undefined,
        opts,
      )
      .catch((e) => {
        throw BlueCatbirdMlsGetExpectedConversations.toKnownErr(e)
      })
  }

  getGroupInfo(
    params?: BlueCatbirdMlsGetGroupInfo.QueryParams,
    opts?: BlueCatbirdMlsGetGroupInfo.CallOptions,
  ): Promise<BlueCatbirdMlsGetGroupInfo.Response> {
    return this._client
      .call('blue.catbird.mls.getGroupInfo', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetGroupInfo.toKnownErr(e)
      })
  }

  getKeyPackageHistory(
    params?: BlueCatbirdMlsGetKeyPackageHistory.QueryParams,
    opts?: BlueCatbirdMlsGetKeyPackageHistory.CallOptions,
  ): Promise<BlueCatbirdMlsGetKeyPackageHistory.Response> {
    return this._client.call(
      'blue.catbird.mls.getKeyPackageHistory',
      params,
      undefined,
      opts,
    )
  }

  getKeyPackageStats(
    params?: BlueCatbirdMlsGetKeyPackageStats.QueryParams,
    opts?: BlueCatbirdMlsGetKeyPackageStats.CallOptions,
  ): Promise<BlueCatbirdMlsGetKeyPackageStats.Response> {
    return this._client
      .call('blue.catbird.mls.getKeyPackageStats', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetKeyPackageStats.toKnownErr(e)
      })
  }

  getKeyPackageStatus(
    params?: BlueCatbirdMlsGetKeyPackageStatus.QueryParams,
    opts?: BlueCatbirdMlsGetKeyPackageStatus.CallOptions,
  ): Promise<BlueCatbirdMlsGetKeyPackageStatus.Response> {
    return this._client.call(
      'blue.catbird.mls.getKeyPackageStatus',
      params,
      undefined,
      opts,
    )
  }

  getKeyPackages(
    params?: BlueCatbirdMlsGetKeyPackages.QueryParams,
    opts?: BlueCatbirdMlsGetKeyPackages.CallOptions,
  ): Promise<BlueCatbirdMlsGetKeyPackages.Response> {
    return this._client
      .call('blue.catbird.mls.getKeyPackages', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetKeyPackages.toKnownErr(e)
      })
  }

  getMessage(
    params?: BlueCatbirdMlsGetMessage.QueryParams,
    opts?: BlueCatbirdMlsGetMessage.CallOptions,
  ): Promise<BlueCatbirdMlsGetMessage.Response> {
    return this._client
      .call('blue.catbird.mls.getMessage', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetMessage.toKnownErr(e)
      })
  }

  getMessages(
    params?: BlueCatbirdMlsGetMessages.QueryParams,
    opts?: BlueCatbirdMlsGetMessages.CallOptions,
  ): Promise<BlueCatbirdMlsGetMessages.Response> {
    return this._client
      .call('blue.catbird.mls.getMessages', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetMessages.toKnownErr(e)
      })
  }

  getPendingDeviceAdditions(
    params?: BlueCatbirdMlsGetPendingDeviceAdditions.QueryParams,
    opts?: BlueCatbirdMlsGetPendingDeviceAdditions.CallOptions,
  ): Promise<BlueCatbirdMlsGetPendingDeviceAdditions.Response> {
    return this._client
      .call(
        'blue.catbird.mls.getPendingDeviceAdditions',
        params,
        undefined,
        opts,
      )
      .catch((e) => {
        throw BlueCatbirdMlsGetPendingDeviceAdditions.toKnownErr(e)
      })
  }

  getPendingMessages(
    params?: BlueCatbirdMlsGetPendingMessages.QueryParams,
    opts?: BlueCatbirdMlsGetPendingMessages.CallOptions,
  ): Promise<BlueCatbirdMlsGetPendingMessages.Response> {
    return this._client
      .call('blue.catbird.mls.getPendingMessages', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetPendingMessages.toKnownErr(e)
      })
  }

  getPolicy(
    params?: BlueCatbirdMlsGetPolicy.QueryParams,
    opts?: BlueCatbirdMlsGetPolicy.CallOptions,
  ): Promise<BlueCatbirdMlsGetPolicy.Response> {
    return this._client
      .call('blue.catbird.mls.getPolicy', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetPolicy.toKnownErr(e)
      })
  }

  getReports(
    params?: BlueCatbirdMlsGetReports.QueryParams,
    opts?: BlueCatbirdMlsGetReports.CallOptions,
  ): Promise<BlueCatbirdMlsGetReports.Response> {
    return this._client
      .call('blue.catbird.mls.getReports', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetReports.toKnownErr(e)
      })
  }

  getSubscriptionTicket(
    data?: BlueCatbirdMlsGetSubscriptionTicket.InputSchema,
    opts?: BlueCatbirdMlsGetSubscriptionTicket.CallOptions,
  ): Promise<BlueCatbirdMlsGetSubscriptionTicket.Response> {
    return this._client
      .call('blue.catbird.mls.getSubscriptionTicket', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetSubscriptionTicket.toKnownErr(e)
      })
  }

  getWelcome(
    params?: BlueCatbirdMlsGetWelcome.QueryParams,
    opts?: BlueCatbirdMlsGetWelcome.CallOptions,
  ): Promise<BlueCatbirdMlsGetWelcome.Response> {
    return this._client
      .call('blue.catbird.mls.getWelcome', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGetWelcome.toKnownErr(e)
      })
  }

  groupInfoRefresh(
    data?: BlueCatbirdMlsGroupInfoRefresh.InputSchema,
    opts?: BlueCatbirdMlsGroupInfoRefresh.CallOptions,
  ): Promise<BlueCatbirdMlsGroupInfoRefresh.Response> {
    return this._client
      .call('blue.catbird.mls.groupInfoRefresh', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsGroupInfoRefresh.toKnownErr(e)
      })
  }

  handleBlockChange(
    data?: BlueCatbirdMlsHandleBlockChange.InputSchema,
    opts?: BlueCatbirdMlsHandleBlockChange.CallOptions,
  ): Promise<BlueCatbirdMlsHandleBlockChange.Response> {
    return this._client
      .call('blue.catbird.mls.handleBlockChange', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsHandleBlockChange.toKnownErr(e)
      })
  }

  invalidateWelcome(
    data?: BlueCatbirdMlsInvalidateWelcome.InputSchema,
    opts?: BlueCatbirdMlsInvalidateWelcome.CallOptions,
  ): Promise<BlueCatbirdMlsInvalidateWelcome.Response> {
    return this._client
      .call('blue.catbird.mls.invalidateWelcome', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsInvalidateWelcome.toKnownErr(e)
      })
  }

  leaveConvo(
    data?: BlueCatbirdMlsLeaveConvo.InputSchema,
    opts?: BlueCatbirdMlsLeaveConvo.CallOptions,
  ): Promise<BlueCatbirdMlsLeaveConvo.Response> {
    return this._client
      .call('blue.catbird.mls.leaveConvo', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsLeaveConvo.toKnownErr(e)
      })
  }

  listDevices(
    params?: BlueCatbirdMlsListDevices.QueryParams,
    opts?: BlueCatbirdMlsListDevices.CallOptions,
  ): Promise<BlueCatbirdMlsListDevices.Response> {
    return this._client.call(
      'blue.catbird.mls.listDevices',
      params,
      undefined,
      opts,
    )
  }

  processExternalCommit(
    data?: BlueCatbirdMlsProcessExternalCommit.InputSchema,
    opts?: BlueCatbirdMlsProcessExternalCommit.CallOptions,
  ): Promise<BlueCatbirdMlsProcessExternalCommit.Response> {
    return this._client
      .call('blue.catbird.mls.processExternalCommit', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsProcessExternalCommit.toKnownErr(e)
      })
  }

  promoteAdmin(
    data?: BlueCatbirdMlsPromoteAdmin.InputSchema,
    opts?: BlueCatbirdMlsPromoteAdmin.CallOptions,
  ): Promise<BlueCatbirdMlsPromoteAdmin.Response> {
    return this._client
      .call('blue.catbird.mls.promoteAdmin', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsPromoteAdmin.toKnownErr(e)
      })
  }

  promoteModerator(
    data?: BlueCatbirdMlsPromoteModerator.InputSchema,
    opts?: BlueCatbirdMlsPromoteModerator.CallOptions,
  ): Promise<BlueCatbirdMlsPromoteModerator.Response> {
    return this._client
      .call('blue.catbird.mls.promoteModerator', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsPromoteModerator.toKnownErr(e)
      })
  }

  publishKeyPackage(
    data?: BlueCatbirdMlsPublishKeyPackage.InputSchema,
    opts?: BlueCatbirdMlsPublishKeyPackage.CallOptions,
  ): Promise<BlueCatbirdMlsPublishKeyPackage.Response> {
    return this._client
      .call('blue.catbird.mls.publishKeyPackage', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsPublishKeyPackage.toKnownErr(e)
      })
  }

  publishKeyPackages(
    data?: BlueCatbirdMlsPublishKeyPackages.InputSchema,
    opts?: BlueCatbirdMlsPublishKeyPackages.CallOptions,
  ): Promise<BlueCatbirdMlsPublishKeyPackages.Response> {
    return this._client
      .call('blue.catbird.mls.publishKeyPackages', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsPublishKeyPackages.toKnownErr(e)
      })
  }

  readdition(
    data?: BlueCatbirdMlsReaddition.InputSchema,
    opts?: BlueCatbirdMlsReaddition.CallOptions,
  ): Promise<BlueCatbirdMlsReaddition.Response> {
    return this._client
      .call('blue.catbird.mls.readdition', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsReaddition.toKnownErr(e)
      })
  }

  registerDevice(
    data?: BlueCatbirdMlsRegisterDevice.InputSchema,
    opts?: BlueCatbirdMlsRegisterDevice.CallOptions,
  ): Promise<BlueCatbirdMlsRegisterDevice.Response> {
    return this._client
      .call('blue.catbird.mls.registerDevice', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsRegisterDevice.toKnownErr(e)
      })
  }

  removeMember(
    data?: BlueCatbirdMlsRemoveMember.InputSchema,
    opts?: BlueCatbirdMlsRemoveMember.CallOptions,
  ): Promise<BlueCatbirdMlsRemoveMember.Response> {
    return this._client
      .call('blue.catbird.mls.removeMember', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsRemoveMember.toKnownErr(e)
      })
  }

  removeReaction(
    data?: BlueCatbirdMlsRemoveReaction.InputSchema,
    opts?: BlueCatbirdMlsRemoveReaction.CallOptions,
  ): Promise<BlueCatbirdMlsRemoveReaction.Response> {
    return this._client
      .call('blue.catbird.mls.removeReaction', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsRemoveReaction.toKnownErr(e)
      })
  }

  reportMember(
    data?: BlueCatbirdMlsReportMember.InputSchema,
    opts?: BlueCatbirdMlsReportMember.CallOptions,
  ): Promise<BlueCatbirdMlsReportMember.Response> {
    return this._client
      .call('blue.catbird.mls.reportMember', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsReportMember.toKnownErr(e)
      })
  }

  requestRejoin(
    data?: BlueCatbirdMlsRequestRejoin.InputSchema,
    opts?: BlueCatbirdMlsRequestRejoin.CallOptions,
  ): Promise<BlueCatbirdMlsRequestRejoin.Response> {
    return this._client
      .call('blue.catbird.mls.requestRejoin', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsRequestRejoin.toKnownErr(e)
      })
  }

  resolveReport(
    data?: BlueCatbirdMlsResolveReport.InputSchema,
    opts?: BlueCatbirdMlsResolveReport.CallOptions,
  ): Promise<BlueCatbirdMlsResolveReport.Response> {
    return this._client
      .call('blue.catbird.mls.resolveReport', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsResolveReport.toKnownErr(e)
      })
  }

  sendMessage(
    data?: BlueCatbirdMlsSendMessage.InputSchema,
    opts?: BlueCatbirdMlsSendMessage.CallOptions,
  ): Promise<BlueCatbirdMlsSendMessage.Response> {
    return this._client
      .call('blue.catbird.mls.sendMessage', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsSendMessage.toKnownErr(e)
      })
  }

  sendTypingIndicator(
    data?: BlueCatbirdMlsSendTypingIndicator.InputSchema,
    opts?: BlueCatbirdMlsSendTypingIndicator.CallOptions,
  ): Promise<BlueCatbirdMlsSendTypingIndicator.Response> {
    return this._client
      .call('blue.catbird.mls.sendTypingIndicator', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsSendTypingIndicator.toKnownErr(e)
      })
  }

  streamConvoEvents(
    params?: BlueCatbirdMlsStreamConvoEvents.QueryParams,
    opts?: BlueCatbirdMlsStreamConvoEvents.CallOptions,
  ): Promise<BlueCatbirdMlsStreamConvoEvents.Response> {
    return this._client
      .call('blue.catbird.mls.streamConvoEvents', params, undefined, opts)
      .catch((e) => {
        throw BlueCatbirdMlsStreamConvoEvents.toKnownErr(e)
      })
  }

  submitCommit(
    data?: BlueCatbirdMlsSubmitCommit.InputSchema,
    opts?: BlueCatbirdMlsSubmitCommit.CallOptions,
  ): Promise<BlueCatbirdMlsSubmitCommit.Response> {
    return this._client
      .call('blue.catbird.mls.submitCommit', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsSubmitCommit.toKnownErr(e)
      })
  }

  syncKeyPackages(
    data?: BlueCatbirdMlsSyncKeyPackages.InputSchema,
    opts?: BlueCatbirdMlsSyncKeyPackages.CallOptions,
  ): Promise<BlueCatbirdMlsSyncKeyPackages.Response> {
    return this._client.call(
      'blue.catbird.mls.syncKeyPackages',
      opts?.qp,
      data,
      opts,
    )
  }

  updateCursor(
    data?: BlueCatbirdMlsUpdateCursor.InputSchema,
    opts?: BlueCatbirdMlsUpdateCursor.CallOptions,
  ): Promise<BlueCatbirdMlsUpdateCursor.Response> {
    return this._client
      .call('blue.catbird.mls.updateCursor', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsUpdateCursor.toKnownErr(e)
      })
  }

  updateGroupInfo(
    data?: BlueCatbirdMlsUpdateGroupInfo.InputSchema,
    opts?: BlueCatbirdMlsUpdateGroupInfo.CallOptions,
  ): Promise<BlueCatbirdMlsUpdateGroupInfo.Response> {
    return this._client
      .call('blue.catbird.mls.updateGroupInfo', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsUpdateGroupInfo.toKnownErr(e)
      })
  }

  updatePolicy(
    data?: BlueCatbirdMlsUpdatePolicy.InputSchema,
    opts?: BlueCatbirdMlsUpdatePolicy.CallOptions,
  ): Promise<BlueCatbirdMlsUpdatePolicy.Response> {
    return this._client
      .call('blue.catbird.mls.updatePolicy', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsUpdatePolicy.toKnownErr(e)
      })
  }

  updateRead(
    data?: BlueCatbirdMlsUpdateRead.InputSchema,
    opts?: BlueCatbirdMlsUpdateRead.CallOptions,
  ): Promise<BlueCatbirdMlsUpdateRead.Response> {
    return this._client
      .call('blue.catbird.mls.updateRead', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsUpdateRead.toKnownErr(e)
      })
  }

  validateDeviceState(
    params?: BlueCatbirdMlsValidateDeviceState.QueryParams,
    opts?: BlueCatbirdMlsValidateDeviceState.CallOptions,
  ): Promise<BlueCatbirdMlsValidateDeviceState.Response> {
    return this._client.call(
      'blue.catbird.mls.validateDeviceState',
      params,
      undefined,
      opts,
    )
  }

  validateWelcome(
    data?: BlueCatbirdMlsValidateWelcome.InputSchema,
    opts?: BlueCatbirdMlsValidateWelcome.CallOptions,
  ): Promise<BlueCatbirdMlsValidateWelcome.Response> {
    return this._client
      .call('blue.catbird.mls.validateWelcome', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsValidateWelcome.toKnownErr(e)
      })
  }

  warnMember(
    data?: BlueCatbirdMlsWarnMember.InputSchema,
    opts?: BlueCatbirdMlsWarnMember.CallOptions,
  ): Promise<BlueCatbirdMlsWarnMember.Response> {
    return this._client
      .call('blue.catbird.mls.warnMember', opts?.qp, data, opts)
      .catch((e) => {
        throw BlueCatbirdMlsWarnMember.toKnownErr(e)
      })
  }
}
