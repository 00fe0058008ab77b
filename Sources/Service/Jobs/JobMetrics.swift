public import Jobs
public import Observability

/// Figures of jobs, by algorithm: `JobConfiguration.finished`.
public struct JobMetrics: Sendable {
  private let registry: MetricsRegistry

  public init(_ registry: MetricsRegistry) {
    self.registry = registry
  }

  /// Counts a job that ended.
  @Sendable public func record(_ job: FinishedJob) {
    let algorithm = job.record.algorithm
    let state = job.record.state.rawValue
    registry.counter(
      "matquay_jobs_total", help: "Jobs that ended, by algorithm and state.",
      labels: [
        "algorithm": algorithm, "state": state, "cached": job.record.cached ? "true" : "false",
      ]
    ).increment()
    if let seconds = job.queueSeconds {
      registry.histogram(
        "matquay_job_queue_seconds", help: "From submission to start.",
        labels: ["algorithm": algorithm]
      ).record(seconds)
    }
    if let seconds = job.runSeconds {
      registry.histogram(
        "matquay_job_run_seconds", help: "From start to end.", labels: ["algorithm": algorithm]
      ).record(seconds)
    }
  }

  /// Sets what is true now, before the figures are read.
  func observe(_ engine: JobEngine) {
    guard let queue = try? engine.queueState() else { return }
    registry.gauge("matquay_queue_paused", help: "1 while the whole queue is paused.").set(
      queue.paused ? 1 : 0)
    registry.gauge("matquay_compute_workers", help: "Compute threads.").set(Double(queue.workers))
    for (algorithm, part) in queue.byAlgorithm {
      registry.gauge(
        "matquay_jobs_queued", help: "Jobs that wait.", labels: ["algorithm": algorithm]
      ).set(Double(part.queued))
      registry.gauge(
        "matquay_jobs_running", help: "Jobs that run.", labels: ["algorithm": algorithm]
      ).set(Double(part.running))
    }
    registry.gauge("matquay_cache_bytes", help: "Bytes of cached results.").set(
      Double(engine.cache.occupiedBytes))
    registry.gauge("matquay_cache_results", help: "Cached results.").set(
      Double(engine.cache.count))
    registry.gauge("matquay_storage_bytes", help: "Bytes of the data directory.").set(
      Double(engine.occupiedBytes()))
  }
}
