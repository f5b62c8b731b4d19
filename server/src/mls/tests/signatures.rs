//! The two schemes that openmls_rust_crypto lacks, against signatures that OpenSSL made.

use openmls::prelude::SignatureScheme;

use crate::mls::signature::verify;

const MESSAGE: &[u8] = b"catbird interoperates";

const P521_KEY: &str = "040022ec11295e944bc70a9cee5c11c92d1da11de8f37d18dd70a89cccc26984c5a55fc1d6a6040ecf027c84e3f37f40421168d065e18a6445bdd1de541d7a93ca5e200089c885df4b26b669f687cc0955289d19a9d0ae7aa26532a720fc1edf2a2221b044e36c615093526fa11076473490fab0c28006afcb12f4a7a5f273bf2b2c692c8e";
const P521_SIGNATURE: &str = "30818602417d426230b7dcb90eff20b78a51a05243e6908293fbdf06951351172074aababbd52919235d216eeabc75cbb3c7d3247a88e41afb78547bdcddc44fcf809d50908402415ee0736587c2729cde680ba28fcc51faacf0719f79fbeef770d090769a7546ce910eb3ee9ddf489ad9975d985bfb3cd1111b6c2d5d6e79565a71427df7e83a2356";
const ED448_KEY: &str = "034c9fa46f567d3612815b6207950af40cdd49c5b6fc74f813c6ddb377eac49730143740342ba5ca431b6df8a3808e336569a8a03dc66a2200";
const ED448_SIGNATURE: &str = "6a065dac8f8644bad53bb40b66a759b6bdedd0deb929da91e68be20abc1d87d3fbaff4ee77671131630124182759e69494481d2df3292890802eda71dd7d85c60ce6574efdac602810532e44a4c9fdbe9638718ba68a014e65f7c89c97a5047ad3b671160d3d13595098b0bc1b6367aa1400";

fn vectors() -> [(SignatureScheme, Vec<u8>, Vec<u8>); 2] {
    let decode = |text| hex::decode(text).unwrap();
    [
        (SignatureScheme::ECDSA_SECP521R1_SHA512, decode(P521_KEY), decode(P521_SIGNATURE)),
        (SignatureScheme::ED448, decode(ED448_KEY), decode(ED448_SIGNATURE)),
    ]
}

#[test]
fn signatures_of_another_implementation_verify() {
    for (scheme, key, signature) in vectors() {
        assert!(verify(scheme, &key, MESSAGE, &signature), "{scheme:?}");
    }
}

#[test]
fn a_signature_is_bound_to_message_key_and_scheme() {
    for (scheme, key, signature) in vectors() {
        assert!(!verify(scheme, &key, b"catbird interoperates?", &signature));
        for (other, other_key, other_signature) in vectors() {
            if other != scheme {
                assert!(!verify(other, &key, MESSAGE, &signature));
                assert!(!verify(scheme, &other_key, MESSAGE, &signature));
                assert!(!verify(scheme, &key, MESSAGE, &other_signature));
            }
        }
    }
}

#[test]
fn any_changed_byte_breaks_a_signature() {
    for (scheme, key, signature) in vectors() {
        for at in (0..signature.len()).step_by(5) {
            let mut changed = signature.clone();
            changed[at] ^= 1;
            assert!(!verify(scheme, &key, MESSAGE, &changed), "{scheme:?} {at}");
        }
        for at in (0..key.len()).step_by(9) {
            let mut changed = key.clone();
            changed[at] ^= 1;
            assert!(!verify(scheme, &changed, MESSAGE, &signature), "{scheme:?} {at}");
        }
        assert!(!verify(scheme, &key, MESSAGE, &signature[1..]));
        assert!(!verify(scheme, &key, MESSAGE, &[&signature[..], &[0]].concat()));
        assert!(!verify(scheme, &[], MESSAGE, &signature));
        assert!(!verify(scheme, &key, MESSAGE, &[]));
    }
}

#[test]
fn compressed_points_are_not_keys_of_a_suite() {
    let uncompressed = hex::decode(P521_KEY).unwrap();
    let sign = 2 + (uncompressed[132] & 1);
    let compressed = [&[sign], &uncompressed[1..67]].concat();
    let signature = hex::decode(P521_SIGNATURE).unwrap();
    let scheme = SignatureScheme::ECDSA_SECP521R1_SHA512;
    assert!(!verify(scheme, &compressed, MESSAGE, &signature));
}
