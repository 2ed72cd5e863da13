//! The questions of `packager init`: each answer is judged at once, by the parser's own rules.

use std::io::{BufRead, Write};

use aiwatch_contract::preferences::{ENROLLMENT_KEY, HOST, ORG_API_KEY, Preference};

use super::{Answers, MODES, Mode, Partial};
use crate::failure::{Failure, Result};
use crate::manifest::fields;
use crate::manifest::parse::{self, Fault};
use crate::mdm::{MDMS, Mdm};

impl Partial {
    /// The answers without asking: what is optional has its default, and what is required must be there.
    pub fn complete(self) -> Result<Answers> {
        let required =
            [("--tenant", &self.tenant), ("--organization", &self.organization), ("--host", &self.host)];
        let missing: Vec<&str> =
            required.iter().filter(|(_, given)| given.is_none()).map(|(flag, _)| *flag).collect();
        if !missing.is_empty() {
            let message =
                format!("without a terminal to ask on, these must be stated: {}", missing.join(", "));
            return Err(Failure::misuse(message).hint("state them, or call it from a terminal, which asks"));
        }
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
        let tenant = self.text(given.tenant, "--tenant", "tenant name (a folder below dist/)", &|text| {
            judged(parse::tenant_name_fault(text), text.to_owned())
        })?;
        let organization =
            self.text(given.organization, "--organization", "organisation, as people write it", &|text| {
                judged(parse::organization_fault(text, &all()), text.to_owned())
            })?;
        let prompt = format!("address of the tenant, such as {}", HOST.example);
        let host = self.text(given.host, "--host", &prompt, &parse::origin)?;
        let described: Vec<String> =
            MODES.iter().map(|(name, _, about)| format!("{name} ({about})")).collect();
        let prompt = format!("mode: {}", described.join(", "));
        let mode = self.choice(given.mode, "--mode", &prompt, "enforce", &mode)?;
        let org_api_key_env = self.key(given.org_api_key_env, "--org-api-key-env", &ORG_API_KEY, &tenant)?;
        let enrollment_key_env = match mode {
            Mode::Detect
                if given
                    .enrollment_key_env
                    .as_deref()
                    .is_some_and(|name| !matches!(name.trim(), "" | "-")) =>
            {
                return Err(Failure::misuse(
                    "--enrollment-key-env is of no use in mode detect, which enrolls no one",
                )
                .hint("leave it out, or choose --mode enforce or --mode monitor"));
            }
            Mode::Detect => None,
            _ => self.key(given.enrollment_key_env, "--enrollment-key-env", &ENROLLMENT_KEY, &tenant)?,
        };
        let prompt = "Apple team id that signs the agent, or - for none";
        let team_id = self
            .choice(given.team_id, "--team-id", prompt, "-", &|text| optional(text, parse::team_id_fault))?;
        let prompt = format!("MDMs, of: {}", fields::mdm_ids().join(", "));
        let mdms = self.choice(given.mdms, "--mdm", &prompt, "all", &mdms)?;
        Ok(Answers { tenant, organization, host, mode, org_api_key_env, enrollment_key_env, team_id, mdms })
    }

    /// A question that must be answered.
    fn text(
        &mut self,
        given: Option<String>,
        flag: &'static str,
        prompt: &str,
        judge: &dyn Fn(&str) -> Result<String, Fault>,
    ) -> Result<String> {
        self.answer(given, Question { flag, prompt: prompt.to_owned(), default: None, judge })
    }

    /// A question that has an answer already.
    fn choice<T>(
        &mut self,
        given: Option<String>,
        flag: &'static str,
        prompt: &str,
        default: &str,
        judge: &dyn Fn(&str) -> Result<T, Fault>,
    ) -> Result<T> {
        self.answer(
            given,
            Question { flag, prompt: prompt.to_owned(), default: Some(default.to_owned()), judge },
        )
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
            // Blank means none, where there can be none; else "-" would become the organisation's name.
            let blank = text.trim().is_empty() && default.is_some();
            let text = if blank { "-" } else { text.trim() }.to_owned();
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
