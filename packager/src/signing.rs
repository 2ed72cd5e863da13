//! The seam for everything that needs a key: signatures and the keys of an .intunewin.
//!
//! All that is random or secret in a build goes through one [`Signer`]; everything else is a function of the
//! inputs. [`Unsigned`] signs nothing.

use hkdf::Hkdf;
use sha2::Sha256;

use crate::failure::{Failure, Result};
use crate::secret::Secret;

/// Keys that encrypt one .intunewin. They lie in clear in its Detection.xml: packaging, not secrecy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ContentKeys {
    /// AES-256 key.
    pub encryption: [u8; 32],
    /// HMAC-SHA256 key.
    pub mac: [u8; 32],
    /// Initialisation vector.
    pub iv: [u8; 16],
}

/// Signs artifacts, in the order in which they contain each other.
pub trait Signer: Sync {
    /// A Mach-O file with its signature.
    fn macho(&self, bytes: Vec<u8>) -> Result<Vec<u8>>;
    /// A PE file with its signature.
    fn pe(&self, bytes: Vec<u8>) -> Result<Vec<u8>>;
    /// An MSI with its signature.
    fn msi(&self, bytes: Vec<u8>) -> Result<Vec<u8>>;
    /// A PowerShell script with its signature.
    fn script(&self, bytes: Vec<u8>) -> Result<Vec<u8>>;
    /// The signature of a package's table of contents, over the digest of the compressed table; `None` for an
    /// unsigned package. Sizes must be known before the table exists, so they are asked for first.
    fn package(&self) -> Option<&dyn PackageSigner>;
    /// Keys for an .intunewin whose plain inner zip has this SHA-256.
    fn content_keys(&self, inner_digest: &[u8; 32]) -> Result<ContentKeys>;
}

/// Signs a xar table of contents.
pub trait PackageSigner {
    /// Certificates, leaf first, DER.
    fn certificates(&self) -> Vec<Vec<u8>>;
    /// Bytes that the RSA signature takes.
    fn rsa_size(&self) -> usize;
    /// Bytes to reserve for the CMS signature.
    fn cms_size(&self) -> usize;
    /// The RSA signature over the table's digest.
    fn rsa(&self, digest: &[u8]) -> Result<Vec<u8>>;
    /// The detached CMS signature over the table's digest.
    fn cms(&self, digest: &[u8]) -> Result<Vec<u8>>;
}

/// Signs nothing. The keys of an .intunewin are random, or derived from a secret build key.
#[derive(Clone, Debug, Default)]
pub struct Unsigned {
    /// Makes .intunewin files reproducible. Must stay secret: Intune keeps ciphertext and key apart.
    pub build_key: Option<Secret>,
}

impl Signer for Unsigned {
    fn macho(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }

    fn pe(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }

    fn msi(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }

    fn script(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        Ok(bytes)
    }

    fn package(&self) -> Option<&dyn PackageSigner> {
        None
    }

    fn content_keys(&self, inner_digest: &[u8; 32]) -> Result<ContentKeys> {
        let mut all = [0u8; 80];
        match &self.build_key {
            Some(key) => Hkdf::<Sha256>::new(Some(inner_digest), key.reveal().as_bytes())
                .expand(b"intunewin content keys", &mut all)
                .map_err(|_| Failure::work("the build key cannot be expanded to content keys"))?,
            None => getrandom::fill(&mut all).map_err(|_| {
                Failure::work("the operating system gives no random bytes for .intunewin keys")
            })?,
        }
        let (encryption, rest) = all.split_at(32);
        let (mac, iv) = rest.split_at(32);
        let part = "the lengths are those of the array";
        Ok(ContentKeys {
            encryption: encryption.try_into().expect(part),
            mac: mac.try_into().expect(part),
            iv: iv.try_into().expect(part),
        })
    }
}
