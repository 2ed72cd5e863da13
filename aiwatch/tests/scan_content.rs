//! Which skills and plugins a home has: one folder a case, its name a sentence.
//!
//! `home/` is the user's home; `dot-git` in it is `.git`. `links.json` has links to make in it, each with where it
//! leads, and `variables.json` the user's variables. `expect.json` is what is found: skills or plugins with the
//! configurations of their servers, and the files with problems. `$HOME` stands for the home, in the texts of files,
//! too, `$WRITTEN` for the time at which a file was written, and `$HASH` for one that depends on the home.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aiwatch::clients::Os;
use aiwatch::machine::reader::Reader;
use aiwatch::scan::place::Place;
use aiwatch::scan::{plugins, skills};
use serde_json::{Value, json};

/// The variables that a case may set.
const VARIABLES: [&str; 3] = ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "COPILOT_HOME"];

/// Copies a folder, with the home filled in.
fn copy(from: &Path, to: &Path, home: &str) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let name = entry.file_name().expect("a name");
        // Git keeps no files of its own name.
        let name = if name == "dot-git" { ".git".as_ref() } else { name };
        match fs::read_to_string(&entry) {
            _ if entry.is_dir() => copy(&entry, &to.join(name), home),
            Ok(text) => fs::write(to.join(name), text.replace("$HOME", home)).expect("a file"),
            Err(_) => drop(fs::copy(&entry, to.join(name)).expect("a file")),
        }
    }
}

fn json_file(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The files of a name that is wanted, below a folder and not through links.
fn met(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one")).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().expect("a kind");
        let above = folder.file_name().expect("a name");
        if kind.is_dir() {
            met(&entry.path(), found);
        } else if kind.is_file() && skills::is_wanted(above, &entry.file_name()) {
            found.push(entry.path());
        }
    }
}

/// A case's home and the place of its user.
fn place(case: &Path, home: &Path) -> Place {
    let text = home.to_str().expect("a text");
    copy(&case.join("home"), home, text);
    for (link, target) in
        json_file(&case.join("links.json")).iter().flat_map(|links| links.as_object().unwrap())
    {
        let link = home.join(link);
        fs::create_dir_all(link.parent().expect("a folder")).expect("made");
        let target = target.as_str().expect("a text").replace("$HOME", text);
        #[cfg(unix)]
        std::os::unix::fs::symlink(target, link).expect("a link");
        #[cfg(not(unix))]
        panic!("no link {} to {target}", link.display());
    }
    let set = json_file(&case.join("variables.json")).unwrap_or_default();
    let variable =
        |name: &'static str| Some((name, PathBuf::from(set[name].as_str()?.replace("$HOME", text))));
    let variables: BTreeMap<_, _> = VARIABLES.into_iter().filter_map(variable).collect();
    Place { variables, ..Place::of_home(Os::Linux, home) }
}

/// The same for every home and time.
fn plain(value: &Value, home: &Path) -> Value {
    let text = value.to_string().replace(home.to_str().expect("a text"), "$HOME");
    let mut value: Value = serde_json::from_str(&text).expect("still JSON");
    for configuration in value.get_mut("configurations").and_then(Value::as_array_mut).into_iter().flatten() {
        let path =
            configuration["config_path"].as_str().expect("a path").replace("$HOME", &home.to_string_lossy());
        let written = fs::metadata(path).expect("a file").modified().expect("a time");
        let seconds = written.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        if configuration["config_modified_at"] == aiwatch::calendar::timestamp(seconds) {
            configuration["config_modified_at"] = json!("$WRITTEN");
        }
        for server in configuration["servers"].as_array_mut().expect("servers") {
            if server.to_string().contains("$HOME") {
                server["config_hash"] = json!("$HASH");
            }
        }
    }
    value
}

