//! Keys for the tests of what is signed.

use std::sync::Arc;

use empress_auth_core::MasterKey;
use tokio::sync::OnceCell;

use super::tests::Table;
use super::{KeyRing, SigningKey};
use crate::client::SigningAlg;
use crate::store::SigningKeyStore;

/// The same key for one algorithm in every test: RSA keys take their time.
pub(crate) async fn key(alg: SigningAlg) -> Arc<SigningKey> {
    ring().await.signer(alg).await.unwrap()
}

/// The ring of these keys.
pub(crate) async fn ring() -> KeyRing {
    static RING: OnceCell<KeyRing> = OnceCell::const_new();
    let ring = RING.get_or_init(async || {
        let store: Arc<dyn SigningKeyStore> = Arc::new(Table::default());
        let ring = KeyRing::new(store, &MasterKey::from_bytes([1; 32]));
        let ring = ring.with_algs([SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::EdDsa]);
        ring.ensure().await.unwrap();
        ring
    });
    ring.await.clone()
}
