//! Everything that a build makes, named before a byte is made.

use std::collections::BTreeMap;

use aiwatch_contract::preferences::Preference;

use crate::effective;
use crate::failure::{Failure, Result};
use crate::installers::Installers;
use crate::manifest::{Release, TenantManifest};
use crate::mdm::{Mdm, Platform};
use crate::outputs::{Level, OUTPUTS};

/// What an artifact is made from.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The installers, made once and shared by all tenants.
    pub installers: &'a Installers<'a>,
    /// The tenant; `None` for an installer.
    pub tenant: Option<&'a TenantManifest>,
    /// The MDM; `None` outside its folder.
    pub mdm: Option<&'static Mdm>,
}

impl<'a> Work<'a> {
    /// The tenant of an artifact that has one.
    pub fn tenant(&self) -> &'a TenantManifest {
        self.tenant.expect("only installers have no tenant")
    }

    /// The MDM of an artifact in an MDM's folder.
    pub fn mdm(&self) -> &'static Mdm {
        self.mdm.expect("only artifacts of an MDM's folder ask")
    }
}

/// A finished artifact.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The file.
    pub bytes: Vec<u8>,
    /// What identifies it on devices, by name, for the lock: receipts, product codes, payload identifiers.
    pub identifiers: Vec<(&'static str, String)>,
}

impl From<Vec<u8>> for Made {
    fn from(bytes: Vec<u8>) -> Made {
        Made { bytes, identifiers: Vec::new() }
    }
}

impl From<String> for Made {
    fn from(text: String) -> Made {
        text.into_bytes().into()
    }
}

