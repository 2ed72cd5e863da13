//! Which tenant, which key, which names: the first source that has one, in the order of the contract.
//!
//! The order ends where management begins. A managed Host wins over everything, and the managed key goes to it
//! alone: a variable or a file of the user must not send the organization's key elsewhere.

use aiwatch_contract::preferences::HOST;

use super::EnrollArgs;
use crate::credentials::Vault;
use crate::failure::Failure;
use crate::machine::caller::Caller;
use crate::process::{Process, variable};
use crate::secret::Secret;
use crate::settings::{self, Settings};

/// What the tenant is told of who enrolls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) username: String,
    pub(super) device_name: String,
}

/// The tenant, and a warning where a source was passed over. Managed Host, then option, variable, user's file.
pub fn host(
    option: Option<&str>,
    process: &Process,
    settings: &Settings,
    vault: Option<&Vault>,
) -> Result<(String, Option<String>), Failure> {
    let parsed = |text: &str| settings::host(text).map_err(|reason| Failure::BadHost { reason });
    let variable = process.variable(variable::HOST);
    if let Some(managed) = settings.host() {
        if let Some(option) = option
            && parsed(option)? != managed
        {
            return Err(Failure::OtherHost { managed: managed.to_owned() });
        }
        let differs = variable.is_some_and(|text| settings::host(text).as_deref() != Ok(managed));
        let name = variable::HOST;
        let warning = differs.then(|| format!("{name} is ignored: the device management sets {}", HOST.key));
        return Ok((managed.to_owned(), warning));
    }
    if let Some(text) = option.or(variable) {
        return Ok((parsed(text)?, None));
    }
    let usual = vault.map(Vault::default_host).transpose()?.flatten();
    usual.map(|host| (host, None)).ok_or(Failure::NoHost)
}

/// The key to enroll with: option, variable, and the managed one if the Host is managed too.
pub(super) fn key(args: &EnrollArgs, process: &Process, settings: &Settings) -> Result<Secret, Failure> {
    let given = process.variable(variable::ENROLLMENT_KEY).map(|key| Secret::new(key.trim()));
    if let Some(key) = args.enrollment_key.clone().or(given) {
        return Ok(key);
    }
    match (settings.enrollment_key(), settings.host()) {
        (Some(key), Some(_)) => Ok(Secret::new(key)),
        (Some(_), None) => Err(Failure::NoManagedHost),
        (None, _) => Err(Failure::NoEnrollmentKey),
    }
}

