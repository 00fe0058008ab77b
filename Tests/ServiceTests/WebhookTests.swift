import HTTP
import HTTPTypes
import JSON
import Jobs
import Observability
import Service
import Settings
import Testing

@Suite struct WebhookTests {
  /// The worked example of the Standard Webhooks libraries; the signature was computed by Python's
  /// hmac module.
  @Test func signsAsStandardWebhooksSay() throws {
    let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    let signature = secret.signature(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
      body: Array(#"{"test": 2432232314}"#.utf8))
    #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test(arguments: [
    "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_????", "whsec_c2hvcnQ=",
    "whsec_" + String(repeating: "AAAA", count: 22),
  ])
  func refusesWhatIsNoSecret(text: String) {
    #expect(WebhookSecret(text) == nil)
  }

  @Test func tellsTheDocumentOnlyToHostsOnTheList() async throws {
    let fixture = try ServiceFixture { $0.webhooks.allowedHosts = ["hooks.example"] }
    let url = "https://hooks.example:8443/done?x=1"
    let response = await fixture.execute([
      "inputs": ["x": [1]], "webhook": .string(url),
    ])
    #expect(response.status == .ok)
    let id = try #require(response.json["job_id"]?.stringValue.flatMap { JobID($0) })
    let job = try #require(try fixture.engine.job(id))
    let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    let now = Timestamp(milliseconds: 1_700_000_000_999)
    let message = try #require(
      WebhookMessage(job, secret: secret, allowedHosts: ["Hooks.Example"], at: now))
    #expect(message.url == url)
    let document = try JSONValue.parse(message.body)
    #expect(document["state"] == "succeeded" && document["id"]?.stringValue == "\(id)")
    #expect(document["webhook"] == nil)
    let fields = Dictionary(
      message.fields.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
    #expect(fields["webhook-timestamp"] == "1700000000")
    #expect(
      fields["webhook-signature"]
        == secret.signature(
          id: fields["webhook-id"] ?? "", timestamp: 1_700_000_000, body: message.body))
    // A repetition has the same id; a list that changed meanwhile holds.
    let later = WebhookMessage(
      job, secret: secret, allowedHosts: ["hooks.example"], at: now.adding(milliseconds: 5000))
    let laterID = later?.fields.first { $0.name == "webhook-id" }?.value
    #expect(laterID == fields["webhook-id"])
    #expect(WebhookMessage(job, secret: secret, allowedHosts: ["other.example"], at: now) == nil)
    // The caller sees how far the telling is.
    let seen = await fixture.get("/v1/jobs/\(id)").json["webhook"]
    #expect(seen?["url"]?.stringValue == url && seen?["state"] == "pending")
  }

  @Test(arguments: [
    "http://hooks.example/", "https://other.example/", "https://hooks.example.evil.org/",
    "https://user@hooks.example/", "https://hooks.example\\@evil.org/", "https:///x",
    "https://[::1]/", "https://127.0.0.1/", "ftp://hooks.example/", "https://hooks.example/ä",
    "https://evil.org#@hooks.example/", "https://evil.org/?hooks.example",
  ])
  func refusesOtherAddresses(url: String) async throws {
    let fixture = try ServiceFixture { $0.webhooks.allowedHosts = ["hooks.example"] }
    let response = await fixture.execute(["inputs": ["x": [1]], "webhook": .string(url)])
    #expect(response.status.code == 422 && response.pointer == "/webhook")
  }

  @Test func refusesAllWhileThereIsNoList() async throws {
    let fixture = try ServiceFixture()
    let body: JSONValue = ["inputs": ["x": [1]], "webhook": "https://hooks.example/"]
    let response = await fixture.execute(body)
    #expect(response.status.code == 422 && response.pointer == "/webhook")
  }
}
