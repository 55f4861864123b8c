//! Who answers is who they should be, or is not believed.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig};

use super::*;
use crate::remote_jwks::roots::Roots;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    /// An issuer with a certificate from here.
    fn issuer(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Double {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Double::start_tls(&["a"], Arc::new(config))
    }
}

async fn answer(issuer: &Double, roots: Option<&Authority>) -> Result<(), RemoteJwksErrorKind> {
    let jwks = RemoteJwks::discover(&issuer.url()).unwrap();
    let jwks = match roots {
        Some(authority) => jwks
            .with_root_certificates(authority.pem().as_bytes())
            .unwrap(),
        None => jwks,
    };
    let answer = jwks.ready().await;
    assert_eq!(answer.is_ok(), jwks.keys().contains("a"));
    answer.map_err(|error| error.kind())
}

#[tokio::test]
async fn an_issuer_is_believed_with_a_certificate_of_a_trusted_authority() {
    let authority = Authority::new();
    let issuer = authority.issuer("localhost", |_| {});
    assert_eq!(answer(&issuer, Some(&authority)).await, Ok(()));
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn whoever_is_not_the_issuer_is_told_nothing() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let of_another_name = authority.issuer("issuer.example", |_| {});
    let expired = authority.issuer("localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    let of_a_stranger = stranger.issuer("localhost", |_| {});
    for (what, issuer) in [
        ("another name", of_another_name),
        ("expired", expired),
        ("another authority", of_a_stranger),
    ] {
        let kind = answer(&issuer, Some(&authority)).await.unwrap_err();
        assert_eq!(kind, RemoteJwksErrorKind::Unreachable, "{what}");
        assert!(issuer.requests().is_empty(), "{what}");
    }
}

// The system's authorities do not know ours; a system without any is told so.
#[tokio::test]
async fn by_default_the_systems_authorities_are_trusted() {
    let issuer = Authority::new().issuer("localhost", |_| {});
    let kind = answer(&issuer, None).await.unwrap_err();
    let expected = [RemoteJwksErrorKind::Unreachable, RemoteJwksErrorKind::Roots];
    assert!(expected.contains(&kind), "{kind:?}");
    assert!(issuer.requests().is_empty());
}

#[tokio::test]
async fn a_system_without_authorities_asks_nobody_over_tls() {
    let issuer = Authority::new().issuer("localhost", |_| {});
    let jwks = RemoteJwks::discover(&issuer.url()).unwrap();
    let roots = Roots::These(Arc::new(RootCertStore::empty()));
    let jwks = RemoteJwks::from_config(Config {
        roots,
        ..jwks.0.config().clone()
    });
    assert_eq!(refused(&jwks).await, RemoteJwksErrorKind::Roots);
}

#[test]
fn what_holds_no_certificate_is_refused() {
    for pem in [
        "",
        "localhost",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        &KeyPair::generate().unwrap().serialize_pem(),
    ] {
        let jwks = RemoteJwks::discover("https://issuer.example").unwrap();
        let error = jwks.with_root_certificates(pem.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), RemoteJwksErrorKind::Roots, "{pem}");
    }
}
