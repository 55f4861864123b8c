//! Makes tokens of ours and knows them again, for crates that keep rows of their own.

use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::clock::unix_millis;
use crate::digest::SecretDigest;
use crate::entropy::{Entropy, EntropyError};
use crate::token_text::{StoreKey, TokenId, TokenKind, TokenText};

/// Makes tokens of one store and knows them again.
///
/// # Examples
///
/// ```
/// use std::time::SystemTime;
///
/// use empress_auth_core::{Entropy, StoreKey, TokenKind, TokenMint};
///
/// let entropy = Entropy::system();
/// let (key, _) = StoreKey::generate(&entropy)?;
/// let mint = TokenMint::new(key, entropy);
/// let code = mint.make(TokenKind::Code, SystemTime::now())?;
/// assert!(code.expose_secret().starts_with("emp_ac_"));
/// assert_eq!(mint.id_of(TokenKind::Code, code.expose_secret()), Some(code.id));
/// assert_eq!(mint.id_of(TokenKind::Refresh, code.expose_secret()), None);
/// assert!(code.digest.is_of(code.expose_secret().as_bytes()));
/// # Ok::<(), empress_auth_core::EntropyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct TokenMint {
    key: StoreKey,
    entropy: Entropy,
}

/// A token that was just made; the one value that holds it in clear.
pub struct Minted {
    /// The public id.
    pub id: TokenId,
    /// What is to be stored.
    pub digest: SecretDigest,
    text: Zeroizing<String>,
}

impl TokenMint {
    /// For the store that holds `key`.
    #[must_use]
    pub const fn new(key: StoreKey, entropy: Entropy) -> Self {
        Self { key, entropy }
    }

    /// Makes a token. Two of one millisecond share an id once in 2^23: a store refuses the second one, make another.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] if the random generator does not answer.
    pub fn make(&self, kind: TokenKind, at: SystemTime) -> Result<Minted, EntropyError> {
        let (id, text) = TokenText::generate(kind, unix_millis(at), &self.key, &self.entropy)?;
        let digest = SecretDigest::sha256_of(text.as_bytes());
        Ok(Minted { id, digest, text })
    }

    /// The id in a token of this kind; `None` if it is none, is not well-formed or was not made for this store. Whether
    /// it is genuine only its digest can tell.
    #[must_use]
    pub fn id_of(&self, kind: TokenKind, token: &str) -> Option<TokenId> {
        let text = TokenText::parse(token.as_bytes())?;
        (text.kind == kind && text.is_tagged_by(&self.key)).then_some(text.id)
    }

    /// The random generator.
    #[must_use]
    pub const fn entropy(&self) -> &Entropy {
        &self.entropy
    }
}

impl Minted {
    /// The token in clear: show it once, then drop this.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Debug for Minted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Minted")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
