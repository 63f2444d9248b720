use std::time::{Duration, Instant};

/// At most one log line a minute for what the network causes, whatever arrives.
#[derive(Debug, Default)]
pub struct LogLimiter {
    next: Option<Instant>,
    kept_back: u64,
}

impl LogLimiter {
    /// The time between two lines.
    pub const INTERVAL: Duration = Duration::from_secs(60);

    /// A limiter whose first line is admitted at once.
    pub const fn new() -> Self {
        LogLimiter {
            next: None,
            kept_back: 0,
        }
    }

    /// Some: the line may be written now, and so many were kept back since the last one.
    pub fn admit(&mut self, now: Instant) -> Option<u64> {
        if self.next.is_some_and(|next| now < next) {
            self.kept_back += 1;
            return None;
        }
        self.next = Some(now + Self::INTERVAL);
        Some(std::mem::take(&mut self.kept_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_minute_and_the_rest_counted() {
        let mut limiter = LogLimiter::new();
        let start = Instant::now();
        assert_eq!(limiter.admit(start), Some(0));
        assert_eq!(limiter.admit(start + Duration::from_secs(1)), None);
        assert_eq!(limiter.admit(start + Duration::from_secs(59)), None);
        assert_eq!(limiter.admit(start + Duration::from_secs(60)), Some(2));
        assert_eq!(limiter.admit(start + Duration::from_secs(61)), None);
    }
}