/// Runs all cases of a kind.
fn cases(kind: &str, find: impl Fn(&Place, &mut Reader) -> Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scan").join(kind);
    let mut cases: Vec<_> =
        fs::read_dir(folder).expect("cases").map(|case| case.expect("one").path()).collect();
    cases.sort();
    let mut wrong = Vec::new();
    for case in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().canonicalize().expect("a path").join("home");
        let mut reader = Reader::default();
        let mut found = find(&place(&case, &home), &mut reader);
        let problem = |(path, reason): &(PathBuf, String)| json!([path, reason]);
        found["problems"] = reader.unusable.iter().map(problem).collect();
        let found = plain(&found, &home);
        if json_file(&case.join("expect.json")).as_ref() != Some(&found) {
            println!("{} found:\n{found:#}", case.display());
            wrong.push(case);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn skills_are_found() {
    cases("skills", |place, reader| {
        let mut found = Vec::new();
        met(&place.home, &mut found);
        json!({ "skills": skills::skills(place, &found, reader) })
    });
}

#[test]
fn plugins_are_found() {
    cases("plugins", |place, reader| {
        let (plugins, configurations) = plugins::plugins(place, reader);
        json!({ "plugins": plugins, "configurations": configurations })
    });
}

/// A home with one plugin of Claude Code's, whose manifest has secrets in every place that can hold them.
#[test]
fn no_secret_of_a_plugin_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().canonicalize().expect("a path");
    // Made up, and so plain that only its place tells that it is one.
    let secrets = ["orange42", "violet \"43\" ü", "yellow44", "crimson45", "indigo46", "olive47"];
    let [argument, variable, header, password, query, other] = secrets;
    let server = json!({ "mcpServers": {
        "run": {
            "command": "npx",
            "args": ["-y", "x", "--api-key", argument, "--verbose"],
            "env": { "SERVICE_PASSWORD": variable, "FLAVOUR": other },
        },
        "call": {
            "url": format!("https://user:{password}@mcp.example/?token={query}"),
            "headers": { "X-Api-Key": header },
        },
    } });
    let write = |name: &str, text: &str| {
        let path = home.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    let root = home.join("plugin");
    let registry = json!({ "version": 2, "plugins": { "p@m": [{ "installPath": root, "scope": "user" }] } });
    write(".claude/plugins/installed_plugins.json", &registry.to_string());
    write("plugin/.claude-plugin/plugin.json", &format!("{server:#}"));
    write("plugin/.mcp.json", &server.to_string());
    write(".config/Claude/claude_desktop_config.json", &server.to_string());
    write(".gemini/extensions/e/gemini-extension.json", &server.to_string());
    let place = Place::of_home(Os::Linux, &home);
    let mut reader = Reader::default();
    let (plugins, configurations) = plugins::plugins(&place, &mut reader);
    assert_eq!((plugins.len(), configurations.len()), (4, 3));
    assert!(plugins.iter().all(|plugin| !plugin.files.is_empty() && plugin.has_mcp_servers));
    let report = json!([plugins, configurations, format!("{:?}", reader.unusable)]).to_string();
    assert!(report.contains("--verbose") && report.contains("mcp.example"), "{report}");
    for secret in secrets.map(|secret| secret.trim_end_matches(" \"43\" ü")) {
        assert!(!report.contains(secret), "{secret} is in {report}");
    }
}

/// A folder that does its worst, as a skill of the user's and as one of a project.
#[cfg(unix)]
#[test]
fn a_hostile_folder_is_a_skill_like_others() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().canonicalize().expect("a path");
    let skill = home.join(".claude/skills/bad");
    fs::create_dir_all(skill.join("many")).expect("made");
    fs::write(skill.join("SKILL.md"), "---\nname: bad\n---\n").expect("written");
    fs::write(home.join("outside.md"), "outside").expect("written");
    nix::unistd::mkfifo(&skill.join("pipe.md"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    let _socket = std::os::unix::net::UnixListener::bind(skill.join("socket.md")).expect("a socket");
    for (target, link) in
        [("../..", "up"), (".", "loop"), ("/dev/zero", "zero.md"), ("../../../outside.md", "out.md")]
    {
        symlink(target, skill.join(link)).expect("a link");
    }
    for number in 0..3_000 {
        fs::write(skill.join(format!("many/{number:04}.md")), "x").expect("written");
    }
    fs::write(skill.join(std::ffi::OsStr::from_bytes(b"\xff.md")), "odd").expect("written");
    let sparse = home.join("proj/skills/sparse");
    fs::create_dir_all(&sparse).expect("made");
    fs::File::create(sparse.join("SKILL.md")).expect("made").set_len(2 << 30).expect("sparse");
    for pipe in [".claude/skills/pipe", ".codex/skills/pipe"] {
        fs::create_dir_all(home.join(pipe)).expect("made");
        nix::unistd::mkfifo(&home.join(pipe).join("SKILL.md"), nix::sys::stat::Mode::S_IRWXU)
            .expect("a pipe");
    }
    let place = Place::of_home(Os::Linux, &home);
    let mut found = Vec::new();
    met(&home, &mut found);
    let skills = skills::skills(&place, &found, &mut Reader::default());
    let shown: Vec<_> =
        skills.iter().map(|skill| (skill.name.as_str(), skill.file_count, skill.oversized)).collect();
    assert_eq!(shown, [("bad", 3_002, false), ("sparse", 0, true)]);
    let links = ["out.md", "up", "zero.md"].map(|name| skill.join(name).to_string_lossy().into_owned());
    assert_eq!(skills[0].symlinks_found, links);
    assert!(skills[0].files.iter().any(|file| file.title == "\u{fffd}.md"));
    assert_eq!((skills[1].identifier.as_ref(), skills[1].files.len()), (None, 0));
}
