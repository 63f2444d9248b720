//! The addon's classes beside the engine's, row by row.

use super::figure::Figure;

/// Median, smallest and largest of the rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) label: String,
    pub(crate) unit: String,
    /// None: the engine's classes cannot do it, or not in the time that there is.
    pub(crate) engine: Option<Engine>,
    pub(crate) ours: Spread,
    /// Without DTLS, where that makes sense.
    pub(crate) udp: Option<Spread>,
    pub(crate) our_cipher: String,
    /// Packets lost by any contender.
    pub(crate) lost: u32,
}

impl Spread {
    /// None: there are no values.
    fn of(mut values: Vec<f64>) -> Option<Spread> {
        values.sort_by(f64::total_cmp);
        let median = (values.get((values.len().max(1) - 1) / 2)? + values.get(values.len() / 2)?) / 2.0;
        Some(Spread {
            median,
            min: *values.first()?,
            max: *values.last()?,
        })
    }
}

/// The engine's side of a row.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) figures: Spread,
    /// Ours to the engine's, each in the same round. None: the engine's are 0.
    pub(crate) ratio: Option<Spread>,
    pub(crate) cipher: String,
}

impl Comparison {
    /// Ours to the engine's, where both are known.
    pub(crate) fn ratio(&self) -> Option<Spread> {
        self.engine.as_ref()?.ratio
    }

    /// How many times as good as the engine ours is: for a rate more is better, for anything else less. None: no number of
    /// times.
    pub(crate) fn gain(&self) -> Option<Spread> {
        let ratio = self.ratio().filter(|ratio| ratio.min > 0.0)?;
        if self.unit.ends_with("/s") {
            return Some(ratio);
        }
        Some(Spread {
            median: 1.0 / ratio.median,
            min: 1.0 / ratio.max,
            max: 1.0 / ratio.min,
        })
    }
}

/// Compares every way to use the addon's classes with the engine's, in the order in which the figures came.
pub(crate) fn of(figures: &[Figure]) -> Vec<Comparison> {
    let mut rows: Vec<(&str, &str)> = Vec::new();
    for figure in figures {
        let row = (figure.title.as_str(), figure.row.as_str());
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows.into_iter().flat_map(|row| compare_row(figures, row)).collect()
}

fn compare_row(figures: &[Figure], (title, row): (&str, &str)) -> Vec<Comparison> {
    let figures: Vec<&Figure> = figures
        .iter()
        .filter(|figure| figure.title == title && figure.row == row)
        .collect();
    let mut ways: Vec<&str> = Vec::new();
    for figure in &figures {
        if !["engine", "udp"].contains(&figure.contender.as_str()) && !ways.contains(&figure.contender.as_str()) {
            ways.push(&figure.contender);
        }
    }
    ways.into_iter().filter_map(|way| compare(&figures, way)).collect()
}

/// None: this way has no figures.
fn compare(figures: &[&Figure], way: &str) -> Option<Comparison> {
    let of = |contender: &str| {
        figures
            .iter()
            .copied()
            .filter(|figure| figure.contender == contender)
            .collect::<Vec<_>>()
    };
    let spread = |figures: &[&Figure]| Spread::of(figures.iter().map(|figure| figure.value).collect());
    let (engine, ours) = (of("engine"), of(way));
    let ratios = engine.iter().flat_map(|theirs| {
        let same_round = ours.iter().filter(|our| our.round == theirs.round);
        same_round.map(|our| our.value / theirs.value)
    });
    let ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
    let our_first = ours.first()?;
    Some(Comparison {
        label: label(our_first, way),
        unit: our_first.unit.clone(),
        engine: engine.first().and_then(|first| {
            Some(Engine {
                figures: spread(&engine)?,
                ratio: Spread::of(ratios),
                cipher: first.cipher.clone(),
            })
        }),
        ours: spread(&ours)?,
        udp: spread(&of("udp")),
        our_cipher: our_first.cipher.clone(),
        lost: figures.iter().map(|figure| figure.lost).sum(),
    })
}

fn label(figure: &Figure, way: &str) -> String {
    let mut label = figure.title.clone();
    if !figure.row.is_empty() {
        label += &format!(", {}", figure.row);
    }
    if way != "ours" {
        label += &format!(", {}", way.replace("client_certificates", "client certificates"));
    }
    label
}

#[cfg(test)]
mod tests {
    use super::{Spread, of};
    use crate::bench::figure::Figure;

    fn figure(contender: &str, round: u32, value: f64, unit: &str) -> Figure {
        Figure {
            title: "Packets".into(),
            row: "64 bytes".into(),
            contender: contender.into(),
            round,
            value,
            unit: unit.into(),
            cipher: String::new(),
            lost: round,
        }
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let figures = [
            figure("engine", 0, 100.0, "packets/s"),
            figure("ours", 0, 300.0, "packets/s"),
            figure("engine", 1, 50.0, "packets/s"),
            figure("ours", 1, 100.0, "packets/s"),
            figure("engine", 2, 10.0, "packets/s"),
            figure("ours", 2, 25.0, "packets/s"),
        ];
        let found = of(&figures);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].ratio(),
            Some(Spread {
                median: 2.5,
                min: 2.0,
                max: 3.0
            })
        );
        let engine = found[0].engine.as_ref().unwrap();
        assert_eq!((engine.figures.median, found[0].ours.max), (50.0, 300.0));
        assert_eq!(found[0].lost, 6);
        assert!(found[0].udp.is_none());
    }

    #[test]
    fn each_way_to_use_ours_is_a_row() {
        let figures = ["engine", "ours", "poll_all", "udp"].map(|contender| figure(contender, 0, 2.0, "µs"));
        let labels: Vec<_> = of(&figures).into_iter().map(|row| row.label).collect();
        assert_eq!(labels, ["Packets, 64 bytes", "Packets, 64 bytes, poll_all"]);
    }

    #[test]
    fn of_a_time_less_is_better() {
        let figures = [figure("engine", 0, 8.0, "µs"), figure("ours", 0, 2.0, "µs")];
        assert_eq!(of(&figures)[0].gain().unwrap().median, 4.0);
    }

    #[test]
    fn what_the_engine_cannot_do_has_no_ratio() {
        let found = of(&[figure("ours", 0, 2.0, "µs")]);
        assert!(found[0].engine.is_none() && found[0].gain().is_none());
    }

    #[test]
    fn to_nothing_there_is_no_ratio() {
        let found = of(&[figure("engine", 0, 0.0, "packets"), figure("ours", 0, 0.0, "packets")]);
        assert!(found[0].engine.is_some() && found[0].ratio().is_none());
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        let spread = Spread::of(vec![4.0, 1.0, 2.0, 9.0]).unwrap();
        assert_eq!((spread.median, spread.min, spread.max), (3.0, 1.0, 9.0));
        assert_eq!(Spread::of(vec![]), None);
    }
}
