import AlgorithmInterface
import HTTP
import HTTPTypes
import Jobs
import Logging
import Observability
import Settings
import Synchronization

/// What the routes share.
final class ServiceCore: Sendable {
  let catalogue: Catalogue
  let settings: ServiceSettings
  let engine: JobEngine
  let metrics: MetricsRegistry
  let logger: Logger
  let clock: any JobClock
  let keys: KeyRing
  let build: BuildInformation
  let access: AccessLog
  let tickets = TicketOffice()
  let eventStreams: EventSlot.Counter
  let proxies: TrustedProxies
  let rates: RateLimits
  let sessions: SessionTable
  let digests = DigestMemory()
  /// Set once, when the process is told to end.
  let isDraining = Atomic<Bool>(false)

  init(_ parts: ServiceParts) {
    catalogue = parts.catalogue
    settings = parts.settings
    engine = parts.engine
    metrics = parts.metrics
    logger = parts.logger
    clock = parts.clock
    keys = parts.keys
    build = parts.build
    proxies = parts.proxies
    rates = RateLimits(parts.settings.limits, metrics: parts.metrics, now: parts.now)
    eventStreams = EventSlot.Counter(limit: parts.settings.limits.eventStreams)
    sessions = SessionTable(
      SessionLog(
        engine: parts.engine, maximum: parts.settings.paging.maxSessions,
        idleMilliseconds: Int64(parts.settings.paging.sessionIdle.seconds * 1000)),
      clock: parts.clock)
    access = AccessLog(metrics: parts.metrics, logger: parts.logger)
    engine.everyMinute { [weak sessions = self.sessions, logger = self.logger] in
      do throws(JobError) { try sessions?.expireIdle() } catch {
        logger.warning("idle sessions were not looked for", metadata: ["error": "\(error)"])
      }
    }
  }

  /// The caller, if a route with this scope is open to it.
  ///
  /// - Parameter ticket: given in place of a key, where the route takes one.
  func caller(
    of head: RequestHead, _ peer: Peer, scope: Scope?, ticket: String?
  ) throws(Problem) -> Caller {
    guard let scope else { return Caller(id: "", scopes: []) }
    if let ticket {
      guard let caller = tickets.redeem(ticket, at: clock.now()) else {
        throw Problem(
          .unauthorized, "The ticket is unknown, used or expired.",
          fields: [.wwwAuthenticate: KeyRing.challenge])
      }
      return caller
    }
    let certificateKey = peer.certificateNames.lazy.compactMap { [settings] in
      settings.auth.clientNames[$0]
    }.first
    let caller = try keys.caller(
      authorization: head[.authorization], certificateKey: certificateKey)
    guard caller.may(scope) else {
      throw Problem(.forbidden, "This route needs a key with the scope \(scope.rawValue).")
    }
    return caller
  }

  /// Adds what every answer has: no route sets these itself.
  func finish(_ response: consuming Response, _ call: Call) -> Response {
    response.note = call.tally
    return finish(response, call.head, call.requestID, call.rates)
  }

  /// A problem as the answer to a request that no route has taken.
  func refusal(
    _ problem: Problem, _ head: RequestHead?, _ requestID: String, _ rates: RateStanding
  ) -> Response {
    finish(
      problem.response(instance: head?.path, requestID: requestID), head, requestID, rates)
  }

  private static let noSniff = HTTPField(name: .xContentTypeOptions, value: "nosniff")

  private func finish(
    _ response: consuming Response, _ head: RequestHead?, _ requestID: String,
    _ rates: RateStanding
  ) -> Response {
    rates.mark(&response)
    response.fields.append(HTTPField(name: .requestID, value: requestID))
    response.fields.append(Self.noSniff)
    if !settings.cors.origins.isEmpty, let head {
      CrossOrigin(settings: settings.cors).mark(&response, head)
    }
    return response
  }
}
