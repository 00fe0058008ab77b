import HTTP
import HTTPTypes
import Observability
import Service
import Settings
import Synchronization
import Testing

@Suite struct RateLimitTests {
  /// A clock that stands until it is told to go on.
  private final class Clock: Sendable {
    private let time = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { time.withLock { $0 } }

    func pass(_ duration: Duration) { time.withLock { $0 += duration } }
  }

  private let clock = Clock()

  private func fixture(
    keys: [AccessKey] = [], proxies: [String] = [],
    _ configure: (inout ServiceSettings.Limits) -> Void
  ) throws -> ServiceFixture {
    let proxies = try TrustedProxies(proxies)
    let clock = clock
    return try ServiceFixture(
      keys: keys, configure: { configure(&$0.limits) },
      parts: {
        $0.now = { clock.now }
        $0.proxies = proxies
      })
  }

  private func send(
    _ fixture: ServiceFixture, _ target: String = "/v1/algorithms", from address: String,
    _ fields: HTTPFields = [:]
  ) async -> CollectedResponse {
    await MemoryExchange(fixture.service, peer: Peer(address: address))
      .send(.get, target, fields: fields)
  }

  private func name(_ text: String) throws -> HTTPField.Name {
    try #require(HTTPField.Name(text))
  }

  @Test func anAddressHasItsBurstThenItsRate() async throws {
    let fixture = try fixture {
      $0.addressRate = 0.5
      $0.addressBurst = 3
    }
    for left in [2, 1, 0] {
      let answer = await send(fixture, from: "192.0.2.1")
      #expect(answer.status == .ok)
      #expect(
        answer.fields[try name("RateLimit")] == "\"address\";r=\(left);t=\(2 * (3 - left))")
      #expect(answer.fields[try name("RateLimit-Policy")] == "\"address\";q=3;w=6")
    }
    let refused = await send(fixture, from: "192.0.2.1")
    #expect(refused.status.code == 429)
    #expect(refused.problem == "rate-limited")
    #expect(refused.fields[.retryAfter] == "2")
    #expect(refused.fields[try name("RateLimit")] == "\"address\";r=0;t=6")
    #expect(refused.fields[.requestID] != nil)
    // Another address has its own.
    #expect(await send(fixture, from: "192.0.2.2").status == .ok)
    clock.pass(.milliseconds(1_999))
    #expect(await send(fixture, from: "192.0.2.1").status.code == 429)
    clock.pass(.milliseconds(1))
    #expect(await send(fixture, from: "192.0.2.1").status == .ok)
    #expect(await send(fixture, from: "192.0.2.1").status.code == 429)
    clock.pass(.seconds(60))
    for _ in 0..<3 { #expect(await send(fixture, from: "192.0.2.1").status == .ok) }
    #expect(await send(fixture, from: "192.0.2.1").status.code == 429)
    clock.pass(.seconds(2))
    let metrics = await send(fixture, "/metrics", from: "192.0.2.1").text
    #expect(metrics.contains("matquay_rate_limited_total{by=\"address\"} 4"))
  }

  @Test func healthIsNotCountedAndNothingElseEscapes() async throws {
    let fixture = try fixture {
      $0.addressRate = 1
      $0.addressBurst = 1
    }
    for target in ["/livez", "/readyz", "/healthz"] {
      for _ in 0..<3 {
        let answer = await send(fixture, target, from: "192.0.2.1")
        #expect(answer.status == .ok)
        #expect(answer.fields[try name("RateLimit")] == nil)
      }
    }
    // A path that leads nowhere costs a token too, before anything else is asked.
    #expect(await send(fixture, "/nowhere", from: "192.0.2.1").status.code == 404)
    for target in ["/nowhere", "/", "/version", "/openapi.json", "/v1/jobs?typo=1", "/livez/x"] {
      #expect(await send(fixture, target, from: "192.0.2.1").status.code == 429, "\(target)")
    }
  }

  @Test func anIPv6ClientIsItsNetwork() async throws {
    let fixture = try fixture {
      $0.addressRate = 1
      $0.addressBurst = 1
    }
    #expect(await send(fixture, from: "2001:db8::1").status == .ok)
    #expect(await send(fixture, from: "2001:db8::ffff:1").status.code == 429)
    #expect(await send(fixture, from: "2001:db8:0:1::1").status == .ok)
    // A UNIX socket has no address.
    for _ in 0..<3 { #expect(await send(fixture, from: "unix").status == .ok) }
  }

  @Test func aKeyHasItsRateWhereverItIsUsed() async throws {
    let (one, oneText) = AccessKey.make(
      name: "one", scopes: [.read], at: Timestamp(milliseconds: 0))
    let (two, twoText) = AccessKey.make(
      name: "two", scopes: [.read], at: Timestamp(milliseconds: 0))
    let fixture = try fixture(keys: [one, two]) {
      $0.keyRate = 1
      $0.keyBurst = 2
      $0.addressRate = 100
      $0.addressBurst = 50
    }
    let first: HTTPFields = [.authorization: "Bearer \(oneText)"]
    #expect(await send(fixture, from: "192.0.2.1", first).status == .ok)
    let last = await send(fixture, from: "192.0.2.2", first)
    #expect(last.status == .ok)
    #expect(
      last.fields[try name("RateLimit")] == "\"address\";r=49;t=1, \"key\";r=0;t=2")
    let refused = await send(fixture, from: "192.0.2.3", first)
    #expect(refused.status.code == 429)
    #expect(refused.fields[.retryAfter] == "1")
    let second: HTTPFields = [.authorization: "Bearer \(twoText)"]
    #expect(await send(fixture, from: "192.0.2.1", second).status == .ok)
    // Who has no key uses nobody's rate up.
    for _ in 0..<3 {
      let wrong: HTTPFields = [.authorization: "Bearer \(twoText)0"]
      #expect(await send(fixture, from: "192.0.2.1", wrong).status.code == 401)
    }
    #expect(await send(fixture, from: "192.0.2.1", second).status == .ok)
    #expect(await send(fixture, from: "192.0.2.1", second).status.code == 429)
  }

  @Test func offMeansNoFieldsAndNoBound() async throws {
    let fixture = try fixture { $0.addressBurst = 1 }
    for _ in 0..<5 {
      let answer = await send(fixture, from: "192.0.2.1")
      #expect(answer.status == .ok)
      #expect(answer.fields[try name("RateLimit-Policy")] == nil)
    }
  }

  @Test func clientsBehindATrustedProxyAreCountedOneByOne() async throws {
    let fixture = try fixture(proxies: ["10.0.0.0/8"]) {
      $0.addressRate = 1
      $0.addressBurst = 1
    }
    let listed = try name("X-Forwarded-For")
    for client in ["203.0.113.1", "203.0.113.2"] {
      #expect(await send(fixture, from: "10.0.0.1", [listed: client]).status == .ok)
      #expect(await send(fixture, from: "10.0.0.2", [listed: client]).status.code == 429)
      // Made up on the way to the proxy.
      #expect(
        await send(fixture, from: "10.0.0.2", [listed: "6.6.6.6, \(client)"]).status.code == 429)
    }
    // Somebody who is no proxy is who it is, whatever it says.
    #expect(await send(fixture, from: "192.0.2.1", [listed: "203.0.113.7"]).status == .ok)
    #expect(await send(fixture, from: "192.0.2.1", [listed: "203.0.113.8"]).status.code == 429)
    #expect(await send(fixture, from: "10.0.0.1", [listed: "203.0.113.7"]).status == .ok)
  }
}
