//! The Windows installer, installed: wine's msiexec runs what Windows will run.

mod support;
mod windows;

use windows::{msi, release};

#[test]
fn explore() {
    let Some(wine) = windows::wine::wine() else { return };
    let key = r"HKLM\Software\Runlayer\AIWatch";
    let made = msi(&release("1.0.0"));
    println!("{:?} {}", made.identifiers, made.bytes.len());
    std::fs::write("/tmp/winemsi/a.msi", &made.bytes).unwrap();
    wine.put("a.msi", &made.bytes);
    println!("{}", wine.msiexec(r#"/i C:\a.msi AIWATCH_HOST=https://acme.example AIWATCH_ENFORCEMENT=true AIWATCH_ALLOWED_REMOTE_MCP_URLS="https://a https://b" AIWATCH_TENANT_UNREACHABLE=LOCAL AIWATCH_CONFIG_REVISION=7"#));
    println!("{:#?}", wine.values(key));
    println!("{:#?}", wine.values(r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"));
    println!("{:#?}", wine.path("Program Files/Runlayer/AIWatch/aiwatch.exe").exists());
    println!("repair {}", wine.msiexec(r"/fa C:\a.msi"));
    println!("{:#?}", wine.values(key));
    println!("{:#?}", wine.values(&format!("{key}\\Installer")));
    let older = msi(&release("0.9.0"));
    wine.put("b.msi", &older.bytes);
    println!("downgrade {}", wine.msiexec(r"/i C:\b.msi"));
    println!("{:#?}", wine.values(key));
    println!("{:#?}", wine.path("Program Files/Runlayer/AIWatch/aiwatch.exe").exists());
    println!("uninstall {}", wine.msiexec(r"/x C:\b.msi"));
    println!("{:#?}", wine.has_key(key));
    println!("{:#?}", wine.path("Program Files/Runlayer").exists());
    println!("{:#?}", wine.values(r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"));
}
