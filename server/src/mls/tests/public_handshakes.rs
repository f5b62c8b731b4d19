//! What PublicMessages show of proposals and commits, against what openmls clients put into them.

use openmls::{
    prelude::*,
    schedule::{ExternalPsk, PreSharedKeyId, Psk},
};

use super::client::{ALICE, BOB, CAROL, Client, bytes};
use crate::mls::{AddedMember, ByValue, ContentKind, Framing, Sender, Suite, Wire, check_key_package, framing};

const POLICY: WireFormatPolicy = PURE_PLAINTEXT_WIRE_FORMAT_POLICY;

fn public(group: &MlsGroup, epoch: i64, content: ContentKind, sender: Sender, by_value: ByValue) -> Framing {
    Framing { group_id: group.group_id().as_slice().to_vec(), epoch, content, wire: Wire::Public { sender, by_value } }
}

fn added(package: &KeyPackage, identity: &str) -> AddedMember {
    let checked = check_key_package(&bytes(package), super::now()).unwrap();
    AddedMember { reference: checked.reference, identity: Some(identity.to_owned()) }
}

#[test]
fn commits_show_who_is_added_and_removed() {
    for suite in Suite::ALL {
        let [alice, bob, carol] = [ALICE, BOB, CAROL].map(|who| Client::new(suite, who));
        let mut group = alice.create_group(POLICY);
        let packages = [bob.key_package(), carol.key_package()];
        let (commit, _) = alice.add(&mut group, &packages);
        let by_value = ByValue {
            adds: vec![added(&packages[0], BOB), added(&packages[1], CAROL)],
            committer: Some(ALICE.into()),
            ..ByValue::default()
        };
        let sender = Sender::Member(0);
        let expected = public(&group, 0, ContentKind::Commit, sender, by_value);
        assert_eq!(framing(&commit).unwrap(), expected, "{suite}");

        let leaves = [1, 2].map(LeafNodeIndex::new);
        let removed = group.remove_members(&alice.provider, &alice.signer, &leaves);
        let framing = framing(&bytes(&removed.unwrap().0)).unwrap();
        assert_eq!((framing.epoch, framing.content), (1, ContentKind::Commit));
        // openmls puts them in no certain order.
        let mut removes = framing.by_value().unwrap().removes.clone();
        removes.sort_unstable();
        assert_eq!(removes, [1, 2]);
    }
}

#[test]
fn proposals_show_what_they_propose_and_commits_how_many_they_refer_to() {
    let [alice, bob, carol] = [ALICE, BOB, CAROL].map(|who| Client::new(Suite::P256Aes128, who));
    let mut group = alice.create_group(POLICY);
    alice.add(&mut group, &[bob.key_package()]);
    let package = carol.key_package();

    let (proposal, _) = group.propose_add_member(&alice.provider, &alice.signer, &package).unwrap();
    let by_value = ByValue { adds: vec![added(&package, CAROL)], ..ByValue::default() };
    let expected = public(&group, 1, ContentKind::Proposal, Sender::Member(0), by_value);
    assert_eq!(framing(&bytes(&proposal)).unwrap(), expected);

    let leaf = LeafNodeIndex::new(1);
    let (proposal, _) = group.propose_remove_member(&alice.provider, &alice.signer, leaf).unwrap();
    let by_value = ByValue { removes: vec![1], ..ByValue::default() };
    let expected = public(&group, 1, ContentKind::Proposal, Sender::Member(0), by_value);
    assert_eq!(framing(&bytes(&proposal)).unwrap(), expected);

    let (commit, _, _) = group.commit_to_pending_proposals(&alice.provider, &alice.signer).unwrap();
    let by_value = ByValue { references: 2, committer: Some(ALICE.into()), ..ByValue::default() };
    let expected = public(&group, 1, ContentKind::Commit, Sender::Member(0), by_value);
    assert_eq!(framing(&bytes(&commit)).unwrap(), expected);
}

