//! A token that was changed in any place is not one of ours, and that is found out without the store (K-3, K-4).

use std::collections::HashSet;

use empress_auth_core::testing::unstored_token;
use empress_auth_core::{Authenticator, MemoryStore, RejectionKind, StoreKey, TokenKind};

use crate::probe::Probe;
use crate::support::{BASE62, Random, accepted, refused, start, store_and_clock, token, user};

const PREFIX: usize = "emp_pat_".len();
const CHECKED: usize = PREFIX + 38;

/// The token with the checksum of what it now holds.
fn rechecked(text: &str) -> String {
    let mut sum = crc32fast::hash(&text.as_bytes()[PREFIX..CHECKED]);
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[usize::try_from(sum % 62).unwrap()];
        sum /= 62;
    }
    format!(
        "{}{}",
        &text[..CHECKED],
        std::str::from_utf8(&digits).unwrap()
    )
}

fn replaced(text: &str, at: usize, with: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = with;
    String::from_utf8(bytes).unwrap()
}

struct Scene {
    probe: Probe,
    layer: Authenticator,
    token: String,
}

async fn scene() -> Scene {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let token = token(&store, "ada", &clock).await;
    let probe = Probe::new(store);
    let layer = Authenticator::new(probe.clone()).clock(clock);
    Scene {
        probe,
        layer,
        token: token.expose_secret().to_owned(),
    }
}

#[tokio::test]
async fn no_edit_of_a_valid_token_is_accepted() {
    let Scene {
        probe,
        layer,
        token,
    } = scene().await;
    assert_eq!(rechecked(&token), token, "the checksum is understood");
    let mut edits: HashSet<String> = HashSet::new();
    edits.extend((1..token.len()).map(|len| token[..len].to_owned()));
    edits.extend((1..token.len()).map(|from| token[from..].to_owned()));
    for at in 0..token.len() {
        edits.extend(BASE62.iter().map(|digit| replaced(&token, at, *digit)));
        edits.insert(replaced(&token, at, b'_'));
        edits.insert(format!("{}{}", &token[..at], &token[at + 1..]));
        edits.insert(format!("{}0{}", &token[..at], &token[at..]));
        edits.insert(format!(
            "{}{}{}",
            &token[..at],
            &token[at..=at],
            &token[at..]
        ));
    }
    for digit in BASE62 {
        edits.insert(format!("{token}{}", char::from(*digit)));
    }
    for prefix in [
        "emp_at_", "emp_rt_", "emp_ac_", "emp_ss_", "emp_", "EMP_PAT_", "",
    ] {
        edits.insert(format!("{prefix}{}", &token[PREFIX..]));
    }
    edits.extend([
        token.to_uppercase(),
        token.to_lowercase(),
        token.repeat(2),
        format!("{token}|{token}"),
        format!("x|{token}"),
        format!("{token}\u{b}"),
    ]);
    edits.remove(&token);
    for scheme in ["Bearer", "Token"] {
        let field = format!("{scheme} {token}");
        accepted(&layer, &field).await;
        for edit in &edits {
            let asked = probe.asked();
            let field = format!("{scheme} {edit}");
            let Ok(request) = http::Request::builder()
                .header("authorization", &field)
                .body(())
            else {
                continue;
            };
            let decision = empress_auth_core::testing::decide(&layer, &request).await;
            assert!(decision.is_err(), "accepted: {edit}");
            if edit.starts_with("emp_") {
                assert_eq!(probe.asked(), asked, "the store was asked for {edit}");
            }
        }
    }
}

#[tokio::test]
async fn an_edit_with_the_right_checksum_has_the_wrong_tag() {
    let Scene {
        probe,
        layer,
        token,
    } = scene().await;
    for at in PREFIX..CHECKED {
        for digit in BASE62 {
            let edit = rechecked(&replaced(&token, at, *digit));
            if edit != token {
                let field = format!("Bearer {edit}");
                assert_eq!(refused(&layer, &field).await, RejectionKind::Invalid);
            }
        }
    }
    // Each had one chance in 2^23.
    assert!(probe.asked() <= 1, "{}", probe.asked());
}

#[tokio::test]
async fn tokens_that_were_not_made_here_do_not_reach_the_store() {
    let Scene { probe, layer, .. } = scene().await;
    let mut random = Random::new(13);
    let foreign = StoreKey::from_bytes(&[9; 32]);
    for round in 0..100_000 {
        let text = if round % 2 == 0 {
            let text = format!("emp_pat_{}", random.text(38, BASE62));
            rechecked(&format!("{text}000000"))
        } else {
            format!("emp_pat_{}", random.text(44, BASE62))
        };
        let kind = refused(&layer, &format!("Bearer {text}")).await;
        assert_eq!(kind, RejectionKind::Invalid);
    }
    for _ in 0..1_000 {
        let (_, text) = unstored_token(TokenKind::Api, &foreign, start());
        let kind = refused(&layer, &format!("Token {text}")).await;
        assert_eq!(kind, RejectionKind::Invalid);
    }
    assert!(probe.asked() <= 1, "{}", probe.asked());
}

#[tokio::test]
async fn a_token_of_another_store_is_unknown() {
    let Scene { token, .. } = scene().await;
    let probe = Probe::new(MemoryStore::new());
    let layer = Authenticator::new(probe.clone());
    let kind = refused(&layer, &format!("Bearer {token}")).await;
    assert_eq!(kind, RejectionKind::Invalid);
    assert_eq!(probe.asked(), 0);
}
