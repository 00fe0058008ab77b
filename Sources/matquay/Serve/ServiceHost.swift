import Compute
import Dispatch
import Glibc
import HTTPServer
import Jobs
import LinearAlgebra
import Logging
import Observability
import Service
import Settings
import Synchronization

/// Puts the rooms together and keeps them until the process is told to end.
///
/// ```
///   built ──start──▶ serving ──SIGTERM, SIGINT──▶ draining ──▶ ended (exit 0)
///                                                    │ a second signal
///                                                    ▼
///                                                 ended at once (exit 0)
/// ```
final class ServiceHost: Sendable {
  private let settings: ServiceSettings
  private let logger: Logger
  private let writer: LogWriter
  private let level: LogLevelControl
  private let keys: KeyRing
  private let pool: ComputePool
  private let engine: JobEngine
  private let service: MatquayService
  private let server: Server
  private let isDraining = Atomic<Bool>(false)
  private let end = DispatchSemaphore(value: 0)

  /// Runs the service; returns when it has ended.
  static func run(_ loaded: LoadedSettings) throws(StartFailure) {
    let resolved = loaded.resolved(for: .current(), isTerminal: isatty(2) == 1)
    let host = try ServiceHost(resolved.settings)
    for warning in loaded.warnings { host.logger.warning("\(warning)") }
    try host.serve(settingsPath: loaded.path)
  }

  private init(_ settings: ServiceSettings) throws(StartFailure) {
    // Several callers of a BLAS with threads of its own livelock (DESIGN, "Threads").
    guard OpenBLAS.threads == 1 else {
      throw StartFailure(
        "OpenBLAS runs \(OpenBLAS.threads) threads where it must run one", isConfiguration: false)
    }
    self.settings = settings
    let writer = LogWriter()
    let level = LogLevelControl(Self.level(settings.log.level))
    let format: StructuredLogHandler.Format = settings.log.format == .text ? .text : .json
    self.writer = writer
    self.level = level
    LoggingSystem.bootstrap { label in
      StructuredLogHandler(label: label, format: format, control: level, sink: writer)
    }
    logger = Logger(label: "matquay")
    let catalogue = Catalogue.standard(
      processor: OpenBLAS.coreName, partBytes: settings.cache.partBytes)
    let store = try JobSettings.store(settings)
    let blobs: BlobStore
    do throws(StoreError) {
      blobs = try BlobStore(path: settings.storage.path)
    } catch {
      throw StartFailure(error, path: settings.storage.path)
    }
    do throws(KeyFile.Failure) {
      keys = try KeyRing(
        fixed: settings.auth.keysFile.map { KeyFile(path: $0) },
        stored: KeyFile(path: Self.keysPath(settings)),
        opensWithoutKeys: Listeners.mayBeOpen(settings))
    } catch {
      throw StartFailure("\(error)", isConfiguration: true)
    }
    try Listeners.checkReach(settings, hasKeys: !keys.isEmpty)
    let proxies = try Listeners.proxies(settings)
    let metrics = MetricsRegistry()
    var configuration = JobSettings.configuration(settings, catalogue: catalogue)
    configuration.finished = JobMetrics(metrics).record
    configuration.webhooks = try WebhookSender(settings.webhooks)?.configuration
    pool = ComputePool(threads: configuration.workers)
    engine = JobEngine(
      store: store, blobs: blobs, cache: JobSettings.cache(settings),
      runner: ComputationRunner(
        catalogue: catalogue, isolatesOwners: settings.cache.scope == .key), pool: pool,
      configuration: configuration, logger: logger)
    ProcessMetrics.register(in: metrics, log: writer)
    var parts = ServiceParts(
      catalogue: catalogue, settings: settings, engine: engine, metrics: metrics,
      logger: logger, keys: keys,
      build: BuildInformation(version: ProgramVersion.number, commit: ProgramVersion.commit))
    parts.proxies = proxies
    service = MatquayService(parts)
    server = Server(
      configuration: Listeners.configuration(settings, proxies), handler: service,
      adminHandler: AdminHandler(service: service), logger: logger, metrics: metrics)
  }

