//! Where one user's clients keep their files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::clients::Os;
use crate::process::{Process, variable};

/// Editors of VS Code's kind, by the folders of their settings.
const EDITORS: [&str; 5] = ["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"];

/// One home, and what decides where clients look in it. A value and not a `cfg`, so that every system's places are
/// tested on every system.
#[derive(Clone, Debug)]
pub struct Place {
    /// The system whose conventions hold in it: Linux for a home of WSL, wherever it is read from.
    pub os: Os,
    /// What machine-wide files are below: `/`, `C:\`, or the root of a distribution of WSL. Tests put a folder here.
    pub root: PathBuf,
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
    /// The place of the user who runs us; `None` where the process has no home.
    pub fn of_process(process: &Process, os: Os) -> Option<Place> {
        let mut place = Place::of_home(os, process.home.as_deref()?);
        let folders = variable::CLIENT_FOLDERS.into_iter().filter_map(|name| {
            let folder = PathBuf::from(process.variables.get(name)?);
            folder.is_absolute().then_some((name, folder))
        });
        place.variables = folders.collect();
        if os == Os::Windows {
            place.app_data = place.variables.get(variable::APP_DATA).cloned().or(place.app_data);
            place.local_app_data = process.local_app_data.clone().or(place.local_app_data);
        }
        Some(place)
    }

    /// The place of another user: everything is where it usually is.
    pub fn of_home(os: Os, home: &Path) -> Place {
        let app_data = (os == Os::Windows).then(|| home.join("AppData"));
        let root = match os {
            // Clients spell this drive out.
            Os::Windows => Path::new("C:\\"),
            Os::MacOs | Os::Linux => home.ancestors().last().unwrap_or(home),
        };
        Place {
            os,
            root: root.to_owned(),
            home: home.to_owned(),
            app_data: app_data.as_ref().map(|folder| folder.join("Roaming")),
            local_app_data: app_data.map(|folder| folder.join("Local")),
            variables: BTreeMap::new(),
        }
    }

    /// The folders that a name of a table's templates stands for; none where the system has no such folder. A variable
    /// can be set for us and not for the client, so the usual folder counts beside it.
    pub(super) fn folders(&self, name: &str) -> Vec<PathBuf> {
        let home =
            |folder: &str| vec![folder.split('/').fold(self.home.clone(), |path, part| path.join(part))];
        let local = || self.local_app_data.clone();
        let (variable, usual) = match name {
            "~" => ("", vec![self.home.clone()]),
            "{root}" => ("", vec![self.root.clone()]),
            "{config}" => (variable::XDG_CONFIG_HOME, home(".config")),
            "{data}" => (variable::XDG_DATA_HOME, home(".local/share")),
            "{state}" => (variable::XDG_STATE_HOME, home(".local/state")),
            "{app_data}" => match self.os {
                Os::Linux => return self.folders("{config}"),
                Os::MacOs => ("", home("Library/Application Support")),
                Os::Windows => ("", self.app_data.iter().cloned().collect()),
            },
            "{editors}" => {
                let folders = self.folders("{app_data}").into_iter();
                ("", folders.flat_map(|folder| EDITORS.map(|editor| folder.join(editor))).collect())
            }
            "{local_app_data}" => ("", local().into_iter().collect()),
            "{claude_config_dir}" => (variable::CLAUDE_CONFIG_DIR, vec![self.home.clone()]),
            "{codex_home}" => (variable::CODEX_HOME, home(".codex")),
            "{cline_dir}" => (variable::CLINE_DIR, home(".cline")),
            "{copilot_home}" => (variable::COPILOT_HOME, home(".copilot")),
            "{hermes_home}" => {
                let local = local().map(|folder| folder.join("hermes"));
                (variable::HERMES_HOME, local.into_iter().chain(home(".hermes")).collect())
            }
            "{hermes_managed_dir}" => {
                let usual = (self.os != Os::Windows).then(|| self.root.join("etc").join("hermes"));
                (variable::HERMES_MANAGED_DIR, usual.into_iter().collect())
            }
            _ => ("", Vec::new()),
        };
        let mut folders: Vec<PathBuf> = self.variables.get(variable).cloned().into_iter().collect();
        for folder in usual {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_count_beside_the_usual_folders_and_only_if_they_are_absolute() {
        let variables = [
            (variable::CODEX_HOME, "/people/dev/elsewhere".into()),
            (variable::COPILOT_HOME, "relative".into()),
            (variable::APP_DATA, "/people/dev/roaming".into()),
        ];
        let home = PathBuf::from("/people/dev");
        let process = Process { home: Some(home.clone()), variables: variables.into(), ..Process::default() };
        let place = Place::of_process(&process, Os::Linux).unwrap();
        assert_eq!(place.folders("{codex_home}"), [home.join("elsewhere"), home.join(".codex")]);
        assert_eq!(place.folders("{copilot_home}"), [home.join(".copilot")]);
        assert_eq!(place.folders("{app_data}"), [home.join(".config")]);
        assert_eq!(place.folders("{hermes_managed_dir}"), [PathBuf::from("/etc/hermes")]);
        assert!(place.folders("{local_app_data}").is_empty());
        let windows = Place::of_process(&process, Os::Windows).unwrap();
        assert_eq!(windows.folders("{app_data}"), [home.join("roaming")]);
        assert_eq!(windows.folders("{local_app_data}"), [home.join("AppData/Local")]);
        assert_eq!(
            windows.folders("{hermes_home}"),
            [home.join("AppData/Local/hermes"), home.join(".hermes")]
        );
        assert!(windows.folders("{hermes_managed_dir}").is_empty());
        assert!(Place::of_process(&Process::default(), Os::Linux).is_none());
    }

    #[test]
    fn another_home_has_the_usual_folders() {
        let place = Place::of_home(Os::MacOs, Path::new("/people/dev"));
        assert_eq!(place.folders("{app_data}"), [PathBuf::from("/people/dev/Library/Application Support")]);
        assert_eq!(place.folders("{root}"), [PathBuf::from("/")]);
        assert!(place.folders("{unknown}").is_empty());
    }
}
