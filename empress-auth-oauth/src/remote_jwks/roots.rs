//! Whose certificates does an issuer's certificate have to come from?
//!
//! The system's, by default: they are kept up to date without a new build, and an issuer inside a company is found under
//! the company's own authority. A list that is compiled in would do neither.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::error::{RemoteJwksError, RemoteJwksErrorKind};

/// Where trust in a server's certificate begins.
#[derive(Debug, Clone, Default)]
pub(super) enum Roots {
    #[default]
    System,
    These(Arc<RootCertStore>),
}

pub(super) struct TlsConfig {
    pub(super) config: ClientConfig,
    pub(super) has_roots: bool,
}

impl Roots {
    /// The certificates in this PEM text, and no others.
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, RemoteJwksError> {
        let refuse = |why: &str| RemoteJwksError::new(RemoteJwksErrorKind::Roots, why);
        let mut store = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| refuse("the PEM text is broken"))?;
            store
                .add(certificate)
                .map_err(|_| refuse("one of them is no certificate"))?;
        }
        if store.is_empty() {
            return Err(refuse("the text holds no certificate in PEM"));
        }
        Ok(Self::These(Arc::new(store)))
    }

    /// Reads the system's certificates from the disk: some milliseconds, once.
    pub(super) fn tls_config(&self) -> Result<TlsConfig, RemoteJwksError> {
        let store = match self {
            Self::These(store) => Arc::clone(store),
            Self::System => {
                let mut store = RootCertStore::empty();
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                Arc::new(store)
            }
        };
        let has_roots = !store.is_empty();
        // The provider is named, not taken from the process: another dependency of the application may have chosen one.
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| {
                let detail = "TLS cannot be set up";
                RemoteJwksError::new(RemoteJwksErrorKind::Roots, detail).with_source(error)
            })?
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(TlsConfig { config, has_roots })
    }
}
