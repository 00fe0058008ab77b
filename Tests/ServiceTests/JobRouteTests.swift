import HTTP
import HTTPTypes
import JSON
import Testing

@Suite struct JobRouteTests {
  private func submit(_ fixture: ServiceFixture, _ x: JSONValue, mode: String = "plain") async
    -> String
  {
    let response = await fixture.execute(
      ["params": ["mode": .string(mode)], "inputs": ["x": x]],
      [.prefer: mode == "wait" ? "respond-async" : "wait=20"])
    return response.json["id"]?.stringValue ?? response.json["job_id"]?.stringValue ?? ""
  }

  @Test func aJobHasEveryMemberOfTheContract() async throws {
    let fixture = try ServiceFixture()
    let id = await submit(fixture, [1])
    let response = await fixture.get("/v1/jobs/\(id)")
    let job = try #require(response.json.objectValue)
    #expect(
      job.keys == [
        "id", "algorithm", "version", "state", "cancelling", "priority", "progress", "attempt",
        "max_attempts", "queue_position", "estimate_seconds", "created_at", "started_at",
        "updated_at", "finished_at", "expires_at", "digest", "cached", "result_bytes", "labels",
        "error", "traceparent", "revision", "links",
      ])
    #expect(job["state"] == "succeeded")
    #expect(job["links"]?["results"] == .string("/v1/jobs/\(id)/results"))
    #expect(response.fields[.eTag] == "\"\(job["revision"]?.integerValue ?? -1)\"")
    #expect(response.fields[.retryAfter] == nil)
    #expect(job["created_at"]?.stringValue?.wholeMatch(of: /....-..-..T..:..:..\....Z/) != nil)
  }

  @Test func unknownJobsAreNotFound() async throws {
    let fixture = try ServiceFixture()
    for id in ["x", "01890000-0000-7000-8000-000000000000"] {
      for path in ["/v1/jobs/\(id)", "/v1/jobs/\(id)/results", "/v1/jobs/\(id)/events"] {
        let response = await fixture.get(path)
        #expect(response.status.code == 404, "\(path)")
        #expect(response.problem == "not-found")
      }
      #expect(await fixture.post("/v1/jobs/\(id)/cancel").status.code == 404)
      #expect(await fixture.client.send(.delete, "/v1/jobs/\(id)").status.code == 404)
    }
  }

  @Test func longPollsUntilTheRevisionChanges() async throws {
    let fixture = try ServiceFixture()
    let id = await submit(fixture, [1], mode: "wait")
    var tag = await fixture.get("/v1/jobs/\(id)").fields[.eTag]
    let unchanged = await fixture.get("/v1/jobs/\(id)", [.ifNoneMatch: "\"999999\""])
    #expect(unchanged.status == .ok)
    fixture.algorithm.gate.open()
    var state = ""
    while state != "succeeded" {
      let response = await fixture.get(
        "/v1/jobs/\(id)", [.ifNoneMatch: tag ?? "", .prefer: "wait=20"])
      #expect(response.status == .ok)
      #expect(response.fields[.eTag] != tag)
      tag = response.fields[.eTag]
      state = response.json["state"]?.stringValue ?? ""
    }
    let over = await fixture.get("/v1/jobs/\(id)", [.ifNoneMatch: tag ?? "", .prefer: "wait=20"])
    #expect(over.status == .notModified)
    #expect(over.body.isEmpty)
  }

  @Test func aLongPollIsAnsweredWhenItsClientSendsNoMore() async throws {
    let fixture = try ServiceFixture()
    let id = await submit(fixture, [1], mode: "wait")
    let head = try RequestHead(
      method: .get, target: "/v1/jobs/\(id)", fields: [.ifNoneMatch: "*", .prefer: "wait=20"])
    let responder = RecordingResponder()
    #expect(fixture.begin(head, responder))
    #expect(responder.responses.isEmpty)
    responder.disconnect()
    #expect(responder.responses.map(\.status) == [.notModified])
  }

  @Test(arguments: ["1", "1.0", "1e0", "%201"])
  func readsNumbersAsItChecksThem(_ limit: String) async throws {
    let fixture = try ServiceFixture()
    for x in 1...3 { _ = await submit(fixture, [.integer(Int64(x))]) }
    let page = await fixture.get("/v1/jobs?limit=\(limit)")
    #expect(page.json["items"]?.arrayValue?.count == 1)
  }

  @Test func listsNewestFirstInPages() async throws {
    let fixture = try ServiceFixture()
    var ids: [String] = []
    for value in 1...5 { ids.append(await submit(fixture, [.integer(Int64(value))])) }
    var seen: [String] = []
    var target: String? = "/v1/jobs?limit=2&state=succeeded"
    while let path = target {
      let page = await fixture.get(path)
      #expect(page.status == .ok)
      seen += (page.json["items"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
      target = page.fields[.named("Link")].map { link in
        #expect(link.hasSuffix("; rel=\"next\""))
        return String(link.dropFirst().prefix { $0 != ">" })
      }
      #expect((page.json["next_cursor"] == .null) == (target == nil))
    }
    #expect(seen == ids.reversed())
  }

  @Test(arguments: [
    "?limit=0", "?limit=501", "?limit=x", "?state=done", "?cursor=!", "?created_after=yesterday",
    "?label=novalue", "?q=1", "?limit=1&limit=2",
  ])
  func refusesAListWithABadQuery(_ query: String) async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.get("/v1/jobs\(query)")
    #expect(response.status.code == 400, "\(query): \(response.text)")
    #expect(response.problem == "invalid-http")
  }

  @Test func filtersByStateAlgorithmAndTime() async throws {
    let fixture = try ServiceFixture()
    _ = await submit(fixture, [1])
    func count(_ query: String) async -> Int? {
      await fixture.get("/v1/jobs?\(query)").json["items"]?.arrayValue?.count
    }
    #expect(await count("state=succeeded&state=failed") == 1)
    #expect(await count("state=failed") == 0)
    #expect(await count("algorithm=double") == 1)
    #expect(await count("algorithm=triple") == 0)
    #expect(await count("created_after=2000-01-01T00:00:00Z") == 1)
    #expect(await count("created_after=2100-01-01T00:00:00Z") == 0)
  }

  @Test func cancelsRunningJobsAndIsIdempotent() async throws {
    let fixture = try ServiceFixture()
    let id = await submit(fixture, [1], mode: "wait")
    while fixture.algorithm.gate.started == 0 {
      _ = await fixture.get(
        "/v1/jobs/\(id)", [.prefer: "wait=1", .ifNoneMatch: "*"])
    }
    let first = await fixture.post("/v1/jobs/\(id)/cancel")
    #expect([200, 202].contains(first.status.code))
    #expect(await fixture.finish(id)["state"] == "cancelled")
    let second = await fixture.post("/v1/jobs/\(id)/cancel")
    #expect(second.status == .ok)
    #expect(second.json["state"] == "cancelled")
    let result = await fixture.get("/v1/jobs/\(id)/results")
    #expect(result.status.code == 409)
    #expect(result.problem == "cancelled")
  }

  @Test func retriesOnlyWhatFailedOrWasCancelled() async throws {
    let fixture = try ServiceFixture()
    let done = await submit(fixture, [1])
    let refused = await fixture.post("/v1/jobs/\(done)/retry")
    #expect(refused.status.code == 409)
    #expect(refused.problem == "conflict")
    let id = await submit(fixture, [2], mode: "wait")
    _ = await fixture.post("/v1/jobs/\(id)/cancel")
    _ = await fixture.finish(id)
    fixture.algorithm.gate.open()
    let again = await fixture.post("/v1/jobs/\(id)/retry")
    #expect(again.status == .accepted)
    #expect(again.fields[.location] == "/v1/jobs/\(id)")
    // Its prepared computation is gone: this time it runs from the stored bytes.
    #expect(await fixture.finish(id)["state"] == "succeeded")
    #expect(await fixture.get("/v1/jobs/\(id)/results").json["outputs"]?["y"]?.doubles == [4])
  }

  @Test func deletesJobs() async throws {
    let fixture = try ServiceFixture()
    let id = await submit(fixture, [1])
    let response = await fixture.client.send(.delete, "/v1/jobs/\(id)")
    #expect(response.status == .noContent)
    #expect(await fixture.get("/v1/jobs/\(id)").status.code == 404)
  }

  @Test func bulkCallsNeedAFilterAndCount() async throws {
    let fixture = try ServiceFixture()
    _ = await fixture.post("/v1/queue/pause")
    _ = await submit(fixture, [1], mode: "wait")
    _ = await submit(fixture, [2], mode: "wait")
    #expect(await fixture.post("/v1/jobs/cancel").status.code == 422)
    let cancelled = await fixture.post("/v1/jobs/cancel?state=queued")
    #expect(cancelled.json == ["matched": 2, "changed": 2])
    let retried = await fixture.post("/v1/jobs/retry?state=cancelled&algorithm=double")
    #expect(retried.json == ["matched": 2, "changed": 2])
  }

  @Test func pausesAndResumesTheQueue() async throws {
    let fixture = try ServiceFixture()
    #expect(await fixture.post("/v1/queue/pause?algorithm=none").status.code == 404)
    let part = await fixture.post("/v1/queue/pause?algorithm=double")
    #expect(part.json["by_algorithm"]?["double"]?["paused"] == true)
    #expect(part.json["paused"] == false)
    _ = await fixture.post("/v1/queue/resume?algorithm=double")
    let all = await fixture.post("/v1/queue/pause")
    #expect(all.json["paused"] == true)
    let id = await fixture.execute(["inputs": ["x": [1]]], [.prefer: "respond-async"])
      .json["id"]?.stringValue
    let queue = await fixture.get("/v1/queue").json
    #expect(queue["queued"] == 1)
    #expect(queue["workers"] == 2)
    let job = await fixture.get("/v1/jobs/\(id ?? "")")
    #expect(job.json["queue_position"] == 1)
    #expect(job.fields[.retryAfter] != nil)
    _ = await fixture.post("/v1/queue/resume")
    #expect(await fixture.finish(id ?? "")["state"] == "succeeded")
  }
}
