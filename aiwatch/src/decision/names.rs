//! Which configured server a tool's name may mean.
//!
//! Clients write a server's name into the names of its tools and replace characters on the way, so a tool's name does
//! not tell where the server's ends. It is therefore never taken apart: each configured name is brought into the form
//! that the client gives it, and all that fit may be meant.
//!
//! Source of the forms: the clients' code, measured on Claude Code 2.1.330, Codex 0.169.0 and Hermes 0.19.0; Cursor's
//! as shipped in @cursor/sdk 1.0.32.

use super::event::Host;

/// Whether a tool of this full name may belong to the server that is configured by this name. A server of a plugin of
/// Claude Code's has the name `plugin:<plugin>:<server>`. For Cursor, whose tools do not name their server, the name
/// is the one that Cursor shows: see [`is_display_name`].
pub fn fits(host: Host, configured: &str, tool_name: &str) -> bool {
    if configured.is_empty() {
        return false;
    }
    let name = sanitised(host, configured);
    match host {
        Host::Cursor => is_display_name(configured, tool_name),
        Host::ClaudeCode => follows(tool_name, "mcp__", &name, "__", false),
        Host::Codex => follows(tool_name, "mcp__", &name, "__", true),
        // Releases before 0.19 have one underscore where later ones have two.
        Host::Hermes => {
            follows(tool_name, "mcp__", &name, "__", false) || follows(tool_name, "mcp_", &name, "_", false)
        }
    }
}

/// Whether a call that names its server in words means the server that is configured by this name: as it is, or as
/// tools have it.
pub fn is_named(host: Host, configured: &str, server: &str) -> bool {
    if configured.is_empty() {
        return false;
    }
    let (ours, theirs) = (sanitised(host, configured), sanitised(host, server));
    match host {
        Host::Cursor => is_display_name(configured, server),
        Host::Codex => ours.eq_ignore_ascii_case(&theirs),
        Host::ClaudeCode | Host::Hermes => ours == theirs,
    }
}

/// A configured name as the client writes it into the names of tools.
pub fn sanitised(host: Host, configured: &str) -> String {
    let mut name = String::with_capacity(configured.len());
    for c in configured.chars() {
        match c {
            _ if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
            '-' if host == Host::ClaudeCode => name.push(c),
            // JavaScript replaces halves of a character that has two.
            _ if host == Host::ClaudeCode => name.extend(std::iter::repeat_n('_', c.len_utf16())),
            _ => name.push('_'),
        }
    }
    name
}

fn follows(tool: &str, prefix: &str, name: &str, end: &str, any_case: bool) -> bool {
    let Some((found, rest)) = tool.strip_prefix(prefix).and_then(|rest| rest.split_at_checked(name.len()))
    else {
        return false;
    };
    let same = if any_case { found.eq_ignore_ascii_case(name) } else { found == name };
    same && rest.starts_with(end)
}

