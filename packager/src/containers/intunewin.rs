//! The container in which Intune takes a Windows app: an encrypted zip beside a description, in a zip.
//!
//! Source: the output of Microsoft's Win32 Content Prep Tool 1.8.7. The keys lie in clear beside what they encrypt:
//! this is packaging, not secrecy.

use aes::Aes256;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

pub mod archive;
pub mod detection;

use detection::Detection;

/// The encrypted content's member.
pub const CONTENT: &str = "IntuneWinPackage/Contents/IntunePackage.intunewin";
/// The description's member.
pub const DETECTION: &str = "IntuneWinPackage/Metadata/Detection.xml";
/// What a description names as its file.
pub const CONTENT_NAME: &str = "IntunePackage.intunewin";

const MAC_SIZE: usize = 32;
const IV_SIZE: usize = 16;

/// Keys of one container.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// AES-256 key.
    pub encryption: [u8; 32],
    /// HMAC-SHA256 key.
    pub mac: [u8; 32],
    /// Initialisation vector.
    pub iv: [u8; 16],
}

/// An encrypted content, and what the description says of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// MAC, initialisation vector and ciphertext.
    pub content: Vec<u8>,
    /// The MAC over initialisation vector and ciphertext.
    pub mac: [u8; 32],
    /// SHA-256 of the plain content.
    pub digest: [u8; 32],
    /// Size of the plain content.
    pub size: usize,
}

/// Encrypts, then authenticates.
pub fn seal(plain: &[u8], keys: &Keys) -> Sealed {
    let cipher = cbc::Encryptor::<Aes256>::new(&keys.encryption.into(), &keys.iv.into());
    let encrypted = cipher.encrypt_padded_vec::<Pkcs7>(plain);
    let mac = authenticate(&keys.mac, &keys.iv, &encrypted);
    let mut content = Vec::with_capacity(MAC_SIZE + IV_SIZE + encrypted.len());
    content.extend_from_slice(&mac);
    content.extend_from_slice(&keys.iv);
    content.extend_from_slice(&encrypted);
    Sealed { content, mac, digest: Sha256::digest(plain).into(), size: plain.len() }
}

fn authenticate(key: &[u8], iv: &[u8], encrypted: &[u8]) -> [u8; 32] {
    // A key of any length is taken, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(iv);
    mac.update(encrypted);
    mac.finalize().into_bytes().into()
}

/// What decrypting an encrypted content found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The plain content; `None` when the key does not fit it.
    pub plain: Option<Vec<u8>>,
    /// Whether the stored MAC is that of the content under the MAC key.
    pub mac_holds: bool,
    /// The stored MAC.
    pub mac: Vec<u8>,
    /// The stored initialisation vector.
    pub iv: Vec<u8>,
}

/// Decrypts. The error says why the content cannot even be taken apart.
pub fn open(content: &[u8], encryption: &[u8], mac_key: &[u8]) -> Result<Opened, String> {
    let parts = content.split_at_checked(MAC_SIZE).and_then(|(mac, rest)| {
        let (iv, encrypted) = rest.split_at_checked(IV_SIZE)?;
        Some((mac, iv, encrypted))
    });
    let (mac, iv, encrypted) = parts.ok_or("the encrypted content is shorter than its MAC and vector")?;
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(encryption, iv)
        .map_err(|_| format!("the encryption key has {} bytes and not 32", encryption.len()))?;
    let plain = cipher.decrypt_padded_vec::<Pkcs7>(encrypted).ok();
    let mac_holds = authenticate(mac_key, iv, encrypted) == mac;
    Ok(Opened { plain, mac_holds, mac: mac.to_vec(), iv: iv.to_vec() })
}

/// The whole file: a stored zip of the encrypted content and its description.
pub fn write(sealed: &Sealed, detection: &Detection) -> std::io::Result<Vec<u8>> {
    archive::write(&[(CONTENT, &sealed.content), (DETECTION, &detection.to_xml()?)], archive::Method::Stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_and_damage_shows() {
        let keys = Keys { encryption: [1; 32], mac: [2; 32], iv: [3; 16] };
        for size in [0, 1, 15, 16, 17, 1000] {
            let plain = vec![9; size];
            let sealed = seal(&plain, &keys);
            assert_eq!(sealed.content.len(), 48 + (size / 16 + 1) * 16);
            let opened = open(&sealed.content, &keys.encryption, &keys.mac).expect("taken apart");
            assert_eq!(opened.plain, Some(plain));
            assert!(opened.mac_holds && opened.iv == keys.iv && opened.mac == sealed.mac);
            for at in 0..sealed.content.len() {
                let mut damaged = sealed.content.clone();
                damaged[at] ^= 1;
                assert!(!open(&damaged, &keys.encryption, &keys.mac).expect("taken apart").mac_holds);
            }
            for cut in 0..48 {
                assert!(open(&sealed.content[..cut], &keys.encryption, &keys.mac).is_err());
            }
        }
    }
}
