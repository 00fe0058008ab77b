import HTTP
import HTTPTypes
import JSON
import Jobs
import Observability
import Synchronization
import Tensors

extension ServiceCore {
  /// Asks the engine, with its refusals as problems.
  func asking<T>(_ body: () throws(JobError) -> T) throws(Problem) -> T {
    do throws(JobError) { return try body() } catch { throw Problem(error) }
  }

  /// The job that a path names, if the caller may see it; what it may not see is not there.
  func job(_ call: Call) throws(Problem) -> JobRecord {
    guard let id = JobID(call.segment("id")) else { throw Problem(JobError.notFound) }
    let job = try asking { () throws(JobError) in try engine.job(id) }
    guard let job, call.caller.sees(owner: job.owner) else { throw Problem(JobError.notFound) }
    return job
  }

  /// The result of a submission that succeeded.
  func result(of submitted: Submission) throws(Problem) -> ResultHandle {
    if case .computed(_, let result) = submitted { return result }
    return try asking { () throws(JobError) in try engine.result(of: submitted.record) }
  }

  /// What depends on other jobs; nil where the store does not say.
  func outlook(of job: JobRecord) -> JobOutlook? {
    if job.state.isFinished { return JobOutlook() }
    return (try? engine.outlooks(of: [job]))?.first
  }

  /// A job as an answer, with its tag, and with when to ask again while it is open.
  func jobResponse(_ job: JobRecord, status: HTTPResponse.Status) -> Response {
    let outlook = outlook(of: job)
    var fields: HTTPFields = [
      .eTag: JobDocument.tag(job).description, .cacheControl: "no-store",
    ]
    if !job.state.isFinished { fields[.retryAfter] = Self.retryAfter(outlook) }
    return .json(.object(JobDocument.make(job, outlook)), status: status, fields: fields)
  }

  /// Seconds after which a job is worth another look: half of what is left, 1 to 30.
  static func retryAfter(_ outlook: JobOutlook?) -> String {
    let left = outlook?.estimateSeconds ?? 1
    return String(max(1, min(30, Int((left / 2).rounded(.up)))))
  }

  func refuseWhileDraining() throws(Problem) {
    guard isDraining.load(ordering: .relaxed) else { return }
    throw Problem(JobError.draining)
  }

  /// The bytes of an uploaded file; nil where there is none.
  func blob(_ digest: SHA256Digest) throws(Problem) -> SharedBytes? {
    do throws(StoreError) {
      return try engine.blobs.read(digest).map { SharedBytes($0) }
    } catch {
      throw Problem(.unavailable, "The blob cannot be read.").retrying(after: 5)
    }
  }
}
