//! `packager init`: a commented manifest from a few answers.
//!
//! Answers come from flags, and on a terminal from questions for what the flags left open. A key itself is
//! never asked for: the manifest names the environment variable that will hold it.

use std::io::{BufRead, Write};

use aiwatch_contract::preferences::{
    DEVICE_NAME, ENFORCEMENT, ENROLLMENT_KEY, HOST, ORG_API_KEY, Preference, USERNAME,
};

use super::fields::{self, Field, Shape};
use super::parse::{self, Fault};
use crate::failure::{Failure, Result};
use crate::mdm::{MDMS, Mdm};

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

impl Partial {
    /// The answers without asking: what is optional has its default, and what is required must be there.
    pub fn complete(self) -> Result<Answers> {
        Interview { given: self, terminal: None }.answers()
    }
}

/// Asks on a terminal for what the flags left open. Each answer is judged at once, and asked for again when it
/// is wrong; a wrong flag is an error.
pub fn ask(input: &mut dyn BufRead, output: &mut dyn Write, given: Partial) -> Result<Answers> {
    Interview { given, terminal: Some((input, output)) }.answers()
}

struct Interview<'a> {
    given: Partial,
    terminal: Option<(&'a mut dyn BufRead, &'a mut dyn Write)>,
}

/// One question.
struct Question<'q, T> {
    /// The flag, for messages.
    flag: &'static str,
    prompt: String,
    /// Taken when nothing is answered.
    default: Option<String>,
    judge: &'q dyn Fn(&str) -> Result<T, Fault>,
}

impl Interview<'_> {
    fn answers(mut self) -> Result<Answers> {
        let given = std::mem::take(&mut self.given);
        let name = Question {
            flag: "--tenant",
            prompt: "tenant name (a folder below dist/)".to_owned(),
            default: None,
            judge: &|text| judged(parse::tenant_name_fault(text), text.to_owned()),
        };
        let tenant = self.answer(given.tenant, name)?;
        let organization = Question {
            flag: "--organization",
            prompt: "organisation, as people write it".to_owned(),
            default: None,
            judge: &|text| judged(parse::organization_fault(text, &all()), text.to_owned()),
        };
        let organization = self.answer(given.organization, organization)?;
        let host = Question {
            flag: "--host",
            prompt: format!("address of the tenant, such as {}", HOST.example),
            default: None,
            judge: &parse::origin,
        };
        let host = self.answer(given.host, host)?;
        let described: Vec<String> =
            MODES.iter().map(|(name, _, about)| format!("{name} ({about})")).collect();
        let mode = Question {
            flag: "--mode",
            prompt: format!("mode: {}", described.join(", ")),
            default: Some("enforce".to_owned()),
            judge: &mode,
        };
        let mode = self.answer(given.mode, mode)?;
        let org_api_key_env = self.key(given.org_api_key_env, "--org-api-key-env", &ORG_API_KEY, &tenant)?;
        let enrollment_key_env = match mode {
            Mode::Detect => None,
            _ => self.key(given.enrollment_key_env, "--enrollment-key-env", &ENROLLMENT_KEY, &tenant)?,
        };
        let team = Question {
            flag: "--team-id",
            prompt: "Apple team id that signs the agent, or - for none".to_owned(),
            default: Some("-".to_owned()),
            judge: &|text| optional(text, parse::team_id_fault),
        };
        let team_id = self.answer(given.team_id, team)?;
        let mdms = Question {
            flag: "--mdms",
            prompt: format!("MDMs, of: {}", fields::mdm_ids().join(", ")),
            default: Some("all".to_owned()),
            judge: &mdms,
        };
        let mdms = self.answer(given.mdms, mdms)?;
        Ok(Answers { tenant, organization, host, mode, org_api_key_env, enrollment_key_env, team_id, mdms })
    }

    fn key(
        &mut self,
        given: Option<String>,
        flag: &'static str,
        key: &Preference,
        tenant: &str,
    ) -> Result<Option<String>> {
        let question = Question {
            flag,
            prompt: format!(
                "environment variable that will hold the {} (its name, not the key), or - for none",
                lower(key.title)
            ),
            default: Some(variable_name(tenant, key)),
            judge: &|text| optional(text, parse::env_name_fault),
        };
        self.answer(given, question)
    }

    fn answer<T>(&mut self, given: Option<String>, question: Question<'_, T>) -> Result<T> {
        let Question { flag, prompt, default, judge } = question;
        if let Some(text) = given {
            let text = if text.trim().is_empty() { "-".to_owned() } else { text.trim().to_owned() };
            return judge(&text)
                .map_err(|fault| Failure::misuse(format!("{flag} {}", fault.message)).hint(fault.hint));
        }
        let Some((input, output)) = &mut self.terminal else {
            let text = default.ok_or_else(|| {
                Failure::misuse(format!("{flag} is missing")).hint(format!("state it: {flag} … ({prompt})"))
            })?;
            return judge(&text)
                .map_err(|fault| Failure::misuse(format!("{flag} {}", fault.message)).hint(fault.hint));
        };
        loop {
            let shown = default.as_ref().map_or(String::new(), |text| format!(" [{text}]"));
            let asked = write!(output, "{prompt}{shown}: ").and_then(|()| output.flush());
            let read = asked.and_then(|()| read_line(*input));
            let line =
                read.map_err(|error| Failure::work(format!("the terminal cannot be read: {error}")))?;
            let Some(line) = line else {
                return Err(Failure::misuse(format!("the answers ended before {flag} was given"))
                    .hint(format!("answer all questions, or state {flag}")));
            };
            let text = match (line.trim(), &default) {
                ("", Some(default)) => default.clone(),
                (text, _) => text.to_owned(),
            };
            match judge(&text) {
                Ok(value) => return Ok(value),
                // A message that cannot be shown changes nothing: the question follows again.
                Err(fault) => drop(writeln!(output, "this {}; {}", fault.message, fault.hint)),
            }
        }
    }
}

