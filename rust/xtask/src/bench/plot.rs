//! The gains over the engine as a bar chart.

use super::comparison::{Comparison, Spread};
use anyhow::Result;
use plotters::prelude::*;

const WIDTH: u32 = 900;
const ROW: u32 = 26;
/// For the caption and the scale.
const AROUND: u32 = 100;
const LABELS: u32 = 350;
const TICKS: [f64; 13] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0,
];
const BAR: RGBColor = RGBColor(0x3b, 0x78, 0xb5);
const WORSE: RGBColor = RGBColor(0xc4, 0x6a, 0x3a);

/// A bar for each row, on a logarithmic scale, with a line from the least to the greatest gain of the rounds. None: no row
/// has the engine's classes in it.
pub(crate) fn svg(comparisons: &[Comparison]) -> Result<Option<String>> {
    let mut text = String::new();
    let gains: Vec<(&str, Spread)> = comparisons
        .iter()
        .filter_map(|row| Some((row.label.as_str(), row.gain()?)))
        .collect();
    if gains.is_empty() {
        return Ok(None);
    }
    let rows = i32::try_from(gains.len())?;
    let least = gains.iter().map(|(_, gain)| gain.min).fold(0.5, f64::min);
    let greatest = gains.iter().map(|(_, gain)| gain.max).fold(2.0, f64::max);
    {
        let height = AROUND + ROW * u32::try_from(rows)?;
        let area = SVGBackend::with_string(&mut text, (WIDTH, height)).into_drawing_area();
        area.fill(&WHITE)?;
        let (from, to) = (least * 0.9, greatest * 1.1);
        let ticks = TICKS.into_iter().filter(|tick| (from..to).contains(tick)).collect();
        let scale = (from..to).log_scale().with_key_points(ticks);
        let mut chart = ChartBuilder::on(&area)
            .caption("Times as good as the engine's own classes", ("sans-serif", 20))
            .margin(10)
            .margin_right(30)
            .x_label_area_size(30)
            .y_label_area_size(LABELS)
            .build_cartesian_2d(scale, (0..rows - 1).into_segmented())?;
        let label = |segment: &SegmentValue<i32>| match segment {
            SegmentValue::CenterOf(place) => usize::try_from(rows - 1 - place)
                .ok()
                .and_then(|index| gains.get(index))
                .map_or(String::new(), |(label, _)| (*label).to_owned()),
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .max_light_lines(1)
            .y_labels(gains.len())
            .y_label_formatter(&label)
            .x_label_formatter(&|gain| format!("{gain}"))
            .label_style(("sans-serif", 13))
            .draw()?;
        for (place, (_, gain)) in (0..rows).rev().zip(&gains) {
            let color = if gain.median < 1.0 { WORSE } else { BAR };
            let corners = [
                (1.0, SegmentValue::Exact(place)),
                (gain.median, SegmentValue::Exact(place + 1)),
            ];
            let mut bar = Rectangle::new(corners, color.filled());
            bar.set_margin(5, 5, 0, 0);
            let middle = SegmentValue::CenterOf(place);
            chart.draw_series([bar])?;
            chart.draw_series([PathElement::new(
                vec![(gain.min, middle.clone()), (gain.max, middle)],
                BLACK,
            )])?;
        }
        let ends = [SegmentValue::Exact(0), SegmentValue::Exact(rows)];
        chart.draw_series([PathElement::new(ends.map(|end| (1.0, end)).to_vec(), BLACK)])?;
        area.present()?;
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::bench::comparison;
    use crate::bench::figure::Figure;

    #[test]
    fn every_row_has_its_label() {
        let figure = |contender: &str, row: &str, value| Figure {
            title: "Echo".into(),
            row: row.into(),
            contender: contender.into(),
            round: 0,
            value,
            unit: "µs".into(),
            cipher: String::new(),
            lost: 0,
        };
        let figures = [
            figure("engine", "small", 2.0),
            figure("ours", "small", 1.0),
            figure("engine", "large", 2.0),
            figure("ours", "large", 3.0),
        ];
        let text = svg(&comparison::of(&figures)).unwrap().unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        assert!(text.contains("Echo, small") && text.contains("Echo, large"));
    }
}
