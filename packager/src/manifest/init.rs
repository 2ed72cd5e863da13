//! `packager init`: a commented manifest from a few answers.
//!
//! Answers come from flags, and on a terminal from questions for what the flags left open. A key itself is
//! never asked for: the manifest names the environment variable that will hold it.

use aiwatch_contract::preferences::{DEVICE_NAME, ENFORCEMENT, ENROLLMENT_KEY, ORG_API_KEY, USERNAME};

use super::fields::{self, Field, Shape};
use crate::mdm::Mdm;

mod interview;

pub use interview::ask;

/// What the organisation wants of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Hooks block what policy forbids.
    Enforce,
    /// Hooks report and never block.
    Monitor,
    /// Inventory scans only: no enrollment, so no hooks.
    Detect,
}

/// The modes with their names in flags and what they mean, in the order in which they are offered.
pub const MODES: &[(&str, Mode, &str)] = &[
    ("enforce", Mode::Enforce, "hooks block what policy forbids"),
    ("monitor", Mode::Monitor, "hooks report and never block"),
    ("detect", Mode::Detect, "inventory scans only, no hooks"),
];

/// Everything that a new manifest needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// Folder of the tenant's artifacts.
    pub tenant: String,
    /// The organisation as people write it.
    pub organization: String,
    /// Address of the tenant.
    pub host: String,
    /// What the agent is for.
    pub mode: Mode,
    /// Environment variable that holds the key for scans.
    pub org_api_key_env: Option<String>,
    /// Environment variable that holds the key for enrollment. Not asked for in [`Mode::Detect`].
    pub enrollment_key_env: Option<String>,
    /// Apple team that signs the agent.
    pub team_id: Option<String>,
    /// The MDMs.
    pub mdms: Vec<&'static Mdm>,
}

/// Answers as flags give them: text that is not yet judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partial {
    /// Folder of the tenant's artifacts.
    pub tenant: Option<String>,
    /// The organisation as people write it.
    pub organization: Option<String>,
    /// Address of the tenant.
    pub host: Option<String>,
    /// A name of [`MODES`].
    pub mode: Option<String>,
    /// Environment variable that holds the key for scans; empty for none.
    pub org_api_key_env: Option<String>,
    /// Environment variable that holds the key for enrollment; empty for none.
    pub enrollment_key_env: Option<String>,
    /// Apple team that signs the agent; empty for none.
    pub team_id: Option<String>,
    /// MDM ids, separated by commas or white space; empty for all.
    pub mdms: Option<String>,
}

/// The manifest, with every key that there is: those that were not answered stand in comments.
pub fn render(answers: &Answers) -> String {
    let mut text = String::from(
        "# What one organisation deploys. Every key is here; those that keep their default stand in comments.\n",
    );
    let fields = fields::fields();
    for (table, about) in fields::TABLES {
        text += &format!("\n# {about}\n");
        if *table == fields::MDM {
            text += "# [mdm.mosyle.variables]\n# email = \"%Email%\"\n";
            continue;
        }
        text += &format!("[{table}]\n");
        for field in fields.iter().filter(|field| field.table == *table) {
            text += &format!("# {}\n", field.help);
            match stated(field, answers) {
                Some(value) => text += &format!("{} = {value}\n", field.key),
                None => text += &format!("# {} = {}\n", field.key, example(field)),
            }
        }
    }
    text
}

/// The TOML of a field that was answered.
fn stated(field: &Field, answers: &Answers) -> Option<String> {
    let env = |name: &Option<String>| name.as_ref().map(|name| format!("{{ env = {} }}", quoted(name)));
    let list =
        |names: Vec<&str>| format!("[{}]", names.into_iter().map(quoted).collect::<Vec<_>>().join(", "));
    match (field.table, field.key) {
        (fields::TENANT, "name") => Some(quoted(&answers.tenant)),
        (fields::TENANT, "organization") => Some(quoted(&answers.organization)),
        (fields::TENANT, "host") => Some(quoted(&answers.host)),
        (fields::APPLE, "team_id") => answers.team_id.as_deref().map(quoted),
        (fields::RELEASE, "version") => Some(quoted(env!("CARGO_PKG_VERSION"))),
        (fields::TARGETS, "mdms") => Some(list(answers.mdms.iter().map(|mdm| mdm.id).collect())),
        (_, key) if key == ORG_API_KEY.key => env(&answers.org_api_key_env),
        (_, key) if key == ENROLLMENT_KEY.key => env(&answers.enrollment_key_env),
        (_, key) if key == ENFORCEMENT.key => Some((answers.mode != Mode::Monitor).to_string()),
        _ => None,
    }
}

/// The TOML of a field that was not answered.
fn example(field: &Field) -> String {
    if let Some(default) = field.default {
        return default.to_owned();
    }
    let example = field.preference.map_or("", |preference| preference.example);
    match field.shape {
        Shape::Value if field.table == fields::KEYS => "{ env = \"NAME\" }".to_owned(),
        _ if field.key == USERNAME.key => "{ variable = \"email\" }".to_owned(),
        _ if field.key == DEVICE_NAME.key => "{ variable = \"device_name\" }".to_owned(),
        Shape::Switch => example.to_owned(),
        Shape::Urls => format!("[{}]", quoted(example)),
        Shape::SomeOf(names) => {
            format!("[{}]", names().into_iter().map(quoted).collect::<Vec<_>>().join(", "))
        }
        _ if field.table == fields::IDENTIFIERS => quoted(aiwatch_contract::windows::UPGRADE_CODE),
        _ if field.table == fields::APPLE => quoted("ABCDE12345"),
        _ => quoted(example),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