/// Longest answer that is read.
const LONGEST: u64 = 4096;

fn read_line(input: &mut dyn BufRead) -> std::io::Result<Option<String>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let count = input.take(LONGEST).read_until(b'\n', &mut bytes)?;
    Ok((count > 0).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

fn all() -> Vec<&'static Mdm> {
    MDMS.iter().collect()
}

fn judged<T>(fault: Option<Fault>, value: T) -> Result<T, Fault> {
    fault.map_or(Ok(value), Err)
}

fn optional(text: &str, fault: impl Fn(&str) -> Option<Fault>) -> Result<Option<String>, Fault> {
    if text == "-" { Ok(None) } else { judged(fault(text), Some(text.to_owned())) }
}

fn mode(text: &str) -> Result<Mode, Fault> {
    let row = MODES.iter().find(|(name, ..)| *name == text);
    row.map(|(_, mode, _)| *mode).ok_or_else(|| Fault {
        message: "is no mode".to_owned(),
        hint: "answer enforce, monitor or detect".to_owned(),
    })
}

fn mdms(text: &str) -> Result<Vec<&'static Mdm>, Fault> {
    if text == "all" || text == "-" {
        return Ok(all());
    }
    let names: Vec<&str> = text.split([',', ' ', '\t']).filter(|name| !name.is_empty()).collect();
    let chosen: Vec<&'static Mdm> = MDMS.iter().filter(|mdm| names.contains(&mdm.id)).collect();
    if chosen.is_empty() || names.iter().any(|name| fields::mdm_ids().iter().all(|id| id != name)) {
        let hint = format!("answer all, or some of: {}", fields::mdm_ids().join(", "));
        return Err(Fault { message: "names an MDM that there is not".to_owned(), hint });
    }
    Ok(chosen)
}

fn lower(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// Such as `ACME_ORG_API_KEY`.
fn variable_name(tenant: &str, key: &Preference) -> String {
    let mut name = String::new();
    if tenant.starts_with(|c: char| c.is_ascii_digit()) {
        name.push('_');
    }
    name.extend(tenant.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_uppercase() }));
    for c in key.key.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
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