/// Makes one artifact.
pub type Make = Box<dyn Fn(&Work<'_>) -> Result<Made> + Send + Sync>;

/// One artifact that will be made.
pub struct Planned {
    /// Below its level's folder as outputs name it; below dist/ in a [`BuildPlan`]. Separated by `/`.
    pub path: String,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Permission bits: 0644, 0755 for programs, 0600 for what holds a secret.
    pub mode: u32,
    /// Whether it holds a secret.
    pub secret: bool,
    /// Makes it.
    pub make: Make,
}

impl Planned {
    /// A plain file without a secret.
    pub fn file(
        path: impl Into<String>,
        about: &'static str,
        make: impl Fn(&Work<'_>) -> Result<Made> + Send + Sync + 'static,
    ) -> Planned {
        Planned { path: path.into(), about, mode: 0o644, secret: false, make: Box::new(make) }
    }

    /// The same as a program.
    #[must_use]
    pub fn executable(mut self) -> Planned {
        self.mode = 0o755;
        self
    }

    /// The same as a holder of secrets, when `secret`.
    #[must_use]
    pub fn holding_secret(mut self, secret: bool) -> Planned {
        if secret {
            self.secret = true;
            self.mode &= 0o700;
        }
        self
    }
}

/// One artifact in a plan, with its place in the build.
pub struct Step {
    /// The output's name.
    pub output: &'static str,
    /// Index of the tenant in the plan; `None` for installers.
    pub tenant: Option<usize>,
    /// The MDM whose folder it is in.
    pub mdm: Option<&'static Mdm>,
    /// The artifact, with its path below dist/.
    pub planned: Planned,
}

/// Something an admin should know before deploying.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The tenant.
    pub tenant: String,
    /// The sentence.
    pub text: String,
}

/// A build as a value.
pub struct BuildPlan {
    /// What all installers share.
    pub release: Release,
    /// The tenants.
    pub tenants: Vec<TenantManifest>,
    /// Outputs that were asked for; all when empty.
    pub only: Vec<String>,
    /// What to know before deploying.
    pub notices: Vec<Notice>,
}

impl BuildPlan {
    /// Plans a build of these manifests. They must agree on the release and differ in their names.
    pub fn new(tenants: Vec<TenantManifest>, only: Vec<String>) -> Result<BuildPlan> {
        let Some(first) = tenants.first() else {
            return Err(Failure::misuse("no manifest given").hint("name one: packager build tenant.toml"));
        };
        let mut conflicts = conflicts(&tenants);
        for name in only.iter().filter(|name| OUTPUTS.iter().all(|output| output.name != *name)) {
            let names: Vec<&str> = OUTPUTS.iter().map(|output| output.name).collect();
            conflicts.push(
                Failure::misuse(format!("there is no output {name:?}"))
                    .hint(format!("outputs are: {}", names.join(", "))),
            );
        }
        if let Some(failure) = Failure::all(conflicts) {
            return Err(failure);
        }
        let notices = tenants.iter().flat_map(notices).collect();
        Ok(BuildPlan { release: first.release.clone(), tenants, only, notices })
    }

    fn wanted(&self, name: &str, tenant: Option<&TenantManifest>) -> bool {
        let asked = self.only.is_empty() || self.only.iter().any(|only| only == name);
        asked
            && tenant.map_or_else(
                || self.tenants.iter().any(|t| t.outputs.contains(&name)),
                |t| t.outputs.contains(&name),
            )
    }

    /// The platforms whose agents the artifacts carry. A machine that builds for one needs only that one's.
    pub fn platforms(&self) -> Vec<Platform> {
        let carries = |tenant: &TenantManifest, platform: Platform| {
            let deploys = tenant.mdms.iter().any(|mdm| mdm.platform == platform);
            OUTPUTS.iter().any(|output| {
                self.wanted(output.name, Some(tenant))
                    && output.carries.contains(&platform)
                    && (deploys || matches!(output.level, Level::Installer(_)))
            })
        };
        let needed = |platform: &Platform| self.tenants.iter().any(|tenant| carries(tenant, *platform));
        [Platform::Macos, Platform::Windows].into_iter().filter(needed).collect()
    }

    /// The installers' steps.
    pub fn installer_steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for output in OUTPUTS {
            if let (Level::Installer(plan), true) = (&output.level, self.wanted(output.name, None)) {
                steps.extend(plan(&self.release).into_iter().map(|mut planned| {
                    planned.path = format!("installers/{}", planned.path);
                    Step { output: output.name, tenant: None, mdm: None, planned }
                }));
            }
        }
        steps
    }

    /// One tenant's steps. Made when they are needed, so that a thousand tenants take the memory of one.
    pub fn tenant_steps(&self, index: usize) -> Vec<Step> {
        let tenant = &self.tenants[index];
        let mut steps = Vec::new();
        for output in OUTPUTS.iter().filter(|output| self.wanted(output.name, Some(tenant))) {
            let mut add = |mdm: Option<&'static Mdm>, folder: String, planned: Vec<Planned>| {
                steps.extend(planned.into_iter().map(|mut planned| {
                    planned.path = format!("{folder}/{}", planned.path);
                    Step { output: output.name, tenant: Some(index), mdm, planned }
                }));
            };
            match &output.level {
                Level::Installer(_) => {}
                Level::Pack(plan) => {
                    for mdm in &tenant.mdms {
                        add(Some(mdm), format!("{}/{}", tenant.tenant, mdm.id), plan(tenant, mdm));
                    }
                }
                Level::Tenant(plan) => add(None, tenant.tenant.clone(), plan(tenant)),
            }
        }
        steps
    }
}

/// Most conflicts that are listed: where the first manifest is the odd one, all others differ from it.
const MOST: usize = 20;

/// What keeps manifests from being built together.
fn conflicts(tenants: &[TenantManifest]) -> Vec<Failure> {
    let Some(first) = tenants.first() else { return Vec::new() };
    let mut names = BTreeMap::new();
    let mut conflicts = Vec::new();
    for tenant in tenants {
        let path = tenant.path.display();
        for (key, value, other) in tenant.release.differences(&first.release) {
            let message = format!(
                "{path}: {key} is {value}, and {} says {other}: installers are made once for all manifests of a call",
                first.path.display()
            );
            conflicts.push(
                Failure::misuse(message)
                    .hint("make the keys equal, or build the manifests in separate calls"),
            );
        }
        if let Some(other) = names.insert(tenant.tenant.as_str(), &tenant.path) {
            let message =
                format!("{path}: tenant.name is {:?}, which {} has already", tenant.tenant, other.display());
            conflicts.push(Failure::misuse(message).hint("give each manifest its own [tenant] name"));
        }
    }
    if conflicts.len() > MOST {
        let more = conflicts.len() - MOST;
        conflicts.truncate(MOST);
        conflicts.push(
            Failure::misuse(format!("{more} more conflicts are not shown")).hint("mend those above first"),
        );
    }
    conflicts
}

