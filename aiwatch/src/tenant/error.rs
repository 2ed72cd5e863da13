//! Why a call has no result. No variant holds a key, a body or a header.

use std::error::Error;
use std::fmt;

use serde_json::Value;

use crate::process::variable::CA_BUNDLES;

/// Most characters of a tenant's own words that people are shown.
const LONGEST_DETAIL: usize = 300;

/// Why a call to the tenant failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TenantError {
    /// The address is none that keys are sent to.
    BadAddress(String),
    /// The key has characters that no header can hold.
    BadKey,
    /// No connection came about: name, network, proxy. Nothing was sent.
    NotConnected(String),
    /// The connection broke.
    Unreachable(String),
    /// The certificate of the other side is not trusted.
    Untrusted {
        /// Why: lower case, no final period.
        reason: String,
        /// Whether the issuer is the reason, so that another CA bundle could help.
        unknown_issuer: bool,
    },
    /// The deadline passed.
    TimedOut,
    /// A status other than 2xx, redirects included.
    Status {
        /// The status.
        code: u16,
        /// The tenant's own words, if any.
        detail: Option<String>,
    },
    /// A 2xx answer that is not what was asked for; the words say how it is wrong, not what is in it.
    BadAnswer(&'static str),
}

impl TenantError {
    /// What went wrong in the HTTP client. Its own words are not used whole: they name the address in full.
    pub(super) fn of(error: &reqwest::Error) -> TenantError {
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        let mut last = String::new();
        while let Some(inner) = cause {
            if let Some(tls) = tls_error(inner) {
                return TenantError::of_tls(tls);
            }
            last = inner.to_string();
            cause = inner.source();
        }
        if error.is_timeout() {
            return TenantError::TimedOut;
        }
        let reason = printable(&last);
        if error.is_connect() { TenantError::NotConnected(reason) } else { TenantError::Unreachable(reason) }
    }

    /// Whether the same request can succeed a moment later, and nothing speaks against sending it twice: it was not
    /// sent, or something before the tenant was too busy to pass it on.
    pub fn may_pass(&self) -> bool {
        matches!(self, TenantError::NotConnected(_) | TenantError::Status { code: 429 | 502..=504, .. })
    }

    fn of_tls(error: &rustls::Error) -> TenantError {
        use rustls::CertificateError as Fault;
        use rustls::CertificateError::{Expired, ExpiredContext, NotValidForName, NotValidForNameContext};
        use rustls::Error::InvalidCertificate;
        let (reason, unknown_issuer) = match error {
            // A wrong signature is an issuer that only has the name of a known one.
            InvalidCertificate(Fault::UnknownIssuer | Fault::BadSignature) => {
                ("its issuer is unknown to this device".to_owned(), true)
            }
            InvalidCertificate(Expired | ExpiredContext { .. }) => ("it has expired".to_owned(), false),
            InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
                ("it is for another name".to_owned(), false)
            }
            // The verifiers of macOS and Windows put what they find into words of their own.
            InvalidCertificate(other) => (printable(&other.to_string()), true),
            other => return TenantError::Unreachable(printable(&other.to_string())),
        };
        TenantError::Untrusted { reason, unknown_issuer }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            TenantError::BadAddress(_) => "give the tenant's address as https://host, without a path",
            TenantError::BadKey => "copy the key again: it has no spaces and no other than ASCII characters",
            TenantError::NotConnected(_) | TenantError::Unreachable(_) => "check the network, the address and the proxy settings",
            TenantError::Untrusted { unknown_issuer: true, .. } => {
                return format!(
                    "install your organization's root certificate in the system's store, or name its PEM file \
                     with --ca-bundle or one of {}",
                    CA_BUNDLES.join(", ")
                );
            }
            TenantError::Untrusted { .. } => {
                "check the address and the device's clock; the certificate is the tenant's or the proxy's"
            }
            TenantError::TimedOut => "try again; if it stays so, check the network and the proxy settings",
            TenantError::Status { code: 401 | 403, .. } => {
                "the key is wrong, revoked or not meant for this: have an administrator look at it"
            }
            TenantError::Status { code: 300..=399, .. } => {
                "redirects are not followed: give the tenant's final address"
            }
            TenantError::Status { code: 404, .. } => "check that the address is a tenant's",
            TenantError::Status { .. } => "try again later, or ask an administrator of the tenant",
            TenantError::BadAnswer(_) => "check that the address is a tenant's, and no portal answers for it",
        }
        .to_owned()
    }
}

impl fmt::Display for TenantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TenantError::BadAddress(reason) => write!(f, "the tenant's address cannot be used: {reason}"),
            TenantError::BadKey => f.write_str("the key cannot be sent: it has odd characters"),
            TenantError::NotConnected(reason) | TenantError::Unreachable(reason) => {
                write!(f, "the tenant cannot be reached: {reason}")
            }
            // The words in capitals are what the manual tells people to look for.
            TenantError::Untrusted { reason, .. } => {
                write!(f, "the tenant's certificate is not trusted: {reason} (CERTIFICATE_VERIFY_FAILED)")
            }
            TenantError::TimedOut => f.write_str("the tenant did not answer in time"),
            TenantError::Status { code, detail: None } => write!(f, "the tenant answered with status {code}"),
            TenantError::Status { code, detail: Some(detail) } => {
                write!(f, "the tenant answered with status {code}: {detail}")
            }
            TenantError::BadAnswer(reason) => write!(f, "the tenant's answer cannot be used: {reason}"),
        }
    }
}

impl Error for TenantError {}

/// The TLS error in a cause, also where I/O errors wrap it: those leave what they hold out of the chain of causes.
fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    let inner: &(dyn Error + 'static) = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
    tls_error(inner)
}

/// The tenant's reason for a refusal: `{"detail": text}` or `{"detail": {"message": text}}`.
pub(super) fn detail(body: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    told(&json)
}

/// See [`detail`].
pub(super) fn told(json: &Value) -> Option<String> {
    let detail = json.get("detail")?;
    let text = detail.as_str().or_else(|| detail.get("message")?.as_str())?;
    Some(printable(text)).filter(|text| !text.is_empty())
}

/// Foreign words on one line, so that they cannot steer a terminal or look like lines of ours.
fn printable(text: &str) -> String {
    let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let words: String = shown.take(LONGEST_DETAIL).collect();
    words.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_a_text_or_has_a_message_and_stays_on_its_line() {
        for (body, expected) in [
            (r#"{"detail": "Invalid key."}"#, Some("Invalid key")),
            (r#"{"detail": {"message": "a\nb\u001b[31m"}}"#, Some("a b [31m")),
            (r#"{"detail": ["x"]}"#, None),
            (r#"{"detail": ""}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(detail(body.as_bytes()).as_deref(), expected, "{body}");
        }
        let long = format!(r#"{{"detail": "{}"}}"#, "x".repeat(5000));
        assert_eq!(detail(long.as_bytes()).unwrap().len(), LONGEST_DETAIL);
    }

    #[test]
    fn what_people_search_for_is_in_the_message() {
        let error = TenantError::Untrusted { reason: "x".to_owned(), unknown_issuer: true };
        assert!(error.to_string().contains("CERTIFICATE_VERIFY_FAILED"));
        assert!(error.hint().contains("--ca-bundle"));
    }
}
