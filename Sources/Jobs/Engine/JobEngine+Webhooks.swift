import Dispatch
import Logging
import Observability
import Synchronization

/// Tells callers' webhooks that their jobs are over.
///
/// A call is claimed like a computation: durable, by one process at a time, and again when that
/// process ends in the middle of it. Receivers tell repetitions by the id, which stays the same.
extension JobEngine {
  /// Calls what is due, if anything is.
  func callDueWebhooks() {
    do throws(StoreError) {
      let now = clock.now()
      let next = try store.nextDelivery(at: now)
      note(nil)
      if let next, next <= now { callWebhooks() }
    } catch {
      note(error)
    }
  }

  /// Claims calls that are due, as many as may be under way, and makes them.
  func callWebhooks() {
    guard let webhooks = configuration.webhooks else { return }
    let room = state.withLock { state -> Int in
      guard state.phase == .working, !state.isClaimingWebhooks else { return 0 }
      let room = webhooks.parallel - state.webhookCalls
      state.isClaimingWebhooks = room > 0
      return room
    }
    guard room > 0 else { return }
    let mutation = StoreMutation.claimDeliveries(
      limit: room, leaseMilliseconds: webhooks.timeoutMilliseconds + 5000)
    writer.post(mutation) { [self] result in
      var claimed: [JobRecord] = []
      switch result {
      case .success(.deliveries(let jobs)): claimed = jobs
      case .success: preconditionFailure("a claim of deliveries is answered as one")
      case .failure(let error): note(error)
      }
      state.withLock { state in
        state.isClaimingWebhooks = false
        state.webhookCalls += claimed.count
      }
      for job in claimed { calls.async { [self] in call(job, webhooks) } }
    }
  }

  private func call(_ job: JobRecord, _ webhooks: WebhookConfiguration) {
    let answer = webhooks.call(job)
    let count = job.delivery?.calls ?? 1
    let outcome: DeliveryOutcome
    switch answer {
    case .taken(let status): outcome = DeliveryOutcome(next: .done, status: status)
    case .abandoned(let status, let reason):
      outcome = DeliveryOutcome(next: .never, status: status, error: reason)
    case .refused(let status, let reason):
      let pause = webhooks.pause(afterCalls: count, chance: .random(in: 0..<1))
      outcome = DeliveryOutcome(
        next: count < webhooks.attempts ? .after(milliseconds: pause) : .never, status: status,
        error: reason)
    }
    if let error = outcome.error {
      logger.notice(
        "a webhook was not taken",
        metadata: [
          "job": "\(job.id)", "call": "\(count)", "reason": "\(error)",
          "again": "\(outcome.next != .never)",
        ])
    }
    writer.post(.delivered(job.id, call: count, outcome)) { [self] result in
      if case .failure(let error) = result { note(error) }
      state.withLock { $0.webhookCalls -= 1 }
      callWebhooks()
    }
  }
}