  /// Where keys made through the interface and the command line are kept.
  static func keysPath(_ settings: ServiceSettings) -> String {
    settings.storage.path + "/keys.json"
  }

  private func serve(settingsPath: String?) throws(StartFailure) {
    do throws(JobError) { try engine.start() } catch {
      throw StartFailure("the job engine does not start: \(error)", isConfiguration: false)
    }
    let signals = SignalWatch()
    watch(signals)
    let bound: [BoundAddress]
    do throws(ServerError) { bound = try server.start() } catch {
      engine.drain(milliseconds: 0)
      throw StartFailure(error)
    }
    logger.notice(
      "serving",
      metadata: [
        "addresses": .array(bound.map { .string($0.description) }),
        "workers": .stringConvertible(pool.threads), "kernels": .string(OpenBLAS.coreName),
        "settings": .string(settingsPath ?? "defaults"), "data": .string(settings.storage.path),
      ])
    let polling = pollKeys()
    defer { polling.cancel() }
    if let first = bound.first { Terminal.write("listening on \(first)\n") }
    // One for the server, one for the engine.
    end.wait()
    end.wait()
    withExtendedLifetime(signals) { pool.shutdown() }
    logger.notice("ended")
    writer.flush()
  }

  private func watch(_ signals: SignalWatch) {
    for number in [SIGTERM, SIGINT] {
      signals.on(number) { [self] in endGently() }
    }
    signals.on(SIGHUP) { [self] in reload() }
    signals.on(SIGUSR1) { [self] in
      level.level = level.level == .debug ? Self.level(settings.log.level) : .debug
      logger.notice("log level \(level.level)")
    }
  }

  /// The first call drains; the second ends the process at once.
  private func endGently() {
    guard !isDraining.exchange(true, ordering: .relaxed) else {
      logger.warning("ending at once")
      server.stop()
      writer.flush()
      // What runs is found as a crash would leave it and queued again at the next start.
      _exit(0)
    }
    logger.notice("draining")
    service.beginDraining()
    let grace = Duration.seconds(2)  // for answers to requests whose jobs went back to the queue
    Task { [self] in
      async let served: Void = server.drain(
        delay: settings.drain.delay, timeout: settings.drain.timeout + grace)
      DispatchQueue.global().asyncAfter(
        deadline: .now() + .milliseconds(Int(settings.drain.delay.wholeMilliseconds))
      ) { [self] in
        engine.drain(milliseconds: settings.drain.timeout.wholeMilliseconds)
        // Nothing happens to jobs any more: an idle process does not wait for those who watch.
        service.endEventStreams()
        end.signal()
      }
      await served
      end.signal()
    }
  }

  /// Other replicas and `matquay keys` change the files of keys too.
  private func pollKeys() -> any DispatchSourceTimer {
    let timer = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
    let interval = DispatchTimeInterval.milliseconds(Int(settings.auth.poll.wholeMilliseconds))
    timer.schedule(deadline: .now() + interval, repeating: interval, leeway: .milliseconds(100))
    timer.setEventHandler { [self] in
      do throws(KeyFile.Failure) {
        if try keys.reloadIfChanged() { logger.notice("keys read anew") }
      } catch {
        logger.error("keys stay as they are: \(error)")
      }
    }
    timer.resume()
    return timer
  }

  private func reload() {
    do throws(KeyFile.Failure) {
      try keys.reload()
      logger.notice("keys read anew")
    } catch {
      logger.error("keys stay as they are: \(error)")
    }
    do throws(ServerError) {
      try server.reloadCertificates()
      if settings.tls.certificate != nil { logger.notice("certificates read anew") }
    } catch {
      logger.error("certificates stay as they are: \(error)")
    }
  }

  private static func level(_ level: ServiceSettings.Log.Level) -> Logger.Level {
    Logger.Level(rawValue: level.rawValue) ?? .info
  }
}