/// Option, variables, managed values, and what the system says.
pub(super) fn names(
    args: &EnrollArgs,
    process: &Process,
    settings: &Settings,
    caller: &Caller,
) -> Result<Names, Failure> {
    let variable = |names: &[&'static str]| process.first_variable(names).map(|(_, value)| value);
    let first =
        |option: &Option<String>, names: &[&'static str], managed: Option<&str>, own: &Option<String>| {
            let option = option.as_deref().filter(|text| !text.trim().is_empty());
            let found = option.or_else(|| variable(names)).or(managed).or(own.as_deref());
            found.map(|text| text.trim().to_owned())
        };
    let account = caller.account.clone().or_else(|| variable(&variable::ACCOUNTS).map(str::to_owned));
    let username = first(&args.username, &variable::USERNAMES, settings.username(), &account);
    let device = first(&args.device_name, &variable::DEVICE_NAMES, settings.device_name(), &caller.device);
    Ok(Names {
        username: username.ok_or(Failure::NoAccount)?,
        // The tenant wants one; a device without a name is a rare accident, not worth failing for.
        device_name: device.unwrap_or_else(|| "unnamed".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Layer;

    fn settings(json: &str) -> Settings {
        Settings::read(&[Layer::json("test", json.as_bytes())])
    }

    fn process(variables: &[(&'static str, &str)]) -> Process {
        let variables = variables.iter().map(|(name, value)| (*name, value.into())).collect();
        Process { variables, ..Process::default() }
    }

    #[test]
    fn a_managed_host_wins_and_another_option_is_refused() {
        let managed = settings(r#"{"Host": "https://acme.example"}"#);
        let env = process(&[("RUNLAYER_HOST", "https://evil.example")]);
        let (host, warning) = super::host(None, &env, &managed, None).unwrap();
        assert_eq!(host, "https://acme.example");
        assert!(warning.unwrap().contains("RUNLAYER_HOST is ignored"));
        let same = super::host(Some("https://ACME.example/"), &process(&[]), &managed, None).unwrap();
        assert_eq!(same, ("https://acme.example".to_owned(), None));
        let other = super::host(Some("https://evil.example"), &env, &managed, None);
        assert_eq!(other, Err(Failure::OtherHost { managed: "https://acme.example".to_owned() }));
    }

    #[test]
    fn without_management_the_option_wins_over_the_variable() {
        let env = process(&[("RUNLAYER_HOST", "https://b.example")]);
        let of = |option| super::host(option, &env, &settings("{}"), None).map(|(host, _)| host);
        assert_eq!(of(Some("https://a.example")).unwrap(), "https://a.example");
        assert_eq!(of(None).unwrap(), "https://b.example");
        assert!(matches!(of(Some("http://a.example")), Err(Failure::BadHost { .. })));
        assert_eq!(super::host(None, &process(&[]), &settings("{}"), None), Err(Failure::NoHost));
    }

    #[test]
    fn the_managed_key_goes_to_a_managed_host_only() {
        let both = settings(r#"{"Host": "https://acme.example", "EnrollmentKey": "rl_enroll_m"}"#);
        let alone = settings(r#"{"EnrollmentKey": "rl_enroll_m"}"#);
        let of = |settings: &Settings, env: &Process| key(&EnrollArgs::default(), env, settings);
        assert_eq!(of(&both, &process(&[])).unwrap().reveal(), "rl_enroll_m");
        assert_eq!(of(&alone, &process(&[])), Err(Failure::NoManagedHost));
        let env = process(&[("RUNLAYER_ENROLLMENT_API_KEY", " rl_enroll_e\n")]);
        assert_eq!(of(&alone, &env).unwrap().reveal(), "rl_enroll_e");
        let args = EnrollArgs { enrollment_key: Some(Secret::new("rl_enroll_o")), ..EnrollArgs::default() };
        assert_eq!(key(&args, &env, &both).unwrap().reveal(), "rl_enroll_o");
        assert_eq!(of(&settings("{}"), &process(&[])), Err(Failure::NoEnrollmentKey));
    }

    #[test]
    fn names_come_from_the_first_source_that_has_one() {
        let managed = settings(r#"{"Username": "managed", "DeviceName": "managed-device"}"#);
        let caller = Caller { account: Some("own".into()), device: Some("own-device".into()), service: None };
        let both = [("ENROLLMENT_USERNAME", "first"), ("RUNLAYER_ENROLLMENT_USERNAME", "second")];
        let option = EnrollArgs { username: Some("option".into()), ..EnrollArgs::default() };
        for (args, env, settings, username, device) in [
            (&option, process(&both), managed.clone(), "option", "managed-device"),
            (&EnrollArgs::default(), process(&both), managed.clone(), "first", "managed-device"),
            (&EnrollArgs::default(), process(&both[1..]), managed.clone(), "second", "managed-device"),
            (&EnrollArgs::default(), process(&[]), managed.clone(), "managed", "managed-device"),
            (&EnrollArgs::default(), process(&[]), self::settings("{}"), "own", "own-device"),
        ] {
            let names = names(args, &env, &settings, &caller).unwrap();
            assert_eq!((names.username.as_str(), names.device_name.as_str()), (username, device));
        }
        let nobody = names(&EnrollArgs::default(), &process(&[]), &settings("{}"), &Caller::default());
        assert_eq!(nobody, Err(Failure::NoAccount));
    }
}
