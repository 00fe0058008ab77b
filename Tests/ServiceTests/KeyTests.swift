import FoundationEssentials
import HTTP
import HTTPTypes
import JSON
import Observability
import Service
import Settings
import Testing

@Suite struct KeyTests {
  private static let now = Timestamp(milliseconds: 1_700_000_000_000)
  private static func key(_ scopes: Set<Scope>) -> (key: AccessKey, text: String) {
    AccessKey.make(name: "test", scopes: scopes, at: now)
  }

  private func bearer(_ text: String) -> HTTPFields { [.authorization: "Bearer \(text)"] }

  @Test func routesNeedTheScopeOfTheTable() async throws {
    let read = Self.key([.read])
    let submit = Self.key([.submit])
    let admin = Self.key([.admin])
    let fixture = try ServiceFixture(keys: [read.key, submit.key, admin.key])
    let routes: [(HTTPRequest.Method, String, Scope?)] = [
      (.get, "/", nil), (.get, "/livez", nil), (.get, "/readyz", nil), (.get, "/healthz", nil),
      (.get, "/version", nil), (.get, "/openapi.json", nil), (.get, "/problems/internal", nil),
      (.get, "/v1/algorithms", .read), (.get, "/v1/jobs", .read), (.get, "/v1/queue", .read),
      (.get, "/metrics", .read), (.post, "/v1/events/ticket", .read),
      (.post, "/v1/algorithms/double/execution", .submit),
      (.post, "/v1/algorithms/double/validate", .submit),
      (.post, "/v1/jobs/cancel?state=queued", .submit), (.post, "/v1/queue/pause", .admin),
      (.post, "/v1/queue/resume", .admin), (.get, "/v1/keys", .admin),
      (.delete, "/v1/keys/none", .admin),
    ]
    for (method, target, scope) in routes {
      let bare = await fixture.client.send(method, target)
      #expect((bare.status.code == 401) == (scope != nil), "\(target) without a key")
      if scope != nil { #expect(bare.fields[.wwwAuthenticate]?.hasPrefix("Bearer") == true) }
      for (holder, text) in [(Scope.read, read.text), (.submit, submit.text), (.admin, admin.text)]
      {
        let response = await fixture.client.send(method, target, fields: bearer(text))
        let rank: [Scope] = [.read, .submit, .admin]
        let may = scope.map { rank.firstIndex(of: $0) ?? 0 <= rank.firstIndex(of: holder) ?? 0 }
        #expect((response.status.code == 403) == (may == false), "\(target) with \(holder)")
        #expect(response.status.code != 401, "\(target) with \(holder)")
      }
    }
  }

  @Test(arguments: [
    "Bearer", "Bearer x", "Basic abc", "Bearer mq_none_secret", "Bearer mq__", "mq_a_b",
  ])
  func wrongCredentialsAreRefused(_ field: String) async throws {
    let fixture = try ServiceFixture(keys: [Self.key([.admin]).key])
    let response = await fixture.get("/v1/jobs", [.authorization: field])
    #expect(response.status.code == 401)
    #expect(response.problem == "unauthorized")
  }

  @Test func aWrongSecretOfAKnownKeyIsRefused() async throws {
    let (key, text) = Self.key([.admin])
    let fixture = try ServiceFixture(keys: [key])
    #expect(await fixture.get("/v1/jobs", bearer(text)).status == .ok)
    #expect(await fixture.get("/v1/jobs", bearer(text + "0")).status.code == 401)
    #expect(await fixture.get("/v1/jobs", bearer(String(text.dropLast()))).status.code == 401)
  }

  @Test func callersSeeTheirOwnJobsOnly() async throws {
    let one = Self.key([.submit])
    let two = Self.key([.submit])
    let admin = Self.key([.admin])
    let fixture = try ServiceFixture(keys: [one.key, two.key, admin.key])
    let made = await fixture.execute(["inputs": ["x": [1]]], bearer(one.text))
    let id = try #require(made.json["job_id"]?.stringValue)
    #expect(await fixture.get("/v1/jobs/\(id)", bearer(one.text)).status == .ok)
    #expect(await fixture.get("/v1/jobs/\(id)", bearer(admin.text)).status == .ok)
    for path in ["", "/results", "/events"] {
      let response = await fixture.get("/v1/jobs/\(id)\(path)", bearer(two.text))
      #expect(response.status.code == 404, "\(path)")
    }
    let delete = await fixture.client.send(
      .delete, "/v1/jobs/\(id)", fields: bearer(two.text))
    #expect(delete.status.code == 404)
    #expect(await fixture.get("/v1/jobs", bearer(two.text)).json["items"] == [])
    let shared = await fixture.execute(["inputs": ["x": [1]]], bearer(two.text))
    #expect(shared.fields[.cacheStatusForTest]?.contains("hit") == true)
  }

  @Test func resultsAreNotSharedWhereTheCacheIsPerKey() async throws {
    let one = Self.key([.submit])
    let two = Self.key([.submit])
    let fixture = try ServiceFixture(keys: [one.key, two.key]) { $0.cache.scope = .key }
    _ = await fixture.execute(["inputs": ["x": [1]]], bearer(one.text))
    let other = await fixture.execute(["inputs": ["x": [1]]], bearer(two.text))
    #expect(other.fields[.cacheStatusForTest]?.contains("hit") == false)
  }

  @Test func keysAreMadeListedAndRevokedOverHTTP() async throws {
    let fixture = try ServiceFixture()
    let early = await fixture.post("/v1/keys", ["name": "a", "scopes": ["read"]])
    #expect(early.status.code == 409)
    let first = await fixture.post("/v1/keys", ["name": "root", "scopes": ["admin"]])
    #expect(first.status == .created)
    let text = try #require(first.json["key"]?.stringValue)
    #expect(text.hasPrefix("mq_"))
    #expect(await fixture.get("/v1/keys").status.code == 401)
    let list = await fixture.get("/v1/keys", bearer(text))
    #expect(list.json["items"]?[0]?["name"] == "root")
    #expect(!list.text.contains(String(text.split(separator: "_")[2])))
    let bad = await fixture.post("/v1/keys", ["name": "b", "scopes": ["all"]], bearer(text))
    #expect(bad.status.code == 422)
    #expect(bad.pointer == "/scopes/0")
    let second = await fixture.post(
      "/v1/keys", ["name": "b", "scopes": ["read", "submit"]], bearer(text))
    let id = try #require(second.json["id"]?.stringValue)
    let gone = await fixture.client.send(.delete, "/v1/keys/\(id)", fields: bearer(text))
    #expect(gone.status == .noContent)
    let revoked = try #require(second.json["key"]?.stringValue)
    #expect(await fixture.get("/v1/jobs", bearer(revoked)).status.code == 401)
  }

  @Test func keyFilesHoldNoSecretsAndComeBack() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = KeyFile(path: folder.appending(path: "keys.json").path)
    let ring = try KeyRing(fixed: nil, stored: file)
    #expect(ring.isEmpty)
    let (key, text) = Self.key([.submit, .read])
    try ring.add(key)
    let secret = String(text.split(separator: "_")[2])
    let content = try String(contentsOfFile: file.path, encoding: .utf8)
    #expect(!content.contains(secret))
    #expect(try KeyRing(fixed: nil, stored: file).all == [key])
    #expect(try ring.remove(id: key.id) == .removed)
    #expect(try KeyRing(fixed: nil, stored: file).isEmpty)
    try "{".write(toFile: file.path, atomically: true, encoding: .utf8)
    #expect(throws: KeyFile.Failure.self) { try KeyRing(fixed: nil, stored: file) }
    #expect(throws: KeyFile.Failure.self) {
      try KeyRing(fixed: KeyFile(path: folder.path + "/none"), stored: file)
    }
  }

  @Test func whatAnotherProcessChangesHoldsHereToo() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = KeyFile(path: folder.appending(path: "keys.json").path)
    let here = try KeyRing(fixed: nil, stored: file)
    let there = try KeyRing(fixed: nil, stored: file)
    let keys = (0..<3).map { _ in Self.key([.read]).key }
    #expect(try !here.reloadIfChanged())
    try there.add(keys[0])
    #expect(try here.reloadIfChanged())
    #expect(here.all == [keys[0]])
    #expect(try !here.reloadIfChanged())
    // Neither writes over what it has not seen of the other.
    try here.add(keys[1])
    try there.add(keys[2])
    #expect(try here.reloadIfChanged())
    #expect(Set(here.all.map(\.id)) == Set(keys.map(\.id)))
    #expect(try there.remove(id: keys[1].id) == .removed)
    #expect(try here.remove(id: keys[1].id) == .notFound)
    #expect(try here.reloadIfChanged() == false)
    #expect(Set(here.all.map(\.id)) == Set([keys[0].id, keys[2].id]))
    // A damaged file is complained of once, and the keys stay.
    try "{".write(toFile: file.path, atomically: true, encoding: .utf8)
    #expect(throws: KeyFile.Failure.self) { try here.reloadIfChanged() }
    #expect(try !here.reloadIfChanged())
    #expect(here.all.count == 2)
  }

  @Test func aServiceThatOthersReachDoesNotOpenWhenItsLastKeyGoes() async throws {
    let admin = Self.key([.admin])
    let fixture = try ServiceFixture(
      parts: { $0.keys = KeyRing([admin.key], opensWithoutKeys: false) })
    let gone = await fixture.client.send(
      .delete, "/v1/keys/\(admin.key.id)", fields: bearer(admin.text))
    #expect(gone.status == .noContent)
    #expect(await fixture.get("/v1/jobs", bearer(admin.text)).status.code == 401)
    #expect(await fixture.get("/v1/jobs").status.code == 401)
    #expect(await fixture.post("/v1/keys", ["name": "a", "scopes": ["admin"]]).status.code == 401)
    #expect(await fixture.get("/livez").status == .ok)
  }

  @Test func aCertificateStandsForItsKey() async throws {
    let (key, _) = Self.key([.read])
    let fixture = try ServiceFixture(keys: [key]) {
      $0.auth.clientNames = ["alice": key.id, "mallory": "nobody"]
    }
    for (names, status) in [
      (["alice"], 200), (["x", "alice"], 200), (["bob"], 401), (["mallory"], 401), ([], 401),
    ] {
      let client = MemoryExchange(
        fixture.service, peer: Peer(isSecure: true, certificateNames: names))
      #expect(await client.send(.get, "/v1/jobs").status.code == status, "\(names)")
      #expect(await client.send(.get, "/v1/keys").status.code == (status == 200 ? 403 : 401))
    }
  }

  @Test func ticketsOpenOneStreamOnce() async throws {
    let (key, text) = Self.key([.read])
    let fixture = try ServiceFixture(keys: [key])
    let made = await fixture.post("/v1/events/ticket", nil, bearer(text))
    #expect(made.status == .created)
    let ticket = try #require(made.json["ticket"]?.stringValue)
    #expect(await fixture.get("/v1/jobs?ticket=\(ticket)").status.code == 401)
    let stream = fixture.client.start(.get, "/v1/events?ticket=\(ticket)")
    #expect(String(decoding: await stream.body(first: 6), as: UTF8.self) == "retry:")
    stream.disconnect()
    #expect(await fixture.get("/v1/events?ticket=\(ticket)").status.code == 401)
  }
}
