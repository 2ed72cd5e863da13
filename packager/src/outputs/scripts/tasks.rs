//! Scheduled tasks for tenants without Remediations: ready to import with `schtasks /Create /XML`.
//!
//! Format: task schema of Windows (MS-TSCH 2.5), version 1.2, in UTF-16 with a byte order mark, which is what
//! schtasks and the Group Policy editor read and what the Task Scheduler itself exports.

use aiwatch_contract::{PRODUCT_NAME, VENDOR, services, windows};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::powershell::{BOOTSTRAP_ARGUMENTS, HOOK_INSTALL_ARGUMENTS, RunsAs, SCAN_ARGUMENTS, agent_path};
use crate::failure::{Failure, Result};

const NAMESPACE: &str = "http://schemas.microsoft.com/windows/2004/02/mit/task";

/// One task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task {
    /// File name without `.xml`, and the task's name in the Task Scheduler after the product's.
    pub name: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// Who runs it.
    pub runs_as: RunsAs,
    /// The agent's arguments.
    pub arguments: &'static [&'static str],
    /// Seconds between two runs besides the start of the machine or the session.
    pub interval: Option<u32>,
}

/// All tasks.
pub const TASKS: &[Task] = &[
    Task {
        name: "hooks",
        about: "task of SYSTEM: installs the hooks at boot and hourly",
        runs_as: RunsAs::System,
        arguments: HOOK_INSTALL_ARGUMENTS,
        interval: Some(services::BOOTSTRAP.interval),
    },
    Task {
        name: "bootstrap",
        about: "task of every user: enrolls and installs the user's hooks at logon",
        runs_as: RunsAs::User,
        arguments: BOOTSTRAP_ARGUMENTS,
        interval: None,
    },
    Task {
        name: "scan",
        about: "task of every user: scans at logon and every 15 minutes",
        runs_as: RunsAs::User,
        arguments: SCAN_ARGUMENTS,
        interval: Some(services::SCAN.interval),
    },
];

/// A node of the document: an element with texts or elements in it.
enum Node {
    Text(&'static str, String),
    Element(&'static str, Vec<Node>),
}

fn text(name: &'static str, value: impl Into<String>) -> Node {
    Node::Text(name, value.into())
}

impl Task {
    /// The task's file, below an MDM's folder.
    pub fn path(&self) -> String {
        format!("tasks/{}-{}.xml", aiwatch_contract::AGENT, self.name)
    }

    /// Folder and name in the Task Scheduler.
    pub fn uri(&self) -> String {
        format!("{}\\{PRODUCT_NAME} {}", windows::TASK_FOLDER, self.name)
    }

    /// The task's file: UTF-16, little-endian, with a byte order mark.
    pub fn xml(&self) -> Result<Vec<u8>> {
        let failed = |error: std::io::Error| Failure::work(format!("task {}: {error}", self.name));
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-16"), None))).map_err(failed)?;
        let root = writer.create_element("Task").with_attributes([("version", "1.2"), ("xmlns", NAMESPACE)]);
        root.write_inner_content(|w| self.nodes().iter().try_for_each(|node| write(w, node)))
            .map_err(failed)?;
        let utf8 = String::from_utf8(writer.into_inner())
            .map_err(|_| Failure::work(format!("task {}: not text", self.name)))?;
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(super::crlf(&utf8).encode_utf16().flat_map(u16::to_le_bytes));
        bytes.extend([b'\r', 0, b'\n', 0]);
        Ok(bytes)
    }

    fn nodes(&self) -> Vec<Node> {
        let principal = match self.runs_as {
            RunsAs::System => vec![text("UserId", windows::SYSTEM_SID), text("RunLevel", "HighestAvailable")],
            RunsAs::User => vec![text("GroupId", windows::USERS_SID), text("RunLevel", "LeastPrivilege")],
        };
        let exec = vec![
            // The environment is expanded by the Task Scheduler, and Program Files is not on C: everywhere.
            text("Command", format!("%ProgramFiles%\\{}", agent_path())),
            text("Arguments", self.arguments.join(" ")),
        ];
        vec![
            Node::Element(
                "RegistrationInfo",
                vec![text("Author", VENDOR), text("Description", self.about), text("URI", self.uri())],
            ),
            Node::Element("Triggers", self.triggers()),
            Node::Element("Principals", vec![Node::Element("Principal", principal)]),
            Node::Element("Settings", settings()),
            Node::Element("Actions", vec![Node::Element("Exec", exec)]),
        ]
    }

    fn triggers(&self) -> Vec<Node> {
        let start = match self.runs_as {
            RunsAs::System => "BootTrigger",
            RunsAs::User => "LogonTrigger",
        };
        let mut triggers = vec![Node::Element(start, vec![text("Enabled", "true")])];
        if let Some(seconds) = self.interval {
            // No Duration: a repetition without one never ends. A start in the past, so that it runs from the
            // import on and does not wait for the next boot.
            let repetition =
                vec![text("Interval", format!("PT{}M", seconds / 60)), text("StopAtDurationEnd", "false")];
            triggers.push(Node::Element(
                "TimeTrigger",
                vec![
                    Node::Element("Repetition", repetition),
                    text("StartBoundary", "2020-01-01T00:00:00"),
                    text("Enabled", "true"),
                ],
            ));
        }
        triggers
    }
}

/// What all tasks have in common: they never pile up, never ask, and do not care about the battery.
fn settings() -> Vec<Node> {
    [
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("AllowHardTerminate", "true"),
        ("StartWhenAvailable", "true"),
        ("RunOnlyIfNetworkAvailable", "false"),
        ("AllowStartOnDemand", "true"),
        ("Enabled", "true"),
        ("Hidden", "true"),
        ("RunOnlyIfIdle", "false"),
        ("WakeToRun", "false"),
        ("ExecutionTimeLimit", "PT1H"),
        ("Priority", "7"),
    ]
    .into_iter()
    .map(|(name, value)| text(name, value))
    .collect()
}

fn write(writer: &mut Writer<Vec<u8>>, node: &Node) -> std::io::Result<()> {
    match node {
        Node::Text(name, value) => {
            writer.create_element(*name).write_text_content(BytesText::new(value))?;
        }
        Node::Element(name, nodes) => {
            let element = match *name {
                "Principal" => writer.create_element(*name).with_attribute(("id", "Author")),
                "Actions" => writer.create_element(*name).with_attribute(("Context", "Author")),
                _ => writer.create_element(*name),
            };
            element.write_inner_content(|w| nodes.iter().try_for_each(|node| write(w, node)))?;
        }
    }
    Ok(())
}
