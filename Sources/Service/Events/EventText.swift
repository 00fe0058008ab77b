import JSON
import Jobs

/// Server-sent events (WHATWG HTML, section 9.2) about jobs.
enum EventText {
  /// One event; `data` is JSON without line ends.
  static func event(_ name: String, id: Int64, _ data: JSONValue) -> [UInt8] {
    Array("event: \(name)\nid: \(id)\ndata: ".utf8) + data.serialized() + Array("\n\n".utf8)
  }

  /// A comment that keeps proxies from closing a quiet stream.
  static let heartbeat = Array(": heartbeat\n\n".utf8)
  /// Opens a stream: the client comes back 2 s after it broke.
  static let opening = Array("retry: 2000\n\n".utf8)

  /// What is to be told of a job, given how it was when it was last told of: its state where that
  /// changed, else its progress; a new message; its end.
  static func changes(
    of job: JobRecord, since last: JobRecord?, id: Int64
  ) -> [UInt8] {
    let document = JSONValue.object(JobDocument.make(job, nil))
    var bytes: [UInt8] = []
    if last?.state != job.state || last?.cancelling != job.cancelling {
      bytes += event("state", id: id, document)
    } else {
      bytes += event("progress", id: id, document)
    }
    if let message = job.progress.message, message != last?.progress.message {
      bytes += event(
        "log", id: id, ["id": .string(job.id.description), "message": .string(message)])
    }
    if job.state.isFinished { bytes += event("end", id: id, document) }
    return bytes
  }
}
