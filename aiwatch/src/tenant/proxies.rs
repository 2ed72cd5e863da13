//! Which proxy is in force. Connections find theirs by themselves; this is what `status` shows.

use url::Url;

use crate::process::{Process, variable};

/// A proxy that the environment names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The variable.
    pub source: &'static str,
    /// The address, without the user name and password that it may hold.
    pub address: String,
}

/// The proxies that the environment names. None is used for a host on loopback.
pub fn named(process: &Process) -> Vec<Proxy> {
    let address = |value: &str| match Url::parse(value) {
        // Without a scheme the user name would be taken for one.
        Ok(mut url) if value.contains("://") => {
            // Neither fails for an address that has a host, and what has none holds neither.
            let _ = url.set_password(None);
            let _ = url.set_username("");
            url.to_string()
        }
        _ => value.rsplit('@').next().unwrap_or_default().to_owned(),
    };
    let set = |name| Some(Proxy { source: name, address: address(process.variable(name)?) });
    variable::PROXIES.into_iter().filter_map(set).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_password_is_not_shown() {
        let variables = [("HTTPS_PROXY", "http://user:secret@proxy.example:3128".into())];
        let process = Process { variables: variables.into(), ..Process::default() };
        let shown = named(&process);
        assert_eq!(shown[0].address, "http://proxy.example:3128/");
        let variables = [("ALL_PROXY", "user:secret@proxy.example:3128".into())];
        let process = Process { variables: variables.into(), ..Process::default() };
        assert!(!named(&process)[0].address.contains("secret"));
    }
}
