//! Curves on logarithmic axes, as SVG.

use std::error::Error;

use plotters::prelude::*;

use super::grow::Curve;

const SIZE: (u32, u32) = (720, 420);
const COLOURS: [RGBColor; 6] = [
    RGBColor(150, 150, 150),
    RGBColor(90, 90, 90),
    RGBColor(200, 30, 30),
    RGBColor(30, 110, 180),
    RGBColor(230, 150, 20),
    RGBColor(40, 140, 70),
];

pub fn draw(path: &str, title: &str, axis: &str, series: &[(&str, &Curve)]) -> Result<(), Box<dyn Error>> {
    let points = || series.iter().flat_map(|(_, curve)| curve.iter());
    let least = |part: fn(&(f64, f64)) -> f64| points().map(part).fold(f64::INFINITY, f64::min);
    let most = |part: fn(&(f64, f64)) -> f64| points().map(part).fold(0.0, f64::max);
    let xs = least(|point| point.0)..most(|point| point.0);
    let (low, high) = (least(|point| point.1) / 1.5, most(|point| point.1) * 1.5);
    // Two fifths of the height above the curves are for the names.
    let ys = low..high * (high / low).powf(0.6);

    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18))
        .margin(10)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d(xs.log_scale(), ys.log_scale())?;
    chart
        .configure_mesh()
        .x_desc(axis)
        .y_desc("ns per request")
        .x_label_formatter(&|x| short(*x))
        .y_label_formatter(&|y| short(*y))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for ((name, curve), colour) in series.iter().zip(COLOURS) {
        let line = LineSeries::new(curve.iter().copied(), colour.stroke_width(2)).point_size(3);
        let key = move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2));
        chart.draw_series(line)?.label(*name).legend(key);
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .draw()?;
    area.present()?;
    Ok(())
}

/// 1,000 is 1k.
fn short(value: f64) -> String {
    match value {
        v if v >= 1e6 => format!("{}M", v / 1e6),
        v if v >= 1e3 => format!("{}k", v / 1e3),
        v => format!("{v}"),
    }
}
