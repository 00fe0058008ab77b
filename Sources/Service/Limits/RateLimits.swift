import HTTP
import HTTPTypes
import Observability
import Settings
import Synchronization

/// How often a key and an address may call: `limits.key_rate`, `limits.address_rate`.
struct RateLimits: Sendable {
  private let addresses: RateLimit<IPAddress>?
  private let keys: RateLimit<String>?

  init(
    _ limits: ServiceSettings.Limits, metrics: MetricsRegistry,
    now: @escaping @Sendable () -> ContinuousClock.Instant
  ) {
    func refused(_ name: String) -> MetricCounter {
      metrics.counter(
        "matquay_rate_limited_total", help: "Requests refused for the rate of their caller.",
        labels: ["by": name])
    }
    addresses = limits.addressRate.map {
      RateLimit(
        "address", TokenBuckets(burst: limits.addressBurst, rate: $0), refused("address"), now)
    }
    keys = limits.keyRate.map {
      RateLimit("key", TokenBuckets(burst: limits.keyBurst, rate: $0), refused("key"), now)
    }
  }

  /// Counts a request against its address. A caller over a UNIX socket has none.
  func take(address: String, _ standing: inout RateStanding) throws(Problem) {
    guard let addresses, let address = IPAddress(address) else { return }
    try addresses.take(address.subscriber, &standing)
  }

  /// Counts a request against its key. A service without keys has one caller, who is not counted.
  func take(key: String, _ standing: inout RateStanding) throws(Problem) {
    guard let keys, !key.isEmpty else { return }
    try keys.take(key, &standing)
  }
}

/// One kind of rate, for each of those whose rate it is.
private final class RateLimit<Key: Hashable & Sendable>: Sendable {
  private let policy: String
  private let burst: Int
  private let rate: Double
  private let buckets: Mutex<TokenBuckets<Key>>
  private let refused: MetricCounter
  private let now: @Sendable () -> ContinuousClock.Instant

  init(
    _ policy: String, _ buckets: TokenBuckets<Key>, _ refused: MetricCounter,
    _ now: @escaping @Sendable () -> ContinuousClock.Instant
  ) {
    self.policy = policy
    burst = buckets.burst
    rate = buckets.rate
    self.buckets = Mutex(buckets)
    self.refused = refused
    self.now = now
  }

  func take(_ key: Key, _ standing: inout RateStanding) throws(Problem) {
    let now = now()
    let (outcome, seconds) = buckets.withLock { $0.take(key, now: now) }
    var entry = RateStanding.Entry(
      policy: policy, quota: burst, window: Self.whole(Double(burst) / rate), remaining: 0,
      reset: Self.whole(seconds))
    if case .taken(let remaining) = outcome { entry.remaining = remaining }
    standing.entries.append(entry)
    guard case .refused(let retryAfter) = outcome else { return }
    refused.increment()
    throw Problem(
      .rateLimited,
      "One \(policy) may send \(burst) requests at once and \(rate) a second on average."
    ).retrying(after: retryAfter)
  }

  /// Whole seconds, upwards.
  private static func whole(_ seconds: Double) -> Int { Int(min(seconds, 1e9).rounded(.up)) }
}

/// What a request is told of the rates that hold for it: the `RateLimit` and `RateLimit-Policy`
/// fields (draft-ietf-httpapi-ratelimit-headers). `q` is the burst and `w` the seconds in which it
/// comes back; `r` is what is left of it and `t` the seconds until it is whole.
struct RateStanding: Sendable {
  struct Entry: Sendable {
    var policy: String
    var quota: Int
    var window: Int
    var remaining: Int
    var reset: Int
  }

  var entries: [Entry] = []

  /// Adds the fields to an answer, where any rate holds.
  func mark(_ response: inout Response) {
    guard !entries.isEmpty else { return }
    response.fields[.rateLimit] = entries.map { "\"\($0.policy)\";r=\($0.remaining);t=\($0.reset)" }
      .joined(separator: ", ")
    response.fields[.rateLimitPolicy] = entries.map {
      "\"\($0.policy)\";q=\($0.quota);w=\($0.window)"
    }
    .joined(separator: ", ")
  }
}

extension HTTPField.Name {
  static let rateLimit = named("RateLimit")
  static let rateLimitPolicy = named("RateLimit-Policy")
}
