//! Every expected error: what happened, what to do next, and the exit code.

use std::fmt;

use aiwatch_contract::preferences::{ENROLLMENT_KEY, HOST, ORG_API_KEY};
use aiwatch_contract::{AGENT, exit};

use crate::credentials::CredentialError;
use crate::hooks::binary::BinaryError;
use crate::process::Outcome;
use crate::tenant::TenantError;

/// Why a command ended without its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Neither management nor the caller gave a key to enroll with.
    NoEnrollmentKey,
    /// Nothing names a tenant.
    NoHost,
    /// The management sets a key, but not the tenant that it may be sent to.
    NoManagedHost,
    /// The named tenant's address cannot be used.
    BadHost {
        /// Why.
        reason: String,
    },
    /// The management of this device sets another tenant.
    OtherHost {
        /// The one that it sets.
        managed: String,
    },
    /// The command is for the user who is logged on.
    NotTheUser {
        /// The command.
        command: &'static str,
        /// Whose process it is.
        account: &'static str,
    },
    /// Nothing names this user.
    NoAccount,
    /// A login was not approved while it was valid.
    LoginExpired,
    /// The tenant could not be asked, or it refused.
    Tenant(TenantError),
    /// A key could not be read or kept.
    Credential(CredentialError),
    /// The system gave this process no means to open a connection.
    NoRuntime,
    /// A user where only root or SYSTEM may write.
    NeedsSystem {
        /// The command, as in `setup hooks install --mdm`.
        command: &'static str,
    },
    /// No user has enrolled yet.
    NoCredential,
    /// There is no agent that the entries could call.
    NoBinary,
    /// No command can name the agent so that every client's shell understands it.
    BinaryUnnameable,
    /// The organization manages the device, and the command would loosen what it set.
    Managed {
        /// What the command would do, after "will not".
        what: &'static str,
    },
    /// A question could not be asked.
    NobodyToAsk,
    /// The host is not one that this user is logged in to.
    UnknownHost,
    /// There is no key to report scans with.
    NoScanKey,
    /// The user has stored no organization key under this label.
    NoSuchLabel,
    /// A defect of this program, in any command but `hook`.
    Crashed,
    /// A defect of this program, in `hook`.
    HookCrashed,
}

