//! Key packages that are truly signed and yet break a rule, encoded field by field: openmls would not make them.

use super::now;
use openmls_traits::signatures::Signer;

use super::{
    agreement::openmls_accepts,
    client::{ALICE, Client},
};
use crate::mls::{KeyPackageRefusal as Refusal, MlsError, Suite, check_key_package, reader::write_opaque};

/// The fields that the tests vary; the others are as they should be.
pub struct Recipe {
    init_key: Vec<u8>,
    encryption_key: Vec<u8>,
    /// The leaf's source and what belongs to it.
    source: Vec<u8>,
    leaf_extensions: Vec<u16>,
    package_extensions: Vec<u16>,
    /// The extensions that the capabilities list.
    listed: Vec<u16>,
}

impl Recipe {
    pub fn new() -> Self {
        let now = super::now().timestamp() as u64;
        let lifetime = [now - 60, now + 3600].map(u64::to_be_bytes);
        Self {
            init_key: vec![1; 32],
            encryption_key: vec![2; 32],
            source: [&[1], lifetime.as_flattened()].concat(),
            leaf_extensions: vec![],
            package_extensions: vec![],
            listed: vec![],
        }
    }

    pub fn leaf(&self, client: &Client) -> Vec<u8> {
        let mut leaf = Vec::new();
        write_opaque(&mut leaf, &self.encryption_key);
        write_opaque(&mut leaf, &client.signer.public_key());
        leaf.extend([0, 1]);
        write_opaque(&mut leaf, client.identity.as_bytes());
        for list in [&[1], &[client.suite.id()], &self.listed[..], &[], &[1]] {
            write_opaque(&mut leaf, numbers(list).as_flattened());
        }
        leaf.extend(&self.source);
        write_opaque(&mut leaf, &extensions(&self.leaf_extensions));
        sign(client, "LeafNodeTBS", leaf)
    }

    fn build(&self, client: &Client) -> Vec<u8> {
        let mut package = numbers(&[1, client.suite.id()]).concat();
        write_opaque(&mut package, &self.init_key);
        package.extend(self.leaf(client));
        write_opaque(&mut package, &extensions(&self.package_extensions));
        sign(client, "KeyPackageTBS", package)
    }

    /// This module's verdict and openmls's.
    fn judge(&self) -> (Result<(), Refusal>, bool) {
        let client = Client::new(Suite::X25519Aes128Ed25519, ALICE);
        let package = self.build(&client);
        let ours = check_key_package(&package, now()).map(drop);
        (ours, openmls_accepts(&package, &client.provider))
    }
}

fn numbers(list: &[u16]) -> Vec<[u8; 2]> {
    list.iter().map(|number| number.to_be_bytes()).collect()
}

/// Extensions of these types, all with empty data.
fn extensions(types: &[u16]) -> Vec<u8> {
    types.iter().flat_map(|kind| [(kind >> 8) as u8, *kind as u8, 0]).collect()
}

/// The structure with its labelled signature behind it.
pub fn sign(client: &Client, label: &str, mut structure: Vec<u8>) -> Vec<u8> {
    let mut content = Vec::new();
    write_opaque(&mut content, format!("MLS 1.0 {label}").as_bytes());
    write_opaque(&mut content, &structure);
    let signature = client.signer.sign(&content).unwrap();
    write_opaque(&mut structure, &signature);
    structure
}

#[test]
fn the_unchanged_recipe_is_taken() {
    assert_eq!(Recipe::new().judge(), (Ok(()), true));
}

#[test]
fn the_two_hpke_keys_must_differ() {
    let recipe = Recipe { init_key: vec![2; 32], ..Recipe::new() };
    assert_eq!(recipe.judge(), (Err(Refusal::InvalidKeys), false));
}

/// openmls finds out when it encrypts to the key.
#[test]
fn hpke_keys_must_have_the_suites_length() {
    for length in [0, 31, 33, 65] {
        let init = Recipe { init_key: vec![1; length], ..Recipe::new() };
        assert_eq!(init.judge().0, Err(Refusal::InvalidKeys));
        let leaf = Recipe { encryption_key: vec![1; length], ..Recipe::new() };
        assert_eq!(leaf.judge().0, Err(Refusal::InvalidKeys));
    }
}

#[test]
fn only_leaves_made_for_a_key_package_are_taken() {
    for source in [vec![2], vec![3, 1, 9]] {
        let recipe = Recipe { source, ..Recipe::new() };
        assert_eq!(recipe.judge(), (Err(Refusal::WrongLeafSource), false));
    }
    let unknown = Recipe { source: vec![4], ..Recipe::new() };
    assert!(matches!(unknown.judge(), (Err(Refusal::Unreadable(_)), false)));
}

#[test]
fn extensions_stand_where_they_belong() {
    for kind in [2, 3, 4, 5, 10] {
        let recipe = Recipe { leaf_extensions: vec![kind], listed: vec![10], ..Recipe::new() };
        assert_eq!(recipe.judge().0, Err(Refusal::MisplacedExtension), "{kind}");
    }
    for kind in [1, 2, 3, 4, 5] {
        let recipe = Recipe { package_extensions: vec![kind], ..Recipe::new() };
        assert_eq!(recipe.judge().0, Err(Refusal::MisplacedExtension), "{kind}");
    }
}

#[test]
fn extensions_of_applications_must_be_listed() {
    let kinds = vec![0xf001, 0xf002];
    let listed = Recipe {
        leaf_extensions: kinds.clone(),
        package_extensions: kinds.clone(),
        listed: kinds.clone(),
        ..Recipe::new()
    };
    assert_eq!(listed.judge(), (Ok(()), true));
    let package = Recipe { package_extensions: kinds.clone(), ..Recipe::new() };
    assert_eq!(package.judge(), (Err(Refusal::IncompleteCapabilities), false));
    let leaf = Recipe { leaf_extensions: kinds, ..Recipe::new() };
    assert_eq!(leaf.judge().0, Err(Refusal::IncompleteCapabilities));
}

#[test]
fn no_extension_occurs_twice() {
    let twice =
        Recipe { package_extensions: vec![0xf001, 0xf002, 0xf001], listed: vec![0xf001, 0xf002], ..Recipe::new() };
    let refused = |verdict| matches!(verdict, Err(Refusal::Unreadable(MlsError::Malformed { .. })));
    let (ours, theirs) = twice.judge();
    assert!(refused(ours) && !theirs);
    let all = Recipe { package_extensions: (0..=u16::MAX).chain([9]).collect(), ..Recipe::new() };
    assert!(refused(all.judge().0));
}

#[test]
fn last_resort_is_a_key_packages_extension() {
    let recipe = Recipe { package_extensions: vec![10], listed: vec![10], ..Recipe::new() };
    let client = Client::new(Suite::P521Aes256, ALICE);
    let recipe = Recipe { init_key: vec![4; 133], encryption_key: vec![5; 133], ..recipe };
    let checked = check_key_package(&recipe.build(&client), now());
    assert!(checked.unwrap().last_resort);
}
