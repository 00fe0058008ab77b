import FoundationEssentials
import HTTP
import HTTPTypes
import JSON
import Jobs
import Observability
import Service
import Settings
import Testing

@Suite struct ExecutionTests {
  @Test func answersWithTheResultByDefault() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.execute(["params": ["factor": 3], "inputs": ["x": [1, 2.5]]])
    #expect(response.status == .ok)
    #expect(response.json["outputs"]?["y"]?.doubles == [3, 7.5])
    #expect(response.json["report"]?["factor"]?.doubleValue == 3)
    #expect(response.json["algorithm"] == "double")
    #expect(response.json["version"] == "1.2.3")
    let id = try #require(response.json["job_id"]?.stringValue)
    #expect(response.fields[.contentLocation] == "/v1/jobs/\(id)/results")
    #expect(response.fields[.cacheStatusForTest]?.hasPrefix("matquay; fwd=miss; stored") == true)
    #expect(response.fields[.preferenceApplied] == nil)
    #expect(await fixture.get("/v1/jobs/\(id)").json["state"] == "succeeded")
  }

  @Test func answersAtOnceWithAJobWhereAsked() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.execute(
      ["params": ["mode": "wait"], "inputs": ["x": [1]]], [.prefer: "respond-async"])
    #expect(response.status == .accepted)
    #expect(response.fields[.preferenceApplied] == "respond-async")
    let id = try #require(response.json["id"]?.stringValue)
    #expect(response.fields[.location] == "/v1/jobs/\(id)")
    #expect(response.fields[.retryAfter].flatMap { Int($0) } ?? 0 >= 1)
    fixture.algorithm.gate.open()
    let job = await fixture.finish(id)
    #expect(job["state"] == "succeeded")
    let result = await fixture.get("/v1/jobs/\(id)/results")
    #expect(result.json["outputs"]?["y"]?.doubles == [2])
  }

  @Test func waitsAsLongAsAskedAndThenGivesTheJob() async throws {
    let fixture = try ServiceFixture()
    let body: JSONValue = ["params": ["mode": "wait"], "inputs": ["x": [1]]]
    let response = await fixture.execute(body, [.prefer: "wait=1"])
    #expect(response.status == .accepted)
    #expect(response.fields[.preferenceApplied] == "wait=1")
    let both = await fixture.execute(body, [.prefer: "respond-async, wait=1"])
    #expect(both.status == .accepted)
    #expect(both.fields[.preferenceApplied] == "respond-async, wait=1")
  }

  @Test func clipsTheWaitAndSaysSo() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.execute(["inputs": ["x": [1]]], [.prefer: "wait=600"])
    #expect(response.status == .ok)
    #expect(response.fields[.preferenceApplied] == "wait=30")
  }

  @Test func answersASecondTimeFromTheCache() async throws {
    let fixture = try ServiceFixture()
    let first = await fixture.execute(["inputs": ["x": [1, 2]]])
    let second = await fixture.execute(["inputs": ["x": [1, 2]]], [.prefer: "respond-async"])
    #expect(second.status == .ok)
    #expect(second.fields[.cacheStatusForTest]?.hasPrefix("matquay; hit") == true)
    #expect(second.fields[.age] != nil)
    #expect(second.json["job_id"] != first.json["job_id"])
    #expect(fixture.algorithm.gate.started == 1)
    // Tests compute in less than it takes to be worth keeping, unless the promise to the job holds
    // it; so what counts is that nothing was computed twice.
    let again = await fixture.execute(["inputs": ["x": [1, 2]]], [.cacheControl: "no-cache"])
    #expect(again.fields[.cacheStatusForTest]?.hasPrefix("matquay; fwd=request; stored") == true)
    #expect(fixture.algorithm.gate.started == 2)
  }

  @Test func sharesOneComputationBetweenOpenJobs() async throws {
    let fixture = try ServiceFixture()
    let body: JSONValue = ["params": ["mode": "wait"], "inputs": ["x": [4]]]
    let first = await fixture.execute(body, [.prefer: "respond-async"])
    let second = await fixture.execute(body, [.prefer: "respond-async"])
    let ids = [first, second].compactMap { $0.json["id"]?.stringValue }
    #expect(Set(ids).count == 2)
    let cancelled = await fixture.post("/v1/jobs/\(ids[0])/cancel")
    #expect(cancelled.json["state"] == "cancelled")
    fixture.algorithm.gate.open()
    #expect(await fixture.finish(ids[1])["state"] == "succeeded")
    #expect(fixture.algorithm.gate.started == 1)
  }

  @Test func aClientThatHangsUpCancelsItsJob() async throws {
    let fixture = try ServiceFixture()
    let body: JSONValue = ["params": ["mode": "wait"], "inputs": ["x": [5]]]
    let pending = fixture.client.start(
      .post, "/v1/algorithms/double/execution",
      fields: [.contentType: "application/json", .prefer: "wait=30"], body: body.serialized())
    let id = try #require(await fixture.firstJob())
    pending.disconnect()
    #expect(await fixture.finish(id)["state"] == "cancelled")
  }

  @Test func aClientThatWouldComeBackKeepsItsJob() async throws {
    let fixture = try ServiceFixture()
    let body: JSONValue = ["params": ["mode": "wait"], "inputs": ["x": [6]]]
    let pending = fixture.client.start(
      .post, "/v1/algorithms/double/execution",
      fields: [.contentType: "application/json", .idempotencyKey: "k1"],
      body: body.serialized())
    let id = try #require(await fixture.firstJob())
    pending.disconnect()
    fixture.algorithm.gate.open()
    #expect(await fixture.finish(id)["state"] == "succeeded")
  }

  @Test func aFailedComputationIsAProblemWithItsCode() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.execute(["params": ["mode": "fail"], "inputs": ["x": [1]]])
    #expect(response.status.code == 422)
    #expect(response.problem == "numerical-failure")
    #expect(response.json["errors"]?[0]?["code"] == "collapsed")
    let job = await fixture.get("/v1/jobs").json["items"]?[0]
    #expect(job?["state"] == "failed")
    #expect(job?["error"]?["type"] == "/problems/numerical-failure")
    let id = job?["id"]?.stringValue ?? ""
    let results = await fixture.get("/v1/jobs/\(id)/results")
    #expect(results.status.code == 422)
    #expect(results.problem == "numerical-failure")
  }

  @Test func theSameQuestionFailsAgainWithoutBeingComputed() async throws {
    let fixture = try ServiceFixture()
    let body: JSONValue = ["params": ["mode": "fail"], "inputs": ["x": [1]]]
    let first = await fixture.execute(body)
    for prefer in ["wait=5", "respond-async"] {
      let again = await fixture.execute(body, [.prefer: prefer])
      #expect(again.status.code == 422 && again.problem == "numerical-failure")
      #expect(again.json["errors"] == first.json["errors"])
    }
    #expect(fixture.algorithm.gate.started == 1)
    let jobs = await fixture.get("/v1/jobs?state=failed").json["items"]?.arrayValue ?? []
    #expect(jobs.map { $0["cached"] } == [true, true, false])
    _ = await fixture.execute(body, [.cacheControl: "no-cache"])
    #expect(fixture.algorithm.gate.started == 2)
  }

  @Test func whatIsComputedFromTheStoreIsKeptUnderItsOwnersKey() async throws {
    let (ann, bob) = (Self.key("ann"), Self.key("bob"))
    let fixture = try ServiceFixture(keys: [ann.key, bob.key]) { $0.cache.scope = .key }
    let body: JSONValue = ["params": ["mode": "wait"], "inputs": ["x": [8]]]
    func ask(_ text: String, _ prefer: String) async -> CollectedResponse {
      await fixture.execute(body, [.authorization: "Bearer \(text)", .prefer: prefer])
    }
    let bearer: HTTPFields = [.authorization: "Bearer \(ann.text)"]
    let first = await ask(ann.text, "respond-async")
    let path = "/v1/jobs/" + (first.json["id"]?.stringValue ?? "")
    // Once it is cancelled only the stored question is left of it.
    _ = await fixture.post(path + "/cancel", nil, bearer)
    _ = await fixture.finish(first.json["id"]?.stringValue ?? "", bearer)
    fixture.algorithm.gate.open()
    #expect(await fixture.post(path + "/retry", nil, bearer).status == .accepted)
    #expect(
      await fixture.finish(first.json["id"]?.stringValue ?? "", bearer)["state"] == "succeeded")
    let again = await ask(ann.text, "wait=5")
    #expect(again.fields[.cacheStatusForTest]?.hasPrefix("matquay; hit") == true)
    let other = await ask(bob.text, "wait=5")
    #expect(other.fields[.cacheStatusForTest]?.hasPrefix("matquay; fwd=miss") == true)
  }

  private static func key(_ name: String) -> (key: AccessKey, text: String) {
    AccessKey.make(
      name: name, scopes: [.read, .submit], at: Timestamp(milliseconds: 1_700_000_000_000))
  }

  @Test func aJobPastItsTimeIsATimeout() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.execute([
      "params": ["mode": "wait"], "inputs": ["x": [1]], "timeout_seconds": 0.05,
    ])
    #expect(response.status.code == 504)
    #expect(response.problem == "timeout")
  }

  @Test func carriesOptionsIntoTheJob() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.execute([
      "inputs": ["x": [1]], "labels": ["team": "blue"], "priority": 700, "seed": 9,
    ])
    #expect(response.json["report"]?["seed"] == 9)
    let listed = await fixture.get("/v1/jobs?label=team:blue").json["items"]?[0]
    #expect(listed?["priority"] == 700)
    #expect(listed?["labels"] == ["team": "blue"])
    #expect(await fixture.get("/v1/jobs?label=team:red").json["items"] == [])
  }

  @Test func validatesWithoutRunning() async throws {
    let fixture = try ServiceFixture()
    let path = "/v1/algorithms/double/validate"
    let response = await fixture.post(path, ["inputs": ["x": [1, 2, 3]]])
    #expect(response.status == .ok)
    #expect(response.json["valid"] == true)
    #expect(response.json["derived"]?["elements"] == 3)
    #expect(response.json["cached"] == false)
    #expect(response.json["digest"]?.stringValue?.hasPrefix("sha256-") == true)
    #expect(fixture.algorithm.gate.started == 0)
    #expect(await fixture.post(path, ["inputs": ["x": "no"]]).status.code == 422)
  }

  @Test func refusesNewWorkWhileDraining() async throws {
    let fixture = try ServiceFixture()
    fixture.service.beginDraining()
    let response = await fixture.execute(["inputs": ["x": [1]]])
    #expect(response.status.code == 503)
    #expect(response.problem == "draining")
    #expect(response.fields[.retryAfter] != nil)
    #expect(await fixture.get("/readyz").status.code == 503)
    #expect(await fixture.get("/livez").status == .ok)
    #expect(await fixture.get("/v1/jobs").status == .ok)
  }

  @Test func refusesAnUnknownAlgorithmBeforeTheBody() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.post("/v1/algorithms/triple/execution", ["inputs": [:]])
    #expect(response.status.code == 404)
    #expect(response.problem == "not-found")
  }

  /// A body that is computed on while it is named and stored.
  @Test func aLargeRequestPastTheCacheIsComputedOnce() async throws {
    let fixture = try ServiceFixture()
    let values = JSONValue.array((0..<100_000).map { .integer(Int64($0)) })
    var answers: Set<String?> = []
    for fields: HTTPFields in [
      [:], [.cacheControl: "no-cache"], [.cacheControl: "no-cache"], [.cacheControl: "no-store"],
    ] {
      let before = fixture.algorithm.gate.started
      let response = await fixture.execute(["inputs": ["x": values]], fields)
      #expect(response.status == .ok)
      #expect(fixture.algorithm.gate.started == before + 1)
      answers.insert(response.json["outputs"]?["y"]?.serializedText())
    }
    #expect(answers.count == 1 && !answers.contains(nil))
  }

  /// A large result is given before it has been named, unless its digest is asked for.
  @Test func theDigestOfALargeAnswerIsThereForWhoAsks() async throws {
    let fixture = try ServiceFixture()
    let values = JSONValue.array((0..<100_000).map { .integer(Int64($0)) })
    let accept: HTTPFields = [
      .accept: "application/vnd.safetensors", .cacheControl: "no-cache",
    ]
    for want in [nil, "sha-512=3, sha-256=10", "sha-256 = 1", "sha-256=0", "unixsum=1"] {
      var fields = accept
      fields[.named("Want-Content-Digest")] = want
      let response = await fixture.execute(["inputs": ["x": values]], fields)
      #expect(response.status == .ok)
      let digest = Data(SHA256Digest(of: response.body).bytes).base64EncodedString()
      let field = response.fields[.named("Content-Digest")]
      let isAsked = want?.contains("sha-256") == true && want?.contains("=0") == false
      #expect(field == "sha-256=:\(digest):" || field == nil && !isAsked, "\(want ?? "nothing")")
      #expect((field == nil) == (response.fields[.eTag] == nil))
      // The stored one has both, and the same bytes.
      let location = try #require(response.fields[.contentLocation])
      let stored = await fixture.get(location, [.accept: "application/vnd.safetensors"])
      #expect(stored.body == response.body && stored.fields[.eTag] != nil)
      #expect(stored.fields[.named("Content-Digest")] == "sha-256=:\(digest):")
    }
  }

  @Test func aFullQueueIsSaidSo() async throws {
    let fixture = try ServiceFixture(maximumQueued: 1)
    _ = await fixture.post("/v1/queue/pause")
    let first = await fixture.execute(["inputs": ["x": [1]]], [.prefer: "respond-async"])
    #expect(first.status == .accepted)
    let second = await fixture.execute(["inputs": ["x": [2]]], [.prefer: "respond-async"])
    #expect(second.status.code == 503)
    #expect(second.problem == "queue-full")
    #expect(second.fields[.retryAfter] != nil)
  }
}

extension HTTPField.Name {
  static var cacheStatusForTest: HTTPField.Name { named("Cache-Status") }

  static func named(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("not a name: \(name)") }
    return name
  }
}
