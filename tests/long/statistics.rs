//! Are two sets of measurements from one distribution?

/// The probability that two samples of one distribution lie as far apart as these: the two-sample test of Kolmogorov and
/// Smirnov, by its asymptotic distribution.
pub(crate) fn kolmogorov_smirnov(one: &[f64], other: &[f64]) -> f64 {
    let (one, other) = (sorted(one), sorted(other));
    let (n, m) = (count(one.len()), count(other.len()));
    let (mut i, mut j, mut distance) = (0, 0, 0.0_f64);
    while i < one.len() && j < other.len() {
        let at = one[i].min(other[j]);
        i += one[i..].iter().take_while(|value| **value <= at).count();
        j += other[j..].iter().take_while(|value| **value <= at).count();
        distance = distance.max((count(i) / n - count(j) / m).abs());
    }
    let root = (n * m / (n + m)).sqrt();
    survival((root + 0.12 + 0.11 / root) * distance)
}

/// The survival function of Kolmogorov's distribution.
fn survival(lambda: f64) -> f64 {
    if lambda < 0.2 {
        return 1.0;
    }
    let term = |k: f64| (-2.0 * k * k * lambda * lambda).exp();
    let sum: f64 = (1..=100)
        .map(|k| term(f64::from(k)) * if k % 2 == 1 { 1.0 } else { -1.0 })
        .sum();
    (2.0 * sum).clamp(0.0, 1.0)
}

/// How much more often a value of `one` is above one of `other` than below: −1 to 1, 0 for no difference (Cliff's delta).
pub(crate) fn cliffs_delta(one: &[f64], other: &[f64]) -> f64 {
    let other = sorted(other);
    let balance: f64 = one
        .iter()
        .map(|value| {
            let below = other.partition_point(|it| it < value);
            let not_above = other.partition_point(|it| it <= value);
            count(below) - (count(other.len()) - count(not_above))
        })
        .sum();
    balance / (count(one.len()) * count(other.len()))
}

pub(crate) fn median(values: &[f64]) -> f64 {
    sorted(values)[values.len() / 2]
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

#[test]
fn samples_of_one_distribution_are_told_from_shifted_ones() {
    let mut random = empress_auth_tests::Random::new(3);
    let mut sample = |shift: f64| -> Vec<f64> {
        let mut uniform = || f64::from(u32::try_from(random.number() & 0xffff).unwrap()) / 65_536.0;
        (0..2_000).map(|_| shift + uniform() + uniform()).collect()
    };
    let (one, same, shifted) = (sample(0.0), sample(0.0), sample(0.1));
    assert!(kolmogorov_smirnov(&one, &same) > 0.001);
    assert!(cliffs_delta(&one, &same).abs() < 0.05);
    assert!(kolmogorov_smirnov(&one, &shifted) < 0.001);
    assert!(cliffs_delta(&shifted, &one) > 0.05);
}

// Values that any package of statistics gives.
#[test]
fn known_values_come_out() {
    let (one, other) = ([1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 5.0, 6.0]);
    assert!((cliffs_delta(&one, &other) + 0.75).abs() < 1e-9);
    assert!((survival(1.36) - 0.0495).abs() < 0.0005);
    assert!((survival(1.95) - 0.000_996).abs() < 0.000_02);
    assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
}
