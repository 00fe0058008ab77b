import HTTP
import HTTPTypes
import JSON
import Service
import Settings
import Testing

@Suite struct EventTests {
  /// Events of a stream's text: name, id, data.
  private func events(_ text: String) -> [(name: String, id: Int, data: JSONValue)] {
    text.components(separatedByBlankLine: ()).compactMap { block in
      var fields: [String: String] = [:]
      for line in block.split(separator: "\n") where !line.hasPrefix(":") {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.count == 2 { fields[String(parts[0])] = String(parts[1].dropFirst()) }
      }
      guard let name = fields["event"], let id = fields["id"].flatMap({ Int($0) }) else {
        return nil
      }
      return (name, id, (try? JSONValue.parse(fields["data"] ?? "")) ?? .null)
    }
  }

  @Test func aFinishedJobsStreamEnds() async throws {
    let fixture = try ServiceFixture()
    let id = await fixture.execute(["inputs": ["x": [1]]]).json["job_id"]?.stringValue ?? ""
    let stream = await fixture.get("/v1/jobs/\(id)/events")
    #expect(stream.fields[.contentType] == "text/event-stream")
    let all = events(stream.text)
    #expect(all.map(\.name).suffix(1) == ["end"])
    #expect(all.first?.name == "state")
    #expect(all.first?.data["state"] == "succeeded")
    let revision = try #require(all.last?.id)
    let resumed = await fixture.get(
      "/v1/jobs/\(id)/events", [.named("Last-Event-ID"): "\(revision)"])
    #expect(events(resumed.text).map(\.name) == ["end"])
    let bad = await fixture.get("/v1/jobs/\(id)/events", [.named("Last-Event-ID"): "x"])
    #expect(bad.status.code == 400)
  }

  @Test func aStreamFollowsItsJobToTheEnd() async throws {
    let fixture = try ServiceFixture()
    let made = await fixture.execute(
      ["params": ["mode": "wait"], "inputs": ["x": [1]]], [.prefer: "respond-async"])
    let id = made.json["id"]?.stringValue ?? ""
    let stream = fixture.client.start(.get, "/v1/jobs/\(id)/events")
    fixture.algorithm.gate.open()
    let all = events(await stream.response().text)
    let states = all.filter { $0.name == "state" }.compactMap { $0.data["state"]?.stringValue }
    #expect(states.last == "succeeded")
    #expect(states == states.sorted { order($0) < order($1) })
    #expect(all.last?.name == "end")
    #expect(all.map(\.id) == all.map(\.id).sorted())
  }

  private func order(_ state: String) -> Int {
    ["queued": 0, "running": 1, "succeeded": 2][state] ?? 3
  }

  /// Also where the client's last event is of a store that is no more.
  @Test(arguments: [nil, "999999999"])
  func theGlobalStreamTellsOfNewJobs(_ last: String?) async throws {
    let fixture = try ServiceFixture()
    var fields = HTTPFields()
    if let last { fields[.named("Last-Event-ID")] = last }
    let stream = fixture.client.start(.get, "/v1/events", fields: fields)
    _ = await stream.body(first: 10)
    let id = await fixture.execute(["inputs": ["x": [1]]]).json["job_id"]?.stringValue ?? ""
    var text = ""
    while !text.contains("event: end") {
      let bytes = await stream.body(first: text.utf8.count + 1)
      text = String(decoding: bytes, as: UTF8.self)
    }
    stream.disconnect()
    #expect(events(text).first?.data["id"] == .string(id))
  }

  @Test func aJobsStreamTellsAllToWhoHasAnotherStoresEvents() async throws {
    let fixture = try ServiceFixture()
    let id = await fixture.execute(["inputs": ["x": [1]]]).json["job_id"]?.stringValue ?? ""
    let target = "/v1/jobs/\(id)/events"
    let whole = await fixture.get(target).text
    let beyond = await fixture.get(target, [.named("Last-Event-ID"): "999999"]).text
    #expect(events(beyond).map(\.name) == events(whole).map(\.name))
  }

  @Test func asManyStreamsAreOpenAsMayBe() async throws {
    let fixture = try ServiceFixture { $0.limits.eventStreams = 1 }
    let first = fixture.client.start(.get, "/v1/events")
    _ = await first.body(first: 1)
    let second = await fixture.get("/v1/events")
    #expect(second.status.code == 503)
    #expect(second.fields[.retryAfter] != nil)
    first.disconnect()
  }

  @Test func streamsEndWithTheService() async throws {
    let fixture = try ServiceFixture()
    let made = await fixture.execute(
      ["params": ["mode": "wait"], "inputs": ["x": [1]]], [.prefer: "respond-async"])
    let id = made.json["id"]?.stringValue ?? ""
    let streams = ["/v1/events", "/v1/jobs/\(id)/events"].map { fixture.client.start(.get, $0) }
    for stream in streams { _ = await stream.body(first: 1) }
    fixture.service.endEventStreams()
    for stream in streams {
      let answer = await stream.response()
      #expect(answer.isComplete)
      #expect(!events(answer.text).map(\.name).contains("end"))
    }
    // One that is asked for too late ends at once; the client asks elsewhere.
    #expect(await fixture.get("/v1/events").isComplete)
  }
}

extension String {
  fileprivate func components(separatedByBlankLine: ()) -> [String] {
    var blocks: [String] = [""]
    for line in split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { blocks.append("") } else { blocks[blocks.count - 1] += line + "\n" }
    }
    return blocks
  }
}
