import Glibc
import HTTPClient
import HTTPServer
import JSON
import TestSupport
import Testing

/// The end of a job told to somebody's https server, as the program does it.
@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"))
struct WebhookFlowTests {
  private let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func service(_ flags: String...) throws -> RunningService {
    try RunningService(
      data: folder.path + "/data",
      [
        "--webhooks-allowed-hosts", "localhost", "--webhooks-secret", "whsec_" + secret,
        "--webhooks-backoff", "50ms", "--webhooks-authorities", folder.path + "/hook.crt",
      ] + flags)
  }

  /// Asks for a small computation whose end is to be told; the job's id.
  private func submit(_ service: RunningService, telling url: String) throws -> String {
    let body: JSONValue = [
      "inputs": ["gradient": [[3, 0], [0, 0.5]]], "webhook": .string(url),
    ]
    let reply = try service.send(
      "POST", "/v1/algorithms/dualize/execution",
      fields: [("Content-Type", "application/json")], body: .bytes(body.serialized()))
    guard reply.status == 200, let id = try JSONValue.parse(reply.body)["job_id"]?.stringValue
    else { throw EndToEndFailure("\(reply.status): \(reply.text)") }
    return id
  }

  /// The job's own word on its webhook, once no call is to follow. Telling does not change the
  /// job's revision, so this asks again and again, for ten seconds at most.
  private func told(_ service: RunningService, _ job: String) throws -> JSONValue {
    for _ in 0..<2000 {
      let webhook = try service.json("/v1/jobs/\(job)")["webhook"] ?? .null
      if webhook["state"] != "pending" { return webhook }
      poll(nil, 0, 5)
    }
    throw EndToEndFailure("the webhook is pending for ever")
  }

  /// What a receiver in any language computes, here by the openssl command.
  private func signature(of call: HookReceiver.Call) throws -> String {
    let path = folder.path + "/signed"
    let signed = Array("\(call.id).\(call.timestamp).".utf8) + call.body
    try FileBytes.write(signed, to: path)
    let run = try Spawned.run([
      "bash", "-c",
      """
      openssl dgst -sha256 -binary -mac HMAC \
      -macopt hexkey:$(printf %s "$0" | base64 -d | od -An -v -tx1 | tr -d ' \\n') "$1" | base64
      """, secret, path,
    ])
    return "v1," + run.output.filter { $0 != "\n" }
  }

  @Test func theEndIsToldSignedUntilItIsTaken() throws {
    let receiver = HookReceiver(statuses: [307, 500, 204])
    let server = try receiver.server(in: folder.path)
    let port = try server.start()[0].port
    defer { server.stop() }
    let service = try service("--webhooks-allow-private", "true")
    let id = try submit(service, telling: "https://localhost:\(port)/done?x=1")
    for _ in 0..<3 { try receiver.waitForCall() }
    let telling = try told(service, id)
    #expect(telling["state"] == "delivered" && telling["calls"] == 3 && telling["status"] == 204)

    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let calls = receiver.calls
    #expect(calls.count == 3 && Set(calls.map(\.id)).count == 1)
    for call in calls {
      #expect(call.path == "/done" && call.contentType == "application/json")
      #expect(call.id.hasPrefix("msg_") && !call.id.contains("."))
      #expect(abs(call.timestamp - Int64(now.tv_sec)) < 60)
      #expect(call.signature == (try signature(of: call)))
      let document = try JSONValue.parse(call.body)
      #expect(document["id"]?.stringValue == id && document["state"] == "succeeded")
      #expect(document["error"] == .null && document["progress"]?["fraction"]?.doubleValue == 1)
    }
  }

  @Test func aListedNameWithAPrivateAddressIsNotCalled() throws {
    let receiver = HookReceiver(statuses: [200])
    let server = try receiver.server(in: folder.path)
    let port = try server.start()[0].port
    defer { server.stop() }
    let service = try service("--webhooks-attempts", "2")
    let id = try submit(service, telling: "https://localhost:\(port)/done")
    let telling = try told(service, id)
    #expect(telling["state"] == "failed" && telling["calls"] == 2)
    #expect(telling["error"]?.stringValue?.contains("private address") == true)
    #expect(receiver.calls.isEmpty)
  }

  @Test func aReceiverWithoutATrustedCertificateIsNotTold() throws {
    let other = try TemporaryFolder()
    let receiver = HookReceiver(statuses: [200])
    try HookReceiver.makeCertificate(in: folder.path)
    let server = try receiver.server(in: other.path)
    let port = try server.start()[0].port
    defer { server.stop() }
    let service = try service("--webhooks-allow-private", "true", "--webhooks-attempts", "1")
    let telling = try told(service, try submit(service, telling: "https://localhost:\(port)/"))
    #expect(telling["state"] == "failed")
    #expect(receiver.calls.isEmpty)
  }

  @Test func otherHostsAreRefusedAtOnce() throws {
    let service = try RunningService(data: folder.path + "/data")
    let body = #"{"inputs":{"gradient":[[1]]},"webhook":"https://localhost/"}"#
    let reply = try service.send(
      "POST", "/v1/algorithms/dualize/execution",
      fields: [("Content-Type", "application/json")], body: .bytes(Array(body.utf8)))
    #expect(reply.status == 422)
    #expect(try JSONValue.parse(reply.body)["errors"]?[0]?["pointer"] == "/webhook")
  }

  @Test(arguments: [
    ["--webhooks-allowed-hosts", "a.example"],
    ["--webhooks-allowed-hosts", "a.example", "--webhooks-secret", "whsec_c2hvcnQ="],
  ])
  func aListWithoutASecretIsAConfigurationError(flags: [String]) throws {
    let run = try Program.run(
      ["serve", "--port", "0", "--storage-path", folder.path + "/data"] + flags)
    #expect(run.status == 78)
    #expect(run.errors.contains("webhooks.secret"))
  }
}
