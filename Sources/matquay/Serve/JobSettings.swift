import Dispatch
import Jobs
import Service
import Settings

/// What the settings say of jobs, their store and the cache.
enum JobSettings {
  static func configuration(
    _ settings: ServiceSettings, catalogue: Catalogue
  ) -> JobConfiguration {
    // Answers are encoded here when a job ends; waiting requests hold no thread until then.
    let answers = DispatchQueue(label: "matquay.answers", attributes: .concurrent)
    var configuration = JobConfiguration(
      algorithms: catalogue.ids, workers: settings.compute.workers ?? 1,
      memoryBytes: settings.compute.memoryBytes ?? 1 << 30,
      deliver: { work in answers.async(execute: work) })
    configuration.problem = ComputationRunner.problem
    configuration.concurrency = settings.queue.concurrency
    configuration.maximumQueued = settings.queue.maxJobs
    configuration.maximumAttempts = settings.jobs.maxAttempts
    configuration.leaseMilliseconds = settings.jobs.lease.wholeMilliseconds
    configuration.heartbeatMilliseconds = settings.jobs.heartbeat.wholeMilliseconds
    configuration.reapMilliseconds = settings.jobs.reaper.wholeMilliseconds
    configuration.stopPollMilliseconds = settings.jobs.cancelPoll.wholeMilliseconds
    configuration.inlineBytes = settings.jobs.inlineBytes
    configuration.resultMilliseconds = settings.retention.results.wholeMilliseconds
    configuration.rowMilliseconds = settings.retention.jobs.wholeMilliseconds
    configuration.idempotencyMilliseconds = settings.retention.idempotencyKeys.wholeMilliseconds
    configuration.uploadMilliseconds = settings.retention.blobs.wholeMilliseconds
    configuration.refusalMilliseconds = settings.cache.failures.wholeMilliseconds
    configuration.maximumBytes = settings.storage.maxBytes
    return configuration
  }

  static func cache(_ settings: ServiceSettings) -> ResultCache {
    let capacity = settings.cache.maxBytes
    switch settings.cache.policy {
    case .lru: return ResultCache(capacity: capacity, policy: LRUPolicy())
    case .gdsf: return ResultCache(capacity: capacity, policy: GDSFPolicy())
    case .paging:
      return ResultCache(
        capacity: capacity, policy: PagingEvictionPolicy(capacity: capacity))
    }
  }

  static func store(_ settings: ServiceSettings) throws(StartFailure) -> any JobStore {
    if let url = settings.storage.url {
      do throws(StoreError) {
        return try PostgreSQLStore(url: url)
      } catch {
        throw StartFailure(error, path: "storage.url")
      }
    }
    let durability: SQLiteStore.Durability =
      settings.storage.durability == .full ? .full : .normal
    do throws(StoreError) {
      return try SQLiteStore(directory: settings.storage.path, durability: durability)
    } catch {
      throw StartFailure(error, path: settings.storage.path)
    }
  }
}
