//! The user's keys: where they are kept, and to whom they are given.
//!
//! A key is in the operating system's store, or, where that fails or does not exist, under `secret` in the user's
//! own `config.yaml`. Its entry there says by which address it was issued, and it is released to no other one; on
//! a device whose management sets a Host, to no other than that.

use std::fmt;
use std::path::{Path, PathBuf};

use aiwatch_contract::USER_STATE_DIR;

use crate::machine;
use crate::process::Process;
use crate::secret::Secret;
use crate::settings::{self, Settings};

mod choices;
pub mod config;
mod lock;
mod mark;

pub use choices::Choices;
pub use config::ConfigError;
pub use lock::{Lock, lock};
pub use mark::{last_contact, mark, marked, note_contact, unmark};

/// The operating system's store of secrets, as far as it is needed: one secret per host key.
pub trait Store {
    /// What people call it.
    fn name(&self) -> &'static str;
    /// The secret of a host.
    fn read(&self, host_key: &str) -> Result<Option<Secret>, StoreError>;
    /// Keeps a secret in place of an earlier one.
    fn write(&self, host_key: &str, secret: &Secret) -> Result<(), StoreError>;
    /// Forgets the secret of a host, and says whether there was one.
    fn remove(&self, host_key: &str) -> Result<bool, StoreError>;
}

/// Why the store did not do it: lower case, no final period, never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The operating system's store of this name.
    Store(&'static str),
    /// The user's configuration file.
    File(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Store(name) => f.write_str(name),
            Place::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A key, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The key.
    pub secret: Secret,
    /// Where it was.
    pub place: Place,
}

/// Why there is no answer to whether there is a key, or why one was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialError {
    /// The process has no home folder.
    NoHome,
    /// The management of this device sets another Host.
    OtherHost {
        /// The one that it sets.
        managed: String,
    },
    /// The configuration file.
    Config(PathBuf, ConfigError),
    /// The operating system's store.
    Store(&'static str, StoreError),
    /// The mark of the enrollment or the lock could not be made.
    State(PathBuf, String),
    /// Another process of ours was at work for too long.
    Busy,
}

impl CredentialError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            CredentialError::NoHome => "set HOME to the home folder of this user".to_owned(),
            CredentialError::OtherHost { managed } => format!("use {managed}, or leave the host out"),
            CredentialError::Config(path, error) => error.hint(path),
            CredentialError::Store(name, _) => format!("unlock the {name}, or log in again, and try again"),
            CredentialError::State(path, _) => {
                format!("give this user the right to write {}", path.display())
            }
            CredentialError::Busy => "try again in a minute".to_owned(),
        }
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CredentialError::NoHome => f.write_str("this user has no home folder"),
            CredentialError::OtherHost { managed } => {
                write!(f, "the organization manages this device, for {managed} only")
            }
            CredentialError::Config(path, error) => write!(f, "{}: {error}", path.display()),
            CredentialError::Store(name, StoreError(reason)) => write!(f, "the {name} failed: {reason}"),
            CredentialError::State(path, reason) => write!(f, "{}: {reason}", path.display()),
            CredentialError::Busy => f.write_str("another enrollment of this user is still under way"),
        }
    }
}

impl std::error::Error for CredentialError {}

/// The key of a host in stores and files: name, and port unless it is the scheme's own.
pub fn host_key(host: &str) -> String {
    host.split_once("://").map_or(host, |(_, rest)| rest).to_lowercase()
}

/// One user's keys.
pub struct Vault {
    home: PathBuf,
    managed_host: Option<String>,
    store: Option<Box<dyn Store>>,
}

impl Vault {
    /// The keys of the calling user.
    pub fn open(process: &Process, settings: &Settings) -> Result<Vault, CredentialError> {
        let home = process.home.clone().ok_or(CredentialError::NoHome)?;
        Ok(Vault::new(home, settings.host().map(str::to_owned), machine::secret_store(process)))
    }

    /// Keys below this home, for this managed host if there is one, in this store if there is one.
    pub fn new(home: PathBuf, managed_host: Option<String>, store: Option<Box<dyn Store>>) -> Vault {
        Vault { home, managed_host, store }
    }

    /// The user's folder of state.
    pub fn folder(&self) -> PathBuf {
        self.home.join(USER_STATE_DIR)
    }

    /// The user's home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The host that the user's configuration names as the usual one.
    pub fn default_host(&self) -> Result<Option<String>, CredentialError> {
        let told = config::read(&self.home).map_err(|error| self.config_error(error))?;
        let Some(text) = told else { return Ok(None) };
        let host = config::default_host(&text).map_err(|error| self.config_error(error))?;
        Ok(host.and_then(|host| settings::host(&host).ok()))
    }

