//! The macOS installer: a product archive around one component. It holds nothing of a tenant.

use aiwatch_contract::{AGENT, PRODUCT_ID};

use crate::agents::Agents;
use crate::containers::bom::{self, Item};
use crate::containers::cpio::{self, Entry};
use crate::containers::gzip;
use crate::containers::xar::{Digest, Draft, Encoding, Node, Reserve};
use crate::failure::{Failure, Result};
use crate::manifest::{Release, TocDigest};
use crate::outputs::launchd;
use crate::plan::{Made, Planned};
use crate::signing::Signer;

mod description;
mod payload;
pub mod scripts;

/// The files of this output.
pub fn plan(release: &Release) -> Vec<Planned> {
    let name = format!("{AGENT}-{}-macos-universal.pkg", release.version);
    vec![Planned::file(name, "macOS installer package", |work| work.installers.pkg().cloned())]
}

/// Builds the package.
pub fn build(agents: &Agents, release: &Release, signer: &dyn Signer) -> Result<Made> {
    let agent = signer.macho(agents.macos.clone())?;
    let entries = payload::entries(agent, launchd::units(release)?);
    let scripts =
        payload::scripts(&[("postinstall", scripts::postinstall()?), ("preinstall", scripts::preinstall()?)]);
    let items: Vec<Item> = entries.iter().map(Item::of).collect();
    let about = description::About::new(release, &entries);
    let component = Component {
        bom: bom::write(&items).map_err(broken)?,
        info: description::package_info(&about)?,
        payload: archive(&entries)?,
        scripts: archive(&scripts)?,
    };
    let bytes = seal(&component, &description::distribution(&about)?, release.toc_digest, signer)?;
    let identifiers = vec![("receipt", PRODUCT_ID.to_owned()), ("version", release.version.to_string())];
    Ok(Made { bytes, identifiers })
}

/// The parts of the component.
struct Component {
    bom: Vec<u8>,
    info: Vec<u8>,
    payload: Vec<u8>,
    scripts: Vec<u8>,
}

fn archive(entries: &[Entry<Vec<u8>>]) -> Result<Vec<u8>> {
    Ok(gzip::compress(&cpio::write(entries).map_err(broken)?))
}

/// Puts the parts into a xar archive, signed if the signer signs packages.
fn seal(parts: &Component, distribution: &[u8], digest: TocDigest, signer: &dyn Signer) -> Result<Vec<u8>> {
    let digest = match digest {
        TocDigest::Sha256 => Digest::Sha256,
        TocDigest::Sha1 => Digest::Sha1,
    };
    let file = |name, encoding, content| Node::File { name, mode: 0o644, encoding, content };
    let folder = format!("{PRODUCT_ID}.pkg");
    let nodes = [
        file("Distribution", Encoding::Zlib, distribution),
        Node::Folder {
            name: &folder,
            mode: 0o755,
            children: vec![
                file("Bom", Encoding::Zlib, &parts.bom),
                file("PackageInfo", Encoding::Zlib, &parts.info),
                file("Payload", Encoding::Stored, &parts.payload),
                file("Scripts", Encoding::Stored, &parts.scripts),
            ],
        },
    ];
    let Some(package) = signer.package() else {
        let draft = Draft::new(&nodes, digest, None).map_err(broken)?;
        return draft.finish(None).map_err(broken);
    };
    let reserve =
        Reserve { certificates: package.certificates(), rsa: package.rsa_size(), cms: package.cms_size() };
    let draft = Draft::new(&nodes, digest, Some(&reserve)).map_err(broken)?;
    let rsa = package.rsa(draft.toc_digest())?;
    let cms = package.cms(draft.toc_digest())?;
    draft.finish(Some((&rsa, &cms))).map_err(broken)
}

fn broken(error: String) -> Failure {
    Failure::work(format!("macOS package: {error}"))
}
