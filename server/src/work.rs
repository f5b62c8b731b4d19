//! Work that keeps a processor busy for long: signatures in bulk, hashes of large trees. It is done beside the requests, by
//! few at a time, so that those who ask for it wait for each other and nobody else does.

use std::{num::NonZero, panic::resume_unwind, sync::Arc, thread::available_parallelism};

use tokio::{sync::Semaphore, task::spawn_blocking};

/// Does such work. A clone shares its places.
#[derive(Clone, Debug)]
pub struct Workbench(Arc<Semaphore>);

impl Default for Workbench {
    /// Has places for half of the processors, and at least for one.
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, NonZero::get);
        Self(Arc::new(Semaphore::new((processors / 2).max(1))))
    }
}

impl Workbench {
    /// Does a piece of work, after those who came before. It is done to its end also when nobody waits for it any more.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let place = Arc::clone(&self.0).acquire_owned().await;
        let done = spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.unwrap_or_else(|error| resume_unwind(error.into_panic()))
    }
}

#[cfg(test)]
mod tests {
    use std::{panic::AssertUnwindSafe, time::Duration};

    use futures::{FutureExt, future::join_all};

    use super::Workbench;

    #[tokio::test]
    async fn work_is_done_beside_the_requests_and_a_panic_is_its_own() {
        let bench = Workbench::default();
        let places = bench.0.available_permits();
        let work = join_all((0..4 * places).map(|number| {
            bench.run(move || {
                std::thread::sleep(Duration::from_millis(50));
                number
            })
        }));
        // This thread is the only one that futures run on.
        let ticks = async {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_millis(1)).await;
                assert!(bench.0.available_permits() == 0, "the work takes longer");
            }
        };
        let (done, ()) = tokio::join!(work, ticks);
        assert_eq!(done, (0..4 * places).collect::<Vec<_>>());
        let panicked = AssertUnwindSafe(bench.run(|| panic!("on purpose"))).catch_unwind().await;
        assert!(panicked.is_err());
        assert_eq!(bench.run(|| 1).await, 1);
        assert_eq!(bench.0.available_permits(), places);
    }
}