/// What an admin should know of a manifest that is right as it is.
fn notices(tenant: &TenantManifest) -> Vec<Notice> {
    let mut texts = Vec::new();
    for mdm in &tenant.mdms {
        let keys: Vec<&str> = effective::left_out(tenant, mdm).iter().map(|p: &&Preference| p.key).collect();
        if !keys.is_empty() {
            texts.push(format!(
                "{} has no variable for {}: left out there, so devices send their own account or host name",
                mdm.title,
                keys.join(" and ")
            ));
        }
    }
    if tenant.team_id.is_none() && tenant.mdms.iter().any(|mdm| mdm.platform == Platform::Macos) {
        texts.push("no [apple] team_id: no privacy (PPPC) profile is made, and login items are approved by label alone".to_owned());
    }
    texts.into_iter().map(|text| Notice { tenant: tenant.tenant.clone(), text }).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::manifest::parse::{Outside, parse};

    fn tenant(name: &str, version: &str, more: &str) -> TenantManifest {
        let text = format!(
            "[tenant]\nname = \"{name}\"\norganization = \"Org\"\nhost = \"https://{name}.example\"\n\
             [keys]\nEnrollmentKey = \"rl_enroll_0123456789\"\n[release]\nversion = \"{version}\"\n{more}"
        );
        let file = |_: &Path| Err(std::io::Error::from(std::io::ErrorKind::NotFound));
        let outside = Outside { env: &|_| None, file: &file };
        parse(Path::new(&format!("{name}.toml")), &text, &outside).expect("a right manifest")
    }

    fn refused(tenants: Vec<TenantManifest>, only: &[&str]) -> String {
        let only = only.iter().map(|name| (*name).to_owned()).collect();
        BuildPlan::new(tenants, only).err().expect("refused").to_string()
    }

    #[test]
    fn manifests_that_cannot_be_built_together_are_refused() {
        let (one, two) =
            (tenant("one", "1.0.0", ""), tenant("two", "1.0.1", "[apple]\nminimum_macos = \"13.0\"\n"));
        assert!(refused(vec![], &[]).contains("no manifest given"));
        let all = refused(vec![one.clone(), two, one.clone()], &["msi", "exe"]);
        for told in [
            "two.toml: release.version is 1.0.1, and one.toml says 1.0.0",
            "two.toml: apple.minimum_macos is 13.0, and one.toml says 11.0",
            "one.toml: tenant.name is \"one\", which one.toml has already\nhint: give each",
            "error: there is no output \"exe\"\nhint: outputs are",
        ] {
            assert!(all.contains(told), "{told}: {all}");
        }
        assert_eq!(all.matches("separate calls").count(), 1, "{all}");
        let odd = refused([vec![one], vec![tenant("two", "2.0.0", ""); 99]].concat(), &[]);
        assert!(odd.contains("177 more conflicts"), "{odd}");
    }

    #[test]
    fn steps_are_those_that_the_manifest_and_the_call_ask_for() {
        let windows = "[targets]\nmdms = [\"intune\"]\noutputs = [\"msi\", \"scripts\", \"profiles\"]\n";
        let all = BuildPlan::new(vec![tenant("one", "1.0.0", windows)], Vec::new()).unwrap();
        let outputs = |steps: &[Step]| {
            let mut names: Vec<&str> = steps.iter().map(|step| step.output).collect();
            names.dedup();
            names
        };
        assert_eq!(outputs(&all.installer_steps()), ["msi"]);
        assert_eq!(outputs(&all.tenant_steps(0)), ["scripts"]);
        assert!(all.tenant_steps(0).iter().all(|step| step.planned.path.starts_with("one/intune/")));
        let scripts = BuildPlan::new(all.tenants, vec!["scripts".to_owned()]).unwrap();
        assert!(scripts.installer_steps().is_empty());
        let secret: Vec<Step> =
            scripts.tenant_steps(0).into_iter().filter(|step| step.planned.secret).collect();
        assert_eq!(secret.len(), 1, "the install commands");
        assert!(secret.iter().all(|step| step.planned.mode == 0o600));
    }

    #[test]
    fn a_missing_team_concerns_who_deploys_to_macos() {
        for (mdm, notices) in [("intune", 0), ("jamf", 1)] {
            let targets = format!("[targets]\nmdms = [\"{mdm}\"]\n");
            let plan = BuildPlan::new(vec![tenant("one", "1.0.0", &targets)], Vec::new()).unwrap();
            assert_eq!(plan.notices.len(), notices, "{:?}", plan.notices);
        }
    }
}
