//! The device as commands see it: who runs us, who sits at the screen, where things are. Gathered once by `machine`.

use std::path::{Path, PathBuf};

use crate::apply::{Account, Target};
use crate::clients::{ConfigFile, Os, Owner, Places, Reach};
use crate::machine::accounts::Elevation;
use crate::process::{Process, variable};

/// Whose files a command means.
#[derive(Clone, Debug)]
pub struct Device {
    /// The system.
    pub os: Os,
    /// `/`, or `C:\`; tests put a folder here.
    pub root: PathBuf,
    /// With which rights we run.
    pub elevation: Elevation,
    /// Who runs us.
    pub me: Account,
    /// Who sits at the screen, by the system's records.
    pub console: Option<Account>,
    /// Everyone who may have files of clients. Filled for commands that mean all users.
    pub users: Vec<Account>,
}

impl Device {
    /// Whether we run as the operating system itself, and so cannot reach any user's own store.
    ///
    /// Root on Linux may well be a user's own account, as in containers: only sudo tells.
    pub fn is_system(&self, process: &Process) -> bool {
        match self.elevation {
            Elevation::System => true,
            Elevation::Root => self.os != Os::Linux || process.variable(variable::SUDO_USER).is_some(),
            Elevation::Administrator | Elevation::User => false,
        }
    }

    /// Whether machine-wide files can be written.
    pub fn is_elevated(&self) -> bool {
        self.elevation != Elevation::User
    }

    /// Whether an account is the one that runs us.
    pub fn is_me(&self, account: &Account) -> bool {
        match (&account.sid, &self.me.sid) {
            (Some(theirs), Some(mine)) => theirs == mine,
            _ => account.uid == self.me.uid && account.name == self.me.name,
        }
    }

    /// Where things are for a user, or for the machine alone.
    pub fn places(&self, account: Option<&Account>, reach: Reach, process: &Process) -> Places {
        let own = account.is_some_and(|account| self.is_me(account));
        // The caller's clients follow their environment; another user's home is what the records say.
        let folder = |name| {
            let wanted = own && reach == Reach::User;
            process.variables.get(name).filter(|_| wanted).map(PathBuf::from)
        };
        let home = match (account, &process.home) {
            (Some(_), Some(home)) if own => Some(home.clone()),
            (account, _) => account.map(|account| account.home.clone()),
        };
        let local_app_data = (self.os == Os::Windows).then(|| {
            let usual = home.as_ref().map(|home| home.join("AppData").join("Local"));
            process.local_app_data.clone().filter(|_| own).or(usual)
        });
        Places {
            os: self.os,
            root: self.root.clone(),
            home,
            local_app_data: local_app_data.flatten(),
            claude_config_dir: folder(variable::CLAUDE_CONFIG_DIR),
            codex_home: folder(variable::CODEX_HOME),
            hermes_home: folder(variable::HERMES_HOME),
        }
    }

    /// How a client's file is reached: below the home of its user, in that user's name, or below the root.
    pub fn target(&self, file: &ConfigFile, places: &Places, account: Option<&Account>) -> Target {
        self.target_of(&file.path, file.owner, places, account)
    }

    /// The same for a path.
    pub fn target_of(&self, path: &Path, owner: Owner, places: &Places, account: Option<&Account>) -> Target {
        let foreign = account.filter(|account| !self.is_me(account));
        let home = places.home.as_deref().filter(|home| path.starts_with(home));
        match (owner, home) {
            (Owner::User, Some(home)) => {
                Target { anchor: home.to_owned(), file: path.to_owned(), act_as: foreign.cloned() }
            }
            _ => Target { anchor: self.anchor(path), file: path.to_owned(), act_as: None },
        }
    }

    /// The root, or for a folder that a variable names elsewhere, the root of its path.
    fn anchor(&self, path: &Path) -> PathBuf {
        if path.starts_with(&self.root) {
            return self.root.clone();
        }
        path.ancestors().last().map_or_else(|| self.root.clone(), Path::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(uid: u32, home: &str) -> Account {
        Account { uid, gid: uid, name: format!("u{uid}"), sid: None, home: home.into() }
    }

    fn device(os: Os, elevation: Elevation) -> Device {
        Device {
            os,
            root: "/".into(),
            elevation,
            me: account(0, "/var/root"),
            console: Some(account(501, "/Volumes/people/ann")),
            users: Vec::new(),
        }
    }

    fn process() -> Process {
        let variables = [(variable::CODEX_HOME, "/elsewhere/codex".into())];
        Process {
            home: Some("/var/root".into()),
            variables: variables.into_iter().collect(),
            ..Process::default()
        }
    }

    #[test]
    fn another_users_home_is_what_the_records_say_and_their_files_are_theirs() {
        let device = device(Os::MacOs, Elevation::Root);
        let console = device.console.as_ref();
        let places = device.places(console, Reach::Machine, &process());
        assert_eq!(places.home.as_deref(), Some(Path::new("/Volumes/people/ann")));
        assert_eq!((&places.codex_home, &places.local_app_data), (&None, &None));
        let file = ConfigFile {
            role: "config",
            owner: Owner::User,
            path: "/Volumes/people/ann/.hermes/config.yaml".into(),
        };
        let target = device.target(&file, &places, console);
        assert_eq!(target.anchor, Path::new("/Volumes/people/ann"));
        assert_eq!(target.act_as.as_ref(), console);
    }

    #[test]
    fn ones_own_clients_follow_ones_environment() {
        let device = device(Os::Linux, Elevation::User);
        let places = device.places(Some(&device.me), Reach::User, &process());
        assert_eq!(places.codex_home.as_deref(), Some(Path::new("/elsewhere/codex")));
        let machine = device.places(Some(&device.me), Reach::Machine, &process());
        assert_eq!(machine.codex_home, None);
        let path = Path::new("/elsewhere/codex/hooks.json");
        let target = device.target_of(path, Owner::User, &places, Some(&device.me));
        assert_eq!((target.anchor.as_path(), target.act_as), (Path::new("/"), None));
    }

    #[test]
    fn root_is_the_system_but_for_a_login_of_its_own_on_linux() {
        let sudo = Process {
            variables: [(variable::SUDO_USER, "ann".into())].into_iter().collect(),
            ..Process::default()
        };
        for (os, elevation, process, expected) in [
            (Os::MacOs, Elevation::Root, Process::default(), true),
            (Os::Linux, Elevation::Root, Process::default(), false),
            (Os::Linux, Elevation::Root, sudo, true),
            (Os::Windows, Elevation::System, Process::default(), true),
            (Os::Windows, Elevation::Administrator, Process::default(), false),
            (Os::MacOs, Elevation::User, Process::default(), false),
        ] {
            assert_eq!(device(os, elevation).is_system(&process), expected, "{os:?} {elevation:?}");
        }
    }
}
