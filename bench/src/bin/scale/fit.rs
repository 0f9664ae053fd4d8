//! The exponent of a power law.

/// The slope of the least-squares line through the logarithms of points above zero.
pub fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count: f64 = logs.iter().map(|_| 1.0).sum();
    let x = logs.iter().map(|point| point.0).sum::<f64>() / count;
    let y = logs.iter().map(|point| point.1).sum::<f64>() / count;
    let (mut above, mut below) = (0.0, 0.0);
    for point in &logs {
        above += (point.0 - x) * (point.1 - y);
        below += (point.0 - x).powi(2);
    }
    above / below
}
