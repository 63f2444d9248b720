//! What a load has shown, and what was promised of it.

use super::kernel;
use crate::process::Process;
use anyhow::Result;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// Of the echoes of the median peer, the peer with the fewest has at least so many. What the kernel has dropped, nobody knows
/// of which peer, counts as its own.
const FAIR: f64 = 0.95;

/// So much more memory than when it was warm the server may have at the end, in KiB: what one session in a hundred
/// holds.
const MEMORY_A_PEER: f64 = 0.8;
/// And this in any case, for the engine's own sake.
const MEMORY: f64 = 1024.0;

/// What `tests/godot/soak/server.gd` prints.
#[derive(Clone, Deserialize)]
pub(super) struct ServerFigures {
    peers: u32,
    received: u64,
    sent: u64,
    refused: u64,
    frames: u64,
    longest_frame_usec: u64,
    dropped: u64,
}

impl ServerFigures {
    pub(super) fn since(&self, before: &ServerFigures) -> ServerFigures {
        ServerFigures {
            received: self.received - before.received,
            sent: self.sent - before.sent,
            refused: self.refused - before.refused,
            frames: self.frames - before.frames,
            dropped: self.dropped - before.dropped,
            ..self.clone()
        }
    }
}

/// What `tests/godot/soak/clients.gd` prints.
#[derive(Default, Deserialize)]
pub(super) struct ClientFigures {
    sent: u64,
    refused: u64,
    received: u64,
    wrong: u64,
    dropped: u64,
    /// Of each client.
    echoes: Vec<u64>,
    /// The longest time that a client has waited for an echo.
    silence_msec: f64,
    /// Milliseconds from a packet to its echo, and how many there are with as many.
    delays: BTreeMap<u64, u64>,
}

impl ClientFigures {
    pub(super) fn sum(all: Vec<ClientFigures>) -> ClientFigures {
        let mut sum = ClientFigures::default();
        for one in all {
            sum.sent += one.sent;
            sum.refused += one.refused;
            sum.received += one.received;
            sum.wrong += one.wrong;
            sum.dropped += one.dropped;
            sum.echoes.extend(one.echoes);
            sum.silence_msec = sum.silence_msec.max(one.silence_msec);
            for (delay, count) in one.delays {
                *sum.delays.entry(delay).or_default() += count;
            }
        }
        sum.echoes.sort_unstable();
        sum
    }

    fn worst_and_median(&self) -> (u64, u64) {
        let at = |index: usize| self.echoes.get(index).copied().unwrap_or(0);
        (at(0), at(self.echoes.len() / 2))
    }

    /// The delay, in milliseconds, that so many of a thousand echoes do not exceed.
    fn delay(&self, of_thousand: u64) -> u64 {
        let rank = self.delays.values().sum::<u64>() * of_thousand / 1000;
        let mut seen = 0;
        for (delay, count) in &self.delays {
            seen += count;
            if seen >= rank {
                return *delay;
            }
        }
        0
    }
}

/// Datagrams that the kernel has dropped.
#[derive(Clone, Copy)]
pub(super) struct Usage {
    at_server: u64,
    at_clients: u64,
    of_all: u64,
}

impl Usage {
    pub(super) fn of(server: &Process, clients: &[Process]) -> Result<Usage> {
        let mut at_clients = 0;
        for client in clients {
            at_clients += kernel::drops(client.id())?;
        }
        Ok(Usage {
            at_server: kernel::drops(server.id())?,
            at_clients,
            of_all: kernel::drops_of_all()?,
        })
    }

    pub(super) fn since(self, before: Usage) -> Usage {
        Usage {
            at_server: self.at_server - before.at_server,
            at_clients: self.at_clients - before.at_clients,
            of_all: self.of_all - before.of_all,
        }
    }
}

/// All that was counted while the clients sent.
pub(super) struct Outcome {
    /// Packets that the clients had to send.
    pub(super) expected: u64,
    pub(super) peers: u32,
    pub(super) server: ServerFigures,
    pub(super) clients: ClientFigures,
    pub(super) kernel: Usage,
    /// The server's when it was warm and at the end, in KiB.
    pub(super) memory: (u64, u64),
}