#[test]
fn updates_psks_and_group_context_extensions_are_counted() {
    let alice = Client::new(Suite::X25519Aes128Ed25519, ALICE);
    let mut group = alice.create_group(POLICY);
    let psk = Psk::External(ExternalPsk::new(vec![1, 2, 3]));
    let psk_id = PreSharedKeyId::new(alice.suite.openmls(), alice.provider.rand(), psk).unwrap();
    psk_id.store(&alice.provider, &[5; 32]).unwrap();
    let psk = group.propose_pre_shared_key(&alice.provider, &alice.signer, psk_id).unwrap().0;
    let parameters = LeafNodeParameters::default();
    let update = group.propose_self_update(&alice.provider, &alice.signer, parameters).unwrap().0;
    let extensions = Extensions::single(Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(
        &[],
        &[],
        &[CredentialType::Basic],
    )));
    let context =
        group.propose_group_context_extensions(&alice.provider, extensions.unwrap(), &alice.signer).unwrap().0;
    let other = ByValue { others: 1, ..ByValue::default() };
    for (proposal, by_value) in
        [(psk, ByValue { psks: 1, ..ByValue::default() }), (update, other.clone()), (context, other)]
    {
        let expected = public(&group, 0, ContentKind::Proposal, Sender::Member(0), by_value);
        assert_eq!(framing(&bytes(&proposal)).unwrap(), expected);
    }
}

#[test]
fn a_member_who_removes_themselves_is_read() {
    let capabilities = Capabilities::builder().proposals(vec![ProposalType::SelfRemove]).build();
    let alice = Client::new(Suite::X25519Aes128Ed25519, ALICE);
    let mut group = MlsGroup::builder()
        .ciphersuite(alice.suite.openmls())
        .with_wire_format_policy(POLICY)
        .with_capabilities(capabilities)
        .build(&alice.provider, &alice.signer, alice.credential())
        .unwrap();
    let proposal = group.leave_group_via_self_remove(&alice.provider, &alice.signer).unwrap();
    let by_value = ByValue { others: 1, ..ByValue::default() };
    let expected = public(&group, 0, ContentKind::Proposal, Sender::Member(0), by_value);
    assert_eq!(framing(&bytes(&proposal)).unwrap(), expected);
}

/// The commit by which Bob joins Alice's group from outside.
fn external_commit(suite: Suite) -> (MlsGroup, Vec<u8>) {
    let (alice, bob) = (Client::new(suite, ALICE), Client::new(suite, BOB));
    let group = alice.create_group(POLICY);
    let info = MlsMessageIn::tls_deserialize_exact_bytes(&alice.group_info(&group, true)).unwrap();
    let MlsMessageBodyIn::GroupInfo(info) = info.extract() else {
        panic!("a GroupInfo was exported");
    };
    let (_, bundle) = MlsGroup::external_commit_builder()
        .with_config(MlsGroupJoinConfig::builder().wire_format_policy(POLICY).build())
        .build_group(&bob.provider, info, bob.credential())
        .unwrap()
        .leaf_node_parameters(LeafNodeParameters::default())
        .load_psks(bob.provider.storage())
        .unwrap()
        .build(bob.provider.rand(), bob.provider.crypto(), &bob.signer, |_| true)
        .unwrap()
        .finalize(&bob.provider)
        .unwrap();
    (group, bytes(bundle.commit()))
}

#[test]
fn external_commits_name_who_joins() {
    let (group, commit) = external_commit(Suite::X25519Aes128Ed25519);
    let by_value = ByValue { external_init: true, committer: Some(BOB.into()), ..ByValue::default() };
    let framing = framing(&commit).unwrap();
    assert!(framing.is_external_commit());
    let expected = public(&group, 0, ContentKind::Commit, Sender::NewMemberCommit, by_value);
    assert_eq!(framing, expected);
}

#[test]
fn people_outside_propose_to_be_added_and_removers_to_remove() {
    let (alice, bob) = (Client::new(Suite::P256Aes128, ALICE), Client::new(Suite::P256Aes128, BOB));
    let group = alice.create_group(POLICY);
    let (id, epoch) = (group.group_id().clone(), group.epoch());
    let package = bob.key_package();
    let by_value = ByValue { adds: vec![added(&package, BOB)], ..ByValue::default() };
    let join = JoinProposal::new::<openmls_rust_crypto::MemoryStorage>(package, id.clone(), epoch, &bob.signer);
    let expected = public(&group, 0, ContentKind::Proposal, Sender::NewMemberProposal, by_value);
    assert_eq!(framing(&bytes(&join.unwrap())).unwrap(), expected);

    let index = SenderExtensionIndex::new(3);
    let remove = ExternalProposal::new_remove::<super::provider::AllSuites>(
        LeafNodeIndex::new(0),
        id,
        epoch,
        &bob.signer,
        index,
    );
    let by_value = ByValue { removes: vec![0], ..ByValue::default() };
    let expected = public(&group, 0, ContentKind::Proposal, Sender::External(3), by_value);
    assert_eq!(framing(&bytes(&remove.unwrap())).unwrap(), expected);
}