/// Whether a name that Cursor shows may mean the server that is configured by this one. It shows `user-<server>`,
/// `project-<i>-<folder>-<server>`, `plugin-<plugin>-<server>` or the bare name, and older builds a version of it for
/// people, with other case and punctuation. Folders and plugins can have hyphens, so any end behind one counts.
pub fn is_display_name(configured: &str, shown: &str) -> bool {
    let plain = letters(configured);
    let same = |tail: &str| tail == configured || (!plain.is_empty() && letters(tail) == plain);
    if configured.is_empty() {
        return false;
    }
    if same(shown) || shown.strip_prefix("user-").is_some_and(same) {
        return true;
    }
    let owned = shown.strip_prefix("plugin-").or_else(|| {
        let (number, rest) = shown.strip_prefix("project-")?.split_once('-')?;
        (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(rest)
    });
    let Some(owned) = owned else { return false };
    owned.match_indices('-').any(|(at, _)| same(&owned[at + 1..]))
}

/// Letters and digits, in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_fits_every_name_that_ends_before_its_separator() {
        use Host::{ClaudeCode, Codex, Cursor, Hermes};
        for (host, configured, tool, expected) in [
            (ClaudeCode, "a", "mcp__a__tool", true),
            (ClaudeCode, "a", "mcp__a__b__tool", true),
            (ClaudeCode, "a__b", "mcp__a__b__tool", true),
            (ClaudeCode, "a_", "mcp__a__b__tool", false),
            (ClaudeCode, "ab", "mcp__a__tool", false),
            (ClaudeCode, "A", "mcp__a__tool", false),
            (ClaudeCode, "shadow.x y", "mcp__shadow_x_y__echo", true),
            (ClaudeCode, "remote-one", "mcp__remote-one__echo", true),
            (ClaudeCode, "remote-one", "mcp__remote_one__echo", false),
            (ClaudeCode, "plugin:my-plug:plug srv", "mcp__plugin_my-plug_plug_srv__echo", true),
            (ClaudeCode, "\u{1f680}", "mcp______echo", true),
            (ClaudeCode, "é", "mcp____echo", false),
            (ClaudeCode, "é", "mcp_____echo", true),
            (ClaudeCode, "", "mcp____tool", false),
            (ClaudeCode, "a", "mcp__a_tool", false),
            (ClaudeCode, "a", "mcp_a__tool", false),
            (ClaudeCode, "a", "Bash", false),
            (ClaudeCode, "a", "mcp__é__tool", false),
            (Codex, "remote-one", "mcp__remote_one__echo", true),
            (Codex, "Remote.One", "mcp__remote_one__echo", true),
            (Codex, "\u{1f680}", "mcp_____echo", true),
            (Codex, "remoteone", "mcp__remote_one__echo", false),
            (Codex, "a", "mcp_a_echo", false),
            (Codex, "", "mcp____echo", false),
            (Hermes, "remote-one.x", "mcp__remote_one_x__echo", true),
            (Hermes, "foo", "mcp_foo_bar_search", true),
            (Hermes, "foo_bar", "mcp_foo_bar_search", true),
            (Hermes, "foobar", "mcp_foo_bar_search", false),
            (Hermes, "Foo", "mcp_foo_bar_search", false),
            (Hermes, "foo", "mcp__foo__bar", true),
            (Hermes, "", "mcp__foo__bar", false),
            (Cursor, "linear-44", "Linear44", true),
            (Cursor, "", "user-", false),
        ] {
            assert_eq!(fits(host, configured, tool), expected, "{host:?} {configured} {tool}");
        }
    }

    #[test]
    fn a_server_is_named_as_it_is_or_as_tools_have_it() {
        use Host::{ClaudeCode, Codex, Cursor, Hermes};
        for (host, configured, server, expected) in [
            (ClaudeCode, "my server", "my server", true),
            (ClaudeCode, "my server", "my_server", true),
            (ClaudeCode, "my-server", "my_server", false),
            (ClaudeCode, "plugin:acme:crm", "plugin:acme:crm", true),
            (ClaudeCode, "plugin:acme:crm", "plugin_acme_crm", true),
            (ClaudeCode, "", "", false),
            (Codex, "my-server", "My_Server", true),
            (Codex, "my-server", "myserver", false),
            (Hermes, "my-server", "my_server", true),
            (Hermes, "my-server", "MY_SERVER", false),
            (Cursor, "my-server", "user-my-server", true),
            (Cursor, "my-server", "other", false),
        ] {
            assert_eq!(is_named(host, configured, server), expected, "{host:?} {configured} {server}");
        }
    }

    #[test]
    fn cursor_shows_where_a_server_is_from_in_front_of_its_name() {
        for (configured, shown, expected) in [
            ("linear-44", "linear-44", true),
            ("linear-44", "user-linear-44", true),
            ("linear-44", "project-0-app-linear-44", true),
            ("linear-44", "project-12-my-app-linear-44", true),
            ("linear-44", "plugin-acme-linear-44", true),
            ("linear-44", "plugin-my-acme-Linear 44", true),
            ("linear-44", "plugin-linear-44", false),
            ("44", "plugin-linear-44", true),
            ("linear-44", "project-x-app-linear-44", false),
            ("linear-44", "project--app-linear-44", false),
            ("linear-44", "project-0", false),
            ("linear-44", "team-linear-44", false),
            ("linear-44", "Linear 44!", true),
            ("linear-44", "linear-45", false),
            ("--", "--", true),
            ("--", "..", false),
            ("--", "user---", true),
            ("", "", false),
        ] {
            assert_eq!(is_display_name(configured, shown), expected, "{configured} {shown}");
        }
    }
    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn every_server_is_found_by_its_own_tools(name in "[a-zA-Z0-9_. é\u{1f680}-]{1,12}", tool in ".{0,8}") {
            for host in [Host::ClaudeCode, Host::Codex, Host::Hermes] {
                let full = format!("mcp__{}__{tool}", sanitised(host, &name));
                assert!(fits(host, &name, &full) && is_named(host, &name, &name), "{host:?} {name}");
            }
            for shown in [format!("user-{name}"), format!("project-0-x-{name}"), format!("plugin-x-{name}")] {
                assert!(fits(Host::Cursor, &name, &shown), "{shown}");
            }
            let _ = [Host::ClaudeCode, Host::Codex, Host::Hermes, Host::Cursor].map(|host| fits(host, &name, &tool));
        }
    }
}