/// What has to be so.
pub(super) struct Promise {
    pub(super) text: &'static str,
    /// None: it is kept.
    pub(super) broken: Option<String>,
}

impl Outcome {
    fn lost(&self) -> [i64; 2] {
        let difference = |sent: u64, received: u64| sent.cast_signed() - received.cast_signed();
        [
            difference(self.clients.sent, self.server.received),
            difference(self.server.sent, self.clients.received),
        ]
    }

    fn dropped_by_kernel(&self) -> [u64; 2] {
        [self.kernel.at_server, self.kernel.at_clients]
    }

    fn memory_limit(&self) -> f64 {
        MEMORY.max(MEMORY_A_PEER * f64::from(self.peers))
    }

    pub(super) fn promises(&self) -> Vec<Promise> {
        let promise = |text, kept: bool, how: String| Promise {
            text,
            broken: (!kept).then_some(how),
        };
        let [to_server, to_clients] = self.lost();
        let [at_server, at_clients] = self.dropped_by_kernel();
        let (worst, median) = self.clients.worst_and_median();
        let more = self.memory.1 as f64 - self.memory.0 as f64;
        let refused = self.clients.refused + self.server.refused;
        vec![
            promise(
                "all packets are sent",
                self.clients.sent == self.expected && refused == 0,
                format!("{} of {}, {refused} refused", self.clients.sent, self.expected),
            ),
            promise(
                "nothing is lost on the way to the server but what the kernel drops",
                to_server == at_server.cast_signed(),
                format!("{to_server} are lost, the kernel has dropped {at_server}"),
            ),
            promise(
                "nothing is lost on the way back but what the kernel drops",
                to_clients == at_clients.cast_signed(),
                format!("{to_clients} are lost, the kernel has dropped {at_clients}"),
            ),
            promise(
                "each echo is what its client has sent, and comes once",
                self.clients.wrong == 0,
                format!("{} are not", self.clients.wrong),
            ),
            promise(
                "the library drops nothing",
                self.clients.dropped + self.server.dropped == 0,
                format!(
                    "{} at clients, {} at the server",
                    self.clients.dropped, self.server.dropped
                ),
            ),
            promise(
                "no peer is starved",
                (worst + at_server + at_clients) as f64 >= median as f64 * FAIR && median > 0,
                format!("the worst has {worst} echoes, the median {median}"),
            ),
            promise(
                "all peers stay connected",
                self.server.peers == self.peers,
                format!("{} of {} are", self.server.peers, self.peers),
            ),
            promise(
                "memory stays flat",
                more <= self.memory_limit(),
                format!("{more:.0} KiB more"),
            ),
        ]
    }

