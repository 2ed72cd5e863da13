//! A private CA and one certificate by it, made anew at each start: no key of it is ever stored.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A name that the certificate is good for and that no server resolves: what is reached through a proxy only.
pub const NAME: &str = "tenant.invalid";

/// What is wrong with the server's certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certificate {
    /// Nothing: it is for `localhost` and `127.0.0.1`, by the private CA.
    #[default]
    Valid,
    /// It was good until 2001.
    Expired,
    /// It is for another name.
    WrongName,
}

pub(crate) struct Authority {
    pub(crate) pem: String,
    pub(crate) server: Arc<ServerConfig>,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

pub(crate) fn authority(fault: Certificate) -> Result<Authority, Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "Stub tenant's private CA (tests only)");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key)?;
    let issuer = Issuer::new(params, key);

    let names = match fault {
        Certificate::WrongName => vec!["other.invalid".to_owned()],
        _ => vec!["localhost".to_owned(), "127.0.0.1".to_owned(), NAME.to_owned()],
    };
    let leaf_key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(names)?;
    leaf.distinguished_name.push(DnType::CommonName, "Stub tenant (tests only)");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if fault == Certificate::Expired {
        (leaf.not_before, leaf.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(2001, 1, 1));
    }
    let leaf = leaf.signed_by(&leaf_key, &issuer)?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], private)?;
    Ok(Authority { pem: certificate.pem(), server: Arc::new(server) })
}
