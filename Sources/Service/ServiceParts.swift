public import HTTP
public import Jobs
public import Logging
public import Observability
public import Settings

/// What the service is put together from.
public struct ServiceParts: Sendable {
  public var catalogue: Catalogue
  public var settings: ServiceSettings
  public var engine: JobEngine
  public var metrics: MetricsRegistry
  public var logger: Logger
  public var clock: any JobClock
  public var keys: KeyRing
  /// What `/version` says.
  public var build: BuildInformation
  /// Whose word on the client's address is believed: `settings.server.trustedProxies`, read.
  public var proxies = TrustedProxies.none
  /// The time by which rates are counted.
  public var now: @Sendable () -> ContinuousClock.Instant = { .now }

  public init(
    catalogue: Catalogue, settings: ServiceSettings, engine: JobEngine,
    metrics: MetricsRegistry, logger: Logger, clock: any JobClock = SystemClock(),
    keys: KeyRing = KeyRing(), build: BuildInformation = BuildInformation()
  ) {
    self.catalogue = catalogue
    self.settings = settings
    self.engine = engine
    self.metrics = metrics
    self.logger = logger
    self.clock = clock
    self.keys = keys
    self.build = build
  }
}

/// Which program this is.
public struct BuildInformation: Sendable {
  public var version: String
  /// Of the source it was built from, where that is known.
  public var commit: String?

  public init(version: String = "1.0.0", commit: String? = nil) {
    self.version = version
    self.commit = commit
  }
}
