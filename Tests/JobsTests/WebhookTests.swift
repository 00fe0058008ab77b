import Jobs
import Observability
import Synchronization
import Testing

/// When the engine calls webhooks, with a receiver in place of the network.
@Suite("Webhooks")
struct WebhookTests {
  /// Answers calls one after the other, the last answer again and again, and keeps their jobs.
  final class Receiver: Sendable {
    private let answers: [WebhookAnswer]
    private let seen = Mutex<[JobRecord]>([])

    init(_ answers: WebhookAnswer...) { self.answers = answers }

    var calls: [JobRecord] { seen.withLock { $0 } }

    @Sendable func take(_ job: JobRecord) -> WebhookAnswer {
      let count = seen.withLock { seen in
        seen.append(job)
        return seen.count
      }
      return answers[min(count, answers.count) - 1]
    }
  }

  private func fixture(
    _ receiver: Receiver, _ clock: ManualClock, directory: TemporaryDirectory? = nil,
    attempts: Int = 5
  ) throws -> EngineFixture {
    try EngineFixture(directory: directory, clock: clock) { configuration in
      configuration.runsTimers = false
      var webhooks = WebhookConfiguration(call: receiver.take)
      webhooks.backoffMilliseconds = 1000
      webhooks.attempts = attempts
      configuration.webhooks = webhooks
    }
  }

  private var submission: JobSubmission {
    var submission = EngineFixture.submission()
    submission.webhook = "https://example.org/x"
    return submission
  }

  private func delivery(_ fixture: EngineFixture, _ job: JobRecord) throws -> JobDelivery {
    fixture.engine.settle()
    return try #require(try fixture.engine.job(job.id)?.delivery)
  }

  private func advance(_ fixture: EngineFixture, _ clock: ManualClock, by milliseconds: Int64) {
    clock.advance(milliseconds: milliseconds)
    fixture.engine.tick()
    fixture.engine.settle()
  }

  @Test func aWebhookIsCalledAtTheEndOfItsJob() async throws {
    let (receiver, clock) = (Receiver(.taken(status: 200)), ManualClock())
    let fixture = try fixture(receiver, clock)
    let job = try await fixture.finish(submission).record
    _ = try await fixture.finish(EngineFixture.submission())
    #expect(try delivery(fixture, job).state == .delivered)
    #expect(receiver.calls.map(\.id) == [job.id])
    #expect(receiver.calls.first?.state == .succeeded)
    advance(fixture, clock, by: 3_600_000)
    #expect(receiver.calls.count == 1)
  }

  @Test func aRefusedCallIsMadeAgainLaterAndLater() async throws {
    let clock = ManualClock()
    let receiver = Receiver(
      .refused(status: 500, reason: "status 500"), .refused(status: nil, reason: "no answer"),
      .taken(status: 204))
    let fixture = try fixture(receiver, clock)
    let job = try await fixture.finish(submission).record
    var told = try delivery(fixture, job)
    #expect(told.state == .pending && told.calls == 1 && told.status == 500)
    // A second and a fifth at most, less a fifth at least.
    advance(fixture, clock, by: 799)
    #expect(receiver.calls.count == 1)
    advance(fixture, clock, by: 401)
    #expect(receiver.calls.count == 2)
    told = try delivery(fixture, job)
    #expect(told.error == "no answer" && told.status == nil)
    advance(fixture, clock, by: 3199)
    #expect(receiver.calls.count == 2)
    advance(fixture, clock, by: 1601)
    told = try delivery(fixture, job)
    #expect(told.state == .delivered && told.calls == 3 && told.status == 204)
    #expect(told.error == nil && told.nextAt == nil)
  }

  @Test func afterTheLastCallItIsGivenUp() async throws {
    let (receiver, clock) = (Receiver(.refused(status: 503, reason: "busy")), ManualClock())
    let fixture = try fixture(receiver, clock, attempts: 3)
    let job = try await fixture.finish(submission).record
    fixture.engine.settle()
    for _ in 0..<10 { advance(fixture, clock, by: 3_600_000) }
    #expect(receiver.calls.count == 3)
    let told = try delivery(fixture, job)
    #expect(told.state == .failed && told.calls == 3 && told.error == "busy")
  }

  @Test func aReceiverThatIsGoneIsLeftAlone() async throws {
    let (receiver, clock) = (Receiver(.abandoned(status: 410, reason: "gone")), ManualClock())
    let fixture = try fixture(receiver, clock)
    let job = try await fixture.finish(submission).record
    #expect(try delivery(fixture, job).state == .failed)
    advance(fixture, clock, by: 3_600_000)
    #expect(receiver.calls.count == 1)
  }

  @Test func whatIsDueOutlivesTheProcess() async throws {
    let (clock, directory) = (ManualClock(), try TemporaryDirectory())
    let busy = Receiver(.refused(status: 503, reason: "busy"))
    let first = try fixture(busy, clock, directory: directory)
    let job = try await first.finish(submission).record
    first.engine.settle()
    first.drain()
    let receiver = Receiver(.taken(status: 200))
    let second = try fixture(receiver, clock, directory: directory)
    advance(second, clock, by: 1200)
    #expect(try delivery(second, job).state == .delivered)
    #expect(receiver.calls.first?.delivery?.calls == 2)
  }

  @Test func withoutAnOperatorsWordNobodyIsCalled() async throws {
    let clock = ManualClock()
    let fixture = try EngineFixture(clock: clock) { $0.runsTimers = false }
    let job = try await fixture.finish(submission).record
    advance(fixture, clock, by: 3_600_000)
    #expect(try delivery(fixture, job).calls == 0)
  }

  @Test(arguments: [(1, 5000), (2, 20_000), (3, 80_000), (4, 320_000), (9, 3_600_000)])
  func pausesGrowFourfoldUpToAnHour(calls: Int, middle: Int64) {
    let webhooks = WebhookConfiguration { _ in .taken(status: 200) }
    #expect(webhooks.pause(afterCalls: calls, chance: 0) == middle * 4 / 5)
    #expect(webhooks.pause(afterCalls: calls, chance: 0.5) == middle)
    #expect(webhooks.pause(afterCalls: calls, chance: 1) == middle * 6 / 5)
  }

  // MARK: Remembered failures

  @Test func aDeterministicFailureIsNotComputedAgainForAMinute() async throws {
    let clock = ManualClock()
    let fixture = try EngineFixture(clock: clock) { $0.runsTimers = false }
    let runs = Counter()
    func ask(isDeterministic: Bool, _ key: UInt8) async throws -> JobRecord {
      try await fixture.finish(
        EngineFixture.submission(digest: SHA256Digest(of: [key])) { _ in
          runs.increment()
          return .failed(problem: [9], isDeterministic: isDeterministic)
        }
      ).record
    }
    for _ in 0..<3 { #expect(try await ask(isDeterministic: true, 1).error == [9]) }
    #expect(runs.value == 1)
    clock.advance(seconds: 60)
    #expect(try await ask(isDeterministic: true, 1).state == .failed)
    #expect(runs.value == 2)
    for _ in 0..<3 { #expect(try await ask(isDeterministic: false, 2).error == [9]) }
    #expect(runs.value == 5)
  }
}
