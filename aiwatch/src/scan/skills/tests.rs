use super::*;
use crate::clients::Os;

#[test]
fn a_project_is_what_a_folder_of_skills_is_in() {
    let home = Path::new("/people/dev");
    for (folder, expected) in [
        ("p/.claude/skills/s", "/people/dev/p"),
        ("p/skills/s", "/people/dev/p"),
        ("p/skills/kind/s", "/people/dev/p"),
        (".gemini/skills/s", "/people/dev"),
        (".gemini/antigravity/skills/s", "/people/dev/.gemini/antigravity"),
        ("p/a/s", "/people/dev/p/a"),
        ("s", "/people/dev"),
        ("", "/people/dev"),
        ("skills", "/people/dev"),
    ] {
        assert_eq!(project(&below(home, folder), home), expected, "{folder}");
    }
}

#[test]
fn the_file_may_be_written_in_any_case() {
    for (name, wanted) in [("SKILL.md", true), ("skill.md", true), ("Skill.MD", true), ("SKILL.mdx", false)] {
        assert_eq!(is_wanted(OsStr::new("any"), OsStr::new(name)), wanted, "{name}");
    }
}

#[test]
fn a_home_that_is_a_skill_gives_no_other_file_away() {
    let home = tempfile::tempdir().unwrap();
    for name in ["SKILL.md", "diary.md"] {
        std::fs::write(home.path().join(name), "text").unwrap();
    }
    let place = Place {
        root: "/".into(),
        os: Os::Linux,
        home: home.path().to_owned(),
        app_data: None,
        local_app_data: None,
        variables: BTreeMap::new(),
    };
    let skills = skills(&place, &[home.path().join("SKILL.md")], &mut Reader::default());
    let titles: Vec<_> = skills.iter().flat_map(|skill| &skill.files).map(|file| &file.title).collect();
    assert_eq!(titles, ["SKILL.md"]);
}

#[cfg(unix)]
#[test]
fn for_another_user_no_skill_is_read_that_is_out_of_the_home() {
    let folder = tempfile::tempdir().unwrap();
    let (home, outside) = (folder.path().join("home"), folder.path().join("outside"));
    std::fs::create_dir_all(home.join(".claude/skills")).unwrap();
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("SKILL.md"), "text").unwrap();
    std::os::unix::fs::symlink(&outside, home.join(".claude/skills/out")).unwrap();
    let place = Place::of_home(Os::Linux, &home);
    let mut within = Reader::within(&home);
    assert!(skills(&place, &[], &mut within).is_empty());
    assert_eq!(within.unusable.len(), 1);
    assert_eq!(skills(&place, &[], &mut Reader::here_only()).len(), 1);
}
