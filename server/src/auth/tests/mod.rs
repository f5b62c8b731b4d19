//! Service auth against a real HTTP server that plays the PLC directory and a did:web host.

mod agreement;
mod claims;
mod destinations;
mod development;
mod directory;
mod documents;
mod fetching;
mod issuers;
mod logging;
mod replay;
mod signatures;
mod support;
mod tokens;
