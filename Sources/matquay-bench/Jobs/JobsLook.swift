import Dispatch
import HTTPClient
import JSON
import Synchronization

/// What became of jobs, asked one by one over HTTP.
struct JobsLook {
  struct Ends {
    /// 404 though it was acknowledged, or nobody knows of it for half a minute.
    var missing = 0
    var open = 0
    /// Succeeded, and yet the result is not there.
    var withoutResult = 0
    /// Failed because three processes in a row were killed under it.
    var exhausted = 0
    var failed = 0
    /// Started more than once.
    var triedAgain = 0
  }

  let addresses: [ReplicaAddress]

  func look(at ids: [String]) -> Ends {
    let ends = Mutex(Ends())
    let lanes = 8
    DispatchQueue.concurrentPerform(iterations: lanes) { lane in
      let client = BlockingClient()
      var own = Ends()
      for index in stride(from: lane, to: ids.count, by: lanes) {
        look(at: ids[index], client, &own)
      }
      ends.withLock { ends in
        ends.missing += own.missing
        ends.open += own.open
        ends.withoutResult += own.withoutResult
        ends.exhausted += own.exhausted
        ends.failed += own.failed
        ends.triedAgain += own.triedAgain
      }
    }
    return ends.withLock { $0 }
  }

  private func look(at id: String, _ client: BlockingClient, _ ends: inout Ends) {
    guard let reply = ask("/v1/jobs/\(id)", client), reply.status == 200,
      let job = try? JSONValue.parse(reply.body)
    else {
      ends.missing += 1
      return
    }
    let attempt = job["attempt"]?.integerValue ?? 0
    if attempt > 1 { ends.triedAgain += 1 }
    switch job["state"]?.stringValue {
    case "succeeded":
      let result = ask("/v1/jobs/\(id)/results", client)
      if result?.status != 200 { ends.withoutResult += 1 }
    case "queued", "running": ends.open += 1
    default:
      if attempt == job["max_attempts"]?.integerValue {
        ends.exhausted += 1
      } else {
        ends.failed += 1
      }
    }
  }

  /// Asks until somebody knows: a replica whose database was away says 503 until its next look.
  private func ask(_ path: String, _ client: BlockingClient) -> ClientReply? {
    for _ in 0..<600 {
      if let url = addresses.randomElement()?.url,
        let reply = try? client.send(ClientRequest("GET", url + path)), reply.status != 503
      {
        return reply
      }
      Pause.milliseconds(50)
    }
    return nil
  }
}
