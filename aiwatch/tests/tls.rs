//! Whom the binary trusts: the system's store and the bundles that were named, and nobody else.
#![cfg(target_os = "linux")]

use serde_json::json;
use tenant_stub::{Certificate, NAME, Options, Script, Stub, start, start_with};

mod device;
mod proxy;
use device::{Device, Ran};

/// Where the agent finds the store of a Debian system.
const STORE: &str = "ssl/certs/ca-certificates.crt";

/// A device whose tenant is at the stub's HTTPS port, and the file with its CA.
fn device_of(stub: &Stub) -> Option<(Device, String)> {
    let device = Device::managed(&json!({"Host": stub.https, "EnrollmentKey": "rl_enroll_managed"}))?;
    let ca = device.folder.path().join("ca.pem");
    std::fs::write(&ca, &stub.ca_pem).expect("written");
    let ca = ca.display().to_string();
    Some((device, ca))
}

fn refused(ran: &Ran, stub: &Stub) {
    assert_eq!(ran.exit, 1, "{ran:?}");
    assert!(ran.stderr.contains("CERTIFICATE_VERIFY_FAILED"), "{ran:?}");
    assert!(stub.connections() > 0 && stub.requests().is_empty(), "the key was sent: {ran:?}");
}

fn accepted(ran: &Ran, stub: &Stub) {
    assert!(ran.exit == 0 && ran.stderr.contains("✓ enrolled with https://"), "{ran:?}");
    assert_eq!(stub.requests().len(), 1);
    stub.forget();
}

#[test]
fn a_private_ca_is_refused_without_a_bundle_and_the_hint_says_what_helps() {
    let stub = start(Script::standard());
    let Some((device, _)) = device_of(&stub) else { return };
    let ran = device.run(&["enroll"]);
    refused(&ran, &stub);
    for name in ["--ca-bundle", "RUNLAYER_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
        assert!(ran.stderr.contains(name), "{name}: {ran:?}");
    }
}

#[test]
fn the_systems_store_needs_no_bundle() {
    let stub = start(Script::standard());
    let Some((device, _)) = device_of(&stub) else { return };
    device.put_etc(STORE, &stub.ca_pem);
    accepted(&device.run(&["enroll"]), &stub);
}

#[test]
fn each_way_to_name_a_bundle_adds_it() {
    let stub = start(Script::standard());
    let other = start(Script::standard());
    for way in ["--ca-bundle", "RUNLAYER_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"] {
        // Once with a store that does not know the tenant, and once without any.
        for store in [Some(&other.ca_pem), None] {
            let Some((mut device, ca)) = device_of(&stub) else { return };
            if let Some(store) = store {
                device.put_etc(STORE, store);
            }
            let ran = match way {
                "--ca-bundle" => device.run(&["enroll", "--ca-bundle", &ca]),
                "SSL_CERT_DIR" => {
                    let folder = device.folder.path().join("bundles");
                    std::fs::create_dir(&folder).expect("created");
                    std::fs::rename(&ca, folder.join("ca.pem")).expect("moved");
                    std::fs::write(folder.join("README"), "no certificate").expect("written");
                    device.set(way, &folder.display().to_string());
                    device.run(&["enroll"])
                }
                variable => {
                    device.set(variable, &ca);
                    device.run(&["enroll"])
                }
            };
            accepted(&ran, &stub);
        }
    }
}

#[test]
fn a_bundle_adds_to_the_systems_store_and_does_not_replace_it() {
    let (stub, other) = (start(Script::standard()), start(Script::standard()));
    let Some((mut device, ca)) = device_of(&stub) else { return };
    device.put_etc(STORE, &stub.ca_pem);
    std::fs::write(&ca, &other.ca_pem).expect("written");
    for variable in ["RUNLAYER_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
        device.set(variable, &ca);
        accepted(&device.run(&["enroll", "--force"]), &stub);
    }
}