impl Failure {
    /// A command of the user, run by the system's own account.
    pub fn not_the_user(command: &'static str) -> Failure {
        Failure::NotTheUser { command, account: system() }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::NoEnrollmentKey
            | Failure::NoHost
            | Failure::NoManagedHost
            | Failure::BadHost { .. }
            | Failure::OtherHost { .. }
            | Failure::NotTheUser { .. }
            | Failure::NeedsSystem { .. }
            | Failure::NoBinary
            | Failure::BinaryUnnameable
            | Failure::Managed { .. }
            | Failure::NobodyToAsk
            | Failure::UnknownHost => exit::MISUSE,
            Failure::NoCredential => exit::NO_CREDENTIAL,
            Failure::NoAccount
            | Failure::LoginExpired
            | Failure::Tenant(_)
            | Failure::Credential(_)
            | Failure::NoScanKey
            | Failure::NoSuchLabel
            | Failure::NoRuntime
            | Failure::Crashed => exit::FAILURE,
            // The answer on stdout counts, and only with this code.
            Failure::HookCrashed => exit::SUCCESS,
        }
    }

    fn message(&self) -> String {
        match self {
            Failure::NoEnrollmentKey => format!("no {}: nothing to enroll with", ENROLLMENT_KEY.key),
            Failure::NoHost => "host not configured".to_owned(),
            Failure::NoManagedHost => {
                let (key, host) = (ENROLLMENT_KEY.key, HOST.key);
                format!("host not configured: the device management sets {key}, but no {host} to send it to")
            }
            Failure::BadHost { reason } => format!("the tenant's address cannot be used: {reason}"),
            Failure::OtherHost { managed } => {
                format!("the organization manages this device, for {managed} only")
            }
            Failure::NotTheUser { command, account } => {
                format!("{AGENT} {command} must run as the logged-on user, not {account}")
            }
            Failure::NoAccount => "the system has no name for this user".to_owned(),
            Failure::LoginExpired => "the login was not approved in time".to_owned(),
            Failure::Tenant(error) => error.to_string(),
            Failure::Credential(error) => error.to_string(),
            Failure::NoRuntime => "the system lets this process open no connection".to_owned(),
            Failure::NeedsSystem { command } => {
                format!("aiwatch {command} must run as {}, not the logged-on user", system())
            }
            Failure::NoCredential => "no user credential: enrollment has not completed".to_owned(),
            Failure::NoBinary => "there is no aiwatch beside this program for the hooks to call".to_owned(),
            Failure::BinaryUnnameable => {
                "the path of aiwatch has characters that some client's shell misreads".to_owned()
            }
            Failure::Managed { what } => format!("the organization manages this device: it will not {what}"),
            Failure::NobodyToAsk => "this needs a yes, and there is no terminal to ask at".to_owned(),
            Failure::UnknownHost => "not logged in to this host".to_owned(),
            Failure::NoScanKey => format!("no {}: nothing to report with", ORG_API_KEY.key),
            Failure::NoSuchLabel => "no organization key is stored under this label for this host".to_owned(),
            Failure::Crashed => "internal error".to_owned(),
            Failure::HookCrashed => {
                "internal error: the tool call cannot be decided, so it is blocked".to_owned()
            }
        }
    }

    fn hint(&self) -> String {
        match self {
            Failure::NoEnrollmentKey => {
                "have the device management set it (see aiwatch config show), or pass --enrollment-key"
                    .to_owned()
            }
            Failure::NoHost => {
                "have the device management set it (see aiwatch config show), pass --host, or log in"
                    .to_owned()
            }
            Failure::NoManagedHost => {
                "have the device management set both; its key goes to no other tenant than its own".to_owned()
            }
            Failure::BadHost { .. } => "give it as https://host, without a path".to_owned(),
            Failure::OtherHost { .. } => "leave --host out".to_owned(),
            Failure::NotTheUser { .. } => {
                "start it in the session of the user: keys are kept per user".to_owned()
            }
            Failure::NoAccount => "pass --username".to_owned(),
            Failure::LoginExpired => "log in again, and approve it in the browser".to_owned(),
            Failure::Tenant(error) => error.hint(),
            Failure::Credential(error) => error.hint(),
            Failure::NoRuntime => "end other programs, or raise the limit of open files".to_owned(),
            Failure::NeedsSystem { command } => {
                let how = if cfg!(windows) {
                    "run it as SYSTEM or at an administrator's prompt"
                } else {
                    "use sudo"
                };
                let instead =
                    if command.contains("--all-users") { "leave --all-users out" } else { "pass --user" };
                format!("{how}, or {instead} for this user's own files")
            }
            Failure::NoCredential => {
                "run aiwatch enroll as the logged-on user; aiwatch status says what is missing".to_owned()
            }
            Failure::NoBinary => "install the package again".to_owned(),
            Failure::BinaryUnnameable => "install aiwatch in a folder without blanks and quotes".to_owned(),
            Failure::Managed { .. } => "ask who manages it; aiwatch config show says what is set".to_owned(),
            Failure::NobodyToAsk => "pass --yes".to_owned(),
            Failure::UnknownHost => {
                "run runlayer login with this host; runlayer status lists what is there".to_owned()
            }
            Failure::NoScanKey => {
                "have the device management set it (see aiwatch config show), log in, or try --dry-run"
                    .to_owned()
            }
            Failure::NoSuchLabel => "leave --org-api-key out, or give another label".to_owned(),
            Failure::Crashed | Failure::HookCrashed => {
                "report it with the lines above and the output of aiwatch --version".to_owned()
            }
        }
    }

    /// The failure as the process shows it.
    pub fn outcome(&self) -> Outcome {
        Outcome { stderr: format!("{self}\n"), exit: self.exit_code(), ..Outcome::default() }
    }
}

/// What the system's own account is called.
fn system() -> &'static str {
    if cfg!(windows) { "SYSTEM" } else { "root" }
}

impl From<BinaryError> for Failure {
    fn from(error: BinaryError) -> Failure {
        match error {
            BinaryError::Missing => Failure::NoBinary,
            BinaryError::Unnameable => Failure::BinaryUnnameable,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\nhint: {}", self.message(), self.hint())
    }
}

impl std::error::Error for Failure {}

impl From<TenantError> for Failure {
    fn from(error: TenantError) -> Failure {
        Failure::Tenant(error)
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Failure {
        match error {
            CredentialError::OtherHost { managed } => Failure::OtherHost { managed },
            error => Failure::Credential(error),
        }
    }
}
