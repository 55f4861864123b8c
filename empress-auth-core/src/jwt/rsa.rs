//! Is this RSA key good enough, and how is it written in DER?

use super::roca;

/// Less can be factored; more costs each verification too much, and an issuer that we do not know chooses it.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;

/// NIST FIPS 186-5 §5.4: odd, above 2^16. What is small lets lax padding be forged.
const MIN_EXPONENT: u64 = 65_537;

/// The key as `RSAPublicKey` ([RFC 8017 §A.1.1](https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1)).
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn public_key_der(modulus: &[u8], exponent: &[u8]) -> Result<Vec<u8>, &'static str> {
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let top = modulus.first().copied().unwrap_or_default();
    let bits = (modulus.len() * 8).saturating_sub(top.leading_zeros().try_into().unwrap_or(0));
    if !MODULUS_BITS.contains(&bits) {
        return Err("its modulus has not 2,048 to 4,096 bits");
    }
    let is_odd = modulus.last().is_some_and(|byte| byte % 2 == 1);
    if !is_odd || !is_good_exponent(exponent) {
        return Err("its modulus or exponent is a weak one");
    }
    if roca::is_weak(modulus) {
        return Err("its modulus can be factored, CVE-2017-15361");
    }
    let numbers = [integer(modulus), integer(exponent)].concat();
    Ok(tagged(SEQUENCE, &numbers))
}

fn is_good_exponent(exponent: &[u8]) -> bool {
    // Above 33 bits it is nobody's, and what verifies would refuse it anyhow.
    exponent.len() <= 5 && {
        let value = exponent
            .iter()
            .fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
        value >= MIN_EXPONENT && value % 2 == 1
    }
}

fn without_zeros(mut bytes: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;

/// Of a number without leading zeros, which must not look negative.
fn integer(number: &[u8]) -> Vec<u8> {
    let looks_negative = number.first().is_some_and(|byte| *byte >= 0x80);
    let sign: &[u8] = if looks_negative { &[0] } else { &[] };
    tagged(INTEGER, &[sign, number].concat())
}

fn tagged(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut der = vec![tag];
    let length = contents.len().to_be_bytes();
    let length = without_zeros(&length);
    match (length, u8::try_from(length.len())) {
        ([short @ ..=0x7f], _) => der.push(*short),
        (_, Ok(bytes)) => {
            der.push(0x80 | bytes);
            der.extend_from_slice(length);
        }
        (_, Err(_)) => {}
    }
    der.extend_from_slice(contents);
    der
}