#[test]
fn the_first_bundle_that_is_set_counts() {
    let (stub, other) = (start(Script::standard()), start(Script::standard()));
    let Some((mut device, ca)) = device_of(&stub) else { return };
    let wrong = device.folder.path().join("wrong.pem");
    std::fs::write(&wrong, &other.ca_pem).expect("written");
    let wrong = wrong.display().to_string();
    device.set("REQUESTS_CA_BUNDLE", &ca);
    device.set("SSL_CERT_FILE", &wrong);
    refused(&device.run(&["enroll"]), &stub);
    device.set("RUNLAYER_CA_BUNDLE", &ca);
    accepted(&device.run(&["enroll"]), &stub);
    refused(&device.run(&["enroll", "--force", "--ca-bundle", &wrong]), &stub);
}

#[test]
fn the_management_can_switch_all_bundles_off() {
    let stub = start(Script::standard());
    for way in ["--ca-bundle", "RUNLAYER_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"] {
        stub.forget();
        let settings =
            json!({"Host": stub.https, "EnrollmentKey": "rl_enroll_managed", "AllowUserCaBundles": false});
        let Some(mut device) = Device::managed(&settings) else { return };
        let ca = device.folder.path().join("ca.pem");
        std::fs::write(&ca, &stub.ca_pem).expect("written");
        let ca = if way == "SSL_CERT_DIR" {
            device.folder.path().display().to_string()
        } else {
            ca.display().to_string()
        };
        let ran = if way == "--ca-bundle" {
            device.run(&["enroll", way, &ca])
        } else {
            device.set(way, &ca);
            device.run(&["enroll"])
        };
        refused(&ran, &stub);
        assert!(ran.stderr.contains(&format!("⚠ {way} is ignored: AllowUserCaBundles is false")), "{ran:?}");
    }
}

#[test]
fn a_bundle_that_cannot_be_used_is_warned_about_and_no_failure() {
    let stub = start(Script::standard());
    let Some((mut device, _)) = device_of(&stub) else { return };
    device.put_etc(STORE, &stub.ca_pem);
    let folder = device.folder.path().to_owned();
    std::fs::write(folder.join("empty.pem"), "").expect("written");
    std::fs::write(
        folder.join("damaged.pem"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .expect("written");
    for name in ["none.pem", "empty.pem", "damaged.pem", "."] {
        device.set("RUNLAYER_CA_BUNDLE", &folder.join(name).display().to_string());
        let ran = device.run(&["enroll", "--force"]);
        assert!(ran.stderr.contains("⚠ RUNLAYER_CA_BUNDLE is ignored: "), "{name}: {ran:?}");
        accepted(&ran, &stub);
    }
}

#[test]
fn an_expired_certificate_and_one_for_another_name_are_refused_with_a_bundle_too() {
    for (certificate, said) in
        [(Certificate::Expired, "has expired"), (Certificate::WrongName, "for another name")]
    {
        let options = Options { certificate, ..Options::default() };
        let stub = start_with(Script::standard(), &options).expect("it started");
        let Some((device, ca)) = device_of(&stub) else { return };
        let ran = device.run(&["enroll", "--ca-bundle", &ca]);
        refused(&ran, &stub);
        assert!(ran.stderr.contains(said), "{ran:?}");
    }
}

#[test]
fn a_proxy_of_the_environment_is_used_but_not_for_loopback() {
    let stub = start(Script::standard());
    let port = stub.https.rsplit(':').next().expect("a port");
    let proxy = proxy::start(&format!("127.0.0.1:{port}"));
    let through = json!({"Host": format!("https://{NAME}:{port}"), "EnrollmentKey": "rl_enroll_managed"});
    let Some(mut device) = Device::managed(&through) else { return };
    device.put_etc(STORE, &stub.ca_pem);
    let ran = device.run(&["enroll"]);
    assert!(ran.exit == 1 && ran.stderr.contains("cannot be reached"), "{ran:?}");
    device.set("HTTPS_PROXY", &proxy.address);
    accepted(&device.run(&["enroll"]), &stub);
    assert_eq!(proxy.asked(), [format!("CONNECT {NAME}:{port} HTTP/1.1")]);
    device.set("NO_PROXY", NAME);
    assert_eq!(device.run(&["enroll", "--force"]).exit, 1);
    assert_eq!(proxy.asked().len(), 1);

    let Some((mut device, ca)) = device_of(&stub) else { return };
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        device.set(name, &proxy.address);
    }
    accepted(&device.run(&["enroll", "--ca-bundle", &ca]), &stub);
    assert_eq!(proxy.asked().len(), 1);
}
