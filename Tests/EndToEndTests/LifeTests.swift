import Glibc
import HTTPClient
import JSON
import TestSupport
import Testing

/// Start, crash and end of the process.
@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"), .serialized)
struct LifeTests {
  private func submit(_ service: RunningService, _ file: [UInt8]) throws -> String {
    let reply = try service.send(
      "POST", "/v1/algorithms/dualize/execution?method=exact",
      fields: [
        ("Content-Type", "application/vnd.safetensors"), ("Prefer", "respond-async"),
      ], body: .bytes(file))
    guard reply.status == 202, let id = try JSONValue.parse(reply.body)["id"]?.stringValue else {
      throw EndToEndFailure("expected 202, got \(reply.status): \(reply.text)")
    }
    return id
  }

  @Test func aJobOutlivesACrashOfTheProcess() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let running = try submit(service, Example.long(count: 24, side: 320, seed: 1))
    let queued = try submit(service, Example.long(count: 1, side: 200, seed: 2))
    _ = try service.job(running) { RunningService.state($0) == "running" }
    service.process.send(SIGKILL)
    #expect(service.process.wait() == -SIGKILL)

    let again = try RunningService(data: folder.path + "/data")
    for id in [running, queued] {
      let over = try again.job(id, until: RunningService.isOver)
      #expect(RunningService.state(over) == "succeeded", "\(over.serializedText())")
      #expect(try again.send("GET", "/v1/jobs/\(id)/results").status == 200)
    }
    #expect(try again.json("/v1/jobs/\(running)")["attempt"]?.integerValue == 2)
  }

  @Test func aDrainGivesRunningJobsBackWithoutSpendingAnAttempt() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(
      data: folder.path + "/data", ["--drain-timeout", "10ms"])
    let id = try submit(service, Example.long(count: 24, side: 320, seed: 3))
    _ = try service.job(id) { RunningService.state($0) == "running" }
    service.process.send(SIGTERM)
    #expect(service.process.wait() == 0)

    let again = try RunningService(data: folder.path + "/data")
    let over = try again.job(id, until: RunningService.isOver)
    #expect(RunningService.state(over) == "succeeded")
    #expect(over["attempt"]?.integerValue == 1)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func anIdleServiceEndsWithZero(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    #expect(try service.send("GET", "/readyz").status == 200)
    service.process.send(signal)
    #expect(service.process.wait() == 0)
    #expect(service.process.line() == nil, "it printed more than one line")
    #expect(service.process.errors.contains("ended"))
  }

  @Test func readinessTurnsAwayBeforeConnectionsDo() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(
      data: folder.path + "/data", ["--drain-delay", "1h"])
    service.process.send(SIGTERM)
    // Connections are still taken; readiness is what balancers look at.
    var status = 200
    for _ in 0..<1_000 where status == 200 { status = try service.send("GET", "/readyz").status }
    #expect(status == 503)
    #expect(try service.send("GET", "/livez").status == 200)
    // The second signal does not wait for the hour.
    service.process.send(SIGTERM)
    #expect(service.process.wait() == 0)
  }

  @Test func twoProcessesDoNotShareADataDirectory() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let second = try Program.run(["serve", "--port", "0", "--storage-path", folder.path + "/data"])
    #expect(second.status == 1)
    #expect(second.errors.contains("another process"))
    #expect(try service.send("GET", "/livez").status == 200)
  }

  @Test func listensOnAUnixSocketAndAnAdminAddress() throws {
    let folder = try TemporaryFolder()
    let socket = folder.path + "/s"
    let service = try RunningService(
      data: folder.path + "/data", ["--server-unix-socket", socket, "--admin-port", "0"])
    let reply = try service.client.send(
      ClientRequest("GET", "http://localhost/livez", unixSocket: socket))
    #expect(reply.status == 200)
    let health = try Program.run(["health", "--unix-socket", socket])
    #expect(health.status == 0)
    let address = try #require(service.adminURL)
    #expect(try service.client.send(ClientRequest("GET", address + "/metrics")).status == 200)
    #expect(try service.client.send(ClientRequest("GET", address + "/v1/jobs")).status == 404)
  }
}
