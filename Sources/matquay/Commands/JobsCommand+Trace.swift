import ArgumentParser
import HTTPClient
import JSON
import Jobs
import Observability

extension JobsCommand {
  struct Trace: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "trace",
      abstract: "Print the finished jobs of a service as a trace for cache-replay, oldest first.")

    @OptionGroup var service: ServiceAddress

    func run() throws {
      var lines: [String] = []
      var cursor: String?
      repeat {
        var query = [(name: "state", text: "succeeded"), (name: "limit", text: "500")]
        if let cursor { query.append(("cursor", cursor)) }
        let reply = try service.ask(service.request("GET", "/v1/jobs" + Query.text(query)))
        let page = try? JSONValue.parse(reply.body)
        lines += (page?["items"]?.arrayValue ?? []).compactMap { Self.line($0) }
        cursor = page?["next_cursor"]?.stringValue
      } while cursor != nil
      Terminal.write("key,bytes,seconds,algorithm\n")
      // What was answered from the cache by a computation older than the list has no cost here.
      var known: Set<Substring> = []
      for line in lines.reversed() {
        let parts = line.split(separator: ",", omittingEmptySubsequences: false)
        if !parts[2].isEmpty { known.insert(parts[0]) }
        if known.contains(parts[0]) { Terminal.write(line + "\n") }
      }
    }

    private static func line(_ job: JSONValue) -> String? {
      guard let digest = job["digest"]?.stringValue, let bytes = job["result_bytes"]?.integerValue
      else { return nil }
      var seconds = ""
      if job["cached"]?.boolValue != true,
        let start = time(job["started_at"]), let end = time(job["finished_at"])
      {
        seconds = "\(max(0, end - start))"
      }
      return "\(digest),\(bytes),\(seconds),\(job["algorithm"]?.stringValue ?? "")"
    }

    /// Seconds of an RFC 3339 time.
    private static func time(_ text: JSONValue?) -> Double? {
      guard let moment = text?.stringValue.flatMap({ Timestamp(rfc3339: $0) }) else { return nil }
      return Double(moment.milliseconds) / 1000
    }
  }
}
