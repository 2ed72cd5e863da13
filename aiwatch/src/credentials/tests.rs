//! Whose key is released to whom, and what is left on disk.

use super::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

const HOST: &str = "https://acme.example";

/// A store that can be made to fail.
#[derive(Clone, Default)]
struct Fake {
    secrets: Rc<RefCell<BTreeMap<String, String>>>,
    broken: bool,
}

impl Store for Fake {
    fn name(&self) -> &'static str {
        "fake store"
    }
    fn read(&self, host_key: &str) -> Result<Option<Secret>, StoreError> {
        if self.broken {
            return Err(StoreError("it is locked".to_owned()));
        }
        Ok(self.secrets.borrow().get(host_key).map(Secret::new))
    }
    fn write(&self, host_key: &str, secret: &Secret) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError("it is locked".to_owned()));
        }
        self.secrets.borrow_mut().insert(host_key.to_owned(), secret.reveal().to_owned());
        Ok(())
    }
    fn remove(&self, host_key: &str) -> Result<bool, StoreError> {
        Ok(self.secrets.borrow_mut().remove(host_key).is_some())
    }
}

struct Home {
    folder: tempfile::TempDir,
    store: Fake,
}

impl Home {
    fn new() -> Home {
        Home { folder: tempfile::tempdir().unwrap(), store: Fake::default() }
    }
    fn path(&self) -> &Path {
        self.folder.path()
    }
    fn vault(&self, managed: Option<&str>, store: bool) -> Vault {
        let store = store.then(|| Box::new(self.store.clone()) as Box<dyn Store>);
        Vault::new(self.path().to_owned(), managed.map(str::to_owned), store)
    }
    fn config(&self) -> String {
        std::fs::read_to_string(config::path(self.path())).unwrap_or_default()
    }
    fn put(&self, text: &str, mode: u32) {
        config::make_folder(&self.path().join(USER_STATE_DIR)).unwrap();
        std::fs::write(config::path(self.path()), text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(
            config::path(self.path()),
            std::os::unix::fs::PermissionsExt::from_mode(mode),
        )
        .unwrap();
        let _ = mode;
    }
}

fn found(vault: &Vault, host: &str) -> Option<String> {
    vault.read(host).unwrap().map(|credential| credential.secret.reveal().to_owned())
}

#[test]
fn without_a_store_the_key_is_in_a_file_of_the_users_alone() {
    let home = Home::new();
    let vault = home.vault(None, false);
    assert_eq!(found(&vault, HOST), None);
    let (place, warning) = vault.write(HOST, &Secret::new("rl_user_1")).unwrap();
    assert_eq!((place, warning), (Place::File(config::path(home.path())), None));
    assert_eq!(found(&vault, HOST).as_deref(), Some("rl_user_1"));
    assert_eq!(vault.default_host().unwrap().as_deref(), Some(HOST));
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mode = |path: &Path| path.metadata().unwrap().mode() & 0o7777;
        assert_eq!(mode(&config::path(home.path())), 0o600);
        assert_eq!(mode(&vault.folder()), 0o700);
    }
    assert_eq!(std::fs::read_dir(vault.folder()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_store_takes_the_key_out_of_the_file() {
    let home = Home::new();
    home.vault(None, false).write(HOST, &Secret::new("rl_user_1")).unwrap();
    let vault = home.vault(None, true);
    let (place, _) = vault.write(HOST, &Secret::new("rl_user_2")).unwrap();
    assert_eq!(place, Place::Store("fake store"));
    assert!(!home.config().contains("rl_user"), "{}", home.config());
    assert_eq!(found(&vault, HOST).as_deref(), Some("rl_user_2"));
}

#[test]
fn a_store_that_fails_leaves_the_key_to_the_file_and_no_old_one_behind() {
    let mut home = Home::new();
    home.vault(None, true).write(HOST, &Secret::new("rl_user_1")).unwrap();
    home.store.broken = true;
    let vault = home.vault(None, true);
    let (place, warning) = vault.write(HOST, &Secret::new("rl_user_2")).unwrap();
    assert!(matches!(place, Place::File(_)));
    assert_eq!(warning.as_deref(), Some("the fake store failed: it is locked"));
    assert_eq!(found(&vault, HOST).as_deref(), Some("rl_user_2"));
    assert!(home.store.secrets.borrow().is_empty());
}

#[test]
fn a_key_is_released_only_to_the_host_that_issued_it() {
    let home = Home::new();
    let local = "http://localhost:8080";
    let vault = home.vault(None, true);
    vault.write(local, &Secret::new("rl_user_1")).unwrap();
    assert_eq!(found(&vault, local).as_deref(), Some("rl_user_1"));
    for other in ["https://localhost:8080", "http://localhost:8081", "http://localhost", HOST] {
        assert_eq!(found(&vault, other), None, "{other}");
    }
    // A secret in the store without an entry that says who issued it.
    home.store.write(&host_key(HOST), &Secret::new("rl_user_2")).unwrap();
    assert_eq!(found(&vault, HOST), None);
}

#[test]
fn under_management_no_other_host_gets_a_key() {
    let home = Home::new();
    home.vault(None, false).write("https://old.example", &Secret::new("rl_user_1")).unwrap();
    let vault = home.vault(Some(HOST), false);
    let refused = CredentialError::OtherHost { managed: HOST.to_owned() };
    assert_eq!(vault.read("https://old.example"), Err(refused.clone()));
    assert_eq!(vault.write("https://old.example", &Secret::new("x")), Err(refused));
    vault.write(HOST, &Secret::new("rl_user_2")).unwrap();
    assert_eq!(found(&vault, HOST).as_deref(), Some("rl_user_2"));
}

#[test]
fn removing_a_key_keeps_what_is_not_ours() {
    let home = Home::new();
    home.put(
        "default_host: https://acme.example\nhosts:\n  acme.example:\n    url: https://acme.example\n    \
         secret: rl_user_1\n    org_api_keys:\n      team: rl_org_1\n  other.example:\n    url: https://other.example\n    \
         secret: rl_user_2\nmore: kept\n",
        0o600,
    );
    let vault = home.vault(None, false);
    assert_eq!(vault.remove(HOST).unwrap(), [Place::File(config::path(home.path()))]);
    let text = home.config();
    assert!(!text.contains("rl_user_1"), "{text}");
    for kept in ["team: rl_org_1", "secret: rl_user_2", "more: kept"] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    assert_eq!(vault.remove(HOST).unwrap(), []);
    assert_eq!(found(&vault, "https://other.example").as_deref(), Some("rl_user_2"));
    vault.remove("https://other.example").unwrap();
    assert!(!home.config().contains("other.example:"), "{}", home.config());
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_not_used_and_a_new_key_mends_it() {
    use std::os::unix::fs::MetadataExt;
    let home = Home::new();
    let text = "hosts:\n  acme.example:\n    url: https://acme.example\n    secret: rl_user_1\n";
    for mode in [0o644, 0o640, 0o604] {
        home.put(text, mode);
        let error = home.vault(None, false).read(HOST).unwrap_err();
        assert!(matches!(error, CredentialError::Config(_, ConfigError::Exposed)), "{mode:o}: {error:?}");
        assert!(error.hint().contains("chmod 600"), "{}", error.hint());
    }
    let vault = home.vault(None, false);
    vault.write(HOST, &Secret::new("rl_user_2")).unwrap();
    assert_eq!(found(&vault, HOST).as_deref(), Some("rl_user_2"));
    assert_eq!(config::path(home.path()).metadata().unwrap().mode() & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_not_ours_is_neither_used_nor_changed() {
    let text = "hosts:\n  acme.example:\n    url: https://acme.example\n    secret: rl_user_1\n";
    let spoils: [&dyn Fn(&Path); 4] = [
        &|path| std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o622)).unwrap(),
        &|path| {
            let aside = path.with_extension("aside");
            std::fs::rename(path, &aside).unwrap();
            std::os::unix::fs::symlink(aside, path).unwrap();
        },
        &|path| {
            std::fs::remove_file(path).unwrap();
            nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        },
        &|path| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        },
    ];
    for (i, spoil) in spoils.iter().enumerate() {
        let home = Home::new();
        home.put(text, 0o600);
        spoil(&config::path(home.path()));
        let vault = home.vault(None, false);
        for error in
            [vault.read(HOST).unwrap_err(), vault.write(HOST, &Secret::new("rl_user_2")).unwrap_err()]
        {
            assert!(matches!(error, CredentialError::Config(_, ConfigError::NotOurs(_))), "{i}: {error:?}");
        }
    }
}

#[test]
fn a_mark_is_an_empty_file_that_follows_no_link() {
    let home = Home::new();
    let host = "http://127.0.0.1:8899";
    assert!(!marked(home.path(), host));
    mark(home.path(), host).unwrap();
    mark(home.path(), host).unwrap();
    assert!(marked(home.path(), host) && !marked(home.path(), HOST));
    let name = if cfg!(windows) { ".enrolled-127.0.0.1_8899" } else { ".enrolled-127.0.0.1:8899" };
    let path = home.path().join(USER_STATE_DIR).join(name);
    assert_eq!(path.metadata().unwrap().len(), 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o644);
    }
    unmark(home.path(), host).unwrap();
    assert!(!marked(home.path(), host));
    std::fs::write(home.path().join(USER_STATE_DIR).join(".enrolled-127.0.0.1_8899"), "").unwrap();
    assert!(marked(home.path(), host), "as Windows has to spell it");
    unmark(home.path(), host).unwrap();
    #[cfg(unix)]
    {
        let target = home.path().join("target");
        std::fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, &path).unwrap();
        assert!(!marked(home.path(), host));
        assert!(mark(home.path(), host).is_err(), "a link in the mark's place is not written through");
    }
}

#[test]
fn one_lock_at_a_time() {
    let home = Home::new();
    let now = std::time::Instant::now();
    let held = lock(home.path(), now).unwrap();
    assert!(matches!(lock(home.path(), now), Err(CredentialError::Busy)));
    drop(held);
    lock(home.path(), now).unwrap();
}

#[test]
fn a_host_key_has_the_port_that_is_not_the_schemes_own() {
    for (host, key) in [
        ("https://app.example.com", "app.example.com"),
        ("http://127.0.0.1:8899", "127.0.0.1:8899"),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ] {
        assert_eq!(host_key(host), key);
    }
}