    pub(super) fn broken(&self) -> Vec<Promise> {
        self.promises()
            .into_iter()
            .filter(|promise| promise.broken.is_some())
            .collect()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [to_server, to_clients] = self.lost();
        let [at_server, at_clients] = self.dropped_by_kernel();
        let (worst, median) = self.clients.worst_and_median();
        writeln!(formatter, "| | to the server | to the clients |\n|---|--:|--:|")?;
        writeln!(formatter, "| sent | {} | {} |", self.clients.sent, self.server.sent)?;
        writeln!(
            formatter,
            "| received | {} | {} |",
            self.server.received, self.clients.received
        )?;
        writeln!(formatter, "| lost | {to_server} | {to_clients} |")?;
        writeln!(formatter, "| dropped by the kernel | {at_server} | {at_clients} |\n")?;
        writeln!(formatter, "| | |\n|---|--:|")?;
        writeln!(
            formatter,
            "| dropped by the kernel in front of all sockets of the system | {} |",
            self.kernel.of_all
        )?;
        writeln!(
            formatter,
            "| peers at the end | {} of {} |",
            self.server.peers, self.peers
        )?;
        writeln!(
            formatter,
            "| echoes of the worst and the median peer | {worst}, {median} |"
        )?;
        writeln!(
            formatter,
            "| echo after: median, 99 %, 99.9 %, longest | {}, {}, {}, {} ms |",
            self.clients.delay(500),
            self.clients.delay(990),
            self.clients.delay(999),
            self.clients.delay(1000)
        )?;
        writeln!(
            formatter,
            "| longest time without an echo | {:.0} ms |",
            self.clients.silence_msec
        )?;
        writeln!(
            formatter,
            "| frames of the server, the longest | {}, {:.1} ms |",
            self.server.frames,
            self.server.longest_frame_usec as f64 / 1e3
        )?;
        let (warm, last) = self.memory;
        writeln!(
            formatter,
            "| memory of the server when it was warm, at the end | {warm}, {last} KiB |"
        )?;
        for promise in self.broken() {
            let how = promise.broken.unwrap_or_default();
            writeln!(formatter, "BROKEN {}: {how}", promise.text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientFigures, Outcome, ServerFigures, Usage};

    fn clients(echoes: &[u64]) -> ClientFigures {
        ClientFigures {
            sent: 20,
            received: echoes.iter().sum(),
            echoes: echoes.to_vec(),
            ..ClientFigures::default()
        }
    }

    /// Two clients that have sent ten packets each; the kernel has dropped one echo.
    fn outcome() -> Outcome {
        Outcome {
            expected: 20,
            peers: 2,
            server: ServerFigures {
                peers: 2,
                received: 20,
                sent: 20,
                refused: 0,
                frames: 60,
                longest_frame_usec: 1000,
                dropped: 0,
            },
            clients: ClientFigures::sum(vec![clients(&[10, 9])]),
            kernel: Usage {
                at_server: 0,
                at_clients: 1,
                of_all: 7,
            },
            memory: (1000, 1100),
        }
    }

    fn broken(outcome: &Outcome) -> Vec<&'static str> {
        outcome.broken().iter().map(|promise| promise.text).collect()
    }

    #[test]
    fn what_the_kernel_drops_breaks_no_promise() {
        assert!(outcome().broken().is_empty(), "{}", outcome());
    }

    #[test]
    fn a_peer_that_lacks_more_than_the_kernel_has_dropped_is_starved() {
        let mut outcome = outcome();
        outcome.clients.echoes = vec![8, 10];
        assert_eq!(broken(&outcome), ["no peer is starved"]);
    }

    #[test]
    fn each_promise_can_be_broken() {
        let changes: [fn(&mut Outcome); 8] = [
            |outcome| outcome.expected += 1,
            |outcome| outcome.server.received -= 1,
            |outcome| outcome.kernel.at_clients = 0,
            |outcome| outcome.clients.wrong = 1,
            |outcome| outcome.server.dropped = 1,
            |outcome| outcome.clients.echoes = vec![1, 9],
            |outcome| outcome.server.peers = 1,
            |outcome| outcome.memory.1 += 2000,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut outcome = outcome();
            outcome.clients.echoes = vec![9, 9];
            change(&mut outcome);
            let promises = outcome.promises();
            let broken: Vec<_> = promises.iter().map(|promise| promise.broken.is_some()).collect();
            let expected: Vec<_> = (0..8).map(|index| index == number).collect();
            assert_eq!(broken, expected);
        }
    }

    #[test]
    fn figures_of_several_processes_are_added() {
        let sum = ClientFigures::sum(vec![clients(&[5, 10]), clients(&[7])]);
        assert_eq!((sum.sent, sum.received), (40, 22));
        assert_eq!(sum.worst_and_median(), (5, 7));
    }

    #[test]
    fn a_delay_is_what_so_many_do_not_exceed() {
        let figures = ClientFigures {
            delays: [(1, 500), (2, 490), (30, 10)].into(),
            ..ClientFigures::default()
        };
        assert_eq!([500, 990, 999, 1000].map(|part| figures.delay(part)), [1, 2, 30, 30]);
    }

    #[test]
    fn figures_are_read_as_the_scripts_print_them() {
        let line = r#"{"delays":{"0":3,"12":1},"dropped":0,"echoes":[3,1],"received":4,"refused":0,"sent":5,"silence_msec":51.5,"wrong":0}"#;
        let figures: ClientFigures = serde_json::from_str(line).unwrap();
        assert_eq!(figures.delay(1000), 12);
        assert_eq!(figures.echoes, [3, 1]);
    }
}