    /// The key that this host issued, if there is one.
    pub fn read(&self, host: &str) -> Result<Option<Credential>, CredentialError> {
        self.check_host(host)?;
        let text = config::read(&self.home).map_err(|error| self.config_error(error))?;
        let Some(text) = text else { return Ok(None) };
        let entry = config::entry(&text, host).map_err(|error| self.config_error(error))?;
        let Some(entry) = entry else { return Ok(None) };
        let in_file = entry.secret.map(|secret| Credential { secret, place: self.file() });
        // The Secret Service is asked by another process, which takes longer than a hook may; and there the file
        // holds a key only if that service did not take it.
        if cfg!(target_os = "linux") && in_file.is_some() {
            return Ok(in_file);
        }
        match &self.store {
            None => Ok(in_file),
            Some(store) => match store.read(&host_key(host)) {
                Ok(Some(secret)) => Ok(Some(Credential { secret, place: Place::Store(store.name()) })),
                Ok(None) => Ok(in_file),
                Err(_) if in_file.is_some() => Ok(in_file),
                Err(error) => Err(CredentialError::Store(store.name(), error)),
            },
        }
    }

    /// The organization's key of a label, for this host.
    pub fn org_api_key(&self, host: &str, label: &str) -> Result<Option<Secret>, CredentialError> {
        self.check_host(host)?;
        let text = config::read(&self.home).map_err(|error| self.config_error(error))?;
        let Some(text) = text else { return Ok(None) };
        config::org_api_key(&text, host, label).map_err(|error| self.config_error(error))
    }

    /// Keeps the key that a host issued, in place of an earlier one. The caller holds the [`lock`].
    ///
    /// A store that fails is told, and the key goes into the file. Gives the place, and what to warn of.
    pub fn write(&self, host: &str, secret: &Secret) -> Result<(Place, Option<String>), CredentialError> {
        self.check_host(host)?;
        let key = host_key(host);
        let (mut place, mut warning) = (self.file(), None);
        if let Some(store) = &self.store {
            match store.write(&key, secret) {
                Ok(()) => place = Place::Store(store.name()),
                Err(StoreError(reason)) => {
                    // An earlier key must not outlive the one that replaces it.
                    let _ = store.remove(&key);
                    warning = Some(format!("the {} failed: {reason}", store.name()));
                }
            }
        }
        let in_file = matches!(place, Place::File(_)).then_some(secret);
        config::edit(&self.home, |text| config::with_entry(text, host, in_file))
            .map_err(|error| self.config_error(error))?;
        Ok((place, warning))
    }

    /// Names the usual host. The caller holds the [`lock`].
    pub fn set_default_host(&self, host: &str) -> Result<(), CredentialError> {
        config::edit(&self.home, |text| config::with_default_host(text, host))
            .map_err(|error| self.config_error(error))
    }

    /// What this user chose for hooks, where no organization manages the device.
    pub fn choices(&self) -> Result<Choices, CredentialError> {
        let text = config::read(&self.home).map_err(|error| self.config_error(error))?;
        let choices = text.map_or(Ok(Choices::default()), |text| Choices::of(&text));
        choices.map_err(|error| self.config_error(error))
    }

    /// Keeps what this user chose for hooks. The caller holds the [`lock`].
    pub fn set_choices(&self, choices: Choices) -> Result<(), CredentialError> {
        config::edit(&self.home, |text| choices.into(text)).map_err(|error| self.config_error(error))
    }

    /// Whether this user is, or was, logged in to a host.
    pub fn knows(&self, host: &str) -> Result<bool, CredentialError> {
        let text = config::read(&self.home).map_err(|error| self.config_error(error))?;
        let Some(text) = text else { return Ok(false) };
        Ok(config::entry(&text, host).map_err(|error| self.config_error(error))?.is_some())
    }

    /// Forgets the key of a host, and says where one was. The caller holds the [`lock`].
    pub fn remove(&self, host: &str) -> Result<Vec<Place>, CredentialError> {
        let mut places = Vec::new();
        if let Some(store) = &self.store {
            let removed = store.remove(&host_key(host));
            if removed.map_err(|error| CredentialError::Store(store.name(), error))? {
                places.push(Place::Store(store.name()));
            }
        }
        let mut had = false;
        config::edit(&self.home, |text| {
            let (text, removed) = config::without_entry(text, host)?;
            had = removed;
            Ok(text)
        })
        .map_err(|error| self.config_error(error))?;
        if had {
            places.push(self.file());
        }
        Ok(places)
    }

    /// Under management the key is for the managed Host alone, whatever else names a host.
    fn check_host(&self, host: &str) -> Result<(), CredentialError> {
        match &self.managed_host {
            Some(managed) if managed != host => Err(CredentialError::OtherHost { managed: managed.clone() }),
            _ => Ok(()),
        }
    }

    fn file(&self) -> Place {
        Place::File(config::path(&self.home))
    }

    fn config_error(&self, error: ConfigError) -> CredentialError {
        CredentialError::Config(config::path(&self.home), error)
    }
}

#[cfg(test)]
mod tests;
