//! Where one user's clients keep their files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::clients::Os;

/// One home, and what decides where clients look in it. A value and not a `cfg`, so that every system's places are
/// tested on every system.
#[derive(Clone, Debug)]
pub struct Place {
    /// The system whose conventions hold in it: Linux for a home of WSL, wherever it is read from.
    pub os: Os,
    /// The home folder.
    pub home: PathBuf,
    /// `%APPDATA%`, on Windows.
    pub app_data: Option<PathBuf>,
    /// `%LOCALAPPDATA%`, on Windows.
    pub local_app_data: Option<PathBuf>,
    /// Variables of the user by which clients move their files; empty for another user's home.
    pub variables: BTreeMap<&'static str, PathBuf>,
}

impl Place {
    /// x
    pub fn of_process(process: &crate::process::Process, os: Os) -> Place {
        Place {
            os,
            home: process.home.clone().unwrap_or_default(),
            app_data: None,
            local_app_data: None,
            variables: BTreeMap::new(),
        }
    }
    /// x
    pub fn of_home(os: Os, home: &std::path::Path) -> Place {
        Place { os, home: home.to_owned(), app_data: None, local_app_data: None, variables: BTreeMap::new() }
    }
}
