//! Whom connections trust: the operating system's store, and the bundles that were named besides it.
//!
//! Bundles only add. The first of `--ca-bundle` and the variables of [`variable::CA_BUNDLES`] that is set counts,
//! and the folder of [`variable::CA_FOLDER`] besides. One that cannot be read is a warning and not a failure:
//! the system's store may do. The managed preference `AllowUserCaBundles` = false switches all of them off, the
//! option too: whoever starts the program is the user whose trust is not wanted.
//!
//! The Linux store is read here and not by a library, for the libraries let `SSL_CERT_FILE` replace the store and
//! take the environment's word when the management has forbidden it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aiwatch_contract::preferences::ALLOW_USER_CA_BUNDLES;
use reqwest::ClientBuilder;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::process::{Process, variable};
use crate::settings::Settings;

/// Most bytes of a bundle; the largest stores of distributions have a quarter of it.
const LARGEST: u64 = 4 << 20;
/// Most files that are read of a folder.
const MOST_FILES: usize = 1000;

/// A bundle that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The option or variable that names it.
    pub source: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// How many certificates are trusted because of it.
    pub certificates: usize,
}

/// The certificates that are trusted besides the system's.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Where they are from, for `status` and `check`.
    pub bundles: Vec<Bundle>,
    /// What was passed over, and why: lower case, no final period.
    pub warnings: Vec<String>,
    certificates: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Reads the bundles that the caller and the environment name, as far as the management lets them.
    pub fn read(process: &Process, settings: &Settings, option: Option<&Path>) -> Trust {
        let mut trust = Trust::default();
        let first = match option {
            Some(path) => Some(("--ca-bundle", path.to_owned())),
            None => variable::CA_BUNDLES
                .into_iter()
                .find_map(|name| Some((name, PathBuf::from(process.variables.get(name)?)))),
        };
        // A list of folders, as OpenSSL takes it.
        let folders = process.variables.get(variable::CA_FOLDER).map(std::env::split_paths);
        let folders = folders.into_iter().flatten().map(|path| (variable::CA_FOLDER, path));
        for (source, path) in first.into_iter().chain(folders) {
            if !settings.allow_user_ca_bundles() {
                let warning = format!("{source} is ignored: {} is false", ALLOW_USER_CA_BUNDLES.key);
                trust.warnings.push(warning);
                continue;
            }
            trust.add(source, path);
        }
        trust
    }

    fn add(&mut self, source: &'static str, path: PathBuf) {
        let read = if source == variable::CA_FOLDER { of_folder(&path) } else { of_file(&path) };
        match read {
            Ok(certificates) if certificates.is_empty() => {
                let shown = path.display();
                self.warnings.push(format!("{source} is ignored: no certificate is in {shown}"));
            }
            Ok(certificates) => {
                self.bundles.push(Bundle { source, path, certificates: certificates.len() });
                self.certificates.extend(certificates);
            }
            Err(reason) => {
                let shown = path.display();
                self.warnings.push(format!("{source} is ignored: {shown} cannot be read: {reason}"));
            }
        }
    }
}

/// The certificates of a PEM file that can be trusted anchors; other blocks of the file, such as keys, are skipped.
fn of_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let metadata = path.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("not a regular file".to_owned());
    }
    if metadata.len() > LARGEST {
        return Err(format!("larger than {LARGEST} bytes"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let certificates = CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok);
    // One that is damaged or of an unknown kind must not spoil the rest.
    Ok(certificates.filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok()).collect())
}

/// The certificates of all PEM files of a folder. Other files are what such folders also hold, and no error.
fn of_folder(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let entries = std::fs::read_dir(path).map_err(|error| error.to_string())?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).take(MOST_FILES).collect();
    files.sort();
    let mut certificates: Vec<_> = files.iter().filter_map(|file| of_file(file).ok()).flatten().collect();
    // Folders made for OpenSSL have a link by hash beside every file.
    certificates.sort_by(|a: &CertificateDer<'_>, b| a.as_ref().cmp(b.as_ref()));
    certificates.dedup();
    Ok(certificates)
}

/// Makes a client trust the system's store and these bundles.
pub(super) fn apply(builder: ClientBuilder, trust: &Trust, encrypted: bool) -> ClientBuilder {
    // The first one to install it wins; all of them are this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if !encrypted {
        // Nothing is to be judged then, and the system's judge need not be called in.
        return of_anchors(builder, RootCertStore::empty());
    }
    imp::apply(builder, trust)
}

/// Makes a client trust these anchors and no store.
fn of_anchors(builder: ClientBuilder, anchors: RootCertStore) -> ClientBuilder {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the cipher suites of TLS 1.2 and 1.3")
        .with_root_certificates(anchors)
        .with_no_client_auth();
    builder.tls_backend_preconfigured(config)
}

#[cfg(any(target_os = "macos", windows))]
mod imp {
    use super::{ClientBuilder, Trust};

    /// The system itself judges certificates, with the bundles as further anchors.
    pub(super) fn apply(builder: ClientBuilder, trust: &Trust) -> ClientBuilder {
        let read = |der: &rustls::pki_types::CertificateDer<'_>| reqwest::Certificate::from_der(der).ok();
        builder.tls_certs_merge(trust.certificates.iter().filter_map(read))
    }
}

#[cfg(not(any(target_os = "macos", windows)))]
mod imp {
    use super::{ClientBuilder, Path, RootCertStore, Trust, of_anchors, of_file};

    /// Where distributions keep their store as one file, from the list of the crate openssl-probe 0.2.2.
    const STORES: [&str; 6] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/etc/ssl/cert.pem",
    ];

    /// An empty store is no failure here: the bundles alone may do, and if not, the handshake says so.
    pub(super) fn apply(builder: ClientBuilder, trust: &Trust) -> ClientBuilder {
        let store = STORES.iter().find_map(|path| of_file(Path::new(path)).ok().filter(|s| !s.is_empty()));
        let mut anchors = RootCertStore::empty();
        anchors.add_parsable_certificates(trust.certificates.iter().cloned());
        anchors.add_parsable_certificates(store.unwrap_or_default());
        of_anchors(builder, anchors)
    }
}
